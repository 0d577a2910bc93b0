//! One unit of work: what it needs, what it does, who waits for it, and its answer until that may be given.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::SqliteConnection;
use tickmate_core::backend::store::{StoreError, WriteHealth};
use tokio::{sync::oneshot, time::Instant};

use super::UnitError;

/// Whether a unit may stay in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    Well,
    Badly,
}

/// A unit of work, whatever it answers.
pub(super) trait Unit: Send {
    /// Until when it waits for other processes.
    fn deadline(&self) -> Instant;

    /// Runs it, and keeps the answer of this run instead of the one before. A panic is an answer too.
    fn run<'u>(&'u mut self, connection: &'u mut SqliteConnection) -> BoxFuture<'u, Ran>;

    /// Gives the answer that was kept.
    fn answer(self: Box<Self>);

    /// Gives another answer instead.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// Who waits for the answer of a unit. Its outcome is noted even where the caller went away.
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

    fn give(self, result: Result<T, StoreError>) {
        self.health.note(&result);
        // Nobody is there to hear it when the caller went away.
        let _ = self.sender.send(result);
    }
}

pub(super) struct Pending<I, T, F> {
    input: I,
    work: F,
    kept: Option<Result<T, StoreError>>,
    answer: Answer<T>,
    deadline: Instant,
}

impl<I, T, F> Pending<I, T, F> {
    pub(super) const fn new(input: I, work: F, answer: Answer<T>, deadline: Instant) -> Self {
        Self {
            input,
            work,
            kept: None,
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

    fn run<'u>(&'u mut self, connection: &'u mut SqliteConnection) -> BoxFuture<'u, Ran> {
        let Self {
            input, work, kept, ..
        } = self;
        let run = async move { work(input, connection).await };
        Box::pin(async move {
            let (answer, ran) = match AssertUnwindSafe(run).catch_unwind().await {
                Ok(Ok(value)) => (Ok(value), Ran::Well),
                Ok(Err(UnitError::Refused(error))) => (Err(error), Ran::Well),
                Ok(Err(UnitError::Failed(error))) => (Err(error), Ran::Badly),
                Err(_) => (Err(panicked()), Ran::Badly),
            };
            *kept = Some(answer);
            ran
        })
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.kept {
            self.answer.give(answer);
        }
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        self.answer.give(Err(error));
    }
}

fn panicked() -> StoreError {
    StoreError::Corrupt {
        what: "a write that panicked".to_owned(),
        source: None,
    }
}
