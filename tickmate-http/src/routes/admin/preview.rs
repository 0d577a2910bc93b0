//! `POST /admin/routing/preview`: what the desk would do with a text, or what a past period would have been like under
//! other policies.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use tickmate_core::{
    desk::ReplayRequest,
    domain::{routing::Policy, text::FieldError},
};

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input},
    problem::Problem,
    state::App,
    wire::{OnePreview, OneReplay},
};

/// What is asked for.
enum Asked {
    /// What would be done with this text.
    Text { title: String, description: String },
    /// What this period would have been like.
    Period(ReplayRequest),
}

/// What is answered.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Previewed {
    Text(Box<OnePreview>),
    Period(OneReplay),
}

pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Previewed>, Problem> {
    demand_admin(&actor)?;
    let previewed = match asked(input.fields().await?)? {
        Asked::Text { title, description } => {
            let preview = app
                .desk
                .routing()
                .preview(&actor, &title, &description)
                .await?;
            Previewed::Text(Box::new(OnePreview::new(preview, app.settings.legacy_ids)))
        }
        Asked::Period(request) => Previewed::Period(OneReplay::new(
            app.desk.routing().replay(&actor, request).await?,
        )),
    };
    Ok(Answer::of(previewed))
}

fn asked(mut fields: Fields) -> Result<Asked, Problem> {
    if ["from", "to", "policies"]
        .into_iter()
        .any(|name| fields.has(name))
    {
        let from = fields.moment("from");
        let to = fields.moment("to");
        let policies = fields.parsed_if("policies", policies).unwrap_or_default();
        fields.end()?;
        let missing = |name| Problem::from(vec![FieldError::new(name, "is needed")]);
        return Ok(Asked::Period(ReplayRequest {
            from: from.ok_or_else(|| missing("from"))?,
            to: to.ok_or_else(|| missing("to"))?,
            policies,
        }));
    }
    let title = fields.text("title");
    let description = fields.text("description");
    fields.end()?;
    Ok(Asked::Text { title, description })
}

fn policies(value: &Value) -> Result<Vec<Policy>, FieldError> {
    let list = value
        .as_array()
        .ok_or_else(|| FieldError::new("policies", "must be a list"))?;
    (0..)
        .zip(list)
        .map(|(place, one): (usize, &Value)| Policy::parse(&format!("policies[{place}]"), one))
        .collect()
}
