//! `GET /tickets/{id}/history`: what happened to a ticket, oldest first.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters, TicketPath},
    problem::Problem,
    requests::Page,
    state::App,
    wire::{Event, Events},
};

/// Lists what happened to a ticket, oldest first.
#[utoipa::path(
    get,
    path = "/tickets/{id}/history",
    operation_id = "listTicketHistory",
    tag = "tickets",
    params(TicketPath, Parameters<Page>),
    responses((status = OK, description = "A page of events.", body = Answer<Events>)),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Parameters<Page>>,
) -> Result<Answer<Events>, Problem> {
    let operations = [Operation::Read];
    let ticket = app
        .desk
        .tickets()
        .authorize(&actor, ticket, &operations)
        .await?;
    let Parameters(Page { limit, cursor }) = input.parse().await?;
    let cursor: Option<String> = cursor.into();
    let history = app
        .desk
        .tickets()
        .history(&actor, ticket, cursor.as_deref(), limit.0);
    let (entries, next_cursor) = history.await?;
    let event = |entry| Event::new(entry, app.settings.legacy_ids);
    Ok(Answer::of(Events {
        events: entries.into_iter().map(event).collect(),
        next_cursor,
    }))
}
