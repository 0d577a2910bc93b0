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
    sync::{Arc, Mutex, MutexGuard},
};

use self::state::State;
use super::turns::Turns;
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
    /// None where calls don't yield.
    turns: Option<Arc<Turns>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty store whose events get their `seq` late: all of them that were written since the last read of events
    /// at the next one. A store that can't write a change and number its event in one step works like this. It yields as
    /// [`MemoryStore::yielding`] does, so that reads of events come between concurrent writes, and its sweeps remove one
    /// record of a kind a call.
    #[cfg(feature = "testing")]
    pub fn with_late_seq() -> Self {
        let state = State {
            sequences_late: true,
            sweeps_singly: true,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            ..Self::yielding()
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
            turns.pass().await;
        }
        self.state.lock().map_err(|_| StoreError::Corrupt {
            what: "a panic left the store in the middle of a write".to_owned(),
            source: None,
        })
    }
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
