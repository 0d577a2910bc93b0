//! Why a mail is suppressed instead of sent.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{
        access::{self, Access, Actor, Operation},
        mail::{Mail, MailKey, MailKind, MailStatus},
        time::Span,
        user::User,
    },
};

impl Desk {
    /// Returns why a mail must not be sent, if it must not. Accounts, assignments and the suppression list change
    /// while a mail waits. Mails about the account are no exception from the list: an address that bounced gets none
    /// until an admin takes it off the list.
    pub(super) async fn reason_to_suppress(&self, mail: &Mail) -> Result<Option<String>, JobError> {
        if let Some(entry) = self.store.suppression(&mail.to).await? {
            let reason = format!("the address is on the suppression list: {}", entry.reason);
            return Ok(Some(reason));
        }
        let reason = self.no_longer_meant(mail).await?;
        Ok(reason.map(str::to_owned))
    }

    /// Returns why the recipient must not get the mail any more, if so.
    async fn no_longer_meant(&self, mail: &Mail) -> Result<Option<&'static str>, JobError> {
        let key = &mail.key;
        let recipient = self.store.user(key.to).await?;
        let Some(recipient) = recipient.filter(|user| user.active) else {
            return Ok(Some("the account is not in use"));
        };
        // A try without an answer may have arrived, and its link may be used up because of that: such a mail is sent
        // again, since a suppressed one is one that was not sent.
        if let Some((token, _)) = mail.token
            && mail.status == MailStatus::Queued
            && !recipient.has_working_token(token, self.now())
        {
            return Ok(Some("the link in the mail does not work any more"));
        }
        let Some(ticket) = mail.ticket else {
            return Ok(None);
        };
        let Some(ticket) = self.store.ticket(ticket).await? else {
            return Err(JobError::Obsolete("the ticket does not exist"));
        };
        let recipient = Actor::person(&recipient).with_implied(&self.rules().await?.vocabulary);
        let sees = access::decide(&recipient, Operation::Read, &ticket) == Access::Allowed;
        let still_theirs = key.kind != MailKind::Assigned || ticket.assignee() == Some(key.to);
        Ok((!sees || !still_theirs).then_some("the ticket is no longer theirs"))
    }

    /// Returns why a mail is suppressed as soon as it is rendered, if it is.
    pub(super) async fn suppressed_at_once(
        &self,
        key: &MailKey,
        recipient: &User,
    ) -> Result<Option<&'static str>, JobError> {
        let is_verified = recipient.email_verified || key.kind.is_about_the_address();
        if is_verified {
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
