//! Changing a ticket: version, seat, reply and event in one step, checked before anything is written.

use super::state::{IndexedTerms, Repeat, RequestResult, State};
use crate::{
    backend::store::{
        SeatBound, SeatMove, StoreError, TermsChange, TicketWrite, TicketWritten, Unique,
    },
    domain::{
        id::{TicketId, UserId},
        seat::{Claimant, SeatClaim},
        ticket::Ticket,
        user::User,
    },
};

/// Why a ticket gets no seat.
enum NoSeat {
    Taken,
    UserGone,
}

impl State {
    pub(super) fn write_ticket(
        &mut self,
        write: &TicketWrite,
    ) -> Result<TicketWritten, StoreError> {
        match self.repeat(write.key.as_ref()) {
            Repeat::First => {}
            Repeat::Same(RequestResult::Reply(id)) => return Ok(TicketWritten::Replayed(id)),
            Repeat::Same(RequestResult::Ticket(_)) | Repeat::Other => {
                return Ok(TicketWritten::KeyReused);
            }
        }
        let stored = self.tickets.get(&write.ticket.id);
        let Some(stored) =
            stored.filter(|stored| write.ticket.version.checked_sub(1) == Some(stored.version))
        else {
            return Ok(TicketWritten::Stale);
        };
        let seat = match self.seat_after(stored, write) {
            Ok(seat) => seat,
            Err(NoSeat::Taken) => return Ok(TicketWritten::SeatTaken),
            Err(NoSeat::UserGone) => return Ok(TicketWritten::UserGone),
        };
        self.check_event(&write.event)?;
        if let Some(reply) = &write.reply
            && self.reply_ids.contains(&reply.id)
        {
            return Err(StoreError::Taken(Unique::Id));
        }
        let number = stored.number;
        let ticket = self.put_ticket(write, number, seat);
        Ok(TicketWritten::Written(ticket))
    }

    fn put_ticket(&mut self, write: &TicketWrite, number: u64, seat: Option<u32>) -> Ticket {
        let mut ticket = Ticket {
            number,
            ..write.ticket.clone()
        };
        let before = self.tickets.get(&ticket.id);
        let before = before.and_then(|before| before.assignment.as_ref());
        if let Some((assignee, seat)) = before.and_then(|old| Some((old.to, old.seat?))) {
            self.seats.remove(&(assignee, seat));
        }
        if let Some(assignment) = &mut ticket.assignment {
            assignment.seat = seat;
            if let Some(seat) = seat {
                self.seats.insert((assignment.to, seat), ticket.id);
            }
        }
        if let Some(reply) = &write.reply {
            self.reply_ids.insert(reply.id);
            let replies = self.replies.entry(reply.ticket).or_default();
            replies.push(reply.clone());
            self.remember(write.key.as_ref(), RequestResult::Reply(reply.id));
        }
        if let Some(change) = &write.terms {
            self.change_terms(ticket.id, change);
        }
        self.add_event(&write.event);
        self.store(ticket.clone());
        ticket
    }

    fn change_terms(&mut self, ticket: TicketId, change: &TermsChange) {
        let mut parts = self.terms.remove(&ticket).unwrap_or_default().parts;
        parts.text = change.text.clone();
        if let Some(reply) = &change.reply {
            parts = parts.with_reply(reply);
        }
        self.terms.insert(ticket, IndexedTerms::new(parts));
    }

    /// Returns the seat that the ticket holds after the write, or why it gets none.
    fn seat_after(&self, stored: &Ticket, write: &TicketWrite) -> Result<Option<u32>, NoSeat> {
        let to = write.ticket.assignee();
        match write.seat {
            SeatMove::Free => Ok(None),
            SeatMove::Keep => {
                let assignment = stored.assignment.as_ref();
                let assignment = assignment.filter(|assignment| Some(assignment.to) == to);
                Ok(assignment.and_then(|assignment| assignment.seat))
            }
            SeatMove::Take(bound) => {
                let assignee = to.and_then(|to| self.users.get(&to));
                let assignee = assignee.ok_or(NoSeat::UserGone)?;
                self.free_seat(assignee, stored.id, bound).map(Some)
            }
        }
    }

    /// Returns the user's lowest seat that no other ticket holds.
    fn free_seat(&self, user: &User, ticket: TicketId, bound: SeatBound) -> Result<u32, NoSeat> {
        let taken: Vec<u32> = self
            .seats_of(user.id)
            .filter(|&(_, holder)| holder != ticket)
            .map(|(seat, _)| seat)
            .collect();
        let claimant = Claimant {
            is_active_staff: user.is_active_staff(),
            takes_work: user.takes_work(),
            capacity: user.capacity,
        };
        match bound.claim(claimant, &taken) {
            SeatClaim::Free(seat) => Ok(seat),
            SeatClaim::Full => Err(NoSeat::Taken),
            SeatClaim::UserGone => Err(NoSeat::UserGone),
        }
    }

    /// Returns the taken seats of a user, lowest first, with the tickets that hold them.
    pub(super) fn seats_of(&self, user: UserId) -> impl Iterator<Item = (u32, TicketId)> {
        self.seats
            .range((user, 0)..=(user, u32::MAX))
            .map(|(&(_, seat), &ticket)| (seat, ticket))
    }
}
