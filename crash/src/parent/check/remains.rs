//! Checks that nothing dead, half-done or inconsistent remains.

use std::{collections::HashMap, path::Path};

use tickmate::domain::event::Subject;

use super::Evidence;
use crate::{
    failure::Failure,
    parent::{drain, report::Violations},
};

pub(super) async fn check(
    db: &Path,
    evidence: &Evidence,
    violations: &mut Violations,
) -> Result<(), Failure> {
    check_versions(evidence, violations);
    for ticket in &evidence.tickets {
        let has_seat = ticket
            .assignment
            .as_ref()
            .is_some_and(|assignment| assignment.seat.is_some());
        if has_seat != ticket.holds_seat() {
            violations.stuck.push(format!(
                "ticket {} is {} and has {} seat",
                ticket.number,
                ticket.status.as_str(),
                if has_seat { "a" } else { "no" },
            ));
        }
    }
    let mut connection = drain::connect(db).await?;
    let dead: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT key, last_error FROM jobs WHERE state = 'dead'")
            .fetch_all(&mut connection)
            .await?;
    violations
        .stuck
        .extend(dead.into_iter().map(|(key, error)| {
            let error = error.unwrap_or_default();
            format!("the job {key} is dead: {error}")
        }));
    let damage: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await?;
    violations
        .stuck
        .extend(damage.into_iter().filter(|line| line != "ok"));
    let orphans = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut connection)
        .await?;
    if !orphans.is_empty() {
        violations
            .stuck
            .push(format!("{} rows violate a foreign key", orphans.len()));
    }
    Ok(())
}

/// Checks the log for panics of the desk, including caught ones.
pub(super) fn check_panics(log: &Path, violations: &mut Violations) -> Result<(), Failure> {
    let log = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let panics = log.lines().filter(|line| line.contains("panicked at"));
    violations.stuck.extend(panics.map(str::to_owned));
    Ok(())
}

/// Checks that every version of a ticket or an account has exactly one event.
fn check_versions(evidence: &Evidence, violations: &mut Violations) {
    let mut written: HashMap<Subject, Vec<u64>> = HashMap::new();
    // Rules are skipped, because each kind of rules counts its own versions.
    let events = evidence.events.iter();
    for event in events.filter(|event| event.subject != Subject::Desk) {
        written
            .entry(event.subject)
            .or_default()
            .push(event.version);
    }
    let tickets = evidence
        .tickets
        .iter()
        .map(|ticket| (Subject::Ticket(ticket.id), ticket.version));
    let users = evidence
        .users
        .iter()
        .map(|user| (Subject::User(user.id), user.version));
    for (subject, version) in tickets.chain(users) {
        let versions = written.remove(&subject).unwrap_or_default();
        if !versions.iter().copied().eq(1..=version) {
            violations.stuck.push(format!(
                "{subject:?} has version {version}, but its events have {versions:?}"
            ));
        }
    }
    for subject in written.keys() {
        violations
            .stuck
            .push(format!("{subject:?} has events but does not exist"));
    }
}
