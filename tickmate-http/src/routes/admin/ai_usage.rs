//! `GET /admin/ai-usage`: the calls of models, and what they came to.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::CallsQuery,
    domain::{
        page::encode_cursor,
        time::{Span, Timestamp},
    },
};
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters},
    problem::Problem,
    requests::{Cursor, InvalidInput, Limit, Moment, Optional, place_after},
    state::App,
    wire::ModelCalls,
};

/// The period that is shown where nobody says since when.
const SHOWN: Span = Span::days(30);

/// Which calls are asked for.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListCalls {
    /// From this moment on; the last 30 days without it.
    #[deserr(default)]
    #[serde(default)]
    from: Optional<Moment>,
    /// Before this moment; until now without it.
    #[deserr(default)]
    #[serde(default)]
    to: Optional<Moment>,
    #[deserr(default)]
    #[serde(default)]
    limit: Limit,
    /// The `nextCursor` of the page before.
    #[deserr(default)]
    #[serde(default)]
    cursor: Optional<Cursor>,
}

/// Lists the calls of models, with what all calls of the period came to.
#[utoipa::path(
    get,
    path = "/admin/ai-usage",
    operation_id = "listModelCalls",
    tag = "admin",
    params(Parameters<ListCalls>),
    responses((status = OK, description = "A page of calls, and the figures of the period.", body = Answer<ModelCalls>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<ListCalls>>,
) -> Result<Answer<ModelCalls>, Problem> {
    demand_admin(&actor)?;
    let Parameters(query) = input.parse().await?;
    let (from, to) = period(&query, app.desk.now())?;
    // Of what was asked for and not of what follows from the clock: else no cursor would fit the next request.
    let (since, until) = (query.from.moment(), query.to.moment());
    let list = format!("ai-usage/{:?}/{since:?}/{until:?}", actor.id());
    let query = CallsQuery {
        from: Some(from),
        to: Some(to),
        after: place_after(&list, query.cursor)?,
        limit: Some(query.limit.0),
    };
    let page = app.desk.triage().model_calls(&actor, &query).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.id));
    let usage = app.desk.triage().model_usage(&actor, from, to).await?;
    let legacy_ids = app.settings.legacy_ids;
    Ok(Answer::of(ModelCalls::new(
        &page.items,
        usage,
        next_cursor,
        legacy_ids,
    )))
}

/// Returns the period that is asked for.
fn period(query: &ListCalls, now: Timestamp) -> Result<(Timestamp, Timestamp), InvalidInput> {
    let until = query.to.moment();
    let to = until.unwrap_or(now);
    let from = query.from.moment().unwrap_or(to - SHOWN);
    if to > from {
        return Ok((from, to));
    }
    let mut invalid = InvalidInput::default();
    match until {
        Some(_) => invalid.add("to", "must be after `from`"),
        None => invalid.add("from", "must be in the past"),
    }
    Err(invalid)
}
