//! Whether the process lives, and whether it can serve.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use serde::Serialize;

use crate::{answer::Answer, problem::Problem, state::App};

/// Store and queue must answer within this time.
const READY_WITHIN: Duration = Duration::from_millis(450);

#[derive(Debug, Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// Answers by itself: a process whose store is gone still lives.
pub(crate) async fn alive() -> Answer<Health> {
    Answer::of(Health { status: "ok" })
}

pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Answer<Health>, Problem> {
    let ready = tokio::time::timeout(READY_WITHIN, app.desk.ready()).await;
    match ready {
        Ok(Ok(())) => Ok(Answer::of(Health { status: "ready" })),
        Ok(Err(error)) => Err(Problem::not_ready().caused_by(error)),
        Err(_) => Err(Problem::not_ready()),
    }
}
