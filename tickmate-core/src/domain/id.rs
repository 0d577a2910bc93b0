//! Ids: one newtype for each noun, all of them `UUIDv7`, created before the insert.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// The error for a text that is not a valid id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates a `UUIDv7` (RFC 9562, 5.7) from the time and ten random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(uuid_v7(now, random))
            }

            /// Wraps an id from a store or a client.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// Returns the UUID, for drivers.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Takes the hyphenated form alone, in either case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text.len() {
                    36 => Uuid::try_parse(text).map(Self).map_err(|_| InvalidId),
                    _ => Err(InvalidId),
                }
            }
        }
    )+};
}

ids! {
    /// A ticket.
    TicketId,
    /// A user: requester, moderator or admin.
    UserId,
    /// An entry of the audit trail.
    EventId,
    /// A reply to a ticket.
    ReplyId,
    /// A login session.
    SessionId,
    /// A one-time link.
    TokenId,
    /// The holder of a lease on a job.
    LeaseId,
    /// A call of a model.
    CallId,
}

fn uuid_v7(now: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn ids_sort_by_time_and_round_trip() {
        let early = TicketId::new(from_micros(1_000_000), [255; 10]);
        let late = TicketId::new(from_micros(2_000_000), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(early.as_uuid().get_version_num(), 7);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "1",
            "0198c0de",
            "{0198c0de-0000-7000-8000-000000000000}",
            "zz98c0de-0000-7000-8000-000000000000",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text}");
        }
    }
}
