//! Mails and the suppression list, as admins see them: never a text or a link.

use serde::Serialize;
use tickmate_core::domain::{
    event::ActorId,
    mail::{self, MailStatus},
    suppression,
};

use super::moment;

/// A page of mails.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mails {
    pub(crate) mails: Vec<Mail>,
    pub(crate) next_cursor: Option<String>,
}

/// One mail as the only object of an answer.
#[derive(Debug, Serialize)]
pub(crate) struct OneMail {
    pub(crate) mail: Mail,
}

/// A mail. `reason` is the provider's last report where there is one, else why the mail has its status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    id: String,
    status: &'static str,
    delivery: Option<&'static str>,
    reason: Option<String>,
    reference: Option<String>,
    recipient: String,
    kind: &'static str,
    ticket: Option<String>,
    event: String,
    retries: u32,
    updated_at: String,
}

impl Mail {
    pub(crate) fn new(mail: &mail::Mail) -> Self {
        let reported = mail.delivery.as_ref();
        // What keeps a mail from being sent says more than a report about an earlier sending.
        let reported_reason = reported
            .filter(|_| matches!(mail.status, MailStatus::Sent | MailStatus::Uncertain))
            .and_then(|report| report.reason.clone());
        Self {
            id: mail.key.to_string(),
            status: mail.status.as_str(),
            delivery: reported.map(|report| report.delivery.as_str()),
            reason: reported_reason.or_else(|| mail.reason.clone()),
            reference: mail.reference.clone(),
            recipient: mail.to.to_string(),
            kind: mail.key.kind.as_str(),
            ticket: mail.ticket.map(|ticket| ticket.to_string()),
            event: mail.key.event.to_string(),
            retries: mail.retries,
            updated_at: moment(mail.updated_at),
        }
    }
}

/// How many mails or jobs were retried.
#[derive(Debug, Serialize)]
pub(crate) struct Retried {
    pub(crate) retried: u64,
}

/// A page of the suppression list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Suppressions {
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) next_cursor: Option<String>,
}

/// One entry as the only object of an answer.
#[derive(Debug, Serialize)]
pub(crate) struct OneSuppression {
    pub(crate) suppression: Suppression,
}

/// An address that gets no more mail. `by` is the id of an admin; none where the desk suppressed the address.
#[derive(Debug, Serialize)]
pub(crate) struct Suppression {
    address: String,
    reason: String,
    since: String,
    by: Option<String>,
}

impl Suppression {
    pub(crate) fn new(entry: &suppression::Suppression) -> Self {
        Self {
            address: entry.address.to_string(),
            reason: entry.reason.clone(),
            since: moment(entry.since),
            by: match entry.by {
                ActorId::User(id) => Some(id.to_string()),
                ActorId::System => None,
            },
        }
    }
}
