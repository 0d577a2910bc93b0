//! `POST /tickets/{id}/review`: staff accepts what the analysis says, or corrects it.

use std::sync::Arc;

use axum::extract::State;
use serde_json::Value;
use tickmate_core::{
    desk::{Review, TicketPatch},
    domain::{
        access::Operation, analysis::Triage, field::Field, text::FieldError, triage::wire_name,
    },
};

use super::changed;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// In which fields the analysis is right.
enum Accept {
    /// In all about which it says something and that are not corrected.
    All,
    /// In these.
    Fields(Vec<Field>),
}

pub(crate) async fn review(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::EditTriage];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let (fields, expected) = input.update().await?;
    let (accept, correct) = asked(fields)?;
    let accept = match accept {
        Accept::Fields(fields) => fields,
        Accept::All => all(ticket.ticket().triage.as_ref(), &correct),
    };
    let review = Review { accept, correct };
    let reviewed = app.desk.triage().review(&actor, ticket, &review, expected);
    Ok(changed::answer(
        &app,
        &reviewed.await?,
        "the ticket was reviewed",
    ))
}

fn asked(mut fields: Fields) -> Result<(Accept, TicketPatch), Problem> {
    let accept = fields.read_if("accept", accept);
    let correct = TicketPatch {
        category: fields.text_if("category"),
        kind: fields.text_if("type"),
        priority: fields.word_if("priority"),
        skills: fields.skills_if("relatedSkills"),
        ..TicketPatch::default()
    };
    fields.end()?;
    Ok((accept.unwrap_or(Accept::Fields(Vec::new())), correct))
}

fn accept(name: &str, value: Value) -> Result<Accept, Vec<FieldError>> {
    let words = || Field::ALL.map(wire_name).join(", ");
    let items = match value {
        Value::String(word) if word == "all" => return Ok(Accept::All),
        Value::Array(items) => items,
        _ => {
            let message = format!("must be \"all\", or a list of {}", words());
            return Err(vec![FieldError::new(name, message)]);
        }
    };
    if items.len() > Field::ALL.len() {
        let message = format!("must have at most {} entries", Field::ALL.len());
        return Err(vec![FieldError::new(name, message)]);
    }
    let mut errors = Vec::new();
    let mut accepted = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let word = item.as_str().unwrap_or_default();
        let field = Field::ALL
            .into_iter()
            .find(|field| wire_name(*field) == word);
        let message = match field {
            Some(field) if accepted.contains(&field) => "must not be there twice".to_owned(),
            Some(field) => {
                accepted.push(field);
                continue;
            }
            None => format!("must be one of {}", words()),
        };
        errors.push(FieldError::new(format!("{name}[{place}]"), message));
    }
    match errors.is_empty() {
        true => Ok(Accept::Fields(accepted)),
        false => Err(errors),
    }
}

/// All fields about which the analysis says something and that are not corrected. A ticket without an analysis has
/// them all: the desk says that it was not read.
fn all(triage: Option<&Triage>, correct: &TicketPatch) -> Vec<Field> {
    let is_corrected = |field: &Field| match field {
        Field::Category => correct.category.is_some(),
        Field::Priority => correct.priority.is_some(),
        Field::Type => correct.kind.is_some(),
        Field::Skill => correct.skills.is_some(),
    };
    let says = |field: &Field| {
        triage.is_none_or(|triage| {
            let (found, suggested) = (&triage.found, &triage.suggestions);
            match field {
                Field::Category => found.category.is_some() || suggested.category.is_some(),
                Field::Priority => found.priority.is_some() || suggested.priority.is_some(),
                Field::Type => found.kind.is_some() || suggested.kind.is_some(),
                Field::Skill => !found.skills.is_empty() || !suggested.skills.is_empty(),
            }
        })
    };
    let fields = Field::ALL.into_iter();
    fields
        .filter(|field| !is_corrected(field) && says(field))
        .collect()
}
