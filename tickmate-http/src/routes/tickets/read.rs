//! `GET /tickets/{id}`: one ticket with the latest replies that the reader may see.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters, TicketPath},
    problem::Problem,
    requests::NoFields,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// Returns a ticket with its latest replies.
#[utoipa::path(
    get,
    path = "/tickets/{id}",
    operation_id = "getTicket",
    tag = "tickets",
    params(TicketPath, Parameters<NoFields>),
    responses((status = OK, description = "The ticket.", body = Answer<OneTicket<TicketWithReplies>>, headers(("ETag" = String, description = "The version of the ticket.")))),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::Read];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    input.parse().await?;
    let detail = app.desk.tickets().get(&actor, ticket).await?;
    let ticket = TicketWithReplies::new(&detail, app.settings.legacy_ids);
    Ok(Answer::of(OneTicket { ticket }).version(detail.view.ticket.version))
}
