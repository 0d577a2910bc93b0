//! Administration of the suppression list.

use super::list::check_limit;
use crate::{
    desk::{DeskError, Mails, authorize::demand_admin},
    domain::{
        access::Actor, email::Email, event::ActorId, page::Page, suppression::Suppression,
        text::one_line,
    },
};

/// The maximum number of characters of an admin's reason.
const MAX_REASON: usize = 200;

impl Mails<'_> {
    /// Returns a page of the suppressed addresses, ordered by address: those after this address, or the first ones.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a limit outside 1 to
    /// [`MAX_LIMIT`](crate::domain::page::MAX_LIMIT).
    pub async fn suppressions(
        self,
        actor: &Actor,
        after: Option<Email>,
        limit: u32,
    ) -> Result<Page<Suppression>, DeskError> {
        demand_admin(actor)?;
        check_limit(limit)?;
        Ok(self.desk.store.suppressions(after, limit).await?)
    }

    /// Puts an address on the suppression list, and returns its entry. An address that is on the list keeps its entry.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a reason of more than 200
    /// characters.
    pub async fn suppress(
        self,
        actor: &Actor,
        address: Email,
        reason: Option<&str>,
    ) -> Result<Suppression, DeskError> {
        demand_admin(actor)?;
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        let reason = reason.unwrap_or("suppressed by an admin");
        if reason.chars().count() > MAX_REASON {
            let message = format!("must be at most {MAX_REASON} characters");
            return Err(DeskError::field("reason", message));
        }
        let suppression = Suppression {
            address,
            reason: one_line(reason, MAX_REASON),
            since: self.desk.now(),
            by: actor.id().map_or(ActorId::System, ActorId::User),
        };
        Ok(self.desk.store.suppress(&suppression).await?)
    }

    /// Removes an address from the suppression list. Mails that were suppressed stay so until they are retried.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::NotFound`] if the address is not on the
    /// list.
    pub async fn unsuppress(self, actor: &Actor, address: &Email) -> Result<(), DeskError> {
        demand_admin(actor)?;
        match self.desk.store.unsuppress(address).await? {
            true => Ok(()),
            false => Err(DeskError::NotFound),
        }
    }
}
