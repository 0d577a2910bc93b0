//! Outages of the mail provider that the settings cause, as all processes see them.

use std::sync::atomic::Ordering;

use crate::{
    desk::{Desk, DeskError, Mails},
    domain::time::{Timestamp, from_micros, furthest_ahead},
};

/// The name of the stored value that holds the start of the outage, in microseconds since 1970.
const FAILING_SINCE: &str = "mail.settings_failing_since";

impl Mails<'_> {
    /// Returns the start of the current outage: since when mails have failed because of the settings or because the
    /// provider can't be reached, see [`MailError::Settings`](crate::backend::mailer::MailError::Settings). The outage
    /// ends with the next attempt, by any process, that is accepted or fails for another reason.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn outage(self) -> Result<Option<Timestamp>, DeskError> {
        let since = self.desk.store.value(FAILING_SINCE).await?;
        Ok(since.as_deref().and_then(moment))
    }
}

impl Desk {
    /// Notes that the settings fail, and returns the start of the outage.
    pub(super) async fn begin_mail_outage(&self) -> Result<Timestamp, DeskError> {
        self.mail_outage_possible.store(true, Ordering::Relaxed);
        let (stored, now) = (self.store.value(FAILING_SINCE).await?, self.now());
        // A time in the future, which a clock that was set back leaves behind, would mean that the outage has not
        // started.
        let since = stored.as_deref().and_then(moment);
        if let Some(since) = since.filter(|since| *since <= furthest_ahead(now)) {
            return Ok(since);
        }
        let micros = now.timestamp_micros().to_string();
        self.store
            .replace_value(FAILING_SINCE, stored.as_deref(), &micros)
            .await?;
        Ok(now)
    }

    /// Notes that the settings work. Calls the store only if this process has not sent a mail yet, or has seen the
    /// settings fail since.
    pub(super) async fn end_mail_outage(&self) -> Result<(), DeskError> {
        if self.mail_outage_possible.load(Ordering::Relaxed) {
            if self.store.value(FAILING_SINCE).await?.is_some() {
                self.store.put_value(FAILING_SINCE, None).await?;
                tracing::info!("the mail provider can be used again");
            }
            self.mail_outage_possible.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn moment(micros: &str) -> Option<Timestamp> {
    micros.parse().ok().map(from_micros)
}
