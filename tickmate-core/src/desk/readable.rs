//! Reading tickets on the way: one that can't be read stops no job that is about others.

use super::Desk;
use crate::{
    backend::store::StoreError,
    domain::{id::TicketId, ticket::Ticket},
};

impl Desk {
    /// Returns a ticket that one of many steps is about; none where it is not there or can't be read, so that the
    /// other steps go on.
    ///
    /// # Errors
    /// Those of the store, except [`StoreError::Corrupt`].
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
