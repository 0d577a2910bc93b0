//! Maps driver errors to store and queue errors, and defines the reasons why a database can't be opened.

use std::{fmt, io, path::PathBuf, sync::Arc};

use sqlx::migrate::MigrateError;
use tickmate_core::backend::{
    BoxError,
    queue::QueueError,
    store::{StoreError, Unique},
};

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    pub(super) const ERROR: i32 = 1;
    pub(super) const MISMATCH: i32 = 20;
    pub(super) const RANGE: i32 = 25;
    pub(super) const TOO_BIG: i32 = 18;
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An in-memory database was requested. It is not supported: each connection would open a database of its own.
    #[error("in-memory databases are not supported: set the path of a file")]
    InMemory,
    /// The name is not a path that SQLite can open.
    #[error("not the path of a database file (`sqlite:PATH`)")]
    Path,
    /// The file or its lock file can't be opened.
    #[error("can't open {}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A newer version of this library has migrated the file.
    #[error("the database was written by a newer version: migration {version} is unknown")]
    NewerSchema {
        /// The unknown migration.
        version: i64,
    },
    /// A migration that ran on the file differs from the embedded one with the same number.
    #[error("the database doesn't fit this version: migration {version} was changed after it ran")]
    ChangedMigration {
        /// The migration that differs.
        version: i64,
    },
    /// The file system has no shared memory (a network file system, for example), so write-ahead logging does not
    /// work.
    #[error("the database can't be used with write-ahead logging and synchronous=FULL here")]
    NotDurable,
    /// The file can't be read or migrated.
    #[error("the database can't be opened")]
    Database(#[source] BoxError),
}

impl OpenError {
    /// Returns whether opening may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(source) => source
                .downcast_ref::<StoreError>()
                .is_some_and(StoreError::is_transient),
            Self::InMemory
            | Self::Path
            | Self::File { .. }
            | Self::NewerSchema { .. }
            | Self::ChangedMigration { .. }
            | Self::NotDurable => false,
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Box::new(store_error(error)))
    }
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::NewerSchema { version },
            MigrateError::VersionMismatch(version) => Self::ChangedMigration { version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Database(Box::new(other)),
        }
    }
}

/// Maps a driver error to a store error by its meaning.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    let what = match &error {
        sqlx::Error::Database(database) => {
            let extended = result_code(&error);
            match extended & 0xff {
                code::FULL => return StoreError::StorageFull(Box::new(error)),
                code::CONSTRAINT => match violated_unique(database.message()) {
                    Some(unique) => return StoreError::Taken(unique),
                    None => "a rule of the schema",
                },
                code::CORRUPT | code::NOT_A_DATABASE => "the file",
                code::TOO_BIG => return StoreError::Full,
                code::ERROR | code::MISMATCH | code::RANGE => "a statement",
                _ => return StoreError::Unavailable(Box::new(error)),
            }
        }
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::RowNotFound => "a row",
        _ => return StoreError::Unavailable(Box::new(error)),
    };
    StoreError::Corrupt {
        what: what.to_owned(),
        source: Some(Box::new(error)),
    }
}

/// Maps a store error to the queue error that callers of the queue see.
pub(super) fn queue_error(error: StoreError) -> QueueError {
    match error {
        StoreError::Unavailable(source) | StoreError::StorageFull(source) => {
            QueueError::Unavailable(source)
        }
        StoreError::Overloaded => QueueError::Unavailable(Box::new(error)),
        StoreError::NotFound
        | StoreError::Taken(_)
        | StoreError::Full
        | StoreError::Corrupt { .. } => QueueError::Refused {
            what: error.to_string(),
            source: Some(Box::new(error)),
        },
    }
}

/// Returns whether another connection holds a lock on the file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(result_code(error) & 0xff, code::BUSY | code::LOCKED)
}

/// Returns SQLite's extended result code, or 0 if the error does not come from SQLite.
fn result_code(error: &sqlx::Error) -> i32 {
    let code = match error {
        sqlx::Error::Database(database) => database.code(),
        _ => None,
    };
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Returns the unique value that another record already has, from SQLite's message (`UNIQUE constraint failed:
/// users.email`).
fn violated_unique(message: &str) -> Option<Unique> {
    let (_, column) = message.rsplit_once("UNIQUE constraint failed: ")?;
    match column.split(',').next().unwrap_or_default() {
        "users.email" => Some(Unique::Email),
        "users.username" => Some(Unique::Username),
        "users.subject" => Some(Unique::Subject),
        "model_calls.id" => Some(Unique::Call),
        "users.id" | "tickets.id" | "replies.id" | "events.id" | "sessions.id"
        | "user_tokens.hash" => Some(Unique::Id),
        _ => None,
    }
}

/// One error that is returned to several callers.
#[derive(Debug, Clone)]
pub(super) struct SharedError(Arc<StoreError>);

impl SharedError {
    pub(super) fn new(error: StoreError) -> Self {
        Self(Arc::new(error))
    }

    /// Returns the error for one of the callers. After a failed commit it is unknown whether the writes are durable,
    /// so any cause becomes `Unavailable`. The exception is a full disk: then SQLite has written nothing.
    pub(super) fn to_store_error(&self) -> StoreError {
        match *self.0 {
            StoreError::StorageFull(_) => StoreError::StorageFull(Box::new(self.clone())),
            _ => StoreError::Unavailable(Box::new(self.clone())),
        }
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SharedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    #[test]
    fn unique_constraints_name_their_value() {
        for (message, unique) in [
            ("UNIQUE constraint failed: users.email", Some(Unique::Email)),
            (
                "UNIQUE constraint failed: users.username",
                Some(Unique::Username),
            ),
            ("UNIQUE constraint failed: tickets.id", Some(Unique::Id)),
            (
                "UNIQUE constraint failed: tickets.assignee, tickets.seat",
                None,
            ),
            ("FOREIGN KEY constraint failed", None),
            ("", None),
        ] {
            assert_eq!(violated_unique(message), unique, "{message}");
        }
    }

    #[tokio::test]
    async fn a_value_that_is_too_large_is_reported_as_full() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let query = sqlx::query("SELECT zeroblob(2147483647)").fetch_one(&mut db);
        let error = store_error(query.await.unwrap_err());
        assert!(matches!(error, StoreError::Full), "{error:?}");
    }

    #[test]
    fn every_caller_sees_a_full_disk_as_such() {
        let full = SharedError::new(StoreError::StorageFull("full".into()));
        assert!(matches!(full.to_store_error(), StoreError::StorageFull(_)));
        let corrupt = SharedError::new(StoreError::Corrupt {
            what: "x".to_owned(),
            source: None,
        });
        assert!(matches!(
            corrupt.to_store_error(),
            StoreError::Unavailable(_)
        ));
    }
}
