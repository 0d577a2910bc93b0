//! The status of a ticket, and its possible transitions.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The status of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Work on the ticket has not begun.
    Open,
    /// Work on the ticket has begun.
    InProgress,
    /// The ticket waits for the requester.
    Waiting,
    /// The ticket is answered; the requester may still object.
    Resolved,
    /// The ticket is finished.
    Closed,
}

/// The error for a text that is not a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of open, in_progress, waiting, resolved, closed")]
pub struct UnknownStatus;

/// Whether a change of the status is possible, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The ticket has this status already: nothing is written.
    Same,
    /// Everyone who may change the status may make this change.
    Allowed,
    /// Only an admin may make this change.
    AdminsOnly,
    /// No transition leads from this status to that one.
    Refused,
}

impl Status {
    /// Every status, in the order of a ticket's life.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::InProgress,
        Self::Waiting,
        Self::Resolved,
        Self::Closed,
    ];

    /// The word on the wire and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Returns whether an assigned ticket in this status holds a seat.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }

    /// Returns whether work on a ticket in this status remains: it is neither resolved nor closed.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Waiting)
    }

    /// Returns whether the status may change to `to`.
    pub const fn transition(self, to: Self) -> Transition {
        use Status::{Closed, InProgress, Open, Resolved, Waiting};
        match (self, to) {
            (Open, Open)
            | (InProgress, InProgress)
            | (Waiting, Waiting)
            | (Resolved, Resolved)
            | (Closed, Closed) => Transition::Same,
            (Open, InProgress | Waiting | Resolved)
            | (InProgress, Open | Waiting | Resolved)
            | (Waiting, InProgress | Resolved)
            | (Resolved, Open | Closed) => Transition::Allowed,
            (Closed, Open) => Transition::AdminsOnly,
            _ => Transition::Refused,
        }
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    /// Takes our words and those of older clients, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        match text.to_ascii_lowercase().as_str() {
            "open" | "todo" | "pending" => Ok(Self::Open),
            "in_progress" => Ok(Self::InProgress),
            "waiting" => Ok(Self::Waiting),
            "resolved" | "done" | "completed" => Ok(Self::Resolved),
            "closed" => Ok(Self::Closed),
            _ => Err(UnknownStatus),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_these_transitions_exist() {
        let expected = [
            (
                Status::Open,
                [
                    Transition::Same,
                    Transition::Allowed,
                    Transition::Allowed,
                    Transition::Allowed,
                    Transition::Refused,
                ],
            ),
            (
                Status::InProgress,
                [
                    Transition::Allowed,
                    Transition::Same,
                    Transition::Allowed,
                    Transition::Allowed,
                    Transition::Refused,
                ],
            ),
            (
                Status::Waiting,
                [
                    Transition::Refused,
                    Transition::Allowed,
                    Transition::Same,
                    Transition::Allowed,
                    Transition::Refused,
                ],
            ),
            (
                Status::Resolved,
                [
                    Transition::Allowed,
                    Transition::Refused,
                    Transition::Refused,
                    Transition::Same,
                    Transition::Allowed,
                ],
            ),
            (
                Status::Closed,
                [
                    Transition::AdminsOnly,
                    Transition::Refused,
                    Transition::Refused,
                    Transition::Refused,
                    Transition::Same,
                ],
            ),
        ];
        for (from, steps) in expected {
            for (to, step) in Status::ALL.into_iter().zip(steps) {
                assert_eq!(from.transition(to), step, "{from:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn names_of_older_clients_are_parsed() {
        for (word, status) in [
            ("TODO", Status::Open),
            ("IN_PROGRESS", Status::InProgress),
            ("DONE", Status::Resolved),
            ("Completed", Status::Resolved),
            ("waiting", Status::Waiting),
        ] {
            assert_eq!(word.parse(), Ok(status));
        }
        assert_eq!("".parse::<Status>(), Err(UnknownStatus));
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
    }
}
