//! `GET /metrics`: figures on backlog, load, jobs and mails in the text format of Prometheus, for holders of the token.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use prometheus::{Gauge, GaugeVec, IntCounter, Opts, Registry, TextEncoder};
use tickmate_core::{
    desk::{BacklogFigures, DeskError, MailFigures},
    domain::mail::MailStatus,
};

use crate::{extract::credential, problem::Problem, state::App};

/// The text format, version 0.0.4, which every scraper reads.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Returns figures of the desk in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "getMetrics",
    tag = "operations",
    responses((status = OK, description = "The figures.", body = String, content_type = "text/plain")),
    security(("metrics" = [])),
    extensions(("x-codes" = json!(["not_found", "unauthenticated"]))),
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = app.settings.metrics_token.as_ref();
    let token = token.ok_or(DeskError::NotFound)?;
    let shown = credential(&headers, app.cookie_name())?;
    if shown.is_cookie() || !token.is(shown.token()) {
        return Err(DeskError::Unauthenticated.into());
    }
    let backlog = app.desk.routing().backlog_figures().await?;
    let mails = app.desk.mails().figures().await?;
    let text =
        exposition(&backlog, &mails).map_err(|error| Problem::internal().caused_by(error))?;
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

/// Writes every figure with its help text and type, sorted by name.
fn exposition(backlog: &BacklogFigures, mails: &MailFigures) -> Result<String, prometheus::Error> {
    let registry = Registry::new();
    register_backlog(&registry, backlog)?;
    register_mails(&registry, mails)?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// Registers the figures on backlog, load and jobs.
fn register_backlog(
    registry: &Registry,
    figures: &BacklogFigures,
) -> Result<(), prometheus::Error> {
    let BacklogFigures {
        waiting,
        oldest_age,
        uncovered,
        covered_alone,
        needing_triage,
        dead_jobs,
        unknown_jobs,
        unreadable_records,
        load,
    } = *figures;
    let gauges = [
        (
            "tickmate_backlog_tickets",
            "Tickets that wait for an assignee.",
            waiting as f64,
        ),
        (
            "tickmate_backlog_oldest_seconds",
            "Age of the oldest ticket that waits for an assignee; 0 where none waits.",
            oldest_age.as_seconds_f64(),
        ),
        (
            "tickmate_backlog_uncovered_tickets",
            "Tickets that wait for an assignee and need skills that no moderator has all of.",
            uncovered as f64,
        ),
        (
            "tickmate_skills_covered_alone",
            "Skills that one moderator alone covers.",
            covered_alone as f64,
        ),
        (
            "tickmate_tickets_needing_triage",
            "Tickets that are not triaged yet, or neither assigned nor in the backlog yet.",
            needing_triage as f64,
        ),
        (
            "tickmate_jobs_dead",
            "Jobs that are not retried any more.",
            dead_jobs as f64,
        ),
        (
            "tickmate_jobs_unknown",
            "Jobs that wait for a process that knows their kind or their event handler.",
            unknown_jobs as f64,
        ),
        (
            "tickmate_load_gini",
            "Gini coefficient of the moderators' open tickets: 0 where all have the same, near 1 where one has all.",
            load.gini,
        ),
        (
            "tickmate_load_busiest_over_mean",
            "The busiest moderator's open tickets over the mean of all moderators; 0 where no ticket is open.",
            load.busiest_over_mean,
        ),
        (
            "tickmate_load_jain",
            "Jain's index of the moderators' open tickets: 1 where all have the same, 1/n where one of n has all.",
            load.jain,
        ),
    ];
    for (name, help, value) in gauges {
        register_gauge(registry, name, help, value)?;
    }
    let unreadable = IntCounter::new(
        "tickmate_unreadable_records_total",
        "Stored records that this process found unreadable, and skips in lists.",
    )?;
    unreadable.inc_by(unreadable_records);
    registry.register(Box::new(unreadable))
}

/// Registers the figures on mails. The numbers by status are gauges: a mail moves from one status to another.
fn register_mails(registry: &Registry, figures: &MailFigures) -> Result<(), prometheus::Error> {
    let help = "Mails by sending status.";
    let by_status = GaugeVec::new(Opts::new("tickmate_mails_total", help), &["status"])?;
    for (status, count) in &figures.by_status {
        by_status
            .with_label_values(&[status.as_str()])
            .set(*count as f64);
    }
    registry.register(Box::new(by_status))?;
    let dead = figures.by_status.get(&MailStatus::Dead);
    for (name, help, value) in [
        (
            "tickmate_mails_dead",
            "Mails that were refused, or whose job is dead.",
            dead.copied().unwrap_or_default() as f64,
        ),
        (
            "tickmate_mail_outage_seconds",
            "How long the mail provider has been unusable with the settings; 0 where it is usable.",
            figures.outage.as_seconds_f64(),
        ),
        (
            "tickmate_mail_pause_seconds",
            "How long no mail is sent because the provider limits how much it accepts; 0 where mails are sent.",
            figures.pause.as_seconds_f64(),
        ),
    ] {
        register_gauge(registry, name, help, value)?;
    }
    Ok(())
}

fn register_gauge(
    registry: &Registry,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), prometheus::Error> {
    let gauge = Gauge::new(name, help)?;
    gauge.set(value);
    registry.register(Box::new(gauge))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tickmate_core::domain::{fairness::Spread, time::Span};

    use super::*;

    #[test]
    fn each_figure_has_help_type_and_value() {
        let backlog = BacklogFigures {
            waiting: 12_345_678,
            oldest_age: Span::milliseconds(90_500),
            uncovered: 2,
            covered_alone: 7,
            needing_triage: 3,
            dead_jobs: 4,
            unknown_jobs: 6,
            unreadable_records: 5,
            load: Spread::of(&[0, 12, 0, 0]),
        };
        let mails = MailFigures {
            by_status: BTreeMap::from([(MailStatus::Sent, 12), (MailStatus::Dead, 3)]),
            outage: Span::milliseconds(1_500),
            pause: Span::milliseconds(2_250),
        };
        let text = exposition(&backlog, &mails).unwrap();
        assert!(text.ends_with('\n') && text.is_ascii());
        let (comments, samples): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert_eq!(
            samples,
            [
                "tickmate_backlog_oldest_seconds 90.5",
                "tickmate_backlog_tickets 12345678",
                "tickmate_backlog_uncovered_tickets 2",
                "tickmate_jobs_dead 4",
                "tickmate_jobs_unknown 6",
                "tickmate_load_busiest_over_mean 4",
                "tickmate_load_gini 0.75",
                "tickmate_load_jain 0.25",
                "tickmate_mail_outage_seconds 1.5",
                "tickmate_mail_pause_seconds 2.25",
                "tickmate_mails_dead 3",
                "tickmate_mails_total{status=\"dead\"} 3",
                "tickmate_mails_total{status=\"sent\"} 12",
                "tickmate_skills_covered_alone 7",
                "tickmate_tickets_needing_triage 3",
                "tickmate_unreadable_records_total 5",
            ]
        );
        assert_eq!(comments.len(), 2 * (samples.len() - 1));
        for comment in comments.chunks(2) {
            let name = comment[1].split(' ').nth(2).unwrap();
            assert!(comment[0].starts_with(&format!("# HELP {name} ")));
            let kind = match name {
                "tickmate_unreadable_records_total" => "counter",
                _ => "gauge",
            };
            assert_eq!(comment[1], format!("# TYPE {name} {kind}"));
        }
    }
}
