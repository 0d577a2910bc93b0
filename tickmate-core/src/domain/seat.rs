//! Seats: the places of a person for open tickets. A ticket that is worked on holds one of its assignee.

/// What becomes of a ticket's seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatMove {
    /// It stays as it is (a ticket without a seat stays without).
    Keep,
    /// It is free for another ticket.
    Free,
    /// The ticket takes the assignee's lowest free seat.
    Take(SeatBound),
}

/// How many seats a person may have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatBound {
    /// Fewer than the capacity and than `ahead` + 1, and the person must take work now: an automatic claim.
    Automatic {
        /// How many tickets the person has at most beside the one that is worked on.
        ahead: u32,
    },
    /// Fewer than the capacity, whether or not the person takes work now: a human's choice that respects it.
    Room,
    /// Any number: a human decided so, or the ticket returns to its person.
    Unbounded,
}

impl SeatBound {
    /// How many seats a person of this capacity may have taken, the one that is claimed with them; none: any number.
    pub fn most(self, capacity: u32) -> Option<u32> {
        match self {
            Self::Automatic { ahead } => Some(capacity.min(ahead.saturating_add(1))),
            Self::Room => Some(capacity),
            Self::Unbounded => None,
        }
    }

    /// Whether the person must take work now.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Automatic { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_of_the_capacity_and_what_lies_ahead() {
        for (bound, capacity, most) in [
            (SeatBound::Automatic { ahead: 0 }, 5, Some(1)),
            (SeatBound::Automatic { ahead: 1 }, 5, Some(2)),
            (SeatBound::Automatic { ahead: 1 }, 1, Some(1)),
            (SeatBound::Automatic { ahead: 0 }, 0, Some(0)),
            (SeatBound::Automatic { ahead: u32::MAX }, 5, Some(5)),
            (
                SeatBound::Automatic { ahead: u32::MAX },
                u32::MAX,
                Some(u32::MAX),
            ),
            (SeatBound::Room, 5, Some(5)),
            (SeatBound::Unbounded, 5, None),
        ] {
            assert_eq!(bound.most(capacity), most, "{bound:?}");
        }
    }
}
