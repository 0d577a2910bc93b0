//! `GET /tickets/{id}/explain`: why a ticket is where it is, for staff.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::domain::access::Operation;

use crate::{
    answer::Answer,
    extract::{Acting, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::OneExplanation,
};

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneExplanation>, Problem> {
    let operations = [Operation::ReadInternal];
    let ticket = app
        .desk
        .tickets()
        .authorize(&actor, ticket, &operations)
        .await?;
    input.query().end()?;
    let told = app.desk.routing().explain(&actor, ticket).await?;
    Ok(Answer::of(OneExplanation::new(
        told,
        app.settings.legacy_ids,
    )))
}
