//! Tests opening and closing: the schema, file modes, refused files, and that a dropped store closes its file.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod support;

use std::path::Path;

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use support::{Desk, create, is_stored, open, tickets, unknown_requester};
use tickmate_core::{
    backend::store::{SystemStore, TicketStore},
    conformance::fixtures::Fixtures,
    domain::time::from_micros,
};
use tickmate_store_sql::{OpenError, SqliteSettings, SqliteStore};

async fn execute(path: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_existing_file_is_opened_with_its_content() {
    let desk = Desk::new().await;
    let new = tickets(&mut Fixtures::new(1), unknown_requester(), 1).remove(0);
    create(&desk.store, &new).await.unwrap();
    let second = open(&desk.path).await;
    assert!(is_stored(&second, new.ticket.id).await);
    desk.store.close().await.unwrap();
    second.close().await.unwrap();
    let third = open(&desk.path).await;
    assert!(is_stored(&third, new.ticket.id).await);
}

#[tokio::test]
async fn stores_that_open_concurrently_all_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let stores = futures_util::future::join_all((0..8).map(|_| open(&path))).await;
    for (seed, store) in (1..).zip(&stores) {
        let new = tickets(&mut Fixtures::new(seed), unknown_requester(), 1).remove(0);
        create(store, &new).await.unwrap();
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let desk = Desk::new().await;
    desk.store.close().await.unwrap();
    execute(
        &desk.path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, x'00', 0)",
    )
    .await;
    let error = SqliteStore::open(&SqliteSettings::new(&desk.path))
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::NewerSchema { version: 9999 }),
        "{error:?}"
    );
    assert!(error.to_string().contains("newer version") && !error.is_transient());
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let desk = Desk::new().await;
    desk.store.close().await.unwrap();
    execute(
        &desk.path,
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1",
    )
    .await;
    let error = SqliteStore::open(&SqliteSettings::new(&desk.path))
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::ChangedMigration { version: 1 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn paths_without_a_database_file_are_refused() {
    let memory = SqliteStore::open(&SqliteSettings::new(":memory:")).await;
    assert!(matches!(memory, Err(OpenError::InMemory)));
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("not/there.db");
    let missing = SqliteStore::open(&SqliteSettings::new(missing)).await;
    assert!(
        matches!(missing, Err(OpenError::File { .. })),
        "{missing:?}"
    );
    let path = folder.path().join("text.db");
    std::fs::write(
        &path,
        "this is no database, however long one reads on".repeat(99),
    )
    .unwrap();
    let text = SqliteStore::open(&SqliteSettings::new(path))
        .await
        .unwrap_err();
    assert!(matches!(text, OpenError::Database(_)) && !text.is_transient());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new().await;
    let new = tickets(&mut Fixtures::new(1), unknown_requester(), 1).remove(0);
    create(&desk.store, &new).await.unwrap();
    let folder = desk.path.parent().unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        files += 1;
    }
    assert_eq!(files, 4, "database, log, shared memory, lock");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_dropped_store_closes_its_file() {
    let desk = Desk::new().await;
    let queue = desk.store.queue(std::sync::Arc::new(|| from_micros(0)));
    desk.store.ping().await.unwrap();
    desk.store.ticket_by_number(1).await.unwrap();
    let path = desk.path.clone();
    let is_open = || {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        files
            .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
            .any(|file| file.starts_with(&path) || file == path.with_extension("db-wal"))
    };
    assert!(is_open());
    drop((desk, queue));
    let closed = async {
        while is_open() {
            tokio::task::yield_now().await;
        }
    };
    let bound = std::time::Duration::from_secs(20);
    tokio::time::timeout(bound, closed)
        .await
        .expect("still open");
}
