//! `GET /admin/ai-usage`: the calls of models, and what they came to.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::CallsQuery,
    domain::{
        access::Actor,
        id::CallId,
        page::{decode_cursor, encode_cursor},
        time::{Span, Timestamp},
    },
};

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Input, Query},
    problem::Problem,
    state::App,
    wire::ModelCalls,
};

/// The period that is shown where nobody says since when.
const SHOWN: Span = Span::days(30);

/// What is asked for.
struct Asked {
    /// The name of the list that its cursors belong to.
    list: String,
    from: Timestamp,
    to: Timestamp,
    after: Option<CallId>,
    limit: u32,
}

/// The usage of the whole period stands on each page.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<ModelCalls>, Problem> {
    demand_admin(&actor)?;
    let asked = asked(&actor, input.query(), app.desk.now())?;
    let query = CallsQuery {
        from: Some(asked.from),
        to: Some(asked.to),
        after: asked.after,
        limit: Some(asked.limit),
    };
    let page = app.desk.triage().model_calls(&actor, &query).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&asked.list, &last.id));
    let usage = app
        .desk
        .triage()
        .model_usage(&actor, asked.from, asked.to)
        .await?;
    let legacy_ids = app.settings.legacy_ids;
    Ok(Answer::of(ModelCalls::new(
        &page.items,
        usage,
        next_cursor,
        legacy_ids,
    )))
}

fn asked(actor: &Actor, mut query: Query, now: Timestamp) -> Result<Asked, Problem> {
    let (since, until) = (query.moment("from"), query.moment("to"));
    let to = until.unwrap_or(now);
    let from = since.unwrap_or(to - SHOWN);
    if to <= from {
        match until {
            Some(_) => query.refuse("to", "must be after `from`"),
            None => query.refuse("from", "must be in the past"),
        }
    }
    let limit = query.limit();
    // Of what was asked for and not of what follows from the clock: else no cursor would fit the next request.
    let list = format!("ai-usage/{:?}/{since:?}/{until:?}", actor.id());
    let after = query.text("cursor").and_then(|cursor| {
        let place = decode_cursor::<CallId>(&list, &cursor);
        place
            .map_err(|error| query.refuse("cursor", error.to_string()))
            .ok()
    });
    query.end()?;
    Ok(Asked {
        list,
        from,
        to,
        after,
        limit,
    })
}
