//! `GET /tickets/summary`: what the caller asked, in figures, and the latest of it.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use tickmate_core::{
    desk,
    domain::{priority::Priority, query::TicketCounts, status::Status},
};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters},
    problem::Problem,
    requests::NoFields,
    state::App,
    wire::Ticket,
};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    summary: Counts,
    tickets: Vec<Ticket>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Counts {
    total_tickets: u64,
    open: u64,
    in_progress: u64,
    waiting: u64,
    resolved: u64,
    closed: u64,
    completed: u64,
    by_priority: ByPriority,
}

#[derive(Debug, Serialize, ToSchema)]
struct ByPriority {
    low: u64,
    medium: u64,
    high: u64,
    urgent: u64,
}

/// Counts the tickets that the caller wrote, and returns the latest.
#[utoipa::path(
    get,
    path = "/tickets/summary",
    operation_id = "summarizeTickets",
    tag = "tickets",
    params(Parameters<NoFields>),
    responses((status = OK, description = "The figures, and the latest tickets.", body = Answer<Summary>)),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<Summary>, Problem> {
    input.parse().await?;
    let desk::Summary { counts, latest } = app.desk.tickets().summary(&actor).await?;
    let ticket = |view| Ticket::new(view, app.settings.legacy_ids);
    Ok(Answer::of(Summary {
        summary: Counts::new(&counts),
        tickets: latest.iter().map(ticket).collect(),
    }))
}

impl Counts {
    fn new(counts: &TicketCounts) -> Self {
        let status = |status| count(&counts.by_status, status);
        let priority = |priority| count(&counts.by_priority, priority);
        let [resolved, closed] = [Status::Resolved, Status::Closed].map(status);
        Self {
            total_tickets: counts.by_status.iter().map(|(_, count)| count).sum(),
            open: status(Status::Open),
            in_progress: status(Status::InProgress),
            waiting: status(Status::Waiting),
            resolved,
            closed,
            completed: resolved + closed,
            by_priority: ByPriority {
                low: priority(Priority::Low),
                medium: priority(Priority::Medium),
                high: priority(Priority::High),
                urgent: priority(Priority::Urgent),
            },
        }
    }
}

fn count<T: PartialEq + Copy>(counts: &[(T, u64)], of: T) -> u64 {
    let found = counts.iter().find(|(what, _)| *what == of);
    found.map_or(0, |(_, count)| *count)
}
