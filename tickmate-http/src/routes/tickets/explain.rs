//! `GET /tickets/{id}/explain`: why a ticket is where it is, for staff.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters, TicketPath},
    problem::Problem,
    requests::NoFields,
    state::App,
    wire::OneExplanation,
};

/// Explains why a ticket is where it is.
#[utoipa::path(
    get,
    path = "/tickets/{id}/explain",
    operation_id = "explainTicket",
    tag = "tickets",
    params(TicketPath, Parameters<NoFields>),
    responses((status = OK, description = "The decision, in a sentence and in figures.", body = Answer<OneExplanation>)),
    extensions(("x-roles" = json!(["moderator", "admin"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<OneExplanation>, Problem> {
    let operations = [Operation::ReadInternal];
    let ticket = app
        .desk
        .tickets()
        .authorize(&actor, ticket, &operations)
        .await?;
    input.parse().await?;
    let explanation = app.desk.routing().explain(&actor, ticket).await?;
    Ok(Answer::of(OneExplanation::new(
        explanation,
        app.settings.legacy_ids,
    )))
}
