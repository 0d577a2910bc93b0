//! `POST /tickets/{id}/triage`: has a ticket read again. No body at all is enough.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use super::changed;
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, OptionalUpdate, TicketPath, Update},
    problem::Problem,
    requests::NoFields,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// Has a ticket read again.
///
/// The answer does not wait for it.
#[utoipa::path(
    post,
    path = "/tickets/{id}/triage",
    operation_id = "triageTicket",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = Update<NoFields>,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(("x-roles" = json!(["moderator", "admin"])), ("x-optional-body" = json!(true))),
)]
pub(crate) async fn again(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<OptionalUpdate<NoFields>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::EditTriage];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let OptionalUpdate { expected, .. } = input.parse().await?;
    let asked = app.desk.triage().retriage(&actor, ticket, expected).await?;
    Ok(changed::answer(&app, &asked, "the ticket is read again"))
}
