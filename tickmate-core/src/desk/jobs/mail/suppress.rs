//! Decides whether a mail is suppressed instead of sent.

use crate::{
    desk::{Desk, jobs::JobError},
    domain::{
        access::{self, Access, Actor, Operation},
        mail::{Mail, MailKey, MailKind, MailStatus},
        ticket::Ticket,
        time::Span,
        user::User,
    },
};

/// The recipient of a mail, and the ticket that it is about, as they were just read.
pub(super) struct MailSubject {
    pub(super) recipient: User,
    pub(super) ticket: Option<Ticket>,
}

impl Desk {
    /// Returns why a mail must not be sent; `None` if it may be sent. Accounts, assignments and the suppression list
    /// change while a mail is queued, so only a newly rendered mail comes with its subject. Mails about the account are
    /// subject to the list too: an address that bounced receives none until an admin removes it from the list.
    pub(super) async fn reason_to_suppress(
        &self,
        mail: &Mail,
        subject: Option<MailSubject>,
    ) -> Result<Option<String>, JobError> {
        if let Some(entry) = self.store.suppression(&mail.to).await? {
            let reason = format!("the address is on the suppression list: {}", entry.reason);
            return Ok(Some(reason));
        }
        let subject = match subject {
            Some(subject) => Some(subject),
            None => self.read_subject(mail).await?,
        };
        let reason = self.reason_recipient_lost_access(mail, subject).await?;
        Ok(reason.map(str::to_owned))
    }

    /// Reads the subject of a mail; `None` if the recipient does not exist.
    async fn read_subject(&self, mail: &Mail) -> Result<Option<MailSubject>, JobError> {
        let Some(recipient) = self.store.user(mail.key.to).await? else {
            return Ok(None);
        };
        let ticket = match mail.ticket {
            Some(id) => {
                let ticket = self.store.ticket(id).await?;
                Some(ticket.ok_or(JobError::Obsolete("the ticket does not exist"))?)
            }
            None => None,
        };
        Ok(Some(MailSubject { recipient, ticket }))
    }

    /// Returns why the recipient must not receive the mail any more; `None` if it may be sent.
    async fn reason_recipient_lost_access(
        &self,
        mail: &Mail,
        subject: Option<MailSubject>,
    ) -> Result<Option<&'static str>, JobError> {
        let key = &mail.key;
        let subject = subject.filter(|subject| subject.recipient.active);
        let Some(MailSubject { recipient, ticket }) = subject else {
            return Ok(Some("the account is not in use"));
        };
        // An attempt without an answer may have arrived, and its link may have been used. Such a mail is sent again,
        // since a suppressed mail is one that was not sent.
        if let Some((token, _)) = mail.token
            && mail.status == MailStatus::Queued
            && !recipient.has_working_token(token, self.now())
        {
            return Ok(Some("the link in the mail does not work any more"));
        }
        let Some(ticket) = ticket else {
            return Ok(None);
        };
        let recipient = Actor::person(&recipient).with_implied(&self.rules().await?.vocabulary);
        let sees = access::decide(&recipient, Operation::Read, &ticket) == Access::Allowed;
        let still_theirs = key.kind != MailKind::Assigned || ticket.assignee() == Some(key.to);
        Ok((!sees || !still_theirs).then_some("the ticket is no longer theirs"))
    }

    /// Returns why a mail is suppressed as soon as it is rendered; `None` if it is not.
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
