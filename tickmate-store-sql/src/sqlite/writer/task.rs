//! The writer's loop: receives the waiting units, runs them in one transaction, commits, and answers.
//!
//! BEGIN, COMMIT and ROLLBACK are plain statements. The driver's own transactions count their nesting depth, and the
//! count is wrong after SQLite has rolled back by itself, as it does when the disk is full.

use std::time::Duration;

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tickmate_core::{backend::store::StoreError, failpoint};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Message,
    unit::{RunOutcome, Unit},
};
use crate::sqlite::{
    error::{SharedError, is_busy, store_error},
    open::reconnect,
};

/// The maximum number of units in a batch.
const MAX_UNITS: usize = 256;
/// The longest time for which the lock is held before it is released.
const MAX_HOLD: Duration = Duration::from_millis(20);
/// After this time, a further batch would be too short to be worthwhile.
const MIN_HOLD: Duration = Duration::from_millis(15);
/// How long the lock is released for other processes, and the interval between attempts to get it from them.
const PAUSE: Duration = Duration::from_millis(1);
/// After this many failures in one batch, each remaining unit runs alone, so that the number of runs stays linear.
const MAX_FAILURES: usize = 8;

type Units = Vec<Box<dyn Unit>>;

pub(super) struct Task {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    messages: mpsc::Receiver<Message>,
    closing: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// When the lock was last released for at least [`PAUSE`].
    released_at: Instant,
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
            released_at: Instant::now(),
        }
    }

    pub(super) async fn run(mut self) {
        while let Some(unit) = self.next_unit().await {
            self.run_batch(unit).await;
            if self.closing.is_some() {
                break;
            }
        }
        let closed = self.close_connection().await;
        if let Some(answer) = self.closing.take() {
            // The caller that closed the store may have dropped its receiver.
            let _ = answer.send(closed);
        }
    }

    /// Returns the first unit of the next batch. While units keep coming, the lock is released regularly: otherwise
    /// other processes would hardly ever get it.
    async fn next_unit(&mut self) -> Option<Box<dyn Unit>> {
        let unit = match self.try_next() {
            Some(unit) => unit,
            None if self.closing.is_some() => return None,
            None => {
                let idle_from = Instant::now();
                let message = self.messages.recv().await?;
                if idle_from.elapsed() >= PAUSE {
                    self.released_at = Instant::now();
                }
                self.accept(message)?
            }
        };
        if self.released_at.elapsed() >= MIN_HOLD {
            sleep(PAUSE).await;
            self.released_at = Instant::now();
        }
        Some(unit)
    }

    /// Returns a unit that is already waiting.
    fn try_next(&mut self) -> Option<Box<dyn Unit>> {
        if self.closing.is_some() {
            return None;
        }
        let message = self.messages.try_recv().ok()?;
        self.accept(message)
    }

    fn accept(&mut self, message: Message) -> Option<Box<dyn Unit>> {
        match message {
            Message::Unit(unit) => Some(unit),
            Message::Close(answer) => {
                self.closing = Some(answer);
                None
            }
        }
    }

    /// Runs a unit, and the units that wait behind it, in one transaction.
    async fn run_batch(&mut self, first: Box<dyn Unit>) {
        if let Err(error) = self.begin(first.deadline()).await {
            return first.refuse(error);
        }
        let ends = self.released_at + MAX_HOLD;
        let mut batch = Units::new();
        let mut next = Some(first);
        while let Some(mut unit) = next.take() {
            if self.run_unit(&mut unit).await == RunOutcome::Failed {
                return self.rerun_without(batch, unit).await;
            }
            batch.push(unit);
            if batch.len() < MAX_UNITS && Instant::now() < ends {
                next = self.try_next();
            }
        }
        self.commit(batch).await;
    }

    /// Rolls back a batch in which a unit failed, reruns it without that unit, and then runs that unit alone.
    async fn rerun_without(&mut self, mut batch: Units, failed: Box<dyn Unit>) {
        let mut single = vec![failed];
        if let Err(error) = self.rollback().await {
            batch.append(&mut single);
            return refuse_all(batch, &error);
        }
        while !batch.is_empty() && single.len() < MAX_FAILURES {
            match self.run_or_remove_failed(&mut batch).await {
                Ok(None) => {
                    self.commit(std::mem::take(&mut batch)).await;
                }
                Ok(Some(failed)) => single.push(failed),
                Err(error) => {
                    batch.append(&mut single);
                    return refuse_all(batch, &error);
                }
            }
        }
        single.append(&mut batch);
        for unit in single {
            self.run_alone(unit).await;
        }
    }

    /// Runs a batch. If a unit fails, removes it from the batch, rolls back, and returns it.
    async fn run_or_remove_failed(
        &mut self,
        batch: &mut Units,
    ) -> Result<Option<Box<dyn Unit>>, SharedError> {
        let latest = batch.iter().map(|unit| unit.deadline()).max();
        let begun = self.begin(latest.unwrap_or_else(Instant::now)).await;
        begun.map_err(SharedError::new)?;
        for index in 0..batch.len() {
            if self.run_unit(&mut batch[index]).await == RunOutcome::Failed {
                self.rollback().await?;
                return Ok(Some(batch.remove(index)));
            }
        }
        Ok(None)
    }

    /// Runs a unit in a transaction of its own. Its error, if any, is its answer.
    async fn run_alone(&mut self, mut unit: Box<dyn Unit>) {
        if let Err(error) = self.begin(unit.deadline()).await {
            return unit.refuse(error);
        }
        match self.run_unit(&mut unit).await {
            RunOutcome::Done => self.commit(vec![unit]).await,
            RunOutcome::Failed => match self.rollback().await {
                Ok(()) => unit.answer(),
                Err(error) => unit.refuse(error.to_store_error()),
            },
        }
    }

    async fn run_unit(&mut self, unit: &mut Box<dyn Unit>) -> RunOutcome {
        match &mut self.connection {
            Some(connection) => unit.run(connection).await,
            None => RunOutcome::Failed,
        }
    }

    /// Begins a transaction. Retries for the lock until the deadline, and tries at least once.
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
                    self.released_at = Instant::now();
                }
                Err(error) => {
                    self.connection = None;
                    return Err(SharedError::new(store_error(error)).to_store_error());
                }
            }
        }
    }

    /// Commits, and answers the units only afterwards. If the commit fails, it is unknown whether the batch is
    /// durable.
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
                // The connection is discarded in any case; the rollback releases the lock early.
                let _ = self.execute("ROLLBACK").await;
                self.connection = None;
                refuse_all(batch, &SharedError::new(store_error(error)));
            }
        }
    }

    /// Rolls back everything since BEGIN. SQLite may have done so by itself.
    async fn rollback(&mut self) -> Result<(), SharedError> {
        let error = match self.execute("ROLLBACK").await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let is_rolled_back = matches!(&error, sqlx::Error::Database(database)
            if database.message().contains("no transaction is active"));
        if is_rolled_back {
            return Ok(());
        }
        self.connection = None;
        // Even a full disk is reported as `Unavailable`, because this connection may have written something.
        Err(SharedError::new(StoreError::Unavailable(Box::new(error))))
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        sqlx::query(statement).execute(connection).await?;
        Ok(())
    }

    /// Moves the log into the file, as far as other processes allow it, and closes the connection.
    async fn close_connection(&mut self) -> Result<(), StoreError> {
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

fn refuse_all(batch: Units, error: &SharedError) {
    for unit in batch {
        unit.refuse(error.to_store_error());
    }
}
