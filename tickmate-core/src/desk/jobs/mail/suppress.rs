//! Why a mail is suppressed instead of sent.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{
        access::{self, Access, Actor, Operation},
        mail::{Mail, MailKey, MailKind},
        time::Span,
        user::User,
    },
};

impl Desk {
    /// Why a mail that was rendered is not to be handed over any more, if it is not: accounts and assignments change
    /// while a relay is down.
    pub(super) async fn no_longer_meant(
        &self,
        key: &MailKey,
        mail: &Mail,
    ) -> Result<Option<&'static str>, JobError> {
        let recipient = self.store.user(key.to).await?;
        let Some(recipient) = recipient.filter(|user| user.active) else {
            return Ok(Some("the account is not in use"));
        };
        let Some(ticket) = mail.ticket else {
            return Ok(None);
        };
        let Some(ticket) = self.store.ticket(ticket).await? else {
            return Err(JobError::Obsolete("the ticket is not there"));
        };
        let recipient = Actor::person(&recipient).with_implied(&self.rules().await?.vocabulary);
        let sees = access::decide(&recipient, Operation::Read, &ticket) == Access::Allowed;
        let still_theirs = key.kind != MailKind::Assigned || ticket.assignee() == Some(key.to);
        Ok((!sees || !still_theirs).then_some("the ticket is no longer theirs"))
    }

    /// Why a mail is held back, if it is.
    pub(super) async fn holds_back(
        &self,
        key: &MailKey,
        recipient: &User,
    ) -> Result<Option<&'static str>, JobError> {
        let proved = recipient.email_verified || key.kind.is_about_the_address();
        if proved {
            return Ok(None);
        }
        if self.settings.require_verified_email {
            return Ok(Some("the address is not verified"));
        }
        let Some(limit) = self.settings.unverified_mails_per_day else {
            return Ok(None);
        };
        let sent = self
            .store
            .count_mails(&recipient.email, self.now() - Span::days(1))
            .await?;
        Ok((sent >= limit).then_some("too many mails to an address that is not verified"))
    }
}
