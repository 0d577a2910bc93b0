//! `POST /tickets/{id}/review`: staff accepts what the analysis says, or corrects it.

use std::sync::Arc;

use axum::extract::State;
use deserr::{DeserializeError, Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use tickmate_core::{
    desk::{Review, TicketPatch},
    domain::{access::Operation, analysis::Triage, field::Field},
};
use utoipa::{
    __dev::ComposeSchema,
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use super::changed;
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, TicketPath, Update},
    problem::Problem,
    requests::{Category, FieldWord, Optional, PriorityWord, Skills, Words, invalid},
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// What of an analysis is right, and what is right instead of the rest.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReviewTicket {
    /// The fields in which the analysis is right; `all`: those that it fills in and that are not corrected.
    #[deserr(default)]
    #[serde(default)]
    accept: Optional<Accept>,
    #[deserr(default)]
    #[serde(default)]
    category: Optional<Category>,
    #[deserr(rename = "type", default)]
    #[serde(rename = "type", default)]
    kind: Optional<Category>,
    #[deserr(default)]
    #[serde(default)]
    priority: Optional<PriorityWord>,
    #[deserr(default)]
    #[serde(default)]
    related_skills: Optional<Skills>,
}

/// The fields in which an analysis is right.
#[derive(Debug)]
enum Accept {
    /// Those that it fills in and that are not corrected.
    All,
    /// These.
    Fields(Vec<Field>),
}

/// Accepts an analysis, or corrects it.
#[utoipa::path(
    post,
    path = "/tickets/{id}/review",
    operation_id = "reviewTicket",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = Update<ReviewTicket>,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(("x-roles" = json!(["moderator", "admin"])), ("x-codes" = json!(["not_read"]))),
)]
pub(crate) async fn review(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Update<ReviewTicket>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let operations = [Operation::EditTriage];
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &operations);
    let ticket = ticket.await?;
    let Update { fields, expected } = input.parse().await?;
    let accept = fields.accept.0;
    let correct = TicketPatch {
        category: fields.category.into(),
        kind: fields.kind.into(),
        priority: fields.priority.0.map(|word| word.0),
        skills: fields.related_skills.into(),
        ..TicketPatch::default()
    };
    let accept = match accept {
        None => Vec::new(),
        Some(Accept::Fields(fields)) => fields,
        Some(Accept::All) => all(ticket.ticket().triage.as_ref(), &correct),
    };
    let review = Review { accept, correct };
    let reviewed = app.desk.triage().review(&actor, ticket, &review, expected);
    Ok(changed::answer(
        &app,
        &reviewed.await?,
        "the ticket was reviewed",
    ))
}

impl<E: DeserializeError> Deserr<E> for Accept {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let most = Field::ALL.len();
        match value {
            Value::String(word) if word == "all" => Ok(Self::All),
            Value::Sequence(items) if items.len() > most => {
                Err(invalid(place, format!("must have at most {most} entries")))
            }
            Value::Sequence(_) => {
                let words = Vec::<FieldWord>::deserialize_from_value(value, place)?;
                let mut fields = Vec::new();
                for (index, word) in words.into_iter().enumerate() {
                    if fields.contains(&word.0) {
                        let place = place.push_index(index);
                        return Err(invalid(place, "must not be there twice"));
                    }
                    fields.push(word.0);
                }
                Ok(Self::Fields(fields))
            }
            _ => {
                let words = Field::words().join(", ");
                Err(invalid(
                    place,
                    format!("must be \"all\", or a list of {words}"),
                ))
            }
        }
    }
}

impl ToSchema for Accept {}

impl ComposeSchema for Accept {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let all = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["all"]));
        let fields = ArrayBuilder::new()
            .items(FieldWord::schema())
            .unique_items(true)
            .max_items(Some(Field::ALL.len()));
        OneOfBuilder::new().item(all).item(fields).into()
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
