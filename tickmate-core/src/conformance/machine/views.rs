//! Comparisons after a step, and of everything.

use super::{
    Machine, Step, accounts::SKILLS, call_both, call_both_unordered, compare_answers, select,
    select_one,
};
use crate::domain::{
    id::UserId,
    priority::Priority,
    query::{Scope, TicketFilter, TicketOrder, TicketQuery, UserQuery},
    reply::ReplyQuery,
    status::Status,
    ticket::Ticket,
    ticket_ref::TicketRef,
    time::Timestamp,
    user::Role,
    words::{Form, Tokenizer},
};

/// More records than a machine creates.
const MANY: u32 = 1_000;
/// Moments before and after all records of a machine.
const ALWAYS: [Timestamp; 2] = [Timestamp::UNIX_EPOCH, Timestamp::MAX_UTC];

impl Machine<'_> {
    pub(super) async fn compare_newest_events(&self) -> Result<(), String> {
        let last = call_both!(self, store => store.last_seq()).unwrap_or_default();
        let newest = call_both!(self, store => store.events_after(last.saturating_sub(2), MANY));
        if let Some(event) = newest.iter().flatten().last() {
            call_both!(self, store => store.event(event.id)).ok();
        }
        Ok(())
    }

    /// Compares the records that a change of an account can have changed.
    pub(super) async fn compare_accounts(&self, a: u8, b: u8, c: u8) -> Result<(), String> {
        call_both_unordered!(self, store => store.roster());
        self.compare_user(a).await?;
        self.compare_users(b, c).await?;
        self.compare_due_shifts(a, 1 + u32::from(c % 9)).await
    }

    /// Compares the ticket that a step changed, and one of the lists that this can have changed, selected by the step's bytes.
    pub(super) async fn compare_tickets(&self, step: Step) -> Result<(), String> {
        let [_, a, b, c, d, e] = step;
        if let Some(&id) = select(&self.tickets, a) {
            call_both!(self, store => store.ticket(id)).ok();
        }
        call_both_unordered!(self, store => store.roster());
        match e % 5 {
            0 => self.compare_ticket(a).await,
            1 => self.compare_backlog().await,
            2 => self.compare_sweeps(a, b, c).await,
            _ => {
                let query = self.query(a, b, c, d, e).await;
                if !query.filter.words.is_empty() || d.is_multiple_of(8) {
                    let from = select_one([Form::Exact, Form::Exact, Form::Folded, Form::Stem], d);
                    self.search_through(query.clone(), from).await?;
                }
                self.page_through(query).await
            }
        }
    }

    /// Compares the records that clean-up can have removed.
    pub(super) async fn compare_cleaned(&self, a: u8, b: u8) -> Result<(), String> {
        self.compare_user(a).await?;
        self.compare_calls(a, b).await
    }

    /// Compares everything that both stores contain.
    pub(super) async fn compare_all(&self) -> Result<(), String> {
        for pick in 0..self.tickets.len() {
            self.compare_ticket(pick as u8).await?;
        }
        for pick in 0..self.users.len() {
            self.compare_user(pick as u8).await?;
        }
        for order in 0..4 {
            let query = self.query(order, order * 8, 0, 255, order).await;
            self.page_through(query).await?;
        }
        call_both!(self, store => store.events_after(0, MANY)).ok();
        self.compare_pending().await?;
        call_both_unordered!(self, store => store.roster());
        self.compare_user_keys().await?;
        self.compare_backlog().await?;
        self.compare_sweeps(0, 2, 8).await?;
        for pick in 0..6 {
            self.compare_users(pick, pick).await?;
            self.compare_mails(pick, pick).await?;
            self.compare_calls(pick, pick / 2).await?;
        }
        self.compare_suppressions(1).await?;
        self.compare_desk().await
    }

    async fn query(&self, a: u8, b: u8, c: u8, d: u8, e: u8) -> TicketQuery {
        let created_at = |ticket: Ticket| ticket.created_at;
        let mut filter = TicketFilter::default();
        if b & 8 != 0 {
            filter.created_from = self.ticket(c / 2).await.map(created_at);
        }
        if b & 16 != 0 {
            filter.created_before = self.ticket(d / 2).await.map(created_at);
        }
        match b % 8 {
            1 => filter.status = vec![select_one(Status::ALL, c), select_one(Status::ALL, d)],
            2 => filter.priority = vec![select_one(Priority::ALL, c)],
            3 => filter.skill = vec![select_one(["a", "b", "x:odd"], c).to_owned()],
            4 => filter.assignee = select(&self.users, c).copied().into_iter().collect(),
            5 => filter.requester = select(&self.users, c).copied().into_iter().collect(),
            6 => filter.category = vec!["network".to_owned()],
            7 => {
                filter.words =
                    Tokenizer::default().query(select_one(["printers", "vpn", "grosse"], c))
            }
            _ => {}
        }
        let mut scopes = Vec::new();
        if let Some(&user) = select(&self.users, d) {
            scopes.extend([Scope::Own(user), Scope::Assigned(user)]);
        }
        let skills = select_one(SKILLS, d)
            .iter()
            .map(|&id| id.to_owned())
            .collect();
        scopes.push(Scope::Queue(skills));
        match c % 4 {
            0 => scopes = vec![Scope::All],
            1 => scopes.push(Scope::WholeQueue),
            2 => scopes.truncate(1),
            _ => {}
        }
        let orders = [
            TicketOrder::CreatedAt,
            TicketOrder::UpdatedAt,
            TicketOrder::Priority,
            TicketOrder::Deadline,
        ];
        TicketQuery {
            scopes,
            filter,
            order: select_one(orders, a),
            descending: e.is_multiple_of(2),
            after: None,
            limit: 1 + u32::from(e % 7),
        }
    }

    /// Compares every page of a list, each after the last ticket of the one before.
    async fn page_through(&self, mut query: TicketQuery) -> Result<(), String> {
        loop {
            let page = call_both!(self, store => store.tickets(&query));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            query.after = Some(query.order.place(last));
        }
    }

    /// Compares every page of a search by best match, from this form on.
    async fn search_through(&self, mut query: TicketQuery, mut from: Form) -> Result<(), String> {
        loop {
            let page = call_both!(self, store => store.search_tickets(&query, from));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            from = last.form;
            query.after = Some(query.order.place(&last.ticket));
        }
    }

    async fn compare_backlog(&self) -> Result<(), String> {
        call_both_unordered!(self, store => store.backlog_heads());
        call_both_unordered!(self, store => store.backlog_lanes());
        let heads = self.reference.backlog_heads().await.unwrap_or_default();
        for head in heads {
            let mut next = Some(head);
            while let Some(head) = next {
                next = call_both!(self, store => store.backlog_next(&head))
                    .ok()
                    .flatten();
            }
        }
        call_both!(self, store => store.unbegun(3)).ok();
        call_both!(self, store => store.unbegun(MANY)).ok();
        call_both!(self, store => store.holders()).ok();
        Ok(())
    }

    async fn compare_ticket(&self, pick: u8) -> Result<(), String> {
        let Some(ticket) = self.ticket(pick).await else {
            return Ok(());
        };
        let (id, number) = (ticket.id, ticket.number);
        call_both!(self, store => store.ticket(id)).ok();
        call_both!(self, store => store.ticket_by_number(number)).ok();
        for internal in [true, false] {
            self.page_through_replies(&ticket, internal).await?;
        }
        for &(of, reply) in &self.replies {
            // Every reply of the ticket, and one of another ticket: a ticket shows only its own replies.
            if of == id || Some(&(of, reply)) == self.replies.first() {
                call_both!(self, store => store.reply(id, reply)).ok();
            }
        }
        call_both!(self, store => store.ticket_events(id, 0, 2)).ok();
        call_both!(self, store => store.ticket_events(id, 2, MANY)).ok();
        call_both!(self, store => store.count_tickets(ticket.requester)).ok();
        if let Some(assignee) = ticket.assignee() {
            call_both_unordered!(self, store => store.held_by(assignee));
        }
        Ok(())
    }

    /// Compares every page of the replies to a ticket, with and without the ticket.
    async fn page_through_replies(&self, ticket: &Ticket, internal: bool) -> Result<(), String> {
        let mut query = ReplyQuery {
            internal,
            before: None,
            limit: 2,
        };
        loop {
            for name in [TicketRef::Id(ticket.id), TicketRef::Number(ticket.number)] {
                call_both!(self, store => store.ticket_with_replies(name, &query)).ok();
            }
            let page = call_both!(self, store => store.replies(ticket.id, &query));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            query.before = Some(last.place());
        }
    }

    pub(super) async fn compare_user(&self, pick: u8) -> Result<(), String> {
        let Some(&id) = select(&self.users, pick) else {
            return Ok(());
        };
        call_both!(self, store => store.user(id)).ok();
        let other = select(&self.users, pick / 2).copied().unwrap_or(id);
        for ids in [
            &[][..],
            &[id],
            &[id, other, UserId::new(ALWAYS[0], [0xff; 10]), id],
        ] {
            call_both_unordered!(self, store => store.staff(ids));
            call_both_unordered!(self, store => store.users(ids));
        }
        call_both_unordered!(self, store => store.held_by(id));
        call_both!(self, store => store.sessions(id)).ok();
        if let Some(&session) = select(&self.sessions, pick) {
            call_both!(self, store => store.session(session)).ok();
        }
        Ok(())
    }

    async fn compare_users(&self, b: u8, c: u8) -> Result<(), String> {
        let query = UserQuery {
            roles: select_one(
                [vec![], vec![Role::Moderator], vec![Role::User, Role::Admin]],
                b,
            ),
            active: select_one([None, Some(true), Some(false)], c),
            text: select_one([None, Some("Person 1"), Some("AN")], b).map(str::to_owned),
            after: select(&self.users, c)
                .copied()
                .filter(|_| c.is_multiple_of(2)),
            limit: 1 + u32::from(b % 4),
        };
        call_both!(self, store => store.user_page(&query)).ok();
        call_both!(self, store => store.has_admin()).ok();
        Ok(())
    }

    async fn compare_sweeps(&self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let [start, end] = ALWAYS;
        let limit = 1 + u32::from(c % 9);
        let after = u64::from(c % 4);
        let picked = [self.ticket(a).await, self.ticket(b).await];
        let [created, changed] = [
            picked
                .each_ref()
                .map(|ticket| ticket.as_ref().map_or(end, |ticket| ticket.created_at)),
            picked
                .each_ref()
                .map(|ticket| ticket.as_ref().map_or(start, |ticket| ticket.updated_at)),
        ];
        for [before, ahead] in [[end, end], [start, start], changed] {
            call_both!(self, store => store.needing_triage(before, ahead, limit)).ok();
        }
        call_both!(self, store => store.count_needing_triage()).ok();
        for [from, to] in [[start, end], created] {
            call_both!(self, store => store.created_between(from, to, after, limit)).ok();
        }
        call_both!(self, store => store.tickets_after(after, limit)).ok();
        self.compare_due_shifts(a, limit).await?;
        call_both_unordered!(self, store => store.assigned_since(start));
        let assigned = picked
            .into_iter()
            .flatten()
            .find_map(|ticket| ticket.assignment);
        if let Some(assigned) = assigned {
            call_both_unordered!(self, store => store.assigned_since(assigned.at));
        }
        Ok(())
    }

    /// Compares the due shifts: all, none, and those up to the moments of one user's shift.
    async fn compare_due_shifts(&self, pick: u8, limit: u32) -> Result<(), String> {
        let [start, end] = ALWAYS;
        let shift = self.user(pick).await.map(|user| user.shift);
        let until = shift.and_then(|shift| shift.until).unwrap_or(start);
        let since = shift.map_or(end, |shift| shift.since);
        for [now, ahead] in [[end, end], [start, start], [until, end], [until, since]] {
            call_both!(self, store => store.due_shifts(now, ahead, limit)).ok();
        }
        Ok(())
    }

    pub(super) async fn compare_values(&self) -> Result<(), String> {
        for name in ["x", "y"] {
            call_both!(self, store => store.value(name)).ok();
        }
        Ok(())
    }

    pub(super) async fn compare_pending(&self) -> Result<(), String> {
        call_both!(self, store => store.pending_events(0, 3)).ok();
        call_both!(self, store => store.pending_events(0, MANY)).ok();
        Ok(())
    }

    async fn compare_desk(&self) -> Result<(), String> {
        self.compare_values().await?;
        self.compare_rules().await?;
        self.compare_blobs().await?;
        call_both!(self, store => store.ping()).ok();
        // Lists skip records that a store cannot read: no record of a machine may be one.
        let stores = [self.reference, self.store];
        let [expected, found] = stores.map(|store| Ok(store.unreadable_records()));
        compare_answers("store.unreadable_records()", &expected, &found)
    }
}
