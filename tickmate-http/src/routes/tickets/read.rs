//! `GET /tickets/{id}`: one ticket with the replies that the reader may see.

use std::sync::Arc;

use axum::extract::State;

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
    let detail = app.desk.ticket(&actor, ticket).await?;
    input.query().end()?;
    let ticket = TicketWithReplies::new(&detail, app.settings.legacy_ids);
    Ok(Answer::of(OneTicket { ticket }).version(detail.view.ticket.version))
}
