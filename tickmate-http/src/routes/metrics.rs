//! `GET /metrics`: figures on backlog, load, jobs and mails in the text format of Prometheus, for holders of the token.

use std::{
    fmt::{Display, Write},
    sync::Arc,
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
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
    let figures = app.desk.backlog_figures().await?;
    let mut text = exposition(&figures);
    write_mails(&mut text, &app.desk.mail_figures().await?);
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

/// Every figure with what it means: gauges, then counters.
fn exposition(figures: &BacklogFigures) -> String {
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
            "For how long the oldest ticket that waits for an assignee has existed; 0 where none waits.",
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
            "Tickets that the desk has yet to read, or to give to somebody or the queue.",
            needing_triage as f64,
        ),
        (
            "tickmate_jobs_dead",
            "Jobs that are not tried any more.",
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
            "How many times the mean the busiest moderator has; 0 where nobody has any.",
            load.busiest_over_mean,
        ),
        (
            "tickmate_load_jain",
            "Jain's index of the moderators' open tickets: 1 where all have the same, 1/n where one of n has all.",
            load.jain,
        ),
    ];
    let mut text = String::new();
    for (name, help, value) in gauges {
        write_sample(&mut text, name, help, "gauge", value);
    }
    write_sample(
        &mut text,
        "tickmate_unreadable_records_total",
        "Stored records that this process found unreadable, and skips in lists.",
        "counter",
        unreadable_records,
    );
    text
}

/// Writes the figures on mails. The numbers by status are gauges: a mail moves from one status to another.
fn write_mails(text: &mut String, figures: &MailFigures) {
    let name = "tickmate_mails_total";
    // Writing to a text never fails.
    let _ = write!(
        text,
        "# HELP {name} Mails by how far their sending came.\n# TYPE {name} gauge\n"
    );
    for (status, count) in &figures.by_status {
        let status = status.as_str();
        let _ = writeln!(text, "{name}{{status=\"{status}\"}} {count}");
    }
    let dead = figures.by_status.get(&MailStatus::Dead);
    write_sample(
        text,
        "tickmate_mails_dead",
        "Mails that were refused, or whose job is dead.",
        "gauge",
        dead.copied().unwrap_or_default(),
    );
    write_sample(
        text,
        "tickmate_mail_outage_seconds",
        "For how long the mail provider can't be used with the settings; 0 where it can.",
        "gauge",
        figures.outage.as_seconds_f64(),
    );
    write_sample(
        text,
        "tickmate_mail_pause_seconds",
        "For how long no mail is sent since the provider limits how much it accepts; 0 where mails are sent.",
        "gauge",
        figures.pause.as_seconds_f64(),
    );
}

fn write_sample(text: &mut String, name: &str, help: &str, kind: &str, value: impl Display) {
    // Writing to a text never fails.
    let _ = write!(
        text,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tickmate_core::domain::{fairness::Spread, time::Span};

    use super::*;

    #[test]
    fn mails_are_counted_by_status() {
        let figures = MailFigures {
            by_status: BTreeMap::from([(MailStatus::Sent, 12), (MailStatus::Dead, 3)]),
            outage: Span::milliseconds(1_500),
            pause: Span::milliseconds(2_250),
        };
        let mut text = String::new();
        write_mails(&mut text, &figures);
        assert_eq!(
            text,
            "# HELP tickmate_mails_total Mails by how far their sending came.\n\
             # TYPE tickmate_mails_total gauge\n\
             tickmate_mails_total{status=\"sent\"} 12\n\
             tickmate_mails_total{status=\"dead\"} 3\n\
             # HELP tickmate_mails_dead Mails that were refused, or whose job is dead.\n\
             # TYPE tickmate_mails_dead gauge\n\
             tickmate_mails_dead 3\n\
             # HELP tickmate_mail_outage_seconds For how long the mail provider can't be used with the settings; 0 \
             where it can.\n\
             # TYPE tickmate_mail_outage_seconds gauge\n\
             tickmate_mail_outage_seconds 1.5\n\
             # HELP tickmate_mail_pause_seconds For how long no mail is sent since the provider limits how much it \
             accepts; 0 where mails are sent.\n\
             # TYPE tickmate_mail_pause_seconds gauge\n\
             tickmate_mail_pause_seconds 2.25\n"
        );
    }

    #[test]
    fn each_figure_has_help_type_and_value() {
        let figures = BacklogFigures {
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
        let text = exposition(&figures);
        assert!(text.ends_with('\n') && text.is_ascii());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len() % 3, 0);
        let mut values = Vec::new();
        for gauge in lines.chunks(3) {
            let (name, value) = gauge[2].split_once(' ').unwrap();
            assert!(gauge[0].starts_with(&format!("# HELP {name} ")));
            let kind = match name.ends_with("_total") {
                true => "counter",
                false => "gauge",
            };
            assert_eq!(gauge[1], format!("# TYPE {name} {kind}"));
            values.push((name, value));
        }
        assert_eq!(
            values,
            [
                ("tickmate_backlog_tickets", "12345678"),
                ("tickmate_backlog_oldest_seconds", "90.5"),
                ("tickmate_backlog_uncovered_tickets", "2"),
                ("tickmate_skills_covered_alone", "7"),
                ("tickmate_tickets_needing_triage", "3"),
                ("tickmate_jobs_dead", "4"),
                ("tickmate_jobs_unknown", "6"),
                ("tickmate_load_gini", "0.75"),
                ("tickmate_load_busiest_over_mean", "4"),
                ("tickmate_load_jain", "0.25"),
                ("tickmate_unreadable_records_total", "5"),
            ]
        );
    }
}
