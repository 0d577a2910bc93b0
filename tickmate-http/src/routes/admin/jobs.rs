//! `GET /admin/jobs`, `POST /admin/jobs/{key}/retry` and `POST /admin/jobs/retry`: dead jobs and retrying them.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::{DeadJobQuery, DeskError},
    domain::{
        job::{self, DeadPlace},
        page::encode_cursor,
    },
};
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    extract::{Acting, Input, JobPath, OptionalBody, Parameters},
    problem::Problem,
    requests::{AnyText, Moment, NoFields, Optional, Page, Patch, place_after},
    state::App,
    wire::{DeadJob, Depth, Jobs, Retried},
};

/// Which dead jobs are retried. All of them without a field.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RetryJobs {
    #[deserr(default)]
    #[serde(default)]
    kind: Optional<AnyText<0, 200>>,
    /// That died from this moment on.
    #[deserr(default)]
    #[serde(default)]
    from: Patch<Moment>,
    /// That died before this moment.
    #[deserr(default)]
    #[serde(default)]
    to: Patch<Moment>,
}

/// Counts jobs, and lists the dead ones.
#[utoipa::path(
    get,
    path = "/admin/jobs",
    operation_id = "listJobs",
    tag = "admin",
    params(Parameters<Page>),
    responses((status = OK, description = "The figures, and a page of dead jobs.", body = Answer<Jobs>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<Page>>,
) -> Result<Answer<Jobs>, Problem> {
    demand_admin(&actor)?;
    let Parameters(Page { limit, cursor }) = input.parse().await?;
    let list = format!("dead jobs/{:?}", actor.id());
    let after: Option<DeadPlace> = place_after(&list, cursor)?;
    let depth = app.desk.jobs().depth(&actor).await?;
    let page = app.desk.jobs().dead(&actor, after, limit.0).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &job::DeadJob::place(last)));
    Ok(Answer::of(Jobs {
        depth: Depth::new(depth),
        dead: page.items.iter().map(DeadJob::new).collect(),
        next_cursor,
    }))
}

/// Retries a dead job.
#[utoipa::path(
    post,
    path = "/admin/jobs/{key}/retry",
    operation_id = "retryJob",
    tag = "admin",
    params(JobPath, Parameters<NoFields>),
    responses((status = OK, description = "The job is ready again.", body = Answer<Nothing>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    JobPath(key): JobPath,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    let key = key.ok_or(DeskError::NotFound)?;
    input.parse().await?;
    app.desk.jobs().replay(&actor, &key).await?;
    Ok(Answer::of(Nothing {}).message("retried"))
}

/// Retries dead jobs.
///
/// Without a body, all of them are retried.
#[utoipa::path(
    post,
    path = "/admin/jobs/retry",
    operation_id = "retryJobs",
    tag = "admin",
    request_body = RetryJobs,
    responses((status = OK, description = "How many jobs are ready again.", body = Answer<Retried>)),
    extensions(("x-roles" = json!(["admin"])), ("x-optional-body" = json!(true))),
)]
pub(crate) async fn retry_all(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<OptionalBody<RetryJobs>>,
) -> Result<Answer<Retried>, Problem> {
    demand_admin(&actor)?;
    let OptionalBody(fields) = input.parse().await?;
    let query = fields.map_or_else(DeadJobQuery::default, |fields| DeadJobQuery {
        kind: fields.kind.into(),
        from: fields.from.set().map(Into::into),
        to: fields.to.set().map(Into::into),
    });
    let retried = app.desk.jobs().replay_all(&actor, &query).await?;
    Ok(Answer::of(Retried { retried }).message("retried"))
}
