//! Inserts tickets, once for each request key and origin.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::{NewTicket, TicketCreated},
    domain::{id::TicketId, ticket::Ticket},
};
use uuid::Uuid;

use super::{keys, row, skills, terms};
use crate::sqlite::{events, row::Columns, writer::UnitError};

pub(super) async fn create(
    new: &NewTicket,
    db: &mut SqliteConnection,
) -> Result<TicketCreated, UnitError> {
    if let Some(key) = &new.key
        && let Some(record) = keys::find(key, db).await?
    {
        return Ok(match record {
            keys::KeyRecord::Ticket(created) => TicketCreated::Replayed {
                id: created.ticket,
                number: created.number,
                created_at: created.created_at,
            },
            keys::KeyRecord::Reply(_) | keys::KeyRecord::OtherRequest => TicketCreated::KeyReused,
        });
    }
    if let Some(origin) = &new.ticket.origin {
        let known: Option<Uuid> = sqlx::query_scalar("SELECT id FROM tickets WHERE origin = $1")
            .bind(origin)
            .fetch_optional(&mut *db)
            .await?;
        if let Some(id) = known {
            return Ok(TicketCreated::Known(TicketId::from_uuid(id)));
        }
    }
    let mut ticket = Ticket {
        version: 1,
        assignment: None,
        ..new.ticket.clone()
    };
    let facts = ticket.facts();
    let inserted = row::bind(row::INSERT, &ticket, &facts)?
        .fetch_one(&mut *db)
        .await?;
    ticket.number = Columns::of("tickets", &inserted).number("number")?;
    skills::insert(&facts.skills, ticket.number, db).await?;
    terms::insert(ticket.number, &new.terms, db).await?;
    events::insert(&new.event, db).await?;
    if let Some(key) = &new.key {
        keys::insert(key, ticket.number, None, db).await?;
    }
    Ok(TicketCreated::Created(ticket))
}
