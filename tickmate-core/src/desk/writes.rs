//! The writes that every use case shares: a change with its event, tried again where somebody was faster.

use super::{Desk, DeskError};
use crate::{
    backend::store::{RequestKey, TicketWrite, TicketWritten, UserWrite, UserWritten},
    domain::{
        access::Actor,
        event::{ActorId, Change, Event, EventFacts, EventKind, Parties, Subject},
        id::{EventId, UserId},
        lifecycle::Next,
        reply::Reply,
        seat::{SeatBound, SeatMove},
        ticket::Ticket,
        time::Timestamp,
        user::User,
    },
};

/// How often a change is computed anew when somebody else's came between. Each time somebody got through, so
/// that this many would have to be at one ticket at once.
pub(super) const MAX_TRIES: u32 = 200;

impl Desk {
    /// The event of a ticket's change.
    pub(super) fn ticket_event(
        &self,
        actor: &Actor,
        before: &Ticket,
        next: &Next,
        at: Timestamp,
    ) -> Event {
        let ticket = &next.ticket;
        // Imported tickets stay quiet while the desk works on them by itself; what people do is told.
        let by_itself = actor.id().is_none();
        let last_holder = before
            .assignee()
            .filter(|_| next.kind == EventKind::Unassigned);
        Event {
            id: EventId::new(at, self.random_bytes()),
            seq: 0,
            subject: Subject::Ticket(ticket.id),
            version: ticket.version,
            kind: next.kind.clone(),
            by: actor.id().map_or(ActorId::System, ActorId::User),
            at,
            changes: next.changes.clone(),
            facts: next.facts.clone(),
            parties: Parties {
                requester: Some(ticket.requester),
                assignee: ticket.assignee().or(last_holder),
                notify_requester: ticket.notify_requester || !by_itself,
            },
            reply: None,
        }
    }

    /// The event of an account's change. `mailed`: whether a mail to the person follows.
    pub(super) fn account_event(
        &self,
        by: ActorId,
        user: &User,
        kind: EventKind,
        changes: Vec<Change>,
        facts: EventFacts,
        mailed: bool,
    ) -> Event {
        Event {
            id: EventId::new(user.updated_at, self.random_bytes()),
            seq: 0,
            subject: Subject::User(user.id),
            version: user.version,
            kind,
            by,
            at: user.updated_at,
            changes,
            facts,
            parties: Parties {
                requester: None,
                assignee: None,
                notify_requester: mailed,
            },
            reply: None,
        }
    }

    /// Writes a ticket's change.
    pub(super) async fn write(
        &self,
        actor: &Actor,
        before: &Ticket,
        next: &Next,
        reply: Option<Reply>,
        key: Option<RequestKey>,
    ) -> Result<TicketWritten, DeskError> {
        let mut event = self.ticket_event(actor, before, next, next.ticket.updated_at);
        event.reply = reply.as_ref().map(|reply| reply.id);
        let write = TicketWrite {
            ticket: next.ticket.clone(),
            seat: next.seat,
            event,
            reply,
            key,
        };
        let written = self.store.write_ticket(&write).await?;
        if matches!(written, TicketWritten::Written(_)) {
            self.committed();
        }
        Ok(written)
    }

    /// Changes a ticket: computes the next state, writes it, and computes it anew where somebody was faster. A
    /// ticket whose person is gone goes to nobody. `None` from `next` means that nothing is to be changed.
    pub(super) async fn change(
        &self,
        actor: &Actor,
        mut ticket: Ticket,
        expected: Option<u64>,
        mut next: impl FnMut(&Ticket, Timestamp) -> Result<Option<Next>, DeskError> + Send,
    ) -> Result<Ticket, DeskError> {
        for _ in 0..MAX_TRIES {
            if let Some(expected) = expected
                && expected != ticket.version
            {
                return Err(DeskError::Stale {
                    current: ticket.version,
                });
            }
            let now = self.now();
            let Some(step) = next(&ticket, now)? else {
                return Ok(ticket);
            };
            let within_room = step.seat == SeatMove::Take(SeatBound::Room);
            let written = match self.write(actor, &ticket, &step, None, None).await? {
                TicketWritten::PersonGone if step.kind != EventKind::Assigned => {
                    let step = step.without_assignee(&ticket, now);
                    self.write(actor, &ticket, &step, None, None).await?
                }
                other => other,
            };
            match written {
                TicketWritten::Written(ticket) => return Ok(ticket),
                TicketWritten::SeatTaken if within_room => {
                    return Err(DeskError::conflict(
                        "capacity_full",
                        "this person has no room for another ticket",
                    ));
                }
                TicketWritten::Stale | TicketWritten::SeatTaken => {
                    ticket = self
                        .store
                        .ticket(ticket.id)
                        .await?
                        .ok_or(DeskError::NotFound)?;
                }
                TicketWritten::PersonGone => {
                    return Err(DeskError::conflict(
                        "person_gone",
                        "this person can't be given tickets",
                    ));
                }
                TicketWritten::Replayed(_) | TicketWritten::KeyReused => {
                    return Err(DeskError::KeyReused);
                }
            }
        }
        Err(DeskError::Overloaded)
    }

    /// Changes an account likewise. `None` from `next` means that nothing is to be changed.
    pub(super) async fn change_user(
        &self,
        by: ActorId,
        id: UserId,
        expected: Option<u64>,
        mut next: impl FnMut(&User, Timestamp) -> Result<Option<UserNext>, DeskError> + Send,
    ) -> Result<User, DeskError> {
        for _ in 0..MAX_TRIES {
            let user = self.store.user(id).await?.ok_or(DeskError::NotFound)?;
            if let Some(expected) = expected
                && expected != user.version
            {
                return Err(DeskError::Stale {
                    current: user.version,
                });
            }
            let now = self.now();
            let Some(mut next) = next(&user, now)? else {
                return Ok(user);
            };
            next.user.version = user.version + 1;
            next.user.updated_at = now;
            let facts = EventFacts::of_user_change(&user, &next.user);
            let event = self.account_event(by, &next.user, next.kind, next.changes, facts, true);
            let write = UserWrite {
                user: next.user,
                event,
                end_sessions: next.end_sessions,
            };
            match self.store.write_user(&write).await? {
                UserWritten::Written(user) => {
                    self.committed();
                    return Ok(user);
                }
                UserWritten::Stale => {}
                UserWritten::LastAdmin => {
                    return Err(DeskError::conflict(
                        "last_admin",
                        "the desk needs an active admin",
                    ));
                }
            }
        }
        Err(DeskError::Overloaded)
    }
}

/// The next state of an account.
pub(super) struct UserNext {
    pub(super) user: User,
    pub(super) kind: EventKind,
    pub(super) changes: Vec<Change>,
    pub(super) end_sessions: bool,
}

impl UserNext {
    pub(super) const fn new(user: User, kind: EventKind, changes: Vec<Change>) -> Self {
        Self {
            user,
            kind,
            changes,
            end_sessions: false,
        }
    }
}
