//! Sends a mail, and stores the outcome of each attempt.

use crate::{
    backend::{
        mailer::{MailError, Mailbox, OutgoingMail, Repeats},
        store::{MailRequeue, MailUpdate},
    },
    desk::{Desk, jobs::JobError},
    domain::{
        email::Email,
        letter,
        mail::{Mail, MailKey, MailStatus, stored_reference},
        time::{Span, Timestamp, furthest_ahead},
    },
    failpoint,
};

use super::{pace, suppress::MailSubject, throttle::StoredPace};

impl Desk {
    /// Sends the mail of this key, unless it was sent, refused or suppressed already. `retry` is the number of retries
    /// that admins had requested when this job was enqueued.
    pub(in crate::desk::jobs) async fn send_mail(
        &self,
        key: &MailKey,
        retry: u32,
    ) -> Result<(), JobError> {
        let Some(mail) = self.store.mail(key).await? else {
            return match self.render_mail(key).await? {
                Some((mail, subject)) => self.send_rendered(mail, subject).await,
                None => Ok(()),
            };
        };
        let mail = self.requeue_once(mail, retry).await?;
        if mail.status.is_final() {
            return Ok(());
        }
        if let Some(reason) = self.reason_to_suppress(&mail, None).await? {
            let suppressed = MailUpdate {
                reason: Some(reason),
                ..self.update(&mail, MailStatus::Suppressed)
            };
            self.store.update_mail(&suppressed).await?;
            return Ok(());
        }
        let pace = self.take_turn().await?;
        self.try_to_send(mail, &pace).await
    }

    /// Stores a mail that was just rendered, and sends it unless it is suppressed or must wait. If possible, it is
    /// stored with the status `sending` directly, which saves a write.
    async fn send_rendered(&self, mut mail: Mail, subject: MailSubject) -> Result<(), JobError> {
        if !mail.status.is_final()
            && let Some(reason) = self.reason_to_suppress(&mail, Some(subject)).await?
        {
            mail.status = MailStatus::Suppressed;
            mail.reason = Some(reason);
        }
        if mail.status.is_final() {
            self.store.put_mail(&mail).await?;
            return Ok(());
        }
        let pace = match self.take_turn().await {
            Ok(pace) => pace,
            Err(error) => {
                self.store.put_mail(&mail).await?;
                return Err(error);
            }
        };
        mail.status = MailStatus::Sending;
        mail.updated_at = self.now();
        let stored = self.store.put_mail(&mail).await?;
        failpoint::hit("mail.rendered");
        if stored == mail {
            let begun = mail.updated_at;
            return self.hand_over(mail, begun, &pace).await;
        }
        // A concurrent run stored the mail, and may have sent it.
        match stored.status.is_final() {
            true => Ok(()),
            false => self.try_to_send(stored, &pace).await,
        }
    }

    /// Returns the mail, queued again if this job is the first to process the admin's retry.
    async fn requeue_once(&self, mail: Mail, retry: u32) -> Result<Mail, JobError> {
        let (key, at) = (mail.key, self.now());
        if !mail.status.is_final() || mail.retries >= retry {
            return Ok(mail);
        }
        self.store
            .requeue_mail(&MailRequeue { key, retry, at })
            .await?;
        let mail = self.store.mail(&key).await?;
        mail.ok_or(JobError::Obsolete("the mail does not exist"))
    }

    async fn try_to_send(&self, mut mail: Mail, pace: &StoredPace) -> Result<(), JobError> {
        if mail.status == MailStatus::Sending {
            // A process that crashed may have sent it.
            mail.unanswered_since = mail.unanswered_since.or(Some(mail.updated_at));
        }
        let sending = self.update(&mail, MailStatus::Sending);
        let begun = sending.at;
        self.store.update_mail(&sending).await?;
        self.hand_over(mail, begun, pace).await
    }

    /// Sends a mail that has been stored as `sending` since `begun`, and stores the outcome.
    async fn hand_over(
        &self,
        mut mail: Mail,
        begun: Timestamp,
        pace: &StoredPace,
    ) -> Result<(), JobError> {
        failpoint::hit("mail.before_send");
        match self.mailer.send(&self.outgoing(&mail)).await {
            Ok(receipt) => {
                failpoint::hit("mail.accepted");
                let status = match self.may_be_second(&mail, receipt.repeats) {
                    true => MailStatus::Uncertain,
                    false => MailStatus::Sent,
                };
                let accepted = MailUpdate {
                    reference: receipt.reference.as_deref().and_then(stored_reference),
                    ..self.update(&mail, status)
                };
                self.store.update_mail(&accepted).await?;
                failpoint::hit("mail.noted");
                self.end_mail_outage().await?;
                Ok(self.note_answer(pace).await?)
            }
            Err(error) => {
                if matches!(error, MailError::Unanswered(_)) {
                    mail.unanswered_since = mail.unanswered_since.or(Some(begun));
                }
                self.note_failure(&mail, error, pace).await
            }
        }
    }

    /// Returns whether a mail that was just accepted may reach the recipient twice, because an earlier attempt was not
    /// answered. A provider knows the key of that attempt only if no admin retried the mail since.
    fn may_be_second(&self, mail: &Mail, repeats: Repeats) -> bool {
        let now = self.now();
        mail.unanswered_since.is_some_and(|since| {
            let is_of_earlier_retry = mail.retries > 0 && since < mail.queued_at;
            // If the clock at the time of the attempt was ahead, its age is unknown.
            let elapsed = match since > furthest_ahead(now) {
                true => Span::MAX,
                false => now - since,
            };
            is_of_earlier_retry || repeats.may_be_second(elapsed)
        })
    }

    /// Stores a failed attempt.
    async fn note_failure(
        &self,
        mail: &Mail,
        error: MailError,
        pace: &StoredPace,
    ) -> Result<(), JobError> {
        let reason = cause(&error);
        let status = match (&error, mail.unanswered_since) {
            (MailError::Refused(_), _) => MailStatus::Dead,
            (_, Some(_)) => MailStatus::Sending,
            (_, None) => MailStatus::Queued,
        };
        let failed = MailUpdate {
            reason: Some(reason.clone()),
            ..self.update(mail, status)
        };
        self.store.update_mail(&failed).await?;
        match error {
            MailError::Refused(_) => {
                tracing::warn!(mail.kind = mail.key.kind.as_str(), event.id = %mail.key.event, error = %reason, "a mail was refused");
                self.end_mail_outage().await?;
                Ok(self.note_answer(pace).await?)
            }
            MailError::Transient { .. } | MailError::Unanswered(_) | MailError::Settings(_) => {
                self.retry_later(mail, error, &reason, pace).await
            }
        }
    }

    fn update(&self, mail: &Mail, status: MailStatus) -> MailUpdate {
        MailUpdate {
            key: mail.key,
            status,
            unanswered_since: mail.unanswered_since,
            reference: None,
            reason: None,
            at: self.now(),
        }
    }

    /// Returns the error of the job of a mail that may be accepted later, with the time of its next attempt.
    async fn retry_later(
        &self,
        mail: &Mail,
        source: MailError,
        reason: &str,
        pace: &StoredPace,
    ) -> Result<(), JobError> {
        let now = self.now();
        let (retry_at, is_counted) = if matches!(source, MailError::Settings(_)) {
            let since = self.begin_mail_outage().await?;
            let random = u16::from_le_bytes(self.random_bytes());
            tracing::error!(%since, error = %reason, "mails can't be sent: check the settings of the mail provider");
            let retry_at = now + pace::settings_retry_delay(now - since, random);
            (Some(retry_at), false)
        } else {
            // The provider failed for another reason than the settings, so the settings work.
            self.end_mail_outage().await?;
            match source.retry_after() {
                Some(retry_after) => {
                    let retry_at = self.note_limit(pace, retry_after).await?;
                    (Some(retry_at), now - mail.queued_at >= pace::PATIENCE)
                }
                None => (None, true),
            }
        };
        Err(JobError::Mail {
            retry_at,
            is_counted,
            source,
        })
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
            retry: mail.retries,
            reply_to: None,
            list_unsubscribe: None,
            headers: Vec::new(),
        }
    }

    /// Returns the sender of mails. Without a setting it is an address at the host of the desk's URL; an IP address is
    /// not a valid domain of a sender.
    fn sender(&self) -> Mailbox {
        self.settings.mail_from.clone().unwrap_or_else(|| {
            let host = host_of(&self.settings.app_url);
            let is_address = host.parse::<std::net::IpAddr>().is_ok();
            let email = format!("tickmate@{host}").parse();
            let email = email.ok().filter(|_| !is_address);
            Mailbox {
                name: self.settings.name.clone(),
                email: email.unwrap_or_else(Email::nobody),
            }
        })
    }
}

fn host_of(url: &str) -> &str {
    let rest = url.split("://").last().unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Formats the chain of an error's causes on one line of limited length. It contains the provider's response, never the
/// mail.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_found_without_its_port_and_path() {
        for (url, host) in [
            ("https://desk.example.org", "desk.example.org"),
            ("https://desk.example.org/help/", "desk.example.org"),
            ("http://desk.example.org:8080/help", "desk.example.org"),
            ("http://127.0.0.1:5000", "127.0.0.1"),
            ("http://[::1]:5000/x", "::1"),
            ("http://localhost", "localhost"),
            ("", ""),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
