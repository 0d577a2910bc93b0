//! `PATCH /tickets/{id}/status`: a step of the status machine. No body at all toggles between open and resolved.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::VisibleTicket,
    domain::{
        access::{Actor, Operation},
        status::Status,
    },
};
use utoipa::ToSchema;

use super::changed;
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, OptionalUpdate, TicketPath, Update},
    problem::Problem,
    requests::StatusWord,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// The status to set.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    status: StatusWord,
}

/// Every step there is.
pub(super) const STEPS: [Operation; 5] = [
    Operation::SetStatus(Status::Open),
    Operation::SetStatus(Status::InProgress),
    Operation::SetStatus(Status::Waiting),
    Operation::SetStatus(Status::Resolved),
    Operation::SetStatus(Status::Closed),
];

const MESSAGE: &str = "the status was set";

/// Sets the status of a ticket.
///
/// Without a body it toggles between open and resolved.
#[utoipa::path(
    patch,
    path = "/tickets/{id}/status",
    operation_id = "setTicketStatus",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = Update<SetStatus>,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(
        ("x-roles" = json!(["user", "moderator", "admin"])),
        ("x-codes" = json!(["bad_transition"])),
        ("x-optional-body" = json!(true)),
    ),
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<OptionalUpdate<SetStatus>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &STEPS);
    let ticket = ticket.await?;
    let OptionalUpdate { fields, expected } = input.parse().await?;
    match fields {
        Some(fields) => write(&app, &actor, ticket, Update { fields, expected }).await,
        None => {
            let toggled = app
                .desk
                .tickets()
                .toggle_status(&actor, ticket, expected)
                .await?;
            Ok(changed::answer(&app, &toggled, MESSAGE))
        }
    }
}

pub(super) async fn write(
    app: &App,
    actor: &Actor,
    ticket: VisibleTicket,
    update: Update<SetStatus>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let Update { fields, expected } = update;
    let status = fields.status.0;
    let stepped = app
        .desk
        .tickets()
        .set_status(actor, ticket, status, expected)
        .await?;
    Ok(changed::answer(app, &stepped, MESSAGE))
}

/// Sets the status of a ticket, as older clients do it.
#[utoipa::path(
    put,
    path = "/tickets/status/{id}",
    operation_id = "putTicketStatus",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = Update<SetStatus>,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(
        ("x-roles" = json!(["user", "moderator", "admin"])),
        ("x-codes" = json!(["bad_transition"])),
        ("x-optional-body" = json!(true)),
    ),
)]
pub(crate) async fn put(
    app: State<Arc<App>>,
    acting: Acting,
    ticket: TicketPath,
    input: Input<OptionalUpdate<SetStatus>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    set(app, acting, ticket, input).await
}
