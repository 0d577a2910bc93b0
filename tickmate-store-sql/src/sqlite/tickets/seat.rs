//! Claims seats: the places of an assignee for open tickets. The unique index over assignee and seat enforces them.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::SeatBound,
    domain::{
        id::UserId,
        seat::{Claimant, SeatClaim},
    },
};

use crate::sqlite::{
    row::{Columns, int},
    writer::UnitError,
};

/// The user's facts, with the seats that other tickets than this one hold.
pub(in crate::sqlite) const CLAIMANT: &str = "SELECT active_staff, takes_work, capacity, \
     (SELECT json_group_array(seat) FROM tickets WHERE assignee = users.id AND seat IS NOT NULL AND number <> $2) \
     AS seats FROM users WHERE id = $1";

/// Finds a free seat of this user for the ticket with this number, in the transaction of the claim.
pub(super) async fn claim(
    user: UserId,
    ticket: u64,
    bound: SeatBound,
    db: &mut SqliteConnection,
) -> Result<SeatClaim, UnitError> {
    let row = sqlx::query(CLAIMANT)
        .bind(user.as_uuid())
        .bind(int(ticket))
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(SeatClaim::UserGone);
    };
    let columns = Columns::of("users", &row);
    let claimant = Claimant {
        is_active_staff: columns.get("active_staff")?,
        takes_work: columns.get("takes_work")?,
        capacity: columns.number("capacity")?,
    };
    let taken: Vec<u32> = columns.json("seats")?;
    Ok(bound.claim(claimant, &taken))
}
