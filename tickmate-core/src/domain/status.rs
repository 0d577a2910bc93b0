//! Where a ticket stands, and which steps it may take.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has begun.
    Open,
    /// Somebody has begun.
    InProgress,
    /// It waits for the requester.
    Waiting,
    /// It is answered; the requester may still object.
    Resolved,
    /// It is over.
    Closed,
}

/// A word that names no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of open, in_progress, waiting, resolved, closed")]
pub struct UnknownStatus;

/// What asking for a status comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The ticket stands there already: nothing is written.
    Same,
    /// The step is taken.
    Allowed,
    /// Only an admin may take this step.
    AdminsOnly,
    /// There is no such step.
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

    /// Whether an assigned ticket in this status holds a seat.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }

    /// Whether work on a ticket in this status remains: it is neither resolved nor closed.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Open | Self::InProgress | Self::Waiting)
    }

    /// What the step to `to` is.
    pub const fn step(self, to: Self) -> Step {
        use Status::{Closed, InProgress, Open, Resolved, Waiting};
        match (self, to) {
            (Open, Open)
            | (InProgress, InProgress)
            | (Waiting, Waiting)
            | (Resolved, Resolved)
            | (Closed, Closed) => Step::Same,
            (Open, InProgress | Waiting | Resolved)
            | (InProgress, Open | Waiting | Resolved)
            | (Waiting, InProgress | Resolved)
            | (Resolved, Open | Closed) => Step::Allowed,
            (Closed, Open) => Step::AdminsOnly,
            _ => Step::Refused,
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
    fn the_machine_has_these_steps_and_no_others() {
        let expected = [
            (
                Status::Open,
                [
                    Step::Same,
                    Step::Allowed,
                    Step::Allowed,
                    Step::Allowed,
                    Step::Refused,
                ],
            ),
            (
                Status::InProgress,
                [
                    Step::Allowed,
                    Step::Same,
                    Step::Allowed,
                    Step::Allowed,
                    Step::Refused,
                ],
            ),
            (
                Status::Waiting,
                [
                    Step::Refused,
                    Step::Allowed,
                    Step::Same,
                    Step::Allowed,
                    Step::Refused,
                ],
            ),
            (
                Status::Resolved,
                [
                    Step::Allowed,
                    Step::Refused,
                    Step::Refused,
                    Step::Same,
                    Step::Allowed,
                ],
            ),
            (
                Status::Closed,
                [
                    Step::AdminsOnly,
                    Step::Refused,
                    Step::Refused,
                    Step::Refused,
                    Step::Same,
                ],
            ),
        ];
        for (from, steps) in expected {
            for (to, step) in Status::ALL.into_iter().zip(steps) {
                assert_eq!(from.step(to), step, "{from:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn older_words_are_read() {
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
