//! `PATCH` and `PUT /tickets/{id}`: other fields of a ticket.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::{DeskError, TicketPatch, VisibleTicket},
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
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &EDITS);
    let ticket = ticket.await?;
    let update = input.unread_update().await?;
    demand_fields(&actor, &ticket, &update)?;
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
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let update = input.unread_update().await?;
    demand_fields(&actor, &ticket, &update)?;
    let (fields, expected) = update.read()?;
    match fields.names().eq(["status"]) {
        true => status::write(&app, &actor, ticket, fields, expected).await,
        false => write(&app, &actor, ticket, fields, expected).await,
    }
}

/// Checks that the actor may change every field that the update names, without a look at the values.
fn demand_fields(actor: &Actor, ticket: &VisibleTicket, update: &Update) -> Result<(), DeskError> {
    for (names, operation) in FIELDS {
        if update.names_any(names) {
            ticket.demand(actor, operation)?;
        }
    }
    Ok(())
}

async fn write(
    app: &App,
    actor: &Actor,
    ticket: VisibleTicket,
    fields: Fields,
    expected: Option<u64>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let patch = patch(fields)?;
    let edited = app.desk.tickets().edit(actor, ticket, &patch, expected);
    Ok(changed::answer(app, &edited.await?, "saved"))
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
