//! Mails and the suppression list, as admins see them: never a text or a link.

use serde::Serialize;
use tickmate_core::domain::{
    event::ActorId,
    mail::{self, MailStatus},
    suppression,
};
use utoipa::ToSchema;

use crate::requests::{DeliveryWord, MailKindWord, MailStatusWord, Moment};

use super::moment;

/// A page of mails.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mails {
    pub(crate) mails: Vec<Mail>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// One mail as the only object of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneMail {
    pub(crate) mail: Mail,
}

/// A mail. `reason` is the provider's last report where there is one, else why the mail has its status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    id: String,
    #[schema(value_type = MailStatusWord)]
    status: &'static str,
    #[schema(required, value_type = Option<DeliveryWord>)]
    delivery: Option<&'static str>,
    #[schema(required)]
    reason: Option<String>,
    #[schema(required)]
    reference: Option<String>,
    recipient: String,
    #[schema(value_type = MailKindWord)]
    kind: &'static str,
    #[schema(required)]
    ticket: Option<String>,
    event: String,
    retries: u32,
    #[schema(value_type = Moment)]
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
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Retried {
    pub(crate) retried: u64,
}

/// A page of the suppression list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Suppressions {
    pub(crate) suppressions: Vec<Suppression>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// One entry as the only object of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneSuppression {
    pub(crate) suppression: Suppression,
}

/// An address that gets no more mail. `by` is the id of an admin; none where the desk suppressed the address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suppression {
    address: String,
    reason: String,
    #[schema(value_type = Moment)]
    since: String,
    #[schema(required)]
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
