//! Turns of reads: a handler may need many times the memory of its answer, so the number of concurrent reads is limited
//! in total and per caller.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    ServeLimits,
    caller::{CallerKey, TargetKey},
};

/// Grants turns in the order of arrival, except to callers that have reached their limit.
#[derive(Debug)]
pub(super) struct Turns {
    limit: usize,
    limit_per_caller: usize,
    limit_per_target: usize,
    state: Mutex<State>,
}

/// A read in progress. Its turn ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    caller: CallerKey,
    target: TargetKey,
}

#[derive(Debug, Default)]
struct State {
    granted: usize,
    by_caller: HashMap<CallerKey, usize>,
    by_target: HashMap<TargetKey, usize>,
    waiting: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    caller: CallerKey,
    target: TargetKey,
    sender: oneshot::Sender<Turn>,
}

impl Turns {
    /// Creates turns of which none is taken.
    pub(super) fn new(limits: &ServeLimits) -> Arc<Self> {
        Arc::new(Self {
            limit: limits.reads.max(1),
            limit_per_caller: limits.reads_per_caller.max(1),
            limit_per_target: limits.reads_per_target.max(1),
            state: Mutex::default(),
        })
    }

    /// Waits for a turn; `None` if there was none within `patience`.
    pub(super) async fn take(
        self: &Arc<Self>,
        caller: CallerKey,
        target: TargetKey,
        patience: Duration,
    ) -> Option<Turn> {
        let (sender, receiver) = oneshot::channel();
        self.state().waiting.push_back(Waiter {
            caller,
            target,
            sender,
        });
        self.grant();
        timeout(patience, receiver).await.ok()?.ok()
    }

    /// Grants all turns that are available.
    fn grant(self: &Arc<Self>) {
        while let Some(waiter) = self.next_waiter() {
            let turn = Turn {
                turns: Arc::clone(self),
                caller: waiter.caller,
                target: waiter.target,
            };
            // If the waiter has gone, its turn ends here.
            drop(waiter.sender.send(turn));
        }
    }

    /// Takes the first waiter that may have a turn, and counts it.
    fn next_waiter(&self) -> Option<Waiter> {
        let mut state = self.state();
        let state = &mut *state;
        if state.granted >= self.limit {
            return None;
        }
        state.waiting.retain(|waiter| !waiter.sender.is_closed());
        let index = state.waiting.iter().position(|waiter| {
            count(&state.by_caller, &waiter.caller) < self.limit_per_caller
                && count(&state.by_target, &waiter.target) < self.limit_per_target
        })?;
        let waiter = state.waiting.remove(index)?;
        state.granted += 1;
        *state.by_caller.entry(waiter.caller).or_default() += 1;
        *state.by_target.entry(waiter.target).or_default() += 1;
        Some(waiter)
    }

    fn release(&self, caller: CallerKey, target: TargetKey) {
        let mut state = self.state();
        state.granted -= 1;
        decrement(&mut state.by_caller, caller);
        decrement(&mut state.by_target, target);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.release(self.caller, self.target);
        self.turns.grant();
    }
}

fn count<K: Eq + Hash>(counts: &HashMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

fn decrement<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http::{HeaderMap, Uri};

    use super::{super::caller::CallerHasher, *};

    const PATIENCE: Duration = Duration::from_secs(5);

    fn turns(reads: usize, per_caller: usize, per_target: usize) -> Arc<Turns> {
        Turns::new(&ServeLimits {
            reads,
            reads_per_caller: per_caller,
            reads_per_target: per_target,
            ..ServeLimits::default()
        })
    }

    struct Reader(CallerHasher, CallerKey);

    impl Reader {
        fn new(last: u8) -> Self {
            let hasher = CallerHasher::default();
            let peer = ([192, 0, 2, last], 1).into();
            let caller = hasher.caller(&HeaderMap::new(), peer);
            Self(hasher, caller)
        }

        fn target(&self, path: &'static str) -> TargetKey {
            self.0.target(self.1, &Uri::from_static(path))
        }

        async fn read(&self, turns: &Arc<Turns>, path: &'static str) -> Option<Turn> {
            turns.take(self.1, self.target(path), PATIENCE).await
        }

        fn try_read(&self, turns: &Arc<Turns>, path: &'static str) -> Option<Turn> {
            self.read(turns, path).now_or_never().flatten()
        }
    }

    #[tokio::test]
    async fn no_caller_takes_the_turns_of_others() {
        let turns = turns(5, 3, 2);
        let [ann, bob] = [1, 2].map(Reader::new);
        let _list = [ann.try_read(&turns, "/a"), ann.try_read(&turns, "/a")].map(Option::unwrap);
        assert!(ann.try_read(&turns, "/a").is_none(), "two of one target");
        let _other = ann.try_read(&turns, "/b").unwrap();
        assert!(ann.try_read(&turns, "/c").is_none(), "three of one caller");
        let _bob = [bob.try_read(&turns, "/a"), bob.try_read(&turns, "/b")].map(Option::unwrap);
        assert!(bob.try_read(&turns, "/c").is_none(), "five in all");
    }

    #[tokio::test]
    async fn a_turn_that_ends_is_granted_to_the_first_that_may_have_it() {
        let turns = turns(2, 1, 1);
        let [ann, bob, eve] = [1, 2, 3].map(Reader::new);
        let of_ann = ann.try_read(&turns, "/").unwrap();
        let of_bob = bob.try_read(&turns, "/").unwrap();
        let (mut again, mut third) = (
            Box::pin(ann.read(&turns, "/")),
            Box::pin(eve.read(&turns, "/")),
        );
        assert!(again.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(of_bob);
        assert!(again.as_mut().now_or_never().is_none(), "Ann has her share");
        let _third = third.await.unwrap();
        drop(of_ann);
        let _again = again.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_and_leaves_nothing_behind() {
        let turns = turns(1, 1, 1);
        let ann = Reader::new(1);
        let turn = ann.try_read(&turns, "/").unwrap();
        let began = tokio::time::Instant::now();
        assert!(ann.read(&turns, "/").await.is_none());
        assert_eq!(began.elapsed(), PATIENCE);
        drop(turn);
        drop(ann.try_read(&turns, "/").unwrap());
        let state = turns.state();
        assert_eq!(state.granted, 0);
        assert!(state.by_caller.is_empty() && state.by_target.is_empty());
        assert!(state.waiting.is_empty());
    }
}
