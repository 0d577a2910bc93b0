//! Seats: the places of a user for tickets in work. An open ticket or one in progress holds a seat of its assignee.

/// The move of a ticket's seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatMove {
    /// The ticket keeps its seat (or stays without one).
    Keep,
    /// The seat becomes free for another ticket.
    Free,
    /// The ticket takes the assignee's lowest free seat.
    Take(SeatBound),
}

/// The properties of a user that decide whether a claim gets a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimant {
    /// [`User::is_active_staff`](super::user::User::is_active_staff).
    pub is_active_staff: bool,
    /// [`User::takes_work`](super::user::User::takes_work).
    pub takes_work: bool,
    /// The most tickets that the user is assigned automatically.
    pub capacity: u32,
}

/// The result of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatClaim {
    /// The ticket takes this seat.
    Free(u32),
    /// The user has no free seat within the bound.
    Full,
    /// The user can't take the ticket.
    UserGone,
}

/// How many seats of a user may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatBound {
    /// Fewer than the capacity and than `ahead` + 1, and the user must accept work now: an automatic claim.
    Automatic {
        /// The most tickets that the user holds in addition to the one in progress.
        ahead: u32,
    },
    /// Fewer than the capacity, whether or not the user accepts work now: a human's choice that respects it.
    Room,
    /// Any number: a human decided so, or the ticket returns to its previous assignee.
    Unbounded,
}

impl SeatBound {
    /// Returns how many seats of a user with this capacity may be taken, including the claimed one; none: any number.
    pub fn most(self, capacity: u32) -> Option<u32> {
        match self {
            Self::Automatic { ahead } => Some(capacity.min(ahead.saturating_add(1))),
            Self::Room => Some(capacity),
            Self::Unbounded => None,
        }
    }

    /// Returns the lowest seat that is not `taken` by another ticket, within the bound.
    pub fn claim(self, user: Claimant, taken: &[u32]) -> SeatClaim {
        let is_eligible = match self.is_automatic() {
            true => user.takes_work,
            false => user.is_active_staff,
        };
        if !is_eligible {
            return SeatClaim::UserGone;
        }
        let most = self.most(user.capacity);
        if most.is_some_and(|most| taken.len() as u64 >= u64::from(most)) {
            return SeatClaim::Full;
        }
        (0..=u32::MAX)
            .find(|seat| !taken.contains(seat))
            .map_or(SeatClaim::Full, SeatClaim::Free)
    }

    /// Returns whether the user must accept work now.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Automatic { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTOMATIC: SeatBound = SeatBound::Automatic { ahead: u32::MAX };

    fn claimant(capacity: u32) -> Claimant {
        Claimant {
            is_active_staff: true,
            takes_work: true,
            capacity,
        }
    }

    #[test]
    fn a_claim_takes_the_lowest_free_seat() {
        use SeatClaim::{Free, Full};
        for (capacity, taken, bounded, unbounded) in [
            (2, &[][..], Free(0), Free(0)),
            (2, &[0], Free(1), Free(1)),
            (2, &[1], Free(0), Free(0)),
            (2, &[0, 1], Full, Free(2)),
            (2, &[7], Free(0), Free(0)),
            (0, &[], Full, Free(0)),
            (1, &[0, 1, 2], Full, Free(3)),
        ] {
            let user = claimant(capacity);
            assert_eq!(AUTOMATIC.claim(user, taken), bounded, "{taken:?}");
            assert_eq!(SeatBound::Room.claim(user, taken), bounded, "{taken:?}");
            let forced = SeatBound::Unbounded.claim(user, taken);
            assert_eq!(forced, unbounded, "{taken:?}");
        }
    }

    #[test]
    fn absent_staff_take_only_forced_claims_and_others_none() {
        let absent = Claimant {
            takes_work: false,
            ..claimant(2)
        };
        assert_eq!(AUTOMATIC.claim(absent, &[]), SeatClaim::UserGone);
        for bound in [SeatBound::Room, SeatBound::Unbounded] {
            assert_eq!(bound.claim(absent, &[]), SeatClaim::Free(0));
        }
        let inactive = Claimant {
            is_active_staff: false,
            ..absent
        };
        for bound in [AUTOMATIC, SeatBound::Room, SeatBound::Unbounded] {
            assert_eq!(bound.claim(inactive, &[]), SeatClaim::UserGone);
        }
    }

    #[test]
    fn a_bound_depends_on_capacity_and_ahead() {
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
