//! The errors of a store, by meaning.

use crate::backend::BoxError;

/// A value that must be unique among the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unique {
    /// The address of a user.
    #[error("this e-mail address")]
    Email,
    /// The username of a user, compared without the case of ASCII letters.
    #[error("this username")]
    Username,
    /// The identity of a user in the host's own accounts.
    #[error("this subject")]
    Subject,
    /// The id of a model call. A repeated [`begin_call`](super::ModelStore::begin_call) conflicts with its own first call.
    #[error("this model call")]
    Call,
    /// The id of a ticket, a user, a reply, an event, a session or a one-time token. Ids are random, so the existing record is
    /// the one that an earlier call with the same id wrote.
    #[error("this id")]
    Id,
}

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The ticket, user or mail to change does not exist.
    #[error("not found")]
    NotFound,
    /// Another record already has a value that must be unique.
    #[error("{0} is taken")]
    Taken(Unique),
    /// The record can't grow: with this change it would be larger than the store's largest record. Nothing was written,
    /// and the same call fails again.
    #[error("the record has reached its largest size")]
    Full,
    /// The store can't be reached, or did not answer in time. The write may have happened.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// More operations are waiting than the store accepts. Nothing happened.
    #[error("the store is overloaded")]
    Overloaded,
    /// No storage is left. Nothing happened.
    #[error("the storage is full")]
    StorageFull(#[source] BoxError),
    /// The stored data can't be read, or breaks a rule of the schema.
    #[error("stored data can't be read: {what}")]
    Corrupt {
        /// What was read, without its content.
        what: String,
        /// The error of the driver.
        #[source]
        source: Option<BoxError>,
    },
}

impl StoreError {
    /// Returns whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Overloaded | Self::StorageFull(_)
        )
    }
}
