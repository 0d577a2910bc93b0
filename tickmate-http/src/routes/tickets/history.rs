//! `GET /tickets/{id}/history`: what happened to a ticket, oldest first.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{Event, Events},
};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<Events>, Problem> {
    let operations = [Operation::Read];
    let ticket = app
        .desk
        .tickets()
        .authorize(&actor, ticket, &operations)
        .await?;
    let mut query = input.query();
    let limit = query.limit();
    let cursor = query.text("cursor");
    query.end()?;
    let history = app
        .desk
        .tickets()
        .history(&actor, ticket, cursor.as_deref(), limit);
    let (entries, next_cursor) = history.await?;
    let event = |entry| Event::new(entry, app.settings.legacy_ids);
    Ok(Answer::of(Events {
        events: entries.into_iter().map(event).collect(),
        next_cursor,
    }))
}
