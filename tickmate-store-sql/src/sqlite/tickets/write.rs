//! Changes a ticket: its new state, seat and event, and possibly a reply, in one unit of work.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{SeatMove, TicketWrite, TicketWritten},
    domain::{id::UserId, seat::SeatClaim, ticket::Ticket},
};

use super::{keys, replies, row, seat, skills, terms};
use crate::sqlite::{
    events,
    row::{Columns, json},
    writer::UnitError,
};

/// The fields of the stored ticket that decide whether and how it changes.
struct StoredTicket {
    number: u64,
    version: u64,
    assignee: Option<UserId>,
    seat: Option<u32>,
    /// As JSON.
    required_skills: String,
}

const STORED: &str =
    "SELECT number, version, assignee, seat, required_skills FROM tickets WHERE id = $1";

pub(super) async fn change(
    write: &TicketWrite,
    db: &mut SqliteConnection,
) -> Result<TicketWritten, UnitError> {
    if let Some(key) = &write.key
        && let Some(record) = keys::find(key, db).await?
    {
        return Ok(match record {
            keys::KeyRecord::Reply(reply) => TicketWritten::Replayed(reply),
            keys::KeyRecord::Ticket(_) | keys::KeyRecord::OtherRequest => TicketWritten::KeyReused,
        });
    }
    let Some(stored) = load_stored(&write.ticket, db).await? else {
        return Ok(TicketWritten::Stale);
    };
    if stored.version.checked_add(1) != Some(write.ticket.version) {
        return Ok(TicketWritten::Stale);
    }
    let assignee = write.ticket.assignee();
    let seat = match (write.seat, assignee) {
        (SeatMove::Take(bound), Some(user)) => {
            match seat::claim(user, stored.number, bound, db).await? {
                SeatClaim::Free(seat) => Some(seat),
                SeatClaim::Full => return Ok(TicketWritten::SeatTaken),
                SeatClaim::UserGone => return Ok(TicketWritten::UserGone),
            }
        }
        (SeatMove::Take(_), None) => return Ok(TicketWritten::UserGone),
        // A seat belongs to one assignee: a different assignee does not inherit it.
        (SeatMove::Keep, _) if assignee == stored.assignee => stored.seat,
        (SeatMove::Keep | SeatMove::Free, _) => None,
    };
    let mut ticket = write.ticket.clone();
    ticket.number = stored.number;
    if let Some(assignment) = &mut ticket.assignment {
        assignment.seat = seat;
    }
    let facts = ticket.facts();
    row::bind(row::UPDATE, &ticket, &facts)?
        .execute(&mut *db)
        .await?;
    if stored.required_skills != json(&ticket.required_skills)? {
        skills::replace(&facts.skills, stored.number, db).await?;
    }
    if let Some(reply) = &write.reply {
        replies::insert(reply, stored.number, db).await?;
        if let Some(key) = &write.key {
            keys::insert(key, stored.number, Some(reply.id), db).await?;
        }
    }
    if let Some(change) = &write.terms {
        terms::change(stored.number, change, db).await?;
    }
    events::insert(&write.event, db).await?;
    Ok(TicketWritten::Written(ticket))
}

async fn load_stored(
    ticket: &Ticket,
    db: &mut SqliteConnection,
) -> Result<Option<StoredTicket>, UnitError> {
    let row = sqlx::query(STORED)
        .bind(ticket.id.as_uuid())
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let columns = Columns::of("tickets", &row);
    Ok(Some(StoredTicket {
        number: columns.number("number")?,
        version: columns.number("version")?,
        assignee: columns.maybe_id("assignee", UserId::from_uuid)?,
        seat: columns.maybe_number("seat")?,
        required_skills: columns.get("required_skills")?,
    }))
}
