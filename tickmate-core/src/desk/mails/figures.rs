//! Figures about mails.

use std::collections::BTreeMap;

use crate::{
    desk::{DeskError, Mails},
    domain::{mail::MailStatus, time::Span},
};

/// Figures about mails. They are cheap enough to be read every few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFigures {
    /// The number of mails of each status, including zeros.
    pub by_status: BTreeMap<MailStatus, u64>,
    /// How long mails have failed because of the settings, see [`Mails::outage`]: at least a second; zero if there is
    /// no outage.
    pub outage: Span,
    /// How long sending is paused because of a limit, see [`Mails::pause`]; zero if mails are sent.
    pub pause: Span,
}

impl Mails<'_> {
    /// Returns the current figures.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn figures(self) -> Result<MailFigures, DeskError> {
        let counts = self.desk.store.mail_counts().await?;
        let count = |status| (status, counts.get(&status).copied().unwrap_or_default());
        let since = self.desk.mails().outage().await?;
        Ok(MailFigures {
            by_status: MailStatus::ALL.into_iter().map(count).collect(),
            // Another process's clock may be ahead, or this one was set back.
            outage: since.map_or(Span::zero(), |since| {
                (self.desk.now() - since).max(Span::seconds(1))
            }),
            pause: self.desk.mails().pause().await?,
        })
    }
}
