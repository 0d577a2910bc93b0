//! A store in memory: one state behind one lock, so that each method is atomic by itself.

mod attempts;
mod events;
mod index;
mod lanes;
mod lists;
mod mails;
mod models;
mod rules;
mod sessions;
mod state;
mod suppressions;
mod system;
mod tickets;
mod users;
mod writes;

use std::{
    fmt,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use self::state::State;
use crate::backend::store::StoreError;

/// A store in memory. Clones share what is stored.
///
/// ```
/// use std::sync::Arc;
/// use tickmate_core::{backend::store::Store, memory::MemoryStore};
///
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    /// Counts the calls, if tasks take turns between them.
    turns: Option<Arc<AtomicU64>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store whose events get their `seq` late: all of them that were written since the last read of events at
    /// the next one. A store that can't write a change and number its event in one step works like this.
    #[cfg(feature = "testing")]
    pub fn with_late_seq() -> Self {
        let state = State {
            sequences_late: true,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            ..Self::default()
        }
    }

    /// The state, for a reader of events: each event has its `seq`.
    async fn sequenced(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let mut state = self.state().await?;
        state.sequence_events();
        Ok(state)
    }

    /// Makes an empty store that yields to other tasks before each call, as a store does that waits for a disk: up to
    /// three times, by the number of the call. For tests, so that concurrent calls interleave.
    pub fn yielding() -> Self {
        Self {
            turns: Some(Arc::default()),
            ..Self::default()
        }
    }

    /// Locks the state, after other tasks had their turn. It must not be held across an await. After a panic in the
    /// middle of a write its state is unknown, so that every call is refused.
    async fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        if let Some(turns) = &self.turns {
            let turn = turns.fetch_add(1, Ordering::Relaxed);
            // The high bits of a product by a large odd number are well mixed.
            for _ in 0..turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 {
                yield_once().await;
            }
        }
        self.state.lock().map_err(|_| StoreError::Corrupt {
            what: "a panic left the store in the middle of a write".to_owned(),
            source: None,
        })
    }
}

/// Is pending once, so that the executor may run other tasks.
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Shows nothing of what is stored: the lock may be held.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{
        backend::store::{EventStore, TicketStore},
        conformance::fixtures::Fixtures,
        domain::user::Role,
    };

    #[tokio::test]
    async fn events_get_their_seq_at_the_next_read_where_it_comes_late() {
        let store = MemoryStore::with_late_seq();
        let mut make = Fixtures::new(1);
        let requester = make.person(Role::User);
        for _ in 0..2 {
            let ticket = make.ticket(requester.id);
            let new = make.new_ticket(ticket);
            store.create_ticket(&new).await.unwrap();
        }
        let counts = |store: &MemoryStore| {
            let state = store.state.lock().unwrap();
            (state.unsequenced.len(), state.events.len())
        };
        assert_eq!(counts(&store), (2, 0));
        let events = store.events_after(0, 10).await.unwrap();
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(counts(&store), (0, 2));
    }
}
