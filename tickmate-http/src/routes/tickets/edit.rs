//! `PATCH` and `PUT /tickets/{id}`: other fields of a ticket.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::{DeskError, TicketPatch, VisibleTicket},
    domain::access::{Actor, Operation},
};
use utoipa::ToSchema;

use super::{
    changed,
    status::{self, SetStatus},
};
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, TicketPath, UnreadUpdate, Update},
    problem::Problem,
    requests::{Category, Message, Moment, Optional, Patch, PriorityWord, Skills, Title},
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// The fields of a ticket to change. What is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EditTicket {
    #[deserr(default)]
    #[serde(default)]
    title: Optional<Title>,
    #[deserr(default)]
    #[serde(default)]
    description: Optional<Message>,
    #[deserr(default)]
    #[serde(default)]
    category: Optional<Category>,
    #[deserr(rename = "type", default)]
    #[serde(rename = "type", default)]
    kind: Optional<Category>,
    /// For staff.
    #[deserr(default)]
    #[serde(default)]
    priority: Optional<PriorityWord>,
    /// `null` removes it.
    #[deserr(default)]
    #[serde(default)]
    deadline: Patch<Moment>,
    /// For staff: the skills that answering it requires.
    #[deserr(default)]
    #[serde(default)]
    related_skills: Optional<Skills>,
}

/// The fields of a ticket to change, or its status alone.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it documents the two bodies")]
enum EditOrSetStatus {
    Edit(Update<EditTicket>),
    SetStatus(Update<SetStatus>),
}

const EDITS: [Operation; 2] = [Operation::EditText, Operation::EditTriage];

/// Which operation each field belongs to.
const FIELDS: [(&[&str], Operation); 2] = [
    (
        &["title", "description", "category", "type", "deadline"],
        Operation::EditText,
    ),
    (&["priority", "relatedSkills"], Operation::EditTriage),
];

/// Changes fields of a ticket.
#[utoipa::path(
    patch,
    path = "/tickets/{id}",
    operation_id = "editTicket",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = Update<EditTicket>,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn edit(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Update<EditTicket>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &EDITS);
    let ticket = ticket.await?;
    let update = input.receive().await?;
    demand_fields(&actor, &ticket, &update)?;
    write(&app, &actor, ticket, update).await
}

/// Changes fields of a ticket, or sets its status.
///
/// This is how older clients do it: the status stands alone in the body.
#[utoipa::path(
    put,
    path = "/tickets/{id}",
    operation_id = "editTicketOrSetStatus",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = EditOrSetStatus,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(
        ("x-roles" = json!(["user", "moderator", "admin"])),
        ("x-codes" = json!(["bad_transition"])),
    ),
)]
pub(crate) async fn edit_or_set_status(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Update<EditTicket>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations: Vec<_> = EDITS.into_iter().chain(status::STEPS).collect();
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let update = input.receive().await?;
    demand_fields(&actor, &ticket, &update)?;
    match update.names().eq(["status"]) {
        true => status::write(&app, &actor, ticket, update.read()?).await,
        false => write(&app, &actor, ticket, update).await,
    }
}

/// Checks that the actor may change every field that the update names, without a look at the values.
fn demand_fields(
    actor: &Actor,
    ticket: &VisibleTicket,
    update: &UnreadUpdate,
) -> Result<(), DeskError> {
    for (names, operation) in FIELDS {
        if update.names().any(|name| names.contains(&name)) {
            ticket.demand(actor, operation)?;
        }
    }
    Ok(())
}

async fn write(
    app: &App,
    actor: &Actor,
    ticket: VisibleTicket,
    update: UnreadUpdate,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let Update { fields, expected } = update.read::<EditTicket>()?;
    let patch = fields.into();
    let edited = app.desk.tickets().edit(actor, ticket, &patch, expected);
    Ok(changed::answer(app, &edited.await?, "saved"))
}

impl From<EditTicket> for TicketPatch {
    fn from(fields: EditTicket) -> Self {
        Self {
            title: fields.title.into(),
            description: fields.description.into(),
            category: fields.category.into(),
            kind: fields.kind.into(),
            priority: fields.priority.0.map(|word| word.0),
            deadline: fields.deadline.into(),
            skills: fields.related_skills.into(),
        }
    }
}
