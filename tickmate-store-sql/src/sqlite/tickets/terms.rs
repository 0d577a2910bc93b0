//! Stores the search terms of tickets.

use sqlx::SqliteConnection;
use tickmate_core::{
    backend::store::TermsChange,
    domain::words::{Terms, TicketTerms},
};

use crate::sqlite::{row::int, writer::UnitError};

/// Inserts the terms of a new ticket with this number.
pub(super) async fn insert(
    ticket: u64,
    terms: &Terms,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    sqlx::query("INSERT INTO ticket_words (rowid, terms) VALUES ($1, $2)")
        .bind(int(ticket))
        .bind(terms.joined())
        .execute(db)
        .await?;
    Ok(())
}

/// Replaces the terms of the ticket with this number.
pub(super) async fn change(
    ticket: u64,
    change: &TermsChange,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    let stored: Option<String> =
        sqlx::query_scalar("SELECT terms FROM reply_terms WHERE ticket = $1")
            .bind(int(ticket))
            .fetch_optional(&mut *db)
            .await?;
    let mut parts = TicketTerms {
        text: change.text.clone(),
        replies: Terms::from_joined(&stored.unwrap_or_default()),
    };
    if let Some(reply) = &change.reply {
        let before = parts.replies.as_slice().len();
        parts = parts.with_reply(reply);
        let is_same = parts.replies.as_slice().len() == before;
        if is_same && !change.is_text_new {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO reply_terms (ticket, terms) VALUES ($1, $2) \
             ON CONFLICT (ticket) DO UPDATE SET terms = excluded.terms",
        )
        .bind(int(ticket))
        .bind(parts.replies.joined())
        .execute(&mut *db)
        .await?;
    }
    sqlx::query("DELETE FROM ticket_words WHERE rowid = $1")
        .bind(int(ticket))
        .execute(&mut *db)
        .await?;
    insert(ticket, &parts.found_by(), db).await
}
