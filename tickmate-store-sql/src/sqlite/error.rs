//! The one table from the driver's errors to those of the seams, and why a database can't be opened.

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
    /// A database in memory was asked for. Readers and the writer would each have one of their own.
    #[error("a database in memory is not supported: name a file")]
    InMemory,
    /// The name is none of a file that SQLite takes.
    #[error("not the path of a database file (`sqlite:PATH`)")]
    Path,
    /// The file, or the lock beside it, can't be opened.
    #[error("can't open {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A newer version of this library has written the file.
    #[error("the database is of a newer version: migration {version} is not known here")]
    NewerSchema {
        /// The migration that is not known.
        version: i64,
    },
    /// A migration that the file has had is not the one known under its number.
    #[error("the database is of another make: migration {version} was changed after it had run")]
    ChangedMigration {
        /// The migration that differs.
        version: i64,
    },
    /// The file system has no shared memory (a network file system, say), so that write-ahead logging does not work.
    #[error("the database can't be used with write-ahead logging and synchronous=FULL here")]
    NotDurable,
    /// The file can't be read or migrated.
    #[error("the database can't be opened")]
    Database(#[source] BoxError),
}

impl OpenError {
    /// Whether opening may succeed later.
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

/// What an error of the driver means.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    let what = match &error {
        sqlx::Error::Database(database) => {
            let extended = result_code(&error);
            match extended & 0xff {
                code::FULL => return StoreError::StorageFull(Box::new(error)),
                code::CONSTRAINT => match taken(database.message()) {
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

/// What an error of the store means to those who use the queue.
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

/// Whether somebody else holds the file for now.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(result_code(error) & 0xff, code::BUSY | code::LOCKED)
}

/// SQLite's extended result code; 0 where it is not SQLite that speaks.
fn result_code(error: &sqlx::Error) -> i32 {
    let code = match error {
        sqlx::Error::Database(database) => database.code(),
        _ => None,
    };
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Which unique value another record has already, by SQLite's words (`UNIQUE constraint failed: users.email`).
fn taken(message: &str) -> Option<Unique> {
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

/// One error that several requests are answered with.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<StoreError>);

impl Shared {
    pub(super) fn new(error: StoreError) -> Self {
        Self(Arc::new(error))
    }

    /// The same error once more. Whatever it was that ended a commit, nobody knows what became of the writes,
    /// unless there was no room: then SQLite has written none.
    pub(super) fn again(&self) -> StoreError {
        match *self.0 {
            StoreError::StorageFull(_) => StoreError::StorageFull(Box::new(self.clone())),
            _ => StoreError::Unavailable(Box::new(self.clone())),
        }
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
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
            assert_eq!(taken(message), unique, "{message}");
        }
    }

    #[tokio::test]
    async fn a_value_that_is_too_large_leaves_no_room_in_its_record() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let query = sqlx::query("SELECT zeroblob(2147483647)").fetch_one(&mut db);
        let error = store_error(query.await.unwrap_err());
        assert!(matches!(error, StoreError::Full), "{error:?}");
    }

    #[test]
    fn a_full_disk_stays_one_for_everybody() {
        let full = Shared::new(StoreError::StorageFull("full".into()));
        assert!(matches!(full.again(), StoreError::StorageFull(_)));
        let corrupt = Shared::new(StoreError::Corrupt {
            what: "x".to_owned(),
            source: None,
        });
        assert!(matches!(corrupt.again(), StoreError::Unavailable(_)));
    }
}
