//! Reads tickets within larger jobs: an unreadable ticket does not stop work on the others.

use super::Desk;
use crate::{
    backend::store::StoreError,
    domain::{id::TicketId, ticket::Ticket},
};

impl Desk {
    /// Returns a ticket of one of many steps; `None` if it does not exist or is unreadable, so that the other steps
    /// continue.
    ///
    /// # Errors
    /// Errors of the store, except [`StoreError::Corrupt`].
    pub(crate) async fn readable_ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        match self.store.ticket(id).await {
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::warn!(ticket.id = %id, %error, "skipped a ticket that can't be read");
                Ok(None)
            }
            found => found,
        }
    }
}
