//! Lists of tickets: scopes, filters, words, order, and pages.

use std::collections::BTreeMap;

use super::state::State;
use crate::domain::{
    access::qualifies,
    id::UserId,
    page::Page,
    query::{FoundTicket, Scope, TicketCounts, TicketFilter, TicketPlace, TicketQuery},
    ticket::Ticket,
    words::{Form, WordQuery},
};

impl State {
    pub(super) fn list_tickets(&self, query: &TicketQuery) -> Page<Ticket> {
        let mut found: Vec<(TicketPlace, &Ticket)> = self
            .listed(query)
            .filter(|ticket| self.is_found(&query.filter.words, ticket))
            .map(|ticket| (query.order.place(ticket), ticket))
            .filter(|(place, _)| {
                query
                    .after
                    .is_none_or(|after| follows(*place, after, query))
            })
            .collect();
        found.sort_by_key(|(place, _)| *place);
        if query.descending {
            found.reverse();
        }
        let page = found.into_iter().take(query.limit as usize + 1);
        Page::cut(
            page.map(|(_, ticket)| ticket.clone()).collect(),
            query.limit,
        )
    }

    pub(super) fn search_tickets(&self, query: &TicketQuery, from: Form) -> Page<FoundTicket> {
        let words = &query.filter.words;
        if words.is_empty() {
            return Page::cut(Vec::new(), query.limit);
        }
        let mut found: Vec<(Form, TicketPlace, &Ticket)> = self
            .listed(query)
            .filter_map(|ticket| Some((self.best_form(words, ticket)?, ticket)))
            .filter(|(form, _)| *form >= from)
            .map(|(form, ticket)| (form, query.order.place(ticket), ticket))
            .filter(|(form, place, _)| {
                let after = query.after.filter(|_| *form == from);
                after.is_none_or(|after| follows(*place, after, query))
            })
            .collect();
        found.sort_by(|(form, place, _), (other, other_place, _)| {
            let places = match query.descending {
                true => other_place.cmp(place),
                false => place.cmp(other_place),
            };
            form.cmp(other).then(places)
        });
        let page = found.into_iter().take(query.limit as usize + 1);
        let page = page.map(|(form, _, ticket)| FoundTicket {
            form,
            ticket: ticket.clone(),
        });
        Page::cut(page.collect(), query.limit)
    }

    /// Returns the tickets that match a query except for its words.
    fn listed<'a>(&'a self, query: &'a TicketQuery) -> impl Iterator<Item = &'a Ticket> {
        self.tickets
            .values()
            .filter(|ticket| ticket.deleted_at.is_none())
            .filter(|ticket| query.scopes.iter().any(|scope| self.shows(scope, ticket)))
            .filter(|ticket| matches(&query.filter, ticket))
    }

    pub(super) fn count_tickets(&self, requester: UserId) -> TicketCounts {
        let mut by_status = BTreeMap::new();
        let mut by_priority = BTreeMap::new();
        let is_counted =
            |ticket: &&Ticket| ticket.requester == requester && ticket.deleted_at.is_none();
        for ticket in self.tickets.values().filter(is_counted) {
            *by_status.entry(ticket.status).or_default() += 1;
            *by_priority.entry(ticket.priority).or_default() += 1;
        }
        TicketCounts {
            by_status: by_status.into_iter().collect(),
            by_priority: by_priority.into_iter().collect(),
        }
    }

    fn shows(&self, scope: &Scope, ticket: &Ticket) -> bool {
        let facts = self.index.facts.get(&ticket.id);
        let backlog = facts.filter(|facts| facts.backlog_lane.is_some());
        match scope {
            Scope::All => true,
            Scope::Own(user) => ticket.requester == *user,
            Scope::Assigned(user) => ticket.assignee() == Some(*user),
            Scope::Queue(skills) => backlog.is_some_and(|facts| qualifies(skills, &facts.skills)),
            Scope::WholeQueue => backlog.is_some(),
        }
    }

    /// Returns whether the words of the query find the ticket.
    fn is_found(&self, query: &WordQuery, ticket: &Ticket) -> bool {
        query.is_empty() || self.best_form(query, ticket).is_some()
    }

    /// Returns the best form in which the words of the query are found in the ticket.
    fn best_form(&self, query: &WordQuery, ticket: &Ticket) -> Option<Form> {
        let terms = self.terms.get(&ticket.id)?;
        query.best_form(|term| terms.found_by.contains(term))
    }
}

fn matches(filter: &TicketFilter, ticket: &Ticket) -> bool {
    let has_skill = |ids: &[String]| {
        let required = &ticket.required_skills;
        ids.is_empty() || required.iter().any(|skill| ids.contains(&skill.id))
    };
    let has_assignee = |users: &[UserId]| {
        users.is_empty() || ticket.assignee().is_some_and(|one| users.contains(&one))
    };
    allows(&filter.status, &ticket.status)
        && allows(&filter.priority, &ticket.priority)
        && allows(&filter.category, &ticket.category)
        && has_skill(&filter.skill)
        && has_assignee(&filter.assignee)
        && allows(&filter.requester, &ticket.requester)
        && filter
            .created_from
            .is_none_or(|from| ticket.created_at >= from)
        && filter
            .created_before
            .is_none_or(|before| ticket.created_at < before)
}

/// Returns whether the list allows the value. An empty list allows every value.
fn allows<T: PartialEq>(list: &[T], value: &T) -> bool {
    list.is_empty() || list.contains(value)
}

fn follows(place: TicketPlace, after: TicketPlace, query: &TicketQuery) -> bool {
    match query.descending {
        true => place < after,
        false => place > after,
    }
}
