//! Whether the process lives, and whether it can serve.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use serde::Serialize;
use tickmate_core::desk::DeskError;

use crate::{answer::Answer, problem::Problem, state::App};

/// Store and queue must answer within this time.
const READY_WITHIN: Duration = Duration::from_millis(450);

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
    /// What does not work although the process can serve.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded: Vec<&'static str>,
}

/// Answers by itself: a process whose store is gone still lives.
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
