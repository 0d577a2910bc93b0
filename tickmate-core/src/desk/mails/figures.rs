//! Figures on mails.

use std::collections::BTreeMap;

use crate::{
    desk::{DeskError, Mails},
    domain::{mail::MailStatus, time::Span},
};

/// Figures on mails, cheap enough to be asked for every few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFigures {
    /// How many mails there are of each status, 0 included.
    pub by_status: BTreeMap<MailStatus, u64>,
    /// For how long mails have failed because of the settings, see [`Mails::outage`]: at least a second; zero where they
    /// don't.
    pub outage: Span,
    /// For how long no mail is sent because of a limit, see [`Mails::pause`]; zero where mails are sent.
    pub pause: Span,
}

impl Mails<'_> {
    /// Returns the figures as they are now.
    ///
    /// # Errors
    /// Those of the store.
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
