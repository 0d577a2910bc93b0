//! `POST /tickets/{id}/replies`: a reply, for the requester or for staff alone.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tickmate_core::{
    desk::{DeskError, ReplyDraft},
    domain::access::Operation,
};

use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{Replied, Reply, TicketWithReplies},
};

const REPLIES: [Operation; 2] = [Operation::ReplyPublic, Operation::ReplyInternal];

pub(crate) async fn reply(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<Replied>, Problem> {
    app.desk.may(&actor, ticket, &REPLIES).await?;
    let (mut fields, request) = input.submission().await?;
    let draft = ReplyDraft {
        message: fields.text("message"),
        visibility: fields.word_if("visibility").unwrap_or_default(),
    };
    fields.end()?;
    let submitted = app.desk.reply(&actor, ticket, &draft, request).await?;
    let (detail, id) = submitted.outcome;
    let written = detail.replies.iter().find(|view| view.reply.id == id);
    let written = written.ok_or(DeskError::NotFound)?;
    let legacy_ids = app.settings.legacy_ids;
    let replied = Replied {
        ticket: TicketWithReplies::new(&detail, legacy_ids),
        reply: Reply::new(written, legacy_ids),
    };
    Ok(Answer::of(replied)
        .status(StatusCode::CREATED)
        .message("the reply was written")
        .version(detail.view.ticket.version)
        .replayed(submitted.replayed))
}
