//! Whether the process lives, and whether it can serve.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use serde::Serialize;
use tickmate_core::desk::DeskError;
use utoipa::ToSchema;

use crate::{answer::Answer, problem::Problem, state::App};

/// Store and queue must answer within this time.
const READY_WITHIN: Duration = Duration::from_millis(450);

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(value_type = HealthStatus)]
    status: &'static str,
    /// What does not work although the process can serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DegradedPart>)]
    degraded: Vec<&'static str>,
}

/// What a probe says.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "it documents the words")]
enum HealthStatus {
    Ok,
    Ready,
}

/// What does not work although the process can serve.
#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "it documents the words")]
enum DegradedPart {
    Mail,
}

/// Says that the process lives, without a look at the store.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "getHealth",
    tag = "operations",
    responses((status = OK, description = "The process lives.", body = Answer<Health>)),
    extensions(("x-without-store" = json!(true))),
)]
pub(crate) async fn alive() -> Answer<Health> {
    Answer::of(Health {
        status: "ok",
        degraded: Vec::new(),
    })
}

/// Returns what does not work, once store and queue have answered.
async fn degraded(app: &App) -> Result<Vec<&'static str>, DeskError> {
    app.desk.ready().await?;
    let outage = app.desk.mails().outage().await?;
    Ok(outage.map(|_| "mail").into_iter().collect())
}

/// Says whether store and queue answer.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "getReadiness",
    tag = "operations",
    responses((status = OK, description = "The process can serve.", body = Answer<Health>)),
)]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Answer<Health>, Problem> {
    let ready = tokio::time::timeout(READY_WITHIN, degraded(&app)).await;
    match ready {
        Ok(Ok(degraded)) => Ok(Answer::of(Health {
            status: "ready",
            degraded,
        })),
        Ok(Err(error)) => Err(Problem::not_ready().caused_by(error)),
        Err(_) => Err(Problem::not_ready()),
    }
}
