//! `PATCH` and `PUT /tickets/{id}`: other fields of a ticket.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::{DeskError, TicketPatch, TicketRef},
    domain::access::{Actor, Operation},
};

use super::{changed, status};
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input, TicketPath, Update},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

const EDITS: [Operation; 2] = [Operation::EditText, Operation::EditTriage];

/// Which operation each field belongs to.
const FIELDS: [(&[&str], Operation); 2] = [
    (
        &["title", "description", "category", "type", "deadline"],
        Operation::EditText,
    ),
    (&["priority", "relatedSkills"], Operation::EditTriage),
];

pub(crate) async fn edit(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    app.desk.may(&actor, ticket, &EDITS).await?;
    let update = input.unread_update().await?;
    demand_fields(&app, &actor, ticket, &update).await?;
    let (fields, expected) = update.read()?;
    write(&app, &actor, ticket, fields, expected).await
}

/// The same, and the way in which older clients set the status: it alone in the body.
pub(crate) async fn edit_or_set_status(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations: Vec<_> = EDITS.into_iter().chain(status::STEPS).collect();
    app.desk.may(&actor, ticket, &operations).await?;
    let update = input.unread_update().await?;
    demand_fields(&app, &actor, ticket, &update).await?;
    let (fields, expected) = update.read()?;
    match fields.names().eq(["status"]) {
        true => status::write(&app, &actor, ticket, fields, expected).await,
        false => write(&app, &actor, ticket, fields, expected).await,
    }
}

/// Demands the right to every field that is named, whatever its value.
async fn demand_fields(
    app: &App,
    actor: &Actor,
    ticket: TicketRef,
    update: &Update,
) -> Result<(), DeskError> {
    for (names, operation) in FIELDS {
        if update.names_any(names) {
            app.desk.may(actor, ticket, &[operation]).await?;
        }
    }
    Ok(())
}

async fn write(
    app: &App,
    actor: &Actor,
    ticket: TicketRef,
    fields: Fields,
    expected: Option<u64>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let patch = patch(fields)?;
    let edited = app.desk.edit_ticket(actor, ticket, &patch, expected);
    changed::answer(app, actor, edited.await?, "saved").await
}

fn patch(mut fields: Fields) -> Result<TicketPatch, Problem> {
    let patch = TicketPatch {
        title: fields.text_if("title"),
        description: fields.text_if("description"),
        category: fields.text_if("category"),
        kind: fields.text_if("type"),
        priority: fields.word_if("priority"),
        deadline: fields.moment_or_null_if("deadline"),
        skills: fields.skills_if("relatedSkills"),
    };
    fields.end()?;
    Ok(patch)
}
