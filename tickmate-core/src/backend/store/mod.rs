//! Where everything is kept. [`Store`] is the sum of one small role a noun.
//!
//! # Contract
//! * One method is one atomic unit of work: it happens whole or not at all, and is durable once it answered.
//! * Every change of a ticket or an account carries its event, written in the same atomic write with the next
//!   `seq`, flagged as not yet relayed.
//! * A caller that goes away (a dropped future) cancels nothing half-way.
//! * [`StoreError::Unavailable`] leaves open whether the write happened; the same call may be made again where
//!   the method says so.
//! * Moments come back to the microsecond, texts byte by byte.
//!
//! A store is done when it passes the conformance suite (feature `testing`).

mod error;
mod events;
mod mails;
mod models;
mod rules;
mod sessions;
mod system;
mod throttles;
mod tickets;
mod users;

pub use error::StoreError;
pub use events::EventStore;
pub use mails::{MailStore, MailUpdate};
pub use models::ModelStore;
pub use rules::{RulesRecord, RulesStore, RulesWrite, RulesWritten};
pub use sessions::SessionStore;
pub use system::{Cleaned, SystemStore};
pub use throttles::ThrottleStore;
pub use tickets::{
    NewTicket, RequestKey, TermsChange, TicketCreated, TicketStore, TicketWrite, TicketWritten,
};

pub use crate::domain::seat::{SeatBound, SeatMove};
pub use users::{NewUser, UserCreated, UserStore, UserWrite, UserWritten};

/// Where everything is kept: the sum of its roles, implemented for whatever has them all.
pub trait Store:
    TicketStore
    + UserStore
    + SessionStore
    + EventStore
    + MailStore
    + ThrottleStore
    + ModelStore
    + RulesStore
    + SystemStore
{
}

impl<T> Store for T where
    T: TicketStore
        + UserStore
        + SessionStore
        + EventStore
        + MailStore
        + ThrottleStore
        + ModelStore
        + RulesStore
        + SystemStore
        + ?Sized
{
}
