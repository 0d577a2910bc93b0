//! A mailer that sends mails to the parent, with a key if the provider that the parent plays supports keys.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use serde_json::{Value, json};
use tickmate::backend::mailer::{MailError, Mailer, OutgoingMail, Receipt, Repeats};

use crate::{args::MailMode, failure::Failure};

/// The mail provider that the parent plays.
pub(super) struct PeerMailer {
    client: Client,
    url: String,
    mode: MailMode,
}

impl PeerMailer {
    pub(super) fn new(peer: &str, mode: MailMode) -> Result<Self, Failure> {
        let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok(Self {
            client,
            url: format!("{peer}/mail"),
            mode,
        })
    }
}

#[async_trait]
impl Mailer for PeerMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let mut request = self.client.post(&self.url).json(&content(mail));
        if self.mode == MailMode::ResendLike {
            let key = format!(
                "tickmate/{}/{}/{}",
                mail.key.kind.as_str(),
                mail.key.event,
                mail.key.to
            );
            request = request.header("idempotency-key", key);
        }
        let response = request
            .send()
            .await
            .map_err(|error| match error.is_connect() {
                true => MailError::transient(error),
                false => MailError::Unanswered(Box::new(error)),
            })?;
        if let Err(error) = response.error_for_status_ref() {
            return Err(match response.status().is_server_error() {
                true => MailError::transient(error),
                false => MailError::Refused(Box::new(error)),
            });
        }
        let answer: Value = response
            .json()
            .await
            .map_err(|error| MailError::Unanswered(Box::new(error)))?;
        Ok(Receipt {
            reference: answer["id"].as_str().map(str::to_owned),
            repeats: match self.mode {
                MailMode::ResendLike => Repeats::Harmless,
                MailMode::SmtpLike => Repeats::Visible,
            },
        })
    }
}

/// Returns the whole content of a mail: a mail that is sent twice under one key must be identical both times.
fn content(mail: &OutgoingMail) -> Value {
    json!({
        "kind": mail.key.kind.as_str(),
        "event": mail.key.event,
        "from": mail.from.email,
        "to": mail.to.email,
        "name": mail.to.name,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "messageId": mail.message_id,
        "references": mail.references,
        "date": mail.date,
    })
}
