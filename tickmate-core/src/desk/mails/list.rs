//! Lists of mails.

use crate::{
    backend::store::MailQuery,
    desk::{DeskError, Mails, authorize::demand_admin},
    domain::{
        access::Actor,
        mail::Mail,
        page::{MAX_LIMIT, Page},
    },
};

impl Mails<'_> {
    /// Returns a page of mails, ordered by the last change of the status, latest first.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] unless the actor is an admin; [`DeskError::Invalid`] for a limit outside 1 to
    /// [`MAX_LIMIT`].
    pub async fn list(
        self,
        actor: &Actor,
        query: &MailQuery,
        limit: u32,
    ) -> Result<Page<Mail>, DeskError> {
        demand_admin(actor)?;
        check_limit(limit)?;
        Ok(self.desk.store.mails(query, limit).await?)
    }
}

/// Checks the limit of a page.
pub(super) fn check_limit(limit: u32) -> Result<(), DeskError> {
    match (1..=MAX_LIMIT).contains(&limit) {
        true => Ok(()),
        false => Err(DeskError::field(
            "limit",
            format!("must be 1 to {MAX_LIMIT}"),
        )),
    }
}
