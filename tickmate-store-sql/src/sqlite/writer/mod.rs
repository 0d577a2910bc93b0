//! The only writer of a file. Every write is a unit of work. The writer runs all waiting units in one transaction and
//! answers them after its commit, so they share the cost of making it durable.
//!
//! A unit runs without a savepoint of its own, so it must check before it writes, and it may run more than once.

mod task;
#[cfg(test)]
mod tests;
mod unit;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, sqlite::SqliteConnectOptions};
use tickmate_core::backend::store::{StoreError, WriteHealth};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use self::{
    task::Task,
    unit::{Answer, Pending, Unit},
};
use super::{SqliteSettings, error::store_error};

/// How a unit of work fails.
#[derive(Debug)]
pub(super) enum UnitError {
    /// It was refused and has written nothing. The other units of the batch are not affected.
    Refused(StoreError),
    /// It failed after it may have written. Its transaction is rolled back.
    Failed(StoreError),
}

impl From<sqlx::Error> for UnitError {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(store_error(error))
    }
}

impl From<StoreError> for UnitError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

enum Message {
    Unit(Box<dyn Unit>),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The handle of the writer. When it is dropped, the writer ends and its connection closes.
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
    deadline: Duration,
    pub(super) health: Arc<WriteHealth>,
}

impl Writer {
    /// Spawns the writer on this connection. The options open a new connection after a failure.
    pub(super) fn spawn(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        settings: &SqliteSettings,
    ) -> Self {
        let (messages, receiver) = mpsc::channel(settings.queue.max(1));
        tokio::spawn(Task::new(connection, options, receiver).run());
        Self {
            messages,
            deadline: settings.write_deadline,
            health: Arc::default(),
        }
    }

    /// Runs a unit of work and returns its result once it is durable. The unit may run several times, each time as if
    /// it were the first, and must await nothing but its own statements. It also completes if the caller drops the
    /// future.
    pub(super) async fn run<I, T, F>(&self, input: I, work: F) -> Result<T, StoreError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'u> Fn(&'u I, &'u mut SqliteConnection) -> BoxFuture<'u, Result<T, UnitError>>
            + Send
            + Sync
            + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let deadline = Instant::now() + self.deadline;
        let answer = Answer::new(sender, Arc::clone(&self.health));
        let unit = Pending::new(input, work, answer, deadline);
        match self.messages.try_send(Message::Unit(Box::new(unit))) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(StoreError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(closed_error()),
        }
        receiver.await.unwrap_or_else(|_| Err(closed_error()))
    }

    /// Runs the pending units, moves the log into the file, and ends the writer.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (sender, receiver) = oneshot::channel();
        match self.messages.send(Message::Close(sender)).await {
            Ok(()) => receiver.await.unwrap_or(Ok(())),
            Err(_) => Ok(()),
        }
    }
}

fn closed_error() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}
