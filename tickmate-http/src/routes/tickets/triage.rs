//! `POST /tickets/{id}/triage`: has a ticket read again. No body at all is enough.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use super::changed;
use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

pub(crate) async fn again(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::EditTriage];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let (fields, expected) = input.update_if_any().await?;
    if let Some(fields) = fields {
        fields.end()?;
    }
    let asked = app.desk.triage().retriage(&actor, ticket, expected).await?;
    Ok(changed::answer(&app, &asked, "the ticket is read again"))
}
