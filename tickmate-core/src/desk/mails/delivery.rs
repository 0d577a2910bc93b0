//! Delivery reports: what providers report about mails after they accepted them.

use crate::{
    desk::{DeskError, Mails},
    domain::{
        delivery::{Delivery, DeliveryReport},
        event::ActorId,
        mail::stored_reference,
        suppression::Suppression,
        text::one_line,
        time::Timestamp,
    },
};

/// The maximum number of characters of a provider's reason that are stored.
const MAX_REASON: usize = 500;

impl Mails<'_> {
    /// Records a provider's report about the mail with this reference, with the time `at` of the provider's clock.
    /// Reports may arrive in any order and more than once: a report of a lower or equal [rank](Delivery::rank) changes
    /// nothing. A bounce and a complaint put the address on the suppression list; temporary bounces are
    /// [`Delivery::Delayed`].
    ///
    /// A mail has one reference, that of the send that was accepted last. After an admin retried a mail
    /// ([`Mails::retry`]) and the provider accepted it, a late report about the earlier send finds no mail; it is lost,
    /// together with the suppression that a bounce would cause. Until then it is recorded for the mail.
    ///
    /// Returns whether the report changed the mail. Adapters call this for reports whose authenticity they have checked.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] if no mail has this reference yet or any more. A provider may report before the desk has
    /// stored the reference, so the adapter should let the provider repeat the report a limited number of times. Errors
    /// of the store.
    pub async fn note_delivery(
        self,
        reference: &str,
        delivery: Delivery,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, DeskError> {
        let reference = stored_reference(reference).ok_or(DeskError::NotFound)?;
        let mail = self.desk.store.mail_by_reference(&reference).await?;
        let mail = mail.ok_or(DeskError::NotFound)?;
        if !delivery.replaces(mail.delivery.as_ref().map(|stored| stored.delivery)) {
            return Ok(false);
        }
        let report = DeliveryReport {
            delivery,
            reason: reason
                .map(|reason| one_line(reason, MAX_REASON))
                .filter(|reason| !reason.is_empty()),
            at,
        };
        // The list is changed first: if the process crashes in between, the mail is unchanged and the repeated report
        // updates it.
        if delivery.suppresses_address() {
            let reason = match &report.reason {
                Some(reason) => format!("{}: {reason}", delivery.as_str()),
                None => delivery.as_str().to_owned(),
            };
            let suppression = Suppression {
                address: mail.to.clone(),
                reason,
                since: self.desk.now(),
                by: ActorId::System,
            };
            self.desk.store.suppress(&suppression).await?;
        }
        Ok(self.desk.store.report_delivery(&mail.key, &report).await?)
    }
}
