//! Changing a ticket: the new state, its seat, its event, perhaps a reply, in one unit.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{SeatMove, TicketWrite, TicketWritten},
    domain::{id::UserId, ticket::Ticket, time::Timestamp},
};

use super::{keys, replies, row, seat, terms};
use crate::sqlite::{events, row::Columns, writer::UnitError};

/// What of the stored ticket decides.
struct Stored {
    number: u64,
    version: u64,
    assignee: Option<UserId>,
    assigned_at: Option<Timestamp>,
    seat: Option<u32>,
}

const STORED: &str =
    "SELECT number, version, assignee, assigned_at, seat FROM tickets WHERE id = $1";
const GIVEN: &str = "INSERT INTO last_given (person, seq) VALUES ($1, $2) \
     ON CONFLICT (person) DO UPDATE SET seq = excluded.seq";

impl Stored {
    /// Whom a write gives the ticket, also once more.
    fn given(&self, after: &Ticket) -> Option<UserId> {
        let assignment = after.assignment.as_ref()?;
        let again = self.assignee == Some(assignment.to) && self.assigned_at == Some(assignment.at);
        (!again).then_some(assignment.to)
    }
}

pub(super) async fn change(
    write: &TicketWrite,
    db: &mut SqliteConnection,
) -> Result<TicketWritten, UnitError> {
    if let Some(key) = &write.key
        && let Some(found) = keys::find(key, db).await?
    {
        return Ok(match found {
            keys::Found::Reply(reply) => TicketWritten::Replayed(reply),
            keys::Found::Ticket(_) | keys::Found::Other => TicketWritten::KeyReused,
        });
    }
    let Some(stored) = stored(&write.ticket, db).await? else {
        return Ok(TicketWritten::Stale);
    };
    if stored.version.checked_add(1) != Some(write.ticket.version) {
        return Ok(TicketWritten::Stale);
    }
    let assignee = write.ticket.assignee();
    let seat = match (write.seat, assignee) {
        (SeatMove::Take(bound), Some(person)) => {
            match seat::claim(person, stored.number, bound, db).await? {
                seat::Claim::Seat(seat) => Some(seat),
                seat::Claim::Full => return Ok(TicketWritten::SeatTaken),
                seat::Claim::Gone => return Ok(TicketWritten::PersonGone),
            }
        }
        (SeatMove::Take(_), None) => return Ok(TicketWritten::PersonGone),
        // A seat is one person's: another does not inherit it.
        (SeatMove::Keep, _) if assignee == stored.assignee => stored.seat,
        (SeatMove::Keep | SeatMove::Free, _) => None,
    };
    row::bind(row::UPDATE, &write.ticket, seat)?
        .execute(&mut *db)
        .await?;
    if let Some(reply) = &write.reply {
        replies::insert(reply, stored.number, db).await?;
        if let Some(key) = &write.key {
            keys::insert(key, stored.number, Some(reply.id), db).await?;
        }
    }
    if let Some(change) = &write.terms {
        terms::change(stored.number, change, db).await?;
    }
    let seq = events::insert(&write.event, db).await?;
    if let Some(person) = stored.given(&write.ticket) {
        sqlx::query(GIVEN)
            .bind(person.as_uuid())
            .bind(seq)
            .execute(db)
            .await?;
    }
    let mut ticket = write.ticket.clone();
    ticket.number = stored.number;
    if let Some(assignment) = &mut ticket.assignment {
        assignment.seat = seat;
    }
    Ok(TicketWritten::Written(ticket))
}

async fn stored(ticket: &Ticket, db: &mut SqliteConnection) -> Result<Option<Stored>, UnitError> {
    let row = sqlx::query(STORED)
        .bind(ticket.id.as_uuid())
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let columns = Columns::of("tickets", &row);
    Ok(Some(Stored {
        number: columns.number("number")?,
        version: columns.number("version")?,
        assignee: columns.maybe_id("assignee", UserId::from_uuid)?,
        assigned_at: columns.maybe_moment("assigned_at")?,
        seat: columns.maybe_number("seat")?,
    }))
}
