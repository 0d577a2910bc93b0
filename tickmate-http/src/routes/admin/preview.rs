//! `POST /admin/routing/preview`: what the desk would do with a text.

use std::sync::Arc;

use axum::extract::State;

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::OnePreview,
};

/// What is asked for.
enum Asked {
    /// What would be done with this text.
    Text { title: String, description: String },
}

pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OnePreview>, Problem> {
    demand_admin(&actor)?;
    let Asked::Text { title, description } = asked(input.fields().await?)?;
    let preview = app.desk.preview(&actor, &title, &description).await?;
    Ok(Answer::of(OnePreview::new(
        preview,
        app.settings.legacy_ids,
    )))
}

fn asked(mut fields: Fields) -> Result<Asked, Problem> {
    let title = fields.text("title");
    let description = fields.text("description");
    fields.end()?;
    Ok(Asked::Text { title, description })
}
