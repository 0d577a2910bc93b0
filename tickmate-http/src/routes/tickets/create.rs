//! `POST /tickets`: a ticket, durable once this answers.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tickmate_core::desk::{TicketDetail, TicketDraft};

use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let (fields, request) = input.submission().await?;
    let draft = draft(fields)?;
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

fn draft(mut fields: Fields) -> Result<TicketDraft, Problem> {
    let draft = TicketDraft {
        title: fields.text("title"),
        description: fields.text("description"),
        category: fields.text_if("category"),
        kind: fields.text_if("type"),
        priority: fields.word_if("priority"),
        deadline: fields.moment_or_null_if("deadline").flatten(),
        skills: fields.skills_if("relatedSkills").unwrap_or_default(),
    };
    fields.end()?;
    Ok(draft)
}
