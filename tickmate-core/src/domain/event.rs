//! Events: the audit trail, and the outbox from which jobs are made.

mod facts;
mod public;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use facts::EventFacts;

use super::{
    digest::sha256_hex,
    id::{EventId, ReplyId, TicketId, UserId},
    time::{Timestamp, micros},
};

/// One change of a ticket, an account or the desk's rules, written in the same atomic write as the change itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Which event. Keys of jobs and mails are derived from it.
    pub id: EventId,
    /// Its place in the store's order, from 1; 0 before it is stored. A reader who goes on from the last one
    /// given misses none.
    #[serde(default)]
    pub seq: u64,
    /// What was changed.
    pub subject: Subject,
    /// The version of the ticket, the account or the rules that the change made.
    pub version: u64,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub by: ActorId,
    /// When.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// Which fields changed, and how, for display alone: rules read `facts`. Never a secret.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What the rules need to know.
    #[serde(default)]
    pub facts: EventFacts,
    /// Who is concerned.
    #[serde(default)]
    pub parties: Parties,
    /// The reply that was written, if it was one.
    pub reply: Option<ReplyId>,
}

impl Event {
    /// Returns to whom the event assigned its ticket; none for every other event.
    pub fn assigned_to(&self) -> Option<UserId> {
        self.parties
            .assignee
            .filter(|_| self.kind == EventKind::Assigned)
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A ticket.
    Ticket(TicketId),
    /// An account.
    User(UserId),
    /// The rules of the desk; the facts name which.
    Desk,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorId {
    /// A person.
    User(UserId),
    /// The desk itself: triage, routing, sweeps.
    System,
}

/// One field's change. Values are what clients see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name on the wire.
    pub field: String,
    /// What it was.
    pub from: Value,
    /// What it is.
    pub to: Value,
}

impl Change {
    /// A change of a field, or none where both values are the same.
    pub fn of(field: &str, from: impl Serialize, to: impl Serialize) -> Option<Self> {
        let [from, to] =
            [serde_json::to_value(from), serde_json::to_value(to)].map(Result::unwrap_or_default);
        (from != to).then(|| Self {
            field: field.to_owned(),
            from,
            to,
        })
    }

    /// Makes the change of a long text: length in characters and SHA-256 stand for the text, which must not be
    /// repeated in each event that changed it.
    pub fn of_text(field: &str, from: &str, to: &str) -> Option<Self> {
        if from == to {
            return None;
        }
        let digest = |text: &str| json!({ "length": text.chars().count(), "sha256": sha256_hex(text.as_bytes()) });
        Self::of(field, digest(from), digest(to))
    }

    /// Makes the change of a long list: the number of entries and SHA-256 stand for the list.
    pub fn of_list<T: Serialize>(field: &str, from: &[T], to: &[T]) -> Option<Self> {
        let digest = |list: &[T]| {
            let text = serde_json::to_vec(list).unwrap_or_default();
            json!({ "count": list.len(), "sha256": sha256_hex(&text) })
        };
        Self::of(field, digest(from), digest(to))
    }
}

/// Who is concerned by a ticket's event, as of the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parties {
    /// Who asks; none in the events of accounts.
    pub requester: Option<UserId>,
    /// Who has the ticket after the event, or had it until a hand-back.
    pub assignee: Option<UserId>,
    /// Whether the requester hears of it by mail.
    pub notify_requester: bool,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What happened. Words that this version does not know are kept as they are.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum EventKind {
            $($(#[$doc])* $name,)+
            /// A kind of another version of this library. The relay leaves such events alone.
            Unknown(String),
        }

        impl EventKind {
            /// Every kind that this version knows.
            pub const KNOWN: &[Self] = &[$(Self::$name),+];

            /// The word on the wire and in stores.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<String> for EventKind {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
            }
        }

        impl From<EventKind> for String {
            fn from(kind: EventKind) -> Self {
                kind.as_str().to_owned()
            }
        }

        impl From<&str> for EventKind {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$name,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }
    };
}

kinds! {
    /// A ticket was written.
    Created = "created",
    /// Title or description were changed.
    TextEdited = "text_edited",
    /// Other fields were changed: priority, category, skills, deadline.
    Edited = "edited",
    /// The analysis was stored.
    Triaged = "triaged",
    /// Staff accepted or corrected what the analysis says.
    Reviewed = "reviewed",
    /// Staff asked for another analysis.
    RetriageRequested = "retriage_requested",
    /// Somebody was given the ticket.
    Assigned = "assigned",
    /// The router found nobody for the ticket; it waits.
    Queued = "queued",
    /// The ticket was taken back from somebody.
    Unassigned = "handed_back",
    /// Somebody wrote a reply. A change of status that it caused stands among the changes.
    Replied = "replied",
    /// Somebody began.
    Begun = "begun",
    /// Somebody stopped: the ticket is open again, with the same assignee.
    Paused = "paused",
    /// The ticket waits for the requester.
    Waiting = "waiting",
    /// The ticket no longer waits for the requester.
    Resumed = "resumed",
    /// The ticket was resolved.
    Resolved = "resolved",
    /// A resolved or closed ticket was opened again.
    Reopened = "reopened",
    /// The ticket is over.
    Closed = "closed",
    /// The ticket was put away.
    Deleted = "deleted",
    /// The ticket was fetched back.
    Restored = "restored",
    /// An account was made.
    Registered = "registered",
    /// Somebody registered the address of this account again.
    AddressReused = "address_reused",
    /// A mail to verify the address was asked for.
    VerificationRequested = "verification_requested",
    /// The address was verified.
    Verified = "verified",
    /// The person changed the own profile.
    ProfileChanged = "profile_changed",
    /// The person changed availability or capacity.
    AvailabilityChanged = "availability_changed",
    /// An admin changed role, skills, capacity or state of the account.
    AccountChanged = "account_changed",
    /// An admin changed rules of the desk.
    RulesChanged = "rules_changed",
}

impl Event {
    /// The ticket that it is about, if it is one.
    pub const fn ticket(&self) -> Option<TicketId> {
        match self.subject {
            Subject::Ticket(id) => Some(id),
            Subject::User(_) | Subject::Desk => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back() {
        for kind in EventKind::KNOWN {
            assert_eq!(&EventKind::from(kind.as_str()), kind);
        }
        assert_eq!(
            EventKind::from("exploded"),
            EventKind::Unknown("exploded".to_owned())
        );
    }

    #[test]
    fn a_change_needs_two_values() {
        assert_eq!(Change::of("status", "open", "open"), None);
        assert!(Change::of("assignedTo", None::<u8>, 1).is_some());
    }

    #[test]
    fn long_values_are_recorded_by_size_and_digest() {
        assert_eq!(Change::of_text("description", "a", "a"), None);
        let change = Change::of_text("description", "", "ä ink").unwrap();
        assert_eq!(change.from["length"], 0);
        assert_eq!(
            change.to,
            json!({ "length": 5, "sha256": sha256_hex("ä ink".as_bytes()) })
        );
        assert_eq!(Change::of_list("skills", &[1], &[1]), None);
        let change = Change::of_list("skills", &["a"], &["b"]).unwrap();
        assert_eq!(
            (&change.from["count"], &change.to["count"]),
            (&json!(1), &json!(1))
        );
    }
}
