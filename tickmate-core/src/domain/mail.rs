//! Mails that the desk sends, and the outcome of each.

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

/// What a mail is known by: there is one for each event, kind and recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailKey {
    /// What happened.
    pub event: EventId,
    /// What the mail is about.
    pub kind: MailKind,
    /// To whom it goes.
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

/// A place in a list of mails. The list is ordered by the moment, the event, the word of the kind
/// ([`MailKind::as_str`]) and the recipient, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailPlace {
    /// When the status of the mail last changed.
    pub updated_at: Timestamp,
    /// The key of the mail.
    pub key: MailKey,
}

impl MailPlace {
    /// A value that is ordered as the list is.
    pub const fn order(&self) -> (Timestamp, EventId, &'static str, UserId) {
        let key = self.key;
        (self.updated_at, key.event, key.kind.as_str(), key.to)
    }
}

/// How far the sending of a mail came. What the provider reports after it accepted the mail is its
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
    /// It waits to be handed over.
    Queued,
    /// It is being handed over; found like this later on, nobody knows whether it was accepted.
    Sending,
    /// It was accepted, once.
    Sent,
    /// It was accepted, perhaps more than once.
    Uncertain,
    /// It was refused for good.
    Dead,
    /// It was not sent on purpose.
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

    /// Whether the mail is part of its thread and counts against the limit of its address.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Suppressed)
    }

    /// Returns whether the desk does no more by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }

    /// Returns whether an admin can have the mail sent again.
    pub const fn can_be_retried(self) -> bool {
        matches!(self, Self::Dead | Self::Uncertain | Self::Suppressed)
    }
}

/// A word that is no status of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of queued, sending, sent, uncertain, dead, suppressed")]
pub struct UnknownMailStatus;

const fn unknown_mail_status(_: &str) -> UnknownMailStatus {
    UnknownMailStatus
}

/// The most characters of a provider's reference that are stored.
pub const MAX_REFERENCE: usize = 200;

/// Returns a provider's reference as it is stored and looked up: on one line and cut.
pub fn stored_reference(reference: &str) -> Option<String> {
    Some(one_line(reference, MAX_REFERENCE)).filter(|reference| !reference.is_empty())
}

/// A mail as it was rendered, once, before the first try; retries hand over the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// What it is known by.
    pub key: MailKey,
    /// The address as it was when the mail was rendered.
    pub to: Email,
    /// How the recipient is called; may be empty.
    pub to_name: String,
    /// The subject, on one line.
    pub subject: String,
    /// The text part. A [`TOKEN_MARK`] stands where the token goes.
    pub text: String,
    /// The HTML part, with the same mark.
    pub html: String,
    /// The ticket whose thread it belongs to.
    pub ticket: Option<TicketId>,
    /// The mails before it in the thread, oldest first, as they were when it was rendered.
    #[serde(default)]
    pub references: Vec<MailKey>,
    /// The token whose text is put in when the mail is handed over.
    pub token: Option<(TokenId, TokenPurpose)>,
    /// How far its sending came.
    pub status: MailStatus,
    /// When the first try began that ended without an answer; none where every try was answered.
    #[serde(default, with = "micros_or_none")]
    pub unanswered_since: Option<Timestamp>,
    /// The provider's name of the mail, see [`stored_reference`]. Not unique: some providers say the same of
    /// several mails.
    pub reference: Option<String>,
    /// Why it was refused, suppressed, or not accepted at the last try.
    pub reason: Option<String>,
    /// What the provider reported after it accepted the mail.
    pub delivery: Option<DeliveryReport>,
    /// How often an admin had it sent again.
    #[serde(default)]
    pub retries: u32,
    /// When it was rendered.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// Since when it waits to be sent: when it was rendered, or last sent again by an admin.
    #[serde(with = "micros")]
    pub queued_at: Timestamp,
    /// When its status changed last.
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

/// What stands in a stored mail where the one-time token goes. No person can write it: it holds a control character.
pub const TOKEN_MARK: &str = "\u{1}token\u{1}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = MailKey {
            event: EventId::new(from_micros(7), [1; 10]),
            kind: MailKind::AssignedRequester,
            to: UserId::new(from_micros(8), [2; 10]),
        };
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for wrong in [
            "",
            "..",
            &text[1..],
            &format!("{text}."),
            &text.replace("requester", "nobody"),
        ] {
            assert_eq!(wrong.parse::<MailKey>(), Err(InvalidId), "{wrong}");
        }
    }
}
