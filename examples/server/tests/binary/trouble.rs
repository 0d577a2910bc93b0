//! A server in trouble: records that can't be read, and a full disk.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::support::{Client, Server, eventually, files, folder};

const TOKEN: &str = "a-token-of-the-scraper";

/// Damages rows behind the server's back.
fn damage(folder: &Path, statement: &'static str) {
    let file = files(folder, ".db").remove(0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file);
        let mut connection = options.connect().await.unwrap();
        let done = sqlx::query(statement).execute(&mut connection).await;
        assert!(done.unwrap().rows_affected() > 0);
    });
}

/// The numbers of every page, newest first.
fn listed(client: &Client, limit: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut path = format!("/api/tickets?sort=-createdAt&limit={limit}");
    loop {
        let (status, page) = client.get(&path);
        assert_eq!(status, 200, "{page}");
        let tickets = page["tickets"].as_array().unwrap();
        numbers.extend(
            tickets
                .iter()
                .map(|ticket| ticket["number"].as_u64().unwrap()),
        );
        let Value::String(cursor) = &page["nextCursor"] else {
            return numbers;
        };
        path = format!("/api/tickets?sort=-createdAt&limit={limit}&cursor={cursor}");
    }
}

#[test]
fn a_ticket_that_cannot_be_read_is_missing_from_lists_and_an_error_by_itself() {
    let folder = folder();
    let server = Server::start_with(folder.path(), &[("METRICS_TOKEN", TOKEN)], &["serve"]);
    let admin = server.admin();
    for number in 1..=7 {
        assert_eq!(admin.create("Printer", "It jams."), number);
    }
    // A write by a job that read a ticket before the damage would mend it.
    eventually("all tickets are assigned", || {
        let (_, page) = admin.get("/api/tickets");
        let tickets = page["tickets"].as_array()?;
        let is_assigned = |ticket: &Value| !ticket["assignedTo"].is_null();
        tickets.iter().all(is_assigned).then_some(())
    });
    damage(
        folder.path(),
        "UPDATE tickets SET set_by_human = 'damaged' WHERE number IN (2, 3, 5, 6)",
    );
    for limit in [1, 2, 3, 20] {
        assert_eq!(listed(&admin, limit), [7, 4, 1], "by {limit}");
    }
    let (status, problem) = admin.get("/api/tickets/5");
    assert_eq!((status, &problem["code"]), (500, &"internal".into()));
    assert_eq!(admin.get("/api/tickets/4").0, 200);
    let metrics = server.client().with_token(TOKEN).get_text("/metrics");
    assert!(
        metrics.contains("\ntickmate_unreadable_records_total 4\n"),
        "{metrics}"
    );
    assert!(!server.log().contains("It jams."), "{}", server.log());
}

/// A small disk in memory, unmounted when it is dropped.
struct Disk(TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let folder = folder();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .output();
        let is_mounted = done.is_ok_and(|done| done.status.success());
        is_mounted.then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).status());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment of a test run says which tests must not be skipped"
)]
fn is_tmpfs_required() -> bool {
    std::env::var("TICKMATE_TEST_REQUIRE").is_ok_and(|names| names.contains("tmpfs"))
}

#[test]
fn a_server_is_not_ready_from_a_failed_write_until_one_succeeds() {
    let Some(disk) = Disk::mount() else {
        assert!(!is_tmpfs_required(), "no tmpfs can be mounted here");
        println!("skipped: no tmpfs can be mounted here");
        return;
    };
    let path = disk.0.path();
    let server = Server::start(path);
    let admin = server.admin();
    assert_eq!(admin.get("/readyz").0, 200);
    let filler = path.join("filler");
    // As much as fits.
    drop(fs::write(&filler, vec![1; 8 << 20]));
    eventually("a write fails", || {
        let body =
            serde_json::json!({"title": "Printer", "description": "It jams. ".repeat(1_000)});
        let (status, answer) = admin.post("/api/tickets", &body);
        assert!(status == 201 || status == 503, "{answer}");
        (status == 503).then_some(())
    });
    let (status, problem) = admin.get("/readyz");
    assert_eq!((status, &problem["code"]), (503, &"unavailable".into()));
    assert_eq!(admin.get("/healthz").0, 200);
    assert_eq!(admin.get("/api/tickets").0, 200, "reads go on");
    fs::remove_file(filler).unwrap();
    eventually("the server is ready", || {
        (admin.get("/readyz").0 == 200).then_some(())
    });
    admin.create("Printer", "It jams.");
}
