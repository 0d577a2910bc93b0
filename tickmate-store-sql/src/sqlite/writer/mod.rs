//! The one writer of a file. Every write is a unit of work; the writer runs what waits in one transaction and
//! answers all after the one commit, so that many share the price of making it durable.
//!
//! A unit is run bare, without a savepoint of its own: it checks before it writes, and it can be run again.

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

/// How a unit of work ends when it does not end well.
#[derive(Debug)]
pub(super) enum UnitError {
    /// It refuses, and has written nothing. Its neighbors are not concerned.
    Refused(StoreError),
    /// It failed half-way; what was written in its transaction is undone.
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

/// Takes units of work. The writer ends, and its connection closes, when this is dropped.
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
    deadline: Duration,
    pub(super) health: Arc<WriteHealth>,
}

impl Writer {
    /// Starts the writer on this connection. The options open another one when it fails.
    pub(super) fn spawn(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        settings: &SqliteSettings,
    ) -> Self {
        let (messages, waiting) = mpsc::channel(settings.queue.max(1));
        tokio::spawn(Task::new(connection, options, waiting).run());
        Self {
            messages,
            deadline: settings.write_deadline,
            health: Arc::default(),
        }
    }

    /// Runs a unit of work and answers once it is durable. It may run several times, each time as if it were the
    /// first; it awaits its own statements alone. It goes on when the caller goes away.
    pub(super) async fn run<I, T, F>(&self, input: I, work: F) -> Result<T, StoreError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'u> Fn(&'u I, &'u mut SqliteConnection) -> BoxFuture<'u, Result<T, UnitError>>
            + Send
            + Sync
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + self.deadline;
        let answer = Answer::new(answer, Arc::clone(&self.health));
        let unit = Pending::new(input, work, answer, deadline);
        match self.messages.try_send(Message::Unit(Box::new(unit))) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(StoreError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(closed()),
        }
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Runs what was handed in before, writes the log into the file, and ends the writer.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        match self.messages.send(Message::Close(answer)).await {
            Ok(()) => answered.await.unwrap_or(Ok(())),
            Err(_) => Ok(()),
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}
