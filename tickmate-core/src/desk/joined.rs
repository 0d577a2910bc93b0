//! Joins concurrent callers that need the same state to be up to date: one of them does the work for all.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::lock::Mutex;

/// Work that concurrent callers share: only one run is active at a time, and a run serves every caller that arrived
/// before it started.
///
/// A waiting caller depends on the working caller being polled. So only jobs and sweeps join, which engines poll to
/// completion or drop; a host may keep the future of a request without polling it.
#[derive(Debug, Default)]
pub(super) struct JoinedWork {
    callers: AtomicU64,
    /// The callers with a smaller number have been served.
    served: Mutex<u64>,
}

impl JoinedWork {
    /// Runs `work`, unless a run that started after this call has succeeded. `work` returns whether it is complete; a
    /// run that fails or is not complete serves only its own caller.
    pub(super) async fn run<E>(
        &self,
        work: impl Future<Output = Result<bool, E>>,
    ) -> Result<bool, E> {
        let caller = self.callers.fetch_add(1, Ordering::SeqCst);
        let mut served = self.served.lock().await;
        if caller < *served {
            return Ok(true);
        }
        let came_before = self.callers.load(Ordering::SeqCst);
        let is_complete = work.await?;
        if is_complete {
            *served = came_before;
        }
        Ok(is_complete)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::{FutureExt, future::join_all};

    use super::*;

    /// Makes a run that completes when it is polled for the second time.
    async fn one_run(runs: &Cell<u32>, outcome: Result<bool, ()>) -> Result<bool, ()> {
        runs.set(runs.get() + 1);
        let mut is_first = true;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            match std::mem::take(&mut is_first) {
                true => std::task::Poll::Pending,
                false => std::task::Poll::Ready(()),
            }
        })
        .await;
        outcome
    }

    #[tokio::test]
    async fn a_run_serves_those_that_came_before_it_began() {
        let (joined, runs) = (JoinedWork::default(), Cell::new(0));
        let all = (0..20).map(|_| joined.run(one_run(&runs, Ok(true))));
        let outcomes = join_all(all).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Ok(true)));
        assert_eq!(runs.get(), 2, "nineteen came while the first run went on");
        joined.run(one_run(&runs, Ok(true))).await.unwrap();
        assert_eq!(runs.get(), 3, "no earlier run serves a later caller");
    }

    #[tokio::test]
    async fn those_that_come_during_a_run_get_another_one() {
        let (joined, runs) = (JoinedWork::default(), Cell::new(0));
        let mut first = Box::pin(joined.run(one_run(&runs, Ok(true))));
        assert!(first.as_mut().now_or_never().is_none());
        let second = joined.run(one_run(&runs, Ok(true)));
        let (first, second) = futures_util::future::join(first, second).await;
        assert_eq!((first, second, runs.get()), (Ok(true), Ok(true), 2));
    }

    #[tokio::test]
    async fn a_run_that_failed_or_is_not_complete_or_was_dropped_serves_nobody_else() {
        for outcome in [Err(()), Ok(false)] {
            let (joined, runs) = (JoinedWork::default(), Cell::new(0));
            let all = (0..3).map(|_| joined.run(one_run(&runs, outcome)));
            let outcomes = join_all(all).await;
            assert_eq!(outcomes, [outcome; 3]);
            assert_eq!(runs.get(), 3);
        }
        let (joined, runs) = (JoinedWork::default(), Cell::new(0));
        let mut dropped = Box::pin(joined.run(one_run(&runs, Ok(true))));
        assert!(dropped.as_mut().now_or_never().is_none());
        drop(dropped);
        joined.run(one_run(&runs, Ok(true))).await.unwrap();
        assert_eq!(runs.get(), 2);
    }
}
