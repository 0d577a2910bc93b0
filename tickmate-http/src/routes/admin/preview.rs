//! `POST /admin/routing/preview`: what the desk would do with a text, or what a past period would have been like under
//! other policies.

use std::sync::Arc;

use axum::extract::State;
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use tickmate_core::desk::ReplayRequest;
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Body, Input},
    problem::Problem,
    requests::{Bounded, InvalidInput, Message, Moment, Optional, PolicyInput, Title},
    state::App,
    wire::{OnePreview, OneReplay},
};

/// A text, or a period to replay.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[schema(as = PreviewRequest)]
pub(crate) enum Preview {
    Text(PreviewText),
    Period(PreviewPeriod),
}

/// A text that nobody wrote.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InvalidInput, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewText {
    title: Title,
    description: Message,
}

/// A past period, and the policies to replay it under, beside that of today.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InvalidInput, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewPeriod {
    from: Moment,
    to: Moment,
    #[deserr(default)]
    #[serde(default)]
    policies: Optional<Policies>,
}

type Policies = Bounded<PolicyInput, MAX_POLICIES>;

/// The most policies of a replay.
const MAX_POLICIES: usize = 8;

/// What is answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Previewed {
    Text(Box<OnePreview>),
    Period(OneReplay),
}

/// Returns what the desk would do with a text, or how a past period would have fared under other policies.
#[utoipa::path(
    post,
    path = "/admin/routing/preview",
    operation_id = "previewRouting",
    tag = "admin",
    request_body = Preview,
    responses((status = OK, description = "The decision, or the figures of each policy.", body = Answer<Previewed>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Body<Preview>>,
) -> Result<Answer<Previewed>, Problem> {
    demand_admin(&actor)?;
    let Body(asked) = input.parse().await?;
    let previewed = match asked {
        Preview::Text(PreviewText { title, description }) => {
            let (title, description) = (String::from(title), String::from(description));
            let preview = app
                .desk
                .routing()
                .preview(&actor, &title, &description)
                .await?;
            Previewed::Text(Box::new(OnePreview::new(preview, app.settings.legacy_ids)))
        }
        Preview::Period(PreviewPeriod { from, to, policies }) => {
            let request = ReplayRequest {
                from: from.into(),
                to: to.into(),
                policies: policies.into().unwrap_or_default(),
            };
            Previewed::Period(OneReplay::new(
                app.desk.routing().replay(&actor, request).await?,
            ))
        }
    };
    Ok(Answer::of(previewed))
}

impl Deserr<InvalidInput> for Preview {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        place: ValuePointerRef<'_>,
    ) -> Result<Self, InvalidInput> {
        let value = serde_json::Value::from(value);
        let is_period = ["from", "to", "policies"]
            .into_iter()
            .any(|name| value.get(name).is_some());
        let value = value.into_value();
        match is_period {
            true => PreviewPeriod::deserialize_from_value(value, place).map(Self::Period),
            false => PreviewText::deserialize_from_value(value, place).map(Self::Text),
        }
    }
}
