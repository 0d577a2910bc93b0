//! `GET /admin/jobs`, `POST /admin/jobs/{key}/retry` and `POST /admin/jobs/retry`: dead jobs and retrying them.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::{DeadJobQuery, DeskError},
    domain::{
        job::{self, DeadPlace},
        page::{decode_cursor, encode_cursor},
    },
};

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    extract::{Acting, Input, JobPath},
    problem::Problem,
    state::App,
    wire::{DeadJob, Depth, Jobs, Retried},
};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Jobs>, Problem> {
    demand_admin(&actor)?;
    let mut query = input.query();
    let limit = query.limit();
    let list = format!("dead jobs/{:?}", actor.id());
    let after = query.text("cursor").and_then(|cursor| {
        let place = decode_cursor::<DeadPlace>(&list, &cursor);
        place
            .map_err(|error| query.refuse("cursor", error.to_string()))
            .ok()
    });
    query.end()?;
    let depth = app.desk.jobs().depth(&actor).await?;
    let page = app.desk.jobs().dead(&actor, after, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &job::DeadJob::place(last)));
    Ok(Answer::of(Jobs {
        depth: Depth::new(depth),
        dead: page.items.iter().map(DeadJob::new).collect(),
        next_cursor,
    }))
}

pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    JobPath(key): JobPath,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    let key = key.ok_or(DeskError::NotFound)?;
    input.query().end()?;
    app.desk.jobs().replay(&actor, &key).await?;
    Ok(Answer::of(Nothing {}).message("retried"))
}

/// Without a body, all dead jobs are retried.
pub(crate) async fn retry_all(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Retried>, Problem> {
    demand_admin(&actor)?;
    let mut fields = input.fields_if_any().await?;
    let query = DeadJobQuery {
        kind: fields.text_if("kind"),
        from: fields.moment_or_null_if("from").flatten(),
        to: fields.moment_or_null_if("to").flatten(),
    };
    fields.end()?;
    let retried = app.desk.jobs().replay_all(&actor, &query).await?;
    Ok(Answer::of(Retried { retried }).message("retried"))
}
