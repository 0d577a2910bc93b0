//! A unit of work: its input, its closure, its deadline, and its result until the caller may receive it.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::SqliteConnection;
use tickmate_core::backend::store::{StoreError, WriteHealth};
use tokio::{sync::oneshot, time::Instant};

use super::UnitError;

/// How a unit's run ended, which decides whether the unit may stay in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunOutcome {
    Done,
    Failed,
}

/// A unit of work with its types erased.
pub(super) trait Unit: Send {
    /// Returns until when the unit waits for other processes.
    fn deadline(&self) -> Instant;

    /// Runs the unit and stores its result, in place of the result of an earlier run. A panic becomes an error
    /// result.
    fn run<'u>(&'u mut self, connection: &'u mut SqliteConnection) -> BoxFuture<'u, RunOutcome>;

    /// Sends the stored result to the caller.
    fn answer(self: Box<Self>);

    /// Sends this error to the caller instead of the stored result.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// The caller of a unit. Write health records the result even if the caller has dropped its future.
pub(super) struct Answer<T> {
    sender: oneshot::Sender<Result<T, StoreError>>,
    health: Arc<WriteHealth>,
}

impl<T> Answer<T> {
    pub(super) const fn new(
        sender: oneshot::Sender<Result<T, StoreError>>,
        health: Arc<WriteHealth>,
    ) -> Self {
        Self { sender, health }
    }

    fn send(self, result: Result<T, StoreError>) {
        self.health.note(&result);
        // The send fails if the caller has dropped its future.
        let _ = self.sender.send(result);
    }
}

pub(super) struct Pending<I, T, F> {
    input: I,
    work: F,
    result: Option<Result<T, StoreError>>,
    answer: Answer<T>,
    deadline: Instant,
}

impl<I, T, F> Pending<I, T, F> {
    pub(super) const fn new(input: I, work: F, answer: Answer<T>, deadline: Instant) -> Self {
        Self {
            input,
            work,
            result: None,
            answer,
            deadline,
        }
    }
}

impl<I, T, F> Unit for Pending<I, T, F>
where
    I: Send + Sync,
    T: Send,
    F: for<'u> Fn(&'u I, &'u mut SqliteConnection) -> BoxFuture<'u, Result<T, UnitError>>
        + Send
        + Sync,
{
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn run<'u>(&'u mut self, connection: &'u mut SqliteConnection) -> BoxFuture<'u, RunOutcome> {
        let Self {
            input,
            work,
            result,
            ..
        } = self;
        let run = async move { work(input, connection).await };
        Box::pin(async move {
            let (answer, outcome) = match AssertUnwindSafe(run).catch_unwind().await {
                Ok(Ok(value)) => (Ok(value), RunOutcome::Done),
                Ok(Err(UnitError::Refused(error))) => (Err(error), RunOutcome::Done),
                Ok(Err(UnitError::Failed(error))) => (Err(error), RunOutcome::Failed),
                Err(_) => (Err(panic_error()), RunOutcome::Failed),
            };
            *result = Some(answer);
            outcome
        })
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            self.answer.send(result);
        }
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        self.answer.send(Err(error));
    }
}

fn panic_error() -> StoreError {
    StoreError::Corrupt {
        what: "a write that panicked".to_owned(),
        source: None,
    }
}
