//! A store with users: the steps at the beginning of most cases.

use super::{Failure, failure::expect_some, fixtures::Fixtures};
use crate::{
    backend::store::{
        NewTicket, SeatBound, SeatMove, Store, TicketCreated, TicketWrite, TicketWritten,
        UserCreated, UserWrite, UserWritten,
    },
    domain::{
        event::Event,
        id::{TicketId, UserId},
        reply::{Reply, ReplyQuery},
        status::Status,
        ticket::Ticket,
        user::{Role, User},
    },
};

pub(super) struct Scene<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) make: Fixtures,
}

impl<'a> Scene<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self::seeded(store, 1)
    }

    /// Creates a scene with other ids, for concurrent workers.
    pub(super) fn seeded(store: &'a dyn Store, seed: u64) -> Self {
        Self {
            store,
            make: Fixtures::new(seed),
        }
    }

    pub(super) async fn requester(&mut self) -> Result<User, Failure> {
        self.person(Role::User, |_| {}).await
    }

    pub(super) async fn moderator(&mut self, capacity: u32) -> Result<User, Failure> {
        let person = self.person(Role::Moderator, |user| user.capacity = capacity);
        person.await
    }

    pub(super) async fn person(
        &mut self,
        role: Role,
        change: impl FnOnce(&mut User),
    ) -> Result<User, Failure> {
        let mut user = self.make.person(role);
        change(&mut user);
        let new = self.make.new_user(user);
        match self.store.create_user(&new).await? {
            UserCreated::Created(user) => Ok(user),
            UserCreated::AdminExists => {
                panic!("an insert without a condition was refused because of an admin")
            }
        }
    }

    pub(super) async fn write_user(&mut self, write: &UserWrite) -> Result<User, Failure> {
        match self.store.write_user(write).await? {
            UserWritten::Written(user) => Ok(user),
            other => panic!("the account was not written: {other:?}"),
        }
    }

    pub(super) async fn change_user(
        &mut self,
        user: &User,
        change: impl FnOnce(&mut User),
    ) -> Result<User, Failure> {
        let write = self.make.user_write(user, change);
        self.write_user(&write).await
    }

    pub(super) async fn ticket(&mut self, requester: UserId) -> Result<Ticket, Failure> {
        self.ticket_with(requester, |_| {}).await
    }

    pub(super) async fn ticket_with(
        &mut self,
        requester: UserId,
        change: impl FnOnce(&mut Ticket),
    ) -> Result<Ticket, Failure> {
        let mut ticket = self.make.ticket(requester);
        change(&mut ticket);
        let new = self.make.new_ticket(ticket);
        self.create(&new).await
    }

    pub(super) async fn create(&mut self, new: &NewTicket) -> Result<Ticket, Failure> {
        match self.store.create_ticket(new).await? {
            TicketCreated::Created(ticket) => Ok(ticket),
            other => panic!("the ticket was not created: {other:?}"),
        }
    }

    pub(super) async fn write(&mut self, write: &TicketWrite) -> Result<Ticket, Failure> {
        match self.store.write_ticket(write).await? {
            TicketWritten::Written(ticket) => Ok(ticket),
            other => panic!("the ticket was not written: {other:?}"),
        }
    }

    pub(super) async fn change(
        &mut self,
        ticket: &Ticket,
        change: impl FnOnce(&mut Ticket),
    ) -> Result<Ticket, Failure> {
        let write = self.make.ticket_write(ticket, change);
        self.write(&write).await
    }

    /// Tries to assign a ticket to a user.
    pub(super) async fn try_assign(
        &mut self,
        ticket: &Ticket,
        to: UserId,
        bound: SeatBound,
    ) -> Result<TicketWritten, Failure> {
        let write = self.make.assign(ticket, to, bound);
        Ok(self.store.write_ticket(&write).await?)
    }

    pub(super) async fn assign(
        &mut self,
        ticket: &Ticket,
        to: UserId,
        bound: SeatBound,
    ) -> Result<Ticket, Failure> {
        let write = self.make.assign(ticket, to, bound);
        self.write(&write).await
    }

    pub(super) async fn step(
        &mut self,
        ticket: &Ticket,
        status: Status,
        seat: SeatMove,
    ) -> Result<Ticket, Failure> {
        let write = self.make.step(ticket, status, seat);
        self.write(&write).await
    }

    pub(super) async fn stored(&self, id: TicketId) -> Result<Ticket, Failure> {
        Ok(expect_some(self.store.ticket(id).await?))
    }

    pub(super) async fn stored_user(&self, id: UserId) -> Result<User, Failure> {
        Ok(expect_some(self.store.user(id).await?))
    }

    /// Returns the newest replies to a ticket, newest first, internal ones included.
    pub(super) async fn replies(&self, ticket: TicketId) -> Result<Vec<Reply>, Failure> {
        let query = ReplyQuery {
            internal: true,
            before: None,
            limit: 100,
        };
        Ok(self.store.replies(ticket, &query).await?.items)
    }

    /// Returns every event.
    pub(super) async fn events(&self) -> Result<Vec<Event>, Failure> {
        Ok(self.store.events_after(0, 100_000).await?)
    }
}

/// Returns the seat that a ticket holds.
pub(super) fn seat(ticket: &Ticket) -> Option<u32> {
    ticket
        .assignment
        .as_ref()
        .and_then(|assignment| assignment.seat)
}
