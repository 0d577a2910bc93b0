//! `POST /tickets/{id}/replies`: a reply, for the requester or for staff alone. `GET`: the replies, page by page.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tickmate_core::{
    desk::{self, ReplyDraft},
    domain::access::Operation,
};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    document::IdempotencyKey,
    extract::{Acting, Input, Parameters, Submission, TicketPath},
    problem::Problem,
    requests::{Message, Optional, Page, VisibilityWord},
    state::App,
    wire::{Replied, Replies, Reply, TicketWithReplies},
};

const REPLIES: [Operation; 2] = [Operation::ReplyPublic, Operation::ReplyInternal];

/// A reply to write.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteReply {
    message: Message,
    /// `public` unless it is said; `internal` is for staff.
    #[deserr(default)]
    #[serde(default)]
    visibility: Optional<VisibilityWord>,
}

/// Writes a reply.
#[utoipa::path(
    post,
    path = "/tickets/{id}/replies",
    operation_id = "replyToTicket",
    tag = "tickets",
    params(TicketPath, IdempotencyKey),
    request_body = WriteReply,
    responses((status = CREATED, description = "The reply, and the ticket below which it stands.", body = Answer<Replied>, headers(("ETag" = String, description = "The version of the ticket.")))),
    extensions(("x-roles" = json!(["user", "moderator", "admin"])), ("x-codes" = json!(["ticket_closed"]))),
)]
pub(crate) async fn reply(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Submission<WriteReply>>,
) -> Result<Answer<Replied>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &REPLIES);
    let ticket = ticket.await?;
    let Submission { fields, request } = input.parse().await?;
    let visibility = fields.visibility.0.map(|word| word.0);
    let draft = ReplyDraft {
        message: fields.message.into(),
        visibility: visibility.unwrap_or_default(),
    };
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

/// Lists the replies of a ticket, the newest page first.
///
/// Each page has the oldest reply first.
#[utoipa::path(
    get,
    path = "/tickets/{id}/replies",
    operation_id = "listTicketReplies",
    tag = "tickets",
    params(TicketPath, Parameters<Page>),
    responses((status = OK, description = "A page of replies.", body = Answer<Replies>)),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Parameters<Page>>,
) -> Result<Answer<Replies>, Problem> {
    let operations = [Operation::Read];
    let ticket = app
        .desk
        .tickets()
        .authorize(&actor, ticket, &operations)
        .await?;
    let Parameters(Page { limit, cursor }) = input.parse().await?;
    let cursor: Option<String> = cursor.into();
    let page = app
        .desk
        .tickets()
        .replies(&actor, ticket, cursor.as_deref(), limit.0);
    let (replies, next_cursor) = page.await?;
    let reply = |view| Reply::new(view, app.settings.legacy_ids);
    Ok(Answer::of(Replies {
        replies: replies.iter().map(reply).collect(),
        next_cursor,
    }))
}
