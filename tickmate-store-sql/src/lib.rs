//! Ticket store and job queue in a SQL database. The supported database is SQLite, in a single file.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use tickmate_store_sql::{SqliteSettings, SqliteStore};
//!
//! let store = SqliteStore::open(&SqliteSettings::new("tickmate.db")).await?;
//! let queue = store.queue(Arc::new(chrono::Utc::now));
//! # let _ = queue;
//! store.close().await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{Clock, OpenError, SqliteQueue, SqliteSettings, SqliteStore};
