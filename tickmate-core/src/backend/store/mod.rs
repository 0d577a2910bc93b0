//! Where everything is kept. [`Store`] is the sum of one small role a noun.
//!
//! # Contract
//! The doc comment of each method says which kind it is:
//! * A **change** is atomic, and durable with its event once it returned. A refusal changes nothing that stays.
//! * A **read** is one query. What it shows of *different* records may be of slightly different moments.
//! * A **sweep** may be done in part. The caller calls it again.
//!
//! Further:
//! * Every change of a ticket or a user carries its event, flagged as not yet relayed. Its `seq` is given in the same write
//!   or later, but before any reader can see the event (see [`EventStore`]).
//! * A caller that goes away (a dropped future) cancels no change half-way.
//! * [`StoreError::Unavailable`] leaves open whether the write happened; the same call may be made again where
//!   the method says so.
//! * A list skips a record that can't be read (a damaged one, or one of a newer version) and goes on behind it: fewer
//!   records than asked for come back only at the end of the list. Reading that record by its id is
//!   [`StoreError::Corrupt`]. See [`SystemStore::unreadable_records`].
//! * Moments come back to the microsecond, texts byte by byte.
//!
//! A store is done when it passes the conformance suite (feature `testing`).

mod attempts;
mod error;
mod events;
mod mails;
mod models;
mod rules;
mod sessions;
mod suppressions;
mod system;
mod tickets;
mod users;
mod write_health;

/// The methods of each role, for [`delegate_store!`](crate::delegate_store).
#[cfg(any(feature = "mock", feature = "testing"))]
#[doc(hidden)]
pub mod role_macros {
    pub use super::{
        attempts::delegation as attempts, events::delegation as events, mails::delegation as mails,
        models::delegation as models, rules::delegation as rules, sessions::delegation as sessions,
        suppressions::delegation as suppressions, system::delegation as system,
        tickets::delegation as tickets, users::delegation as users,
    };
}

pub use attempts::AttemptStore;
pub use error::{StoreError, Unique};
pub use events::EventStore;
pub use mails::{MailQuery, MailRequeue, MailStore, MailUpdate};
pub use models::ModelStore;
pub use rules::{RulesRecord, RulesStore, RulesWrite, RulesWritten};
pub use sessions::SessionStore;
pub use suppressions::SuppressionStore;
pub use system::{BlobGroup, Cleaned, MAX_BLOB_PART, SystemStore};
pub use tickets::{
    NewTicket, RequestKey, TermsChange, TicketCreated, TicketStore, TicketWrite, TicketWritten,
};

#[cfg(feature = "mock")]
pub use self::{
    attempts::MockAttemptStore, events::MockEventStore, mails::MockMailStore,
    models::MockModelStore, rules::MockRulesStore, sessions::MockSessionStore,
    suppressions::MockSuppressionStore, system::MockSystemStore, tickets::MockTicketStore,
    users::MockUserStore,
};
pub use crate::domain::seat::{SeatBound, SeatMove};
pub use users::{NewUser, UserCreated, UserKey, UserStore, UserWrite, UserWritten};
pub use write_health::WriteHealth;

/// Where everything is kept: the sum of its roles, implemented for each type that has them all.
pub trait Store:
    TicketStore
    + UserStore
    + SessionStore
    + EventStore
    + MailStore
    + SuppressionStore
    + AttemptStore
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
        + SuppressionStore
        + AttemptStore
        + ModelStore
        + RulesStore
        + SystemStore
        + ?Sized
{
}
