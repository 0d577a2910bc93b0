//! Coming to rest: waits until nothing is left to do.

use std::{path::Path, time::Duration};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{Instant, sleep};

use crate::failure::Failure;

/// How often the database is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What is left to do, as one count each.
const LEFT: [(&str, &str); 5] = [
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

/// Opens the database beside the desk.
pub(crate) async fn connect(db: &Path) -> Result<SqliteConnection, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(db)
        .busy_timeout(Duration::from_secs(5));
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// Waits until nothing is left to do, twice in a row. Answers what was left when the time was over.
pub(crate) async fn wait(db: &Path, limit: Duration) -> Result<Vec<String>, Failure> {
    let mut connection = connect(db).await?;
    let deadline = Instant::now() + limit;
    let mut quiet = false;
    loop {
        let left = left(&mut connection).await?;
        match (left.is_empty(), quiet) {
            (true, true) => return Ok(left),
            (is_quiet, _) => quiet = is_quiet,
        }
        if Instant::now() >= deadline {
            return Ok(left);
        }
        sleep(LOOK).await;
    }
}

async fn left(connection: &mut SqliteConnection) -> Result<Vec<String>, Failure> {
    let mut left = Vec::new();
    for (what, query) in LEFT {
        let count: i64 = sqlx::query_scalar(query)
            .fetch_one(&mut *connection)
            .await?;
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    }
    Ok(left)
}
