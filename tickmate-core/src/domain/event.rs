//! Events: the audit trail, and the outbox from which jobs are created.

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
    /// The id of the event. Keys of jobs and mails are derived from it.
    pub id: EventId,
    /// The event's place in the store's order, from 1; 0 before it is stored. A reader who continues after the last returned
    /// `seq` misses no event.
    #[serde(default)]
    pub seq: u64,
    /// The object that was changed.
    pub subject: Subject,
    /// The version of the ticket, the account or the rules after the change.
    pub version: u64,
    /// What happened.
    pub kind: EventKind,
    /// Who made the change.
    pub by: ActorId,
    /// When the change was made.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// The changed fields with their values, for display only: rules read `facts`. Never contains a secret.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// The facts that the rules need.
    #[serde(default)]
    pub facts: EventFacts,
    /// The users that the event concerns.
    #[serde(default)]
    pub parties: Parties,
    /// The reply that was written, if there was one.
    pub reply: Option<ReplyId>,
}

impl Event {
    /// Returns the user to whom the event assigned its ticket; none for every other event.
    pub fn assigned_to(&self) -> Option<UserId> {
        self.parties
            .assignee
            .filter(|_| self.kind == EventKind::Assigned)
    }
}

/// The object of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A ticket.
    Ticket(TicketId),
    /// An account.
    User(UserId),
    /// The rules of the desk; the facts contain their kind.
    Desk,
}

/// The author of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorId {
    /// A user.
    User(UserId),
    /// The desk itself: triage, routing, sweeps.
    System,
}

/// The change of one field. The values are those that clients see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name on the wire.
    pub field: String,
    /// The value before.
    pub from: Value,
    /// The value after.
    pub to: Value,
}

impl Change {
    /// Creates the change of a field; none if both values are equal.
    pub fn of(field: &str, from: impl Serialize, to: impl Serialize) -> Option<Self> {
        let [from, to] =
            [serde_json::to_value(from), serde_json::to_value(to)].map(Result::unwrap_or_default);
        (from != to).then(|| Self {
            field: field.to_owned(),
            from,
            to,
        })
    }

    /// Creates the change of a long text. Its length in characters and its SHA-256 replace the text, which must not be
    /// repeated in each event that changed it.
    pub fn of_text(field: &str, from: &str, to: &str) -> Option<Self> {
        if from == to {
            return None;
        }
        let digest = |text: &str| json!({ "length": text.chars().count(), "sha256": sha256_hex(text.as_bytes()) });
        Self::of(field, digest(from), digest(to))
    }

    /// Creates the change of a long list. The number of its entries and its SHA-256 replace the list.
    pub fn of_list<T: Serialize>(field: &str, from: &[T], to: &[T]) -> Option<Self> {
        let digest = |list: &[T]| {
            let text = serde_json::to_vec(list).unwrap_or_default();
            json!({ "count": list.len(), "sha256": sha256_hex(&text) })
        };
        Self::of(field, digest(from), digest(to))
    }
}

/// The users that a ticket's event concerns, as of the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parties {
    /// The requester; none in the events of accounts.
    pub requester: Option<UserId>,
    /// The assignee after the event, or until the event if it unassigned the ticket.
    pub assignee: Option<UserId>,
    /// Whether the requester is notified by mail.
    pub notify_requester: bool,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What happened. Kinds that this version does not know are kept as they are.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum EventKind {
            $($(#[$doc])* $name,)+
            /// A kind of another version of this library. The relay skips such events.
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
    /// A ticket was created.
    Created = "created",
    /// Title or description were changed.
    TextEdited = "text_edited",
    /// Other fields were changed: priority, category, skills, deadline.
    Edited = "edited",
    /// The analysis was stored.
    Triaged = "triaged",
    /// Staff accepted or corrected the analysis.
    Reviewed = "reviewed",
    /// Staff requested another analysis.
    RetriageRequested = "retriage_requested",
    /// The ticket was assigned.
    Assigned = "assigned",
    /// The router found no assignee for the ticket; it waits in the backlog.
    Queued = "queued",
    /// The ticket was unassigned.
    Unassigned = "handed_back",
    /// A reply was written. A change of the status that it caused is among the changes.
    Replied = "replied",
    /// The assignee began to work on the ticket.
    Begun = "begun",
    /// The assignee stopped: the ticket is open again, with the same assignee.
    Paused = "paused",
    /// The ticket waits for the requester.
    Waiting = "waiting",
    /// The ticket stopped waiting for the requester.
    Resumed = "resumed",
    /// The ticket was resolved.
    Resolved = "resolved",
    /// A resolved or closed ticket was opened again.
    Reopened = "reopened",
    /// The ticket was closed.
    Closed = "closed",
    /// The ticket was deleted.
    Deleted = "deleted",
    /// The deleted ticket was restored.
    Restored = "restored",
    /// An account was created.
    Registered = "registered",
    /// The address of this account was registered again.
    AddressReused = "address_reused",
    /// A mail to verify the address was requested.
    VerificationRequested = "verification_requested",
    /// The address was verified.
    Verified = "verified",
    /// The user changed their own profile.
    ProfileChanged = "profile_changed",
    /// The user changed availability or capacity.
    AvailabilityChanged = "availability_changed",
    /// An admin changed role, skills, capacity or state of the account.
    AccountChanged = "account_changed",
    /// An admin changed a set of rules of the desk.
    RulesChanged = "rules_changed",
}

impl Event {
    /// Returns the ticket of the event, if its subject is one.
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
    fn every_kind_round_trips() {
        for kind in EventKind::KNOWN {
            assert_eq!(&EventKind::from(kind.as_str()), kind);
        }
        assert_eq!(
            EventKind::from("exploded"),
            EventKind::Unknown("exploded".to_owned())
        );
    }

    #[test]
    fn a_change_needs_two_different_values() {
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
