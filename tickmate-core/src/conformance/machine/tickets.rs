//! Commands on tickets and replies.

use super::{Machine, accounts::SKILLS, call_both, select, select_one};
use crate::{
    backend::store::{SeatBound, SeatMove, TicketCreated, TicketWrite},
    conformance::fixtures::{queue, skills},
    domain::{
        analysis::{Triage, TriageSource, text_hash},
        decision::QueueReason,
        id::TicketId,
        priority::Priority,
        reply::Visibility,
        status::Status,
        ticket::{Queued, Ticket},
        time::Span,
    },
};

const TITLES: [&str; 4] = ["Printer on fire", "VPN down", "printer jam", "Größe"];

impl Machine<'_> {
    pub(super) async fn create_ticket(
        &mut self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
    ) -> Result<(), String> {
        let unknown = self.unknown_user();
        let requester = select(&self.users, a).copied().unwrap_or(unknown);
        let mut ticket = self.make.ticket(requester);
        ticket.title = select_one(TITLES, b).to_owned();
        ticket.required_skills = skills(select_one(SKILLS, c));
        ticket.priority = select_one(Priority::ALL, d);
        ticket.deadline =
            (d.is_multiple_of(3)).then(|| ticket.created_at + Span::days(i64::from(d % 5)));
        ticket.origin = (d % 7 == 1).then(|| format!("line {}", b % 3));
        if d.is_multiple_of(2) {
            mark_analyzed(&mut ticket);
            queue(&mut ticket);
        }
        match (self.ticket(b).await, e % 16) {
            (Some(known), 9) => ticket.id = known.id,
            // Only the numbers order tickets of one moment.
            (Some(known), 5) => ticket.created_at = known.created_at,
            _ => {}
        }
        let id = ticket.id;
        let mut new = self.make.new_ticket(ticket);
        if e.is_multiple_of(4) {
            let mut key = self
                .make
                .key(requester, "tickets.create", &format!("k{}", e % 3));
            key.fingerprint = format!("{:02x}", b % 2).repeat(32);
            new.key = Some(key);
        }
        let created = call_both!(self, store => store.create_ticket(&new));
        if let Ok(TicketCreated::Created(_)) = created {
            self.tickets.push(id);
        }
        call_both!(self, store => store.ticket(id)).ok();
        Ok(())
    }

    pub(super) async fn edit_ticket(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let Some(ticket) = self.ticket(a).await else {
            return Ok(());
        };
        let decliner = select(&self.users, c).copied();
        let mut write = self.make.ticket_write(&ticket, |ticket| match b % 10 {
            0 => ticket.title = select_one(TITLES, c).to_owned(),
            1 => ticket.required_skills = skills(select_one(SKILLS, c)),
            2 => ticket.priority = select_one(Priority::ALL, c),
            3 => ticket.deadline = (c.is_multiple_of(2)).then_some(ticket.updated_at),
            4 => ticket.declined_by = decliner.into_iter().collect(),
            5 => ticket.rebalanced = c.is_multiple_of(2),
            6 => ticket.deleted_at = (!c.is_multiple_of(3)).then_some(ticket.updated_at),
            7 => mark_analyzed(ticket),
            8 => ticket.category = select_one(["hardware", "network"], c).to_owned(),
            _ if ticket.is_assignable() => {
                ticket.queued = Some(Queued {
                    since: ticket.updated_at,
                    reason: select_one([QueueReason::Full, QueueReason::Nobody], c),
                });
            }
            _ => ticket.kind = Some("incident".to_owned()),
        });
        // Like in the desk, a deleted ticket holds no seat.
        if write.ticket.deleted_at.is_some() {
            write.seat = SeatMove::Free;
        }
        match d % 32 {
            1 | 9 | 17 | 25 => write.ticket.version += 1,
            31 => write.ticket.id = TicketId::new(write.ticket.created_at, [0xff; 10]),
            _ => {}
        }
        self.write(&write).await
    }

    pub(super) async fn assign_ticket(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let Some(ticket) = self.ticket(a).await else {
            return Ok(());
        };
        let unknown = self.unknown_user();
        let to = select(&self.users, b).copied().unwrap_or(unknown);
        let bound = match c % 4 {
            0 => SeatBound::Unbounded,
            1 => SeatBound::Room,
            2 => SeatBound::Automatic { ahead: 0 },
            _ => SeatBound::Automatic { ahead: u32::MAX },
        };
        let mut write = self.make.assign(&ticket, to, bound);
        if !write.ticket.status.holds_seat() || write.ticket.deleted_at.is_some() {
            write.seat = SeatMove::Free;
        }
        if d % 8 == 1 {
            write.ticket.version -= 1;
        }
        self.write(&write).await
    }

    pub(super) async fn step_ticket(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let Some(ticket) = self.ticket(a).await else {
            return Ok(());
        };
        let status = select_one(Status::ALL, b);
        let returns = status.holds_seat() && ticket.assignment.is_some();
        let seat = match (status.holds_seat(), c % 3) {
            (true, 0) if returns => SeatMove::Take(SeatBound::Unbounded),
            (true, 1) if returns => SeatMove::Take(SeatBound::Room),
            (true, _) => SeatMove::Keep,
            (false, _) => SeatMove::Free,
        };
        let write = self.make.step(&ticket, status, seat);
        self.write(&write).await
    }

    pub(super) async fn unassign_ticket(&mut self, a: u8, b: u8) -> Result<(), String> {
        let Some(ticket) = self.ticket(a).await else {
            return Ok(());
        };
        let mut write = self.make.ticket_write(&ticket, |ticket| {
            ticket.assignment = None;
            if b.is_multiple_of(2) {
                queue(ticket);
            }
        });
        write.seat = SeatMove::Free;
        self.write(&write).await
    }

    pub(super) async fn reply(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let (Some(ticket), Some(&author)) = (self.ticket(a).await, select(&self.users, b)) else {
            return Ok(());
        };
        let mut reply = self.make.reply(ticket.id, author, select_one(TITLES, c));
        reply.visibility = select_one([Visibility::Public, Visibility::Internal], c / 4);
        if let Some(&(of, known)) = select(&self.replies, b)
            && let Some(known) = self.reference.reply(of, known).await.ok().flatten()
        {
            match d % 16 {
                // The id of another reply, to this ticket or another one.
                7 => reply.id = known.id,
                // Only the ids order replies of one moment.
                8 | 13 => reply.created_at = known.created_at,
                _ => {}
            }
        }
        if !self.replies.contains(&(ticket.id, reply.id)) {
            self.replies.push((ticket.id, reply.id));
        }
        let mut write = self.make.reply_write(&ticket, reply);
        if d.is_multiple_of(3) {
            let route = match c % 16 {
                // A request key of a ticket.
                0 | 1 => "tickets.create",
                _ => "replies.create",
            };
            let mut key = self.make.key(author, route, &format!("k{}", d % 4));
            key.fingerprint = format!("{:02x}", c % 2).repeat(32);
            write.key = Some(key);
        }
        self.write(&write).await
    }

    async fn write(&self, write: &TicketWrite) -> Result<(), String> {
        call_both!(self, store => store.write_ticket(write)).ok();
        Ok(())
    }
}

/// Marks the present text of a ticket as analyzed.
fn mark_analyzed(ticket: &mut Ticket) {
    let hash = text_hash(&ticket.title, &ticket.description);
    ticket.triage = Some(Triage::empty(
        TriageSource::Embedded,
        hash,
        ticket.updated_at,
    ));
}
