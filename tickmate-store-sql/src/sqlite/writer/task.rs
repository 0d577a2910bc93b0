//! The writer's loop: take what waits, run it in one transaction, commit, answer.
//!
//! BEGIN, COMMIT and ROLLBACK are plain statements. The driver's own transactions count how deep they are nested,
//! and miscount after SQLite has rolled back by itself, which it does when the disk is full.

use std::time::Duration;

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tickmate_core::{backend::store::StoreError, failpoint};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Message,
    unit::{Ran, Unit},
};
use crate::sqlite::{
    error::{Shared, is_busy, store_error},
    open::reconnect,
};

/// A batch has at most this many units.
const MAX_UNITS: usize = 256;
/// The lock is held for at most this long before it is left free.
const MAX_HOLD: Duration = Duration::from_millis(20);
/// After this long a further batch would be too short to be worth it.
const ENOUGH: Duration = Duration::from_millis(15);
/// How long the lock is left free for other processes, and how often a lock that they hold is tried.
const PAUSE: Duration = Duration::from_millis(1);
/// After so many failures in one batch each unit left runs alone, so that the work stays linear.
const MAX_REPEATS: usize = 8;

type Units = Vec<Box<dyn Unit>>;

pub(super) struct Task {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    messages: mpsc::Receiver<Message>,
    closing: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// When the lock was last left free for long enough.
    free_at: Instant,
}

impl Task {
    pub(super) fn new(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        messages: mpsc::Receiver<Message>,
    ) -> Self {
        Self {
            connection: Some(connection),
            options,
            messages,
            closing: None,
            free_at: Instant::now(),
        }
    }

    pub(super) async fn run(mut self) {
        while let Some(unit) = self.next().await {
            self.batch(unit).await;
            if self.closing.is_some() {
                break;
            }
        }
        let closed = self.shut().await;
        if let Some(answer) = self.closing.take() {
            // Whoever closed the store may be gone by now.
            let _ = answer.send(closed);
        }
    }

    /// The first unit of the next batch. While there is always one soon, the lock is left free from time to time:
    /// otherwise another process would hardly ever find it so.
    async fn next(&mut self) -> Option<Box<dyn Unit>> {
        let unit = match self.waiting() {
            Some(unit) => unit,
            None if self.closing.is_some() => return None,
            None => {
                let idle_from = Instant::now();
                let message = self.messages.recv().await?;
                if idle_from.elapsed() >= PAUSE {
                    self.free_at = Instant::now();
                }
                self.unit_of(message)?
            }
        };
        if self.free_at.elapsed() >= ENOUGH {
            sleep(PAUSE).await;
            self.free_at = Instant::now();
        }
        Some(unit)
    }

    /// A unit that waits already.
    fn waiting(&mut self) -> Option<Box<dyn Unit>> {
        if self.closing.is_some() {
            return None;
        }
        let message = self.messages.try_recv().ok()?;
        self.unit_of(message)
    }

    fn unit_of(&mut self, message: Message) -> Option<Box<dyn Unit>> {
        match message {
            Message::Unit(unit) => Some(unit),
            Message::Close(answer) => {
                self.closing = Some(answer);
                None
            }
        }
    }

    /// Runs a unit and those that wait behind it in one transaction.
    async fn batch(&mut self, first: Box<dyn Unit>) {
        if let Err(error) = self.begin(first.deadline()).await {
            return first.refuse(error);
        }
        let ends = self.free_at + MAX_HOLD;
        let mut batch = Units::new();
        let mut next = Some(first);
        while let Some(mut unit) = next.take() {
            if self.ran(&mut unit).await == Ran::Badly {
                return self.repeat(batch, unit).await;
            }
            batch.push(unit);
            if batch.len() < MAX_UNITS && Instant::now() < ends {
                next = self.waiting();
            }
        }
        self.commit(batch).await;
    }

    /// Undoes a batch in which a unit failed, runs it again without that unit, and then that unit alone.
    async fn repeat(&mut self, mut batch: Units, failed: Box<dyn Unit>) {
        let mut alone = vec![failed];
        if let Err(error) = self.rollback().await {
            batch.append(&mut alone);
            return refuse(batch, &error);
        }
        while !batch.is_empty() && alone.len() < MAX_REPEATS {
            match self.all_but_one(&mut batch).await {
                Ok(None) => {
                    self.commit(std::mem::take(&mut batch)).await;
                }
                Ok(Some(failed)) => alone.push(failed),
                Err(error) => {
                    batch.append(&mut alone);
                    return refuse(batch, &error);
                }
            }
        }
        alone.append(&mut batch);
        for unit in alone {
            self.alone(unit).await;
        }
    }

    /// Runs a batch up to the first unit that fails: that one is taken out, and everything undone.
    async fn all_but_one(&mut self, batch: &mut Units) -> Result<Option<Box<dyn Unit>>, Shared> {
        let latest = batch.iter().map(|unit| unit.deadline()).max();
        let begun = self.begin(latest.unwrap_or_else(Instant::now)).await;
        begun.map_err(Shared::new)?;
        for index in 0..batch.len() {
            if self.ran(&mut batch[index]).await == Ran::Badly {
                self.rollback().await?;
                return Ok(Some(batch.remove(index)));
            }
        }
        Ok(None)
    }

    /// Runs a unit in a transaction of its own. What goes wrong now is its own answer.
    async fn alone(&mut self, mut unit: Box<dyn Unit>) {
        if let Err(error) = self.begin(unit.deadline()).await {
            return unit.refuse(error);
        }
        match self.ran(&mut unit).await {
            Ran::Well => self.commit(vec![unit]).await,
            Ran::Badly => match self.rollback().await {
                Ok(()) => unit.answer(),
                Err(error) => unit.refuse(error.again()),
            },
        }
    }

    async fn ran(&mut self, unit: &mut Box<dyn Unit>) -> Ran {
        match &mut self.connection {
            Some(connection) => unit.run(connection).await,
            None => Ran::Badly,
        }
    }

    /// Begins a transaction, trying for the lock until the deadline, and once at least.
    async fn begin(&mut self, deadline: Instant) -> Result<(), StoreError> {
        loop {
            if self.connection.is_none() {
                let opened = reconnect(&self.options).await;
                self.connection = Some(opened.map_err(|e| StoreError::Unavailable(Box::new(e)))?);
            }
            match self.execute("BEGIN IMMEDIATE").await {
                Ok(()) => return Ok(()),
                Err(error) if is_busy(&error) => {
                    if Instant::now() >= deadline {
                        return Err(StoreError::Unavailable(Box::new(error)));
                    }
                    sleep(PAUSE).await;
                    self.free_at = Instant::now();
                }
                Err(error) => {
                    self.connection = None;
                    return Err(Shared::new(store_error(error)).again());
                }
            }
        }
    }

    /// Commits, and answers only then. If that fails nobody knows what became of the batch.
    async fn commit(&mut self, batch: Units) {
        failpoint::hit("writer.before_commit");
        match self.execute("COMMIT").await {
            Ok(()) => {
                failpoint::hit("writer.after_commit");
                for unit in batch {
                    unit.answer();
                }
            }
            Err(error) => {
                // Whatever comes of it, the connection is given up; this frees the lock early.
                let _ = self.execute("ROLLBACK").await;
                self.connection = None;
                refuse(batch, &Shared::new(store_error(error)));
            }
        }
    }

    /// Undoes what was written since BEGIN; SQLite may have done so by itself.
    async fn rollback(&mut self) -> Result<(), Shared> {
        let error = match self.execute("ROLLBACK").await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let already = matches!(&error, sqlx::Error::Database(database)
            if database.message().contains("no transaction is active"));
        if already {
            return Ok(());
        }
        self.connection = None;
        // Not even a full disk is told apart: this connection may have written something.
        Err(Shared::new(StoreError::Unavailable(Box::new(error))))
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        sqlx::query(statement).execute(connection).await?;
        Ok(())
    }

    /// Writes the log into the file, as far as other processes let it, and closes the connection.
    async fn shut(&mut self) -> Result<(), StoreError> {
        let Some(mut connection) = self.connection.take() else {
            return Ok(());
        };
        let written = match self.closing {
            Some(_) => sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&mut connection)
                .await
                .map(|_| ()),
            None => Ok(()),
        };
        let closed = connection.close().await;
        written.and(closed).map_err(store_error)
    }
}

fn refuse(batch: Units, error: &Shared) {
    for unit in batch {
        unit.refuse(error.again());
    }
}
