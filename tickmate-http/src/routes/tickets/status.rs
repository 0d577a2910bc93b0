//! `PATCH /tickets/{id}/status`: a step of the status machine. No body at all toggles between open and resolved.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::VisibleTicket,
    domain::{
        access::{Actor, Operation},
        status::Status,
    },
};

use super::changed;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// Every step there is.
pub(super) const STEPS: [Operation; 5] = [
    Operation::SetStatus(Status::Open),
    Operation::SetStatus(Status::InProgress),
    Operation::SetStatus(Status::Waiting),
    Operation::SetStatus(Status::Resolved),
    Operation::SetStatus(Status::Closed),
];

const MESSAGE: &str = "the status was set";

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &STEPS);
    let ticket = ticket.await?;
    let (fields, expected) = input.update_if_any().await?;
    match fields {
        Some(fields) => write(&app, &actor, ticket, fields, expected).await,
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
    mut fields: Fields,
    expected: Option<u64>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let status = fields.word("status");
    fields.end()?;
    // Where it is missing, `end` has refused it.
    let status: Status = status.ok_or_else(Problem::internal)?;
    let stepped = app
        .desk
        .tickets()
        .set_status(actor, ticket, status, expected)
        .await?;
    Ok(changed::answer(app, &stepped, MESSAGE))
}
