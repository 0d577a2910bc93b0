//! `POST /tickets`: a ticket, durable once this answers.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tickmate_core::desk::{TicketDetail, TicketDraft};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    document::IdempotencyKey,
    extract::{Acting, Input, Submission},
    problem::Problem,
    requests::{Category, Message, Moment, Optional, Patch, PriorityWord, Skills, Title},
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// A ticket to write. What is left out, triage finds out.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateTicket {
    title: Title,
    description: Message,
    #[deserr(default)]
    #[serde(default)]
    category: Optional<Category>,
    /// An incident, a request, or another of the desk's types.
    #[deserr(rename = "type", default)]
    #[serde(rename = "type", default)]
    kind: Optional<Category>,
    #[deserr(default)]
    #[serde(default)]
    priority: Optional<PriorityWord>,
    #[deserr(default)]
    #[serde(default)]
    deadline: Patch<Moment>,
    /// The skills that answering it requires.
    #[deserr(default)]
    #[serde(default)]
    related_skills: Optional<Skills>,
}

/// Writes a ticket.
///
/// It is durable once this answers. Triage and routing follow within moments.
#[utoipa::path(
    post,
    path = "/tickets",
    operation_id = "createTicket",
    tag = "tickets",
    params(IdempotencyKey),
    request_body = CreateTicket,
    responses((
        status = CREATED,
        description = "The ticket.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Submission<CreateTicket>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let Submission { fields, request } = input.parse().await?;
    let draft = fields.into();
    let submitted = app.desk.tickets().create(&actor, &draft, request).await?;
    let detail = TicketDetail {
        view: submitted.outcome,
        replies: Vec::new(),
        replies_cursor: None,
    };
    let ticket = TicketWithReplies::new(&detail, app.settings.legacy_ids);
    Ok(Answer::of(OneTicket { ticket })
        .status(StatusCode::CREATED)
        .message("the ticket was written")
        .version(detail.view.ticket.version)
        .replayed(submitted.replayed))
}

impl From<CreateTicket> for TicketDraft {
    fn from(fields: CreateTicket) -> Self {
        Self {
            title: fields.title.into(),
            description: fields.description.into(),
            category: fields.category.into(),
            kind: fields.kind.into(),
            priority: fields.priority.0.map(|word| word.0),
            deadline: fields.deadline.set().map(Into::into),
            skills: fields.related_skills.into().unwrap_or_default(),
        }
    }
}
