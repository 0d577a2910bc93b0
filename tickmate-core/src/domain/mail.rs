//! Mails of the desk, and their sending status.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use super::mail_kind::MailKind;
use super::{
    delivery::DeliveryReport,
    email::Email,
    id::{EventId, InvalidId, TicketId, TokenId, UserId},
    text::one_line,
    time::{Timestamp, micros, micros_or_none},
    token::TokenPurpose,
};

/// The identity of a mail: there is one for each event, kind and recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailKey {
    /// The event.
    pub event: EventId,
    /// The kind of the mail.
    pub kind: MailKind,
    /// The recipient.
    pub to: UserId,
}

/// Writes `{event}.{kind}.{recipient}`, the id of the mail on the wire.
impl fmt::Display for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.event, self.kind.as_str(), self.to)
    }
}

impl FromStr for MailKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut parts = text.split('.');
        let (Some(event), Some(kind), Some(to), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidId);
        };
        Ok(Self {
            event: event.parse()?,
            kind: kind.parse().map_err(|()| InvalidId)?,
            to: to.parse()?,
        })
    }
}

/// A place in a list of mails. The list is ordered by the moment, the event, the name of the kind
/// ([`MailKind::as_str`]) and the recipient, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailPlace {
    /// When the status of the mail last changed.
    pub updated_at: Timestamp,
    /// The key of the mail.
    pub key: MailKey,
}

impl MailPlace {
    /// Returns a value with the order of the list.
    pub const fn order(&self) -> (Timestamp, EventId, &'static str, UserId) {
        let key = self.key;
        (self.updated_at, key.event, key.kind.as_str(), key.to)
    }
}

/// The progress of sending a mail. Reports of the provider after it accepted the mail are its
/// [`Delivery`](super::delivery::Delivery).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    parse_err_ty = UnknownMailStatus,
    parse_err_fn = unknown_mail_status
)]
pub enum MailStatus {
    /// The mail waits to be sent.
    Queued,
    /// The mail is being sent. After a crash in this state it is unknown whether the provider accepted it.
    Sending,
    /// The provider accepted the mail, once.
    Sent,
    /// The provider accepted the mail, perhaps more than once.
    Uncertain,
    /// The mail was refused for good.
    Dead,
    /// The mail was not sent on purpose.
    Suppressed,
}

impl MailStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Uncertain,
        Self::Dead,
        Self::Suppressed,
    ];

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns whether the mail is part of its thread and counts against the limit of its address.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Suppressed)
    }

    /// Returns whether the desk does nothing more with the mail by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }

    /// Returns whether an admin can have the mail sent again.
    pub const fn can_be_retried(self) -> bool {
        matches!(self, Self::Dead | Self::Uncertain | Self::Suppressed)
    }
}

/// The error for a text that is not a status of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of queued, sending, sent, uncertain, dead, suppressed")]
pub struct UnknownMailStatus;

const fn unknown_mail_status(_: &str) -> UnknownMailStatus {
    UnknownMailStatus
}

/// The most characters of a provider's reference in a store.
pub const MAX_REFERENCE: usize = 200;

/// Returns the stored form of a provider's reference: on one line and cut.
pub fn stored_reference(reference: &str) -> Option<String> {
    Some(one_line(reference, MAX_REFERENCE)).filter(|reference| !reference.is_empty())
}

/// A mail, rendered once before the first try; retries send the same content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The identity of the mail.
    pub key: MailKey,
    /// The address at the time of rendering.
    pub to: Email,
    /// The name of the recipient; may be empty.
    pub to_name: String,
    /// The subject, on one line.
    pub subject: String,
    /// The text part. A [`TOKEN_MARK`] is in the place of the token.
    pub text: String,
    /// The HTML part, with the same mark.
    pub html: String,
    /// The ticket of the mail's thread.
    pub ticket: Option<TicketId>,
    /// The earlier mails in the thread at the time of rendering, oldest first.
    #[serde(default)]
    pub references: Vec<MailKey>,
    /// The one-time token that is filled in when the mail is sent.
    pub token: Option<(TokenId, TokenPurpose)>,
    /// The progress of sending.
    pub status: MailStatus,
    /// When the first try without an answer began; none if every try was answered.
    #[serde(default, with = "micros_or_none")]
    pub unanswered_since: Option<Timestamp>,
    /// The provider's id of the mail, see [`stored_reference`]. Not unique: some providers return the same id for several
    /// mails.
    pub reference: Option<String>,
    /// Why the mail was refused, suppressed, or not accepted at the last try.
    pub reason: Option<String>,
    /// What the provider reported after it accepted the mail.
    pub delivery: Option<DeliveryReport>,
    /// How often an admin had it sent again.
    #[serde(default)]
    pub retries: u32,
    /// When the mail was rendered.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// Since when the mail waits to be sent: since it was rendered, or last sent again by an admin.
    #[serde(with = "micros")]
    pub queued_at: Timestamp,
    /// When the status last changed.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
}

impl Mail {
    /// Returns the place of this mail in lists of mails.
    pub const fn place(&self) -> MailPlace {
        MailPlace {
            updated_at: self.updated_at,
            key: self.key,
        }
    }
}

/// The placeholder of a one-time token in a stored mail. No user can write it: it contains a control character.
pub const TOKEN_MARK: &str = "\u{1}token\u{1}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn keys_round_trip() {
        let key = MailKey {
            event: EventId::new(from_micros(7), [1; 10]),
            kind: MailKind::AssignedRequester,
            to: UserId::new(from_micros(8), [2; 10]),
        };
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for invalid in [
            "",
            "..",
            &text[1..],
            &format!("{text}."),
            &text.replace("requester", "nobody"),
        ] {
            assert_eq!(invalid.parse::<MailKey>(), Err(InvalidId), "{invalid}");
        }
    }
}
