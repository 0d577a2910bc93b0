//! Seats: one of a person's places for open tickets. The unique key over assignee and seat makes them the capacity.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::SeatBound,
    domain::{
        id::UserId,
        presence::{Availability, Presence},
        user::Role,
    },
};

use crate::sqlite::{
    row::{Columns, int},
    writer::UnitError,
};

/// The person, with the seats that tickets other than this one hold.
pub(in crate::sqlite) const PERSON: &str = "SELECT role, active, availability, shift_on, capacity, \
     (SELECT json_group_array(seat) FROM tickets WHERE assignee = users.id AND seat IS NOT NULL AND number <> $2) \
     AS seats FROM users WHERE id = $1";

/// Whether there is a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// This one.
    Seat(u32),
    /// The person has no room.
    Full,
    /// The person is not there, or takes no such ticket.
    Gone,
}

/// What a person is like at the moment of a claim, read in the claim's own transaction.
struct Person {
    role: Role,
    active: bool,
    presence: Presence,
    capacity: u32,
    seats: Vec<u32>,
}

/// Looks for a seat of this person for the ticket of this number.
pub(super) async fn claim(
    person: UserId,
    ticket: u64,
    bound: SeatBound,
    db: &mut SqliteConnection,
) -> Result<Claim, UnitError> {
    let row = sqlx::query(PERSON)
        .bind(person.as_uuid())
        .bind(int(ticket))
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(Claim::Gone);
    };
    let columns = Columns::of("users", &row);
    let availability: Availability = columns.word("availability")?;
    let person = Person {
        role: columns.word("role")?,
        active: columns.get("active")?,
        presence: Presence::of(availability, columns.get("shift_on")?),
        capacity: columns.number("capacity")?,
        seats: columns.json("seats")?,
    };
    Ok(decide(&person, bound))
}

fn decide(person: &Person, bound: SeatBound) -> Claim {
    let present = person.presence == Presence::Present || !bound.is_automatic();
    if !person.active || !person.role.is_staff() || !present {
        return Claim::Gone;
    }
    let most = bound.most(person.capacity);
    if most.is_some_and(|most| person.seats.len() as u64 >= u64::from(most)) {
        return Claim::Full;
    }
    (0..=u32::MAX)
        .find(|seat| !person.seats.contains(seat))
        .map_or(Claim::Full, Claim::Seat)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTOMATIC: SeatBound = SeatBound::Automatic { ahead: u32::MAX };

    fn person(capacity: u32, seats: &[u32]) -> Person {
        Person {
            role: Role::Moderator,
            active: true,
            presence: Presence::Present,
            capacity,
            seats: seats.to_vec(),
        }
    }

    #[test]
    fn the_lowest_free_seat_is_taken() {
        for (capacity, seats, automatic, forced) in [
            (2, &[][..], Claim::Seat(0), Claim::Seat(0)),
            (2, &[0], Claim::Seat(1), Claim::Seat(1)),
            (2, &[1], Claim::Seat(0), Claim::Seat(0)),
            (2, &[0, 1], Claim::Full, Claim::Seat(2)),
            (2, &[7], Claim::Seat(0), Claim::Seat(0)),
            (0, &[], Claim::Full, Claim::Seat(0)),
            (1, &[0, 1, 2], Claim::Full, Claim::Seat(3)),
        ] {
            let person = person(capacity, seats);
            assert_eq!(decide(&person, AUTOMATIC), automatic, "{seats:?}");
            assert_eq!(decide(&person, SeatBound::Room), automatic, "{seats:?}");
            assert_eq!(decide(&person, SeatBound::Unbounded), forced, "{seats:?}");
        }
    }

    #[test]
    fn who_is_away_is_only_given_what_a_human_gives() {
        for presence in [Presence::Away, Presence::OffShift, Presence::Offline] {
            let mut away = person(2, &[]);
            away.presence = presence;
            assert_eq!(decide(&away, AUTOMATIC), Claim::Gone);
            assert_eq!(decide(&away, SeatBound::Room), Claim::Seat(0));
            assert_eq!(decide(&away, SeatBound::Unbounded), Claim::Seat(0));
        }
        for change in [
            (|one: &mut Person| one.active = false) as fn(&mut Person),
            |one| one.role = Role::User,
        ] {
            let mut gone = person(2, &[]);
            change(&mut gone);
            assert_eq!(decide(&gone, AUTOMATIC), Claim::Gone);
            assert_eq!(decide(&gone, SeatBound::Unbounded), Claim::Gone);
        }
    }
}
