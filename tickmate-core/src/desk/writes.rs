//! The writes that every use case shares: a change together with its event, retried after a concurrent write.

use super::{Desk, DeskError, authorize::VisibleTicket};
use crate::{
    backend::store::{RequestKey, TermsChange, TicketWrite, TicketWritten, UserWrite, UserWritten},
    domain::{
        access::Actor,
        changed_fields,
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

/// The number of retries after concurrent writes. Another write succeeded each time, so as many writes would have to
/// change the same ticket concurrently.
pub(super) const MAX_TRIES: u32 = 200;

impl Desk {
    /// Makes the event of a change of a ticket.
    pub(super) fn ticket_event(
        &self,
        actor: &Actor,
        before: &Ticket,
        next: &Next,
        at: Timestamp,
    ) -> Event {
        let ticket = &next.ticket;
        // The requester is not notified of the desk's own actions on imported tickets, only of those of users.
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

    /// Makes the event of a change of an account. `mailed` is whether a mail to the user follows.
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

    /// Makes the event of a change of the desk's rules.
    pub(super) fn rules_event(
        &self,
        actor: &Actor,
        version: u64,
        facts: EventFacts,
        changes: Vec<Change>,
        at: Timestamp,
    ) -> Event {
        Event {
            id: EventId::new(at, self.random_bytes()),
            seq: 0,
            subject: Subject::Desk,
            version,
            kind: EventKind::RulesChanged,
            by: actor.id().map_or(ActorId::System, ActorId::User),
            at,
            changes,
            facts,
            parties: Parties::default(),
            reply: None,
        }
    }

    /// Writes a change of a ticket.
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
            terms: TermsChange::between(before, &next.ticket, reply.as_ref(), &self.tokenizer),
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

    /// Changes a ticket: computes the next state and writes it. Retries with the current ticket when a concurrent write
    /// changed it (optimistic locking). A ticket whose assignee does not exist any more is unassigned. `next` returns
    /// `None` if nothing changes.
    pub(super) async fn change(
        &self,
        actor: &Actor,
        mut visible: VisibleTicket,
        expected: Expected<'_>,
        mut next: impl FnMut(&Ticket, Timestamp) -> Result<Option<Next>, DeskError> + Send,
    ) -> Result<VisibleTicket, DeskError> {
        for _ in 0..MAX_TRIES {
            let ticket = &visible.ticket;
            expected.check(ticket)?;
            let now = self.now();
            let Some(step) = next(ticket, now)? else {
                return Ok(visible);
            };
            let step = match actor.id() {
                Some(_) => step.by_person(ticket),
                None => step,
            };
            let within_room = step.seat == SeatMove::Take(SeatBound::Room);
            let written = match self.write(actor, ticket, &step, None, None).await? {
                TicketWritten::UserGone if step.kind != EventKind::Assigned => {
                    let step = step.without_assignee(ticket, now);
                    self.write(actor, ticket, &step, None, None).await?
                }
                other => other,
            };
            match written {
                TicketWritten::Written(ticket) => return Ok(visible.changed_to(ticket)),
                TicketWritten::SeatTaken if within_room => {
                    return Err(DeskError::conflict(
                        "capacity_full",
                        "this person has no room for another ticket",
                    ));
                }
                TicketWritten::Stale | TicketWritten::SeatTaken => {
                    visible = self.reloaded(visible).await?;
                }
                TicketWritten::UserGone => {
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

    /// Changes a ticket in the same way for one of the desk's own jobs.
    pub(super) async fn change_by_itself(
        &self,
        ticket: Ticket,
        next: impl FnMut(&Ticket, Timestamp) -> Result<Option<Next>, DeskError> + Send,
    ) -> Result<Ticket, DeskError> {
        let ticket = VisibleTicket {
            ticket,
            replies: None,
        };
        let any = Expected::any();
        let changed = self.change(&Self::itself(), ticket, any, next).await?;
        Ok(changed.ticket)
    }

    /// Returns the ticket as a concurrent write left it. Replies that were read before may be out of date.
    pub(super) async fn reloaded(
        &self,
        visible: VisibleTicket,
    ) -> Result<VisibleTicket, DeskError> {
        let ticket = self.store.ticket(visible.ticket.id).await?;
        Ok(VisibleTicket {
            ticket: ticket.ok_or(DeskError::NotFound)?,
            replies: None,
        })
    }

    /// Changes an account in the same way. `next` returns `None` if nothing changes.
    pub(super) async fn change_user(
        &self,
        by: ActorId,
        id: UserId,
        expected: Option<u64>,
        mut next: impl FnMut(&User, Timestamp) -> Result<Option<UserNext>, DeskError> + Send,
    ) -> Result<User, DeskError> {
        for _ in 0..MAX_TRIES {
            let user = self.store.user(id).await?.ok_or(DeskError::NotFound)?;
            let now = self.now();
            let next = next(&user, now)?;
            let changed = next.as_ref();
            let changed = changed.map(|next| changed_fields::of_user(&user, &next.user));
            let changed = changed.unwrap_or_default();
            if let Some(expected) = expected {
                let versions = &user.changed_by_person;
                let checked = versions.check(expected, user.version, &changed);
                checked.map_err(|stale| DeskError::stale(user.version, stale))?;
            }
            let Some(mut next) = next else {
                return Ok(user);
            };
            next.user.version = user.version + 1;
            next.user.updated_at = now;
            if let ActorId::User(_) = by {
                let version = next.user.version;
                next.user.changed_by_person.record(changed, version);
            }
            let facts = EventFacts {
                skills_changed: user.skills != next.user.skills,
                role: (user.role != next.user.role).then_some(next.user.role),
                is_active: (user.active != next.user.active).then_some(next.user.active),
                ..EventFacts::default()
            };
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

/// The version of a ticket that an update is based on, and the fields in which it conflicts.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    version: Option<u64>,
    touched: &'a (dyn Fn(&Ticket) -> Vec<&'static str> + Sync),
}

impl<'a> Expected<'a> {
    /// Expects this version, if there is one. `touched` returns the fields of the current ticket that the update would
    /// change.
    pub(super) const fn new(
        version: Option<u64>,
        touched: &'a (dyn Fn(&Ticket) -> Vec<&'static str> + Sync),
    ) -> Self {
        Self { version, touched }
    }

    /// Accepts every version.
    pub(super) const fn any() -> Self {
        Self {
            version: None,
            touched: &|_| Vec::new(),
        }
    }

    fn check(&self, ticket: &Ticket) -> Result<(), DeskError> {
        let Some(version) = self.version else {
            return Ok(());
        };
        let touched = (self.touched)(ticket);
        let versions = &ticket.changed_by_person;
        let checked = versions.check(version, ticket.version, &touched);
        checked.map_err(|stale| DeskError::stale(ticket.version, stale))
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
