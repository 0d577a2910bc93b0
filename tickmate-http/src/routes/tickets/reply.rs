//! `POST /tickets/{id}/replies`: a reply, for the requester or for staff alone. `GET`: the replies, page by page.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tickmate_core::{
    desk::{self, ReplyDraft},
    domain::access::Operation,
};

use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{Replied, Replies, Reply, TicketWithReplies},
};

const REPLIES: [Operation; 2] = [Operation::ReplyPublic, Operation::ReplyInternal];

pub(crate) async fn reply(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<Replied>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &REPLIES);
    let ticket = ticket.await?;
    let (mut fields, request) = input.submission().await?;
    let draft = ReplyDraft {
        message: fields.text("message"),
        visibility: fields.word_if("visibility").unwrap_or_default(),
    };
    fields.end()?;
    let submitted = app
        .desk
        .tickets()
        .reply(&actor, ticket, &draft, request)
        .await?;
    let desk::Replied {
        ticket: detail,
        reply,
    } = submitted.outcome;
    let legacy_ids = app.settings.legacy_ids;
    let replied = Replied {
        ticket: TicketWithReplies::new(&detail, legacy_ids),
        reply: Reply::new(&reply, legacy_ids),
    };
    Ok(Answer::of(replied)
        .status(StatusCode::CREATED)
        .message("the reply was written")
        .version(detail.view.ticket.version)
        .replayed(submitted.replayed))
}

/// `GET /tickets/{id}/replies`: the newest page first, each page oldest first.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<Replies>, Problem> {
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
    let page = app
        .desk
        .tickets()
        .replies(&actor, ticket, cursor.as_deref(), limit);
    let (replies, next_cursor) = page.await?;
    let reply = |view| Reply::new(view, app.settings.legacy_ids);
    Ok(Answer::of(Replies {
        replies: replies.iter().map(reply).collect(),
        next_cursor,
    }))
}
