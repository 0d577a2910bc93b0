//! `GET /tickets/{id}`: one ticket with the latest replies that the reader may see.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::Read];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    input.query().end()?;
    let detail = app.desk.tickets().get(&actor, ticket).await?;
    let ticket = TicketWithReplies::new(&detail, app.settings.legacy_ids);
    Ok(Answer::of(OneTicket { ticket }).version(detail.view.ticket.version))
}
