//! The memory of answers that wait for their clients, limited over all connections.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

use super::{ServeLimits, caller::CallerKey};

/// The account of all waiting bytes.
#[derive(Debug)]
pub(super) struct WaitingBytes {
    limit: usize,
    grace: Duration,
    ledger: Mutex<Ledger>,
    /// Wakes the tasks that wait for memory.
    freed: Notify,
}

/// The waiting bytes of one answer. They are given back when this is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    waiting: Arc<WaitingBytes>,
    id: u64,
}

#[derive(Debug, Default)]
struct Ledger {
    next_id: u64,
    answers: HashMap<u64, WaitingAnswer>,
}

#[derive(Debug)]
struct WaitingAnswer {
    caller: CallerKey,
    bytes: usize,
    progress_at: Instant,
    /// Ends the connection.
    end: Arc<Notify>,
    is_ended: bool,
}

/// The result of an attempt to free memory.
#[derive(Debug, PartialEq, Eq)]
enum Room {
    Found,
    /// Connections were ended; their bytes are free in a moment.
    Soon,
    /// A connection may be ended after this time, unless it makes progress.
    After(Duration),
}

impl WaitingBytes {
    /// Creates an account without any bytes.
    pub(super) fn new(limits: &ServeLimits) -> Arc<Self> {
        Arc::new(Self {
            limit: limits
                .waiting_bytes
                .max(limits.waiting_bytes_per_connection),
            grace: limits.progress_grace,
            ledger: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Reserves memory for an answer, and ends connections without progress if there is too little. Returns `None` if
    /// no memory became available within `patience`.
    pub(super) async fn reserve(
        self: &Arc<Self>,
        bytes: usize,
        caller: CallerKey,
        end: &Arc<Notify>,
        patience: Duration,
    ) -> Option<Reservation> {
        timeout(patience, self.wait_for_room(bytes, caller, end))
            .await
            .ok()
    }

    async fn wait_for_room(
        self: &Arc<Self>,
        bytes: usize,
        caller: CallerKey,
        end: &Arc<Notify>,
    ) -> Reservation {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            let room = {
                let mut ledger = self.ledger();
                let room = ledger.make_room(bytes, self.limit, self.grace);
                if room == Room::Found {
                    let id = ledger.insert(bytes, caller, Arc::clone(end));
                    let waiting = Arc::clone(self);
                    return Reservation { waiting, id };
                }
                room
            };
            match room {
                Room::After(time) => {
                    tokio::select! {
                        () = freed => {}
                        () = sleep(time) => {}
                    }
                }
                Room::Found | Room::Soon => freed.await,
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// Ends connections until `bytes` fit, as far as there are connections without progress.
    fn make_room(&mut self, bytes: usize, limit: usize, grace: Duration) -> Room {
        loop {
            let (ended, live) = self.sums();
            if ended + live + bytes <= limit {
                return Room::Found;
            }
            if live + bytes <= limit {
                return Room::Soon;
            }
            let Some(id) = self.slowest(|answer| answer.progress_at.elapsed() >= grace) else {
                let idle = self.live().map(|(_, answer)| answer.progress_at.elapsed());
                let idle = idle.max();
                return idle.map_or(Room::Soon, |idle| Room::After(grace.saturating_sub(idle)));
            };
            self.end(id);
        }
    }

    /// The bytes of connections that are ended, and those of all others.
    fn sums(&self) -> (usize, usize) {
        self.answers
            .values()
            .fold((0, 0), |(ended, live), answer| match answer.is_ended {
                true => (ended + answer.bytes, live),
                false => (ended, live + answer.bytes),
            })
    }

    fn live(&self) -> impl Iterator<Item = (u64, &WaitingAnswer)> {
        let answers = self.answers.iter().map(|(id, answer)| (*id, answer));
        answers.filter(|(_, answer)| !answer.is_ended)
    }

    /// Among the eligible answers of the caller with the most waiting bytes, the one that has made no progress for the
    /// longest time.
    fn slowest(&self, is_eligible: impl Fn(&WaitingAnswer) -> bool) -> Option<u64> {
        let mut by_caller = HashMap::<CallerKey, usize>::new();
        for (_, answer) in self.live() {
            *by_caller.entry(answer.caller).or_default() += answer.bytes;
        }
        let share = |answer: &WaitingAnswer| by_caller.get(&answer.caller).copied();
        self.live()
            .filter(|(_, answer)| is_eligible(answer))
            .max_by(|(a_id, a), (b_id, b)| {
                let later = b.progress_at.cmp(&a.progress_at);
                share(a).cmp(&share(b)).then(later).then(b_id.cmp(a_id))
            })
            .map(|(id, _)| id)
    }

    fn end(&mut self, id: u64) {
        if let Some(answer) = self.answers.get_mut(&id) {
            answer.is_ended = true;
            answer.end.notify_one();
            tracing::debug!(
                bytes = answer.bytes,
                "a connection without progress is ended to make room"
            );
        }
    }

    fn insert(&mut self, bytes: usize, caller: CallerKey, end: Arc<Notify>) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.answers.insert(
            id,
            WaitingAnswer {
                caller,
                bytes,
                progress_at: Instant::now(),
                end,
                is_ended: false,
            },
        );
        id
    }
}

impl Reservation {
    /// Counts further bytes of the same answer. Where they find no room, other connections are ended without grace.
    pub(super) fn add(&self, bytes: usize) {
        let mut ledger = self.waiting.ledger();
        // The bytes are in memory already, so nothing can wait for them to fit.
        while ledger.sums().1 + bytes > self.waiting.limit {
            let own_progress = ledger.answers.get(&self.id).map(|own| own.progress_at);
            let slower = |answer: &WaitingAnswer| Some(answer.progress_at) < own_progress;
            let Some(id) = ledger.slowest(slower) else {
                break;
            };
            ledger.end(id);
        }
        if let Some(answer) = ledger.answers.get_mut(&self.id) {
            answer.bytes += bytes;
        }
    }

    /// Releases bytes that the connection accepted, which counts as progress.
    pub(super) fn give_back(&self, bytes: usize) {
        let mut ledger = self.waiting.ledger();
        if let Some(answer) = ledger.answers.get_mut(&self.id) {
            answer.bytes = answer.bytes.saturating_sub(bytes);
            answer.progress_at = Instant::now();
        }
        drop(ledger);
        self.waiting.freed.notify_waiters();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.waiting.ledger().answers.remove(&self.id);
        self.waiting.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http::HeaderMap;
    use tokio::time::advance;

    use super::{super::caller::CallerHasher, *};

    const PATIENCE: Duration = Duration::from_secs(5);
    const GRACE: Duration = Duration::from_secs(1);

    /// An account with room for 10 bytes, and callers.
    struct Account {
        waiting: Arc<WaitingBytes>,
        hasher: CallerHasher,
    }

    impl Account {
        fn new() -> Self {
            let waiting = WaitingBytes::new(&ServeLimits {
                waiting_bytes: 10,
                waiting_bytes_per_connection: 10,
                progress_grace: GRACE,
                ..ServeLimits::default()
            });
            Self {
                waiting,
                hasher: CallerHasher::default(),
            }
        }

        async fn reserve(&self, bytes: usize, caller: u8) -> Option<(Reservation, Arc<Notify>)> {
            let peer = ([192, 0, 2, caller], 1).into();
            let caller = self.hasher.caller(&HeaderMap::new(), peer);
            let end = Arc::new(Notify::new());
            let reserved = self.waiting.reserve(bytes, caller, &end, PATIENCE).await;
            reserved.map(|reservation| (reservation, end))
        }
    }

    fn is_ended(end: &Notify) -> bool {
        end.notified().now_or_never().is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_without_progress_makes_room() {
        let account = Account::new();
        let (slow, slow_end) = account.reserve(4, 1).await.unwrap();
        let (quick, quick_end) = account.reserve(5, 1).await.unwrap();
        let mut next = Box::pin(account.reserve(4, 1));
        assert!(next.as_mut().now_or_never().is_none());
        advance(GRACE / 2).await;
        quick.give_back(1);
        assert!(next.as_mut().now_or_never().is_none());
        advance(GRACE / 2).await;
        assert!(next.as_mut().now_or_never().is_none());
        assert!(is_ended(&slow_end) && !is_ended(&quick_end));
        drop(slow);
        next.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_with_many_bytes_makes_room_for_one_with_few() {
        let account = Account::new();
        let (_few, few_end) = account.reserve(3, 1).await.unwrap();
        advance(GRACE).await;
        let (first, first_end) = account.reserve(3, 2).await.unwrap();
        let (_second, second_end) = account.reserve(3, 2).await.unwrap();
        advance(GRACE).await;
        let mut next = Box::pin(account.reserve(3, 3));
        assert!(next.as_mut().now_or_never().is_none());
        assert!(!is_ended(&few_end) && is_ended(&first_end) && !is_ended(&second_end));
        drop(first);
        next.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn connections_with_progress_are_left_alone() {
        let account = Account::new();
        let (reservation, end) = account.reserve(10, 1).await.unwrap();
        let mut next = Box::pin(account.reserve(1, 2));
        for _ in 0..9 {
            assert!(next.as_mut().now_or_never().is_none());
            advance(GRACE / 2).await;
            reservation.give_back(0);
        }
        assert!(next.as_mut().now_or_never().is_none());
        advance(PATIENCE).await;
        reservation.give_back(0);
        assert!(next.await.is_none(), "it waits no longer than it may");
        assert!(!is_ended(&end));
    }

    #[tokio::test(start_paused = true)]
    async fn streams_count_and_end_slower_ones_at_once() {
        let account = Account::new();
        let (_slow, slow_end) = account.reserve(5, 1).await.unwrap();
        advance(Duration::from_millis(1)).await;
        let (stream, stream_end) = account.reserve(5, 2).await.unwrap();
        stream.add(5);
        assert!(is_ended(&slow_end) && !is_ended(&stream_end));
        stream.add(5);
        assert!(!is_ended(&stream_end), "nothing slower is left");
        assert_eq!(account.waiting.ledger().sums(), (5, 15));
    }
}
