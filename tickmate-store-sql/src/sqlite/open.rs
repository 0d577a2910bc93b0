//! Opens a file: migrates the schema under a lock, then starts the writer and the readers.

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

/// How long a connection waits for a lock where it can't retry: while it is opened, and while it reads.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The cache of the writer, in KiB: a batch that changes more than this spills to the disk before its commit.
const WRITER_CACHE: &str = "-16000";

/// The level at which statements are logged, under the target `sqlx::query`. Values are bound, so a logged statement
/// contains none.
const STATEMENT_LOG_LEVEL: LevelFilter = LevelFilter::Trace;

pub(super) async fn open(settings: &SqliteSettings) -> Result<File, OpenError> {
    let path = settings.file()?;
    let lock = lock_and_create(path.clone()).await?;
    let options = writer_options(&path);
    let mut connection = options.connect().await?;
    MIGRATIONS.run(&mut connection).await?;
    configure_writer(&mut connection).await?;
    drop(lock);
    let writer = Writer::spawn(connection, options, settings);
    Ok(File {
        writer,
        readers: reader_pool(&path, settings.readers, settings.read_deadline),
        searchers: Searchers::new(
            reader_pool(&path, settings.searches, settings.search_deadline),
            settings.search_deadline,
        ),
        unreadable: Unreadable::default(),
    })
}

/// Reopens the writer's connection after the previous one failed.
pub(super) async fn reconnect(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, OpenError> {
    let mut connection = options.connect().await?;
    configure_writer(&mut connection).await?;
    Ok(connection)
}

/// Turns off SQLite's busy timeout, because the writer retries by itself and its thread must not sleep. Also checks the
/// requested journal and synchronous modes, because SQLite falls back silently if it can't use write-ahead logging.
async fn configure_writer(connection: &mut SqliteConnection) -> Result<(), OpenError> {
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
        .log_statements(STATEMENT_LOG_LEVEL)
        .log_slow_statements(STATEMENT_LOG_LEVEL, Duration::MAX)
}

/// Returns a pool of read-only connections. They see committed data only, and block neither the writer nor each
/// other. A connection that was left in a transaction is discarded.
fn reader_pool(path: &Path, count: u32, deadline: Duration) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .log_statements(STATEMENT_LOG_LEVEL)
        .log_slow_statements(STATEMENT_LOG_LEVEL, Duration::MAX);
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

/// Waits until no other process migrates, and creates the file. The lock file is needed because sqlx's migrator takes
/// no lock on SQLite.
async fn lock_and_create(path: PathBuf) -> Result<fs::File, OpenError> {
    let task = tokio::task::spawn_blocking(move || {
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let lock_path = PathBuf::from(name);
        let lock = open_private(&lock_path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| OpenError::File {
                path: lock_path,
                source,
            })?;
        let file = open_private(&path).and_then(|file| warn_if_shared(&file));
        file.map_err(|source| OpenError::File { path, source })?;
        Ok(lock)
    });
    match task.await {
        Ok(result) => result,
        Err(error) => Err(OpenError::Database(Box::new(error))),
    }
}

/// Opens a file, and creates it with access for its owner only if it is missing.
fn open_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn warn_if_shared(file: &fs::File) -> std::io::Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    if mode & 0o077 != 0 {
        tracing::warn!("other users of this machine can open the database file");
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_shared(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}
