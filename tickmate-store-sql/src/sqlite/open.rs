//! Opening a file: one process at a time brings the schema up to date, then come the writer and the readers.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use log::LevelFilter;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    migrate::Migrator,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    },
};

use super::{
    File, SqliteSettings, error::OpenError, search::Searchers, unreadable::Unreadable,
    writer::Writer,
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a connection waits where it can't be asked to try again: while it is opened, and while it reads.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// As much as a batch may change in memory before it goes to the disk, in KiB.
const WRITER_CACHE: &str = "-16000";

/// At what level statements are logged, under the target `sqlx::query`. Values are bound and never stand in one.
const STATEMENTS: LevelFilter = LevelFilter::Trace;

pub(super) async fn open(settings: &SqliteSettings) -> Result<File, OpenError> {
    let path = settings.file()?;
    let lock = exclusive(path.clone()).await?;
    let options = writer_options(&path);
    let mut connection = options.connect().await?;
    MIGRATIONS.run(&mut connection).await?;
    hold_no_one_up(&mut connection).await?;
    drop(lock);
    let writer = Writer::spawn(connection, options, settings);
    Ok(File {
        writer,
        readers: readers(&path, settings.readers, settings.read_deadline),
        searchers: Searchers::new(
            readers(&path, settings.searches, settings.search_deadline),
            settings.search_deadline,
        ),
        unreadable: Unreadable::default(),
    })
}

/// Opens the writer's connection once more, after the one before has failed.
pub(super) async fn reconnect(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    hold_no_one_up(&mut connection).await?;
    Ok(connection)
}

/// The writer asks again by itself, so that its thread never sleeps. What was asked for must hold, too: SQLite
/// falls back without a word where it can't log ahead.
async fn hold_no_one_up(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    sqlx::query("PRAGMA busy_timeout = 0")
        .execute(&mut *connection)
        .await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    match (journal.as_str(), synchronous) {
        ("wal", 2) => Ok(()),
        _ => Err(OpenError::NotDurable),
    }
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", WRITER_CACHE)
        .pragma("journal_size_limit", "67108864")
        .log_statements(STATEMENTS)
        .log_slow_statements(STATEMENTS, Duration::MAX)
}

/// Readers see what was committed, and hold up neither the writer nor each other. One that is in a transaction
/// that nobody knows of is thrown away.
fn readers(path: &Path, count: u32, deadline: Duration) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .log_statements(STATEMENTS)
        .log_slow_statements(STATEMENTS, Duration::MAX);
    SqlitePoolOptions::new()
        .max_connections(count.max(1))
        .acquire_timeout(deadline)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!Connection::is_in_transaction(connection)) })
        })
        .connect_lazy_with(options)
}

/// Waits until no other process is migrating, and makes the file. sqlx's migrator takes no lock on SQLite.
async fn exclusive(path: PathBuf) -> Result<fs::File, OpenError> {
    let locked = tokio::task::spawn_blocking(move || {
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let lock_path = PathBuf::from(name);
        let lock = private(&lock_path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| OpenError::File {
                path: lock_path,
                source,
            })?;
        let file = private(&path).and_then(|file| warn_of_readers(&file));
        file.map_err(|source| OpenError::File { path, source })?;
        Ok(lock)
    });
    match locked.await {
        Ok(result) => result,
        Err(error) => Err(OpenError::Database(Box::new(error))),
    }
}

/// Opens a file, making it for its owner alone if it is not there.
fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn warn_of_readers(file: &fs::File) -> std::io::Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    if mode & 0o077 != 0 {
        tracing::warn!("other users of this machine can open the database file");
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_of_readers(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}
