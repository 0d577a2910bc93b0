//! Mails that the desk sends: which there are, and what became of each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    email::Email,
    id::{EventId, TicketId, TokenId, UserId},
    time::{Timestamp, micros},
    user::TokenPurpose,
};

macro_rules! mail_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What a mail is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum MailKind { $($(#[$doc])* $name),+ }

        impl MailKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in stores, keys and file names.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

mail_kinds! {
    /// To a new person: welcome, with the link to verify the address.
    Welcome = "welcome",
    /// To a person who asked for the link again.
    Verify = "verify",
    /// To the owner of an address that somebody registered once more.
    AddressReused = "address_reused",
    /// To the requester: the ticket has arrived.
    Received = "received",
    /// To the assignee: here is a ticket for you.
    Assigned = "assigned",
    /// To the requester: somebody looks after it.
    AssignedRequester = "assigned_requester",
    /// To the other side: somebody wrote a reply.
    Reply = "reply",
    /// To the requester: the desk waits for you.
    Waiting = "waiting",
    /// To the requester: the ticket is resolved.
    Resolved = "resolved",
    /// To the other side: the ticket is open again.
    Reopened = "reopened",
    /// To the requester: the ticket is over.
    Closed = "closed",
}

impl MailKind {
    /// Whether it may go to an address that nobody verified, although the desk asks for verified ones.
    pub const fn is_about_the_address(self) -> bool {
        matches!(self, Self::Welcome | Self::Verify | Self::AddressReused)
    }
}

impl FromStr for MailKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == word)
            .ok_or(())
    }
}

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

/// A place in the list of the mails of one status. The list is ordered by the moment, the event, the word of the kind
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

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// It was held back on purpose.
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
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Uncertain => "uncertain",
            Self::Dead => "dead",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether the mail is part of its thread and counts against the limit of its address.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Suppressed)
    }

    /// Whether nothing more is to be done.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}

impl FromStr for MailStatus {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(())
    }
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
    /// What became of it.
    pub status: MailStatus,
    /// Whether a try before ended without an answer.
    #[serde(default)]
    pub unanswered: bool,
    /// Why it was refused or held back; how the provider calls it.
    pub detail: Option<String>,
    /// When it was rendered.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When its status changed last.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
}

impl Mail {
    /// The place of this mail in the list of the mails of its status.
    pub const fn place(&self) -> MailPlace {
        MailPlace {
            updated_at: self.updated_at,
            key: self.key,
        }
    }
}

/// What stands in a stored mail where the one-time token goes. No person can write it: it holds a control character.
pub const TOKEN_MARK: &str = "\u{1}token\u{1}";
