//! Waits until the desk has no work left.

use std::{path::Path, time::Duration};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{Instant, sleep};

use crate::failure::Failure;

/// How often the database is queried.
const POLL: Duration = Duration::from_millis(200);

/// Queries that count the remaining work, with a name for each.
const REMAINING_WORK: [(&str, &str); 5] = [
    (
        "jobs neither done nor dead",
        "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'dead')",
    ),
    (
        "events not relayed",
        "SELECT count(*) FROM events WHERE pending = 1",
    ),
    (
        "events not relayed to the event handler",
        "SELECT count(*) FROM events WHERE seq > coalesce( \
           (SELECT CAST(value AS INTEGER) FROM desk_values WHERE name = 'handler.parent'), 0)",
    ),
    (
        "tickets that need triage",
        "SELECT count(*) FROM tickets WHERE triaged = 0",
    ),
    (
        "mails neither sent nor given up",
        "SELECT count(*) FROM mails WHERE status IN ('queued', 'sending')",
    ),
];

/// Opens the database while the desk may be running.
pub(crate) async fn connect(db: &Path) -> Result<SqliteConnection, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(db)
        .busy_timeout(Duration::from_secs(5));
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// Waits until no work is left in two successive checks. Returns the remaining work when the time limit is reached.
pub(crate) async fn wait(db: &Path, limit: Duration) -> Result<Vec<String>, Failure> {
    let mut connection = connect(db).await?;
    let deadline = Instant::now() + limit;
    let mut was_idle = false;
    loop {
        let remaining = remaining_work(&mut connection).await?;
        match (remaining.is_empty(), was_idle) {
            (true, true) => return Ok(remaining),
            (is_idle, _) => was_idle = is_idle,
        }
        if Instant::now() >= deadline {
            return Ok(remaining);
        }
        sleep(POLL).await;
    }
}

async fn remaining_work(connection: &mut SqliteConnection) -> Result<Vec<String>, Failure> {
    let mut left = Vec::new();
    for (what, query) in REMAINING_WORK {
        let count: i64 = sqlx::query_scalar(query)
            .fetch_one(&mut *connection)
            .await?;
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    }
    Ok(left)
}
