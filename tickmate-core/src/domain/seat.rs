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
    /// Fewer than the capacity, and the person must take work now: an automatic claim.
    Capacity,
    /// Fewer than the capacity, whether or not the person takes work now: a human's choice that respects it.
    Room,
    /// Any number: a human decided so, or the ticket returns to its person.
    Unbounded,
}
