//! Handing a mail over, and noting the outcome of each try.

use crate::{
    backend::{
        mailer::{MailError, Mailbox, OutgoingMail, Repeats},
        store::MailUpdate,
    },
    desk::{Desk, jobs::JobError},
    domain::{
        letter,
        mail::{Mail, MailKey, MailStatus},
    },
    failpoint,
};

use super::pace;

impl Desk {
    /// Sends the mail of this key, unless it was sent, refused or held back already.
    pub(in crate::desk::jobs) async fn send_mail(&self, key: &MailKey) -> Result<(), JobError> {
        let mail = match self.store.mail(key).await? {
            Some(mail) => mail,
            None => match self.render_mail(key).await? {
                Some(mail) => {
                    let mail = self.store.put_mail(&mail).await?;
                    failpoint::hit("mail.rendered");
                    mail
                }
                None => return Ok(()),
            },
        };
        if mail.status.is_final() {
            return Ok(());
        }
        if let Some(reason) = self.no_longer_meant(key, &mail).await? {
            return self
                .note(
                    key,
                    MailStatus::Suppressed,
                    mail.unanswered,
                    Some(reason.to_owned()),
                )
                .await;
        }
        // Found as being handed over, it may have been accepted by a process that died.
        let unanswered = mail.unanswered || mail.status == MailStatus::Sending;
        self.note(key, MailStatus::Sending, unanswered, None)
            .await?;
        failpoint::hit("mail.before_send");
        match self.mailer.send(&self.outgoing(&mail)).await {
            Ok(receipt) => {
                failpoint::hit("mail.accepted");
                let twice = unanswered && receipt.repeats == Repeats::Visible;
                let status = if twice {
                    MailStatus::Uncertain
                } else {
                    MailStatus::Sent
                };
                self.note(key, status, unanswered, receipt.reference)
                    .await?;
                failpoint::hit("mail.noted");
                self.end_mail_outage().await?;
                Ok(())
            }
            Err(error) => self.note_failure(&mail, unanswered, error).await,
        }
    }

    /// Notes a try that failed.
    async fn note_failure(
        &self,
        mail: &Mail,
        unanswered: bool,
        error: MailError,
    ) -> Result<(), JobError> {
        let key = &mail.key;
        let unanswered = unanswered || matches!(error, MailError::Unanswered(_));
        let detail = cause(&error);
        match error {
            MailError::Refused(_) => {
                self.end_mail_outage().await?;
                tracing::warn!(mail.kind = key.kind.as_str(), event.id = %key.event, error = %detail, "a mail was refused");
                self.note(key, MailStatus::Dead, unanswered, Some(detail))
                    .await
            }
            MailError::Transient { .. } | MailError::Unanswered(_) | MailError::Settings(_) => {
                let status = if unanswered {
                    MailStatus::Sending
                } else {
                    MailStatus::Queued
                };
                self.note(key, status, unanswered, Some(detail.clone()))
                    .await?;
                self.retry_later(mail, error, &detail).await
            }
        }
    }

    /// Returns the error of the job of a mail that may be accepted later, with the moment of its next try.
    async fn retry_later(
        &self,
        mail: &Mail,
        source: MailError,
        detail: &str,
    ) -> Result<(), JobError> {
        let now = self.now();
        let random = u16::from_le_bytes(self.random_bytes());
        let (retry_at, is_counted) = match (&source, source.retry_after()) {
            (MailError::Settings(_), _) => {
                let since = self.begin_mail_outage().await?;
                tracing::error!(%since, error = %detail, "mails can't be sent: check the settings of the mail provider");
                (Some(now + pace::settings_delay(now - since, random)), false)
            }
            (_, Some(retry_after)) => {
                self.end_mail_outage().await?;
                let waiting_for = now - mail.created_at;
                let delay = pace::throttled_delay(retry_after, waiting_for, random);
                (Some(now + delay), waiting_for >= pace::PATIENCE)
            }
            (_, None) => (None, true),
        };
        Err(JobError::Mail {
            retry_at,
            is_counted,
            source,
        })
    }

    async fn note(
        &self,
        key: &MailKey,
        status: MailStatus,
        unanswered: bool,
        detail: Option<String>,
    ) -> Result<(), JobError> {
        self.store
            .update_mail(&MailUpdate {
                key: *key,
                status,
                unanswered,
                detail,
                at: self.now(),
            })
            .await?;
        Ok(())
    }

    fn outgoing(&self, mail: &Mail) -> OutgoingMail {
        let from = self.sender();
        let domain = from.email.domain().to_owned();
        let token = mail
            .token
            .map(|(id, purpose)| self.keys.one_time_token(id, purpose))
            .unwrap_or_default();
        let filled = |text: &str| letter::fill_token(text, &token);
        OutgoingMail {
            key: mail.key,
            to: Mailbox {
                name: mail.to_name.clone(),
                email: mail.to.clone(),
            },
            subject: mail.subject.clone(),
            text: filled(&mail.text),
            html: filled(&mail.html),
            message_id: letter::message_id(&mail.key, &domain),
            references: mail
                .references
                .iter()
                .map(|key| letter::message_id(key, &domain))
                .collect(),
            date: mail.created_at,
            from,
        }
    }

    /// Who mails come from.
    fn sender(&self) -> Mailbox {
        self.settings.mail_from.clone().unwrap_or_else(|| {
            let host = self
                .settings
                .app_url
                .split("://")
                .last()
                .unwrap_or_default();
            let host = host.split(['/', ':']).next().unwrap_or_default();
            let email = format!("tickmate@{host}").parse();
            let email = email.unwrap_or_else(|_| crate::domain::email::Email::nobody());
            Mailbox {
                name: self.settings.name.clone(),
                email,
            }
        })
    }
}

/// The chain of an error's causes on one line, capped: it holds what the provider said, never the mail.
fn cause(error: &MailError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    crate::domain::text::one_line(&text, 500)
}
