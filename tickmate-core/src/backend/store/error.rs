//! What can go wrong in a store, by meaning.

use crate::backend::BoxError;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The ticket, person or mail that was to be changed is not there.
    #[error("not found")]
    NotFound,
    /// A value that must be unique belongs to another already.
    #[error("{field} is taken")]
    Taken {
        /// The field: `email`, `username`, `subject`, `id`.
        field: &'static str,
    },
    /// The store can't be reached, or did not answer in time. The write may have happened or not.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// More is waiting than the store takes. Nothing happened.
    #[error("the store is overloaded")]
    Overloaded,
    /// No room is left. Nothing happened.
    #[error("the storage is full")]
    StorageFull(#[source] BoxError),
    /// What is stored can't be read, or breaks a rule of the schema.
    #[error("stored data can't be read: {what}")]
    Corrupt {
        /// What was read, without its content.
        what: String,
        /// What the driver said.
        #[source]
        source: Option<BoxError>,
    },
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Overloaded | Self::StorageFull(_)
        )
    }
}
