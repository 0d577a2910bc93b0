//! What providers report about mails after they accepted them.

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

/// The most characters of a provider's reason that are stored.
const MAX_REASON: usize = 500;

impl Mails<'_> {
    /// Notes what a provider reports about the mail with this reference: at `at`, by the provider's clock. Reports may
    /// come in any order and more than once: one of a lower or equal [rank](Delivery::rank) changes nothing. A bounce
    /// and a complaint put the address on the suppression list; bounces that may pass are [`Delivery::Delayed`].
    ///
    /// A mail has one reference, that of the sending which was accepted last. After an admin had a mail sent again
    /// ([`Mails::retry`]) and the provider accepted it, a late report about the sending before finds no mail, and is
    /// lost with the suppression that a bounce would cause; until then it is noted as one about the mail.
    ///
    /// Returns whether the report changed the mail. Adapters call this for reports whose authenticity they have checked.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] where no mail has this reference, has it yet, or has it still: a provider may report before
    /// the desk has noted the reference, so that the adapter lets the provider repeat the report, a bounded number of
    /// times. Those of the store.
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
        // The list first: a process that dies in between leaves a mail that the repeated report still changes.
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
