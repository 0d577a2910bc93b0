//! A store in memory: one state behind one lock, so each method is atomic.

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

/// A store in memory. Clones share the stored data.
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
    /// None if calls don't yield.
    turns: Option<Arc<Turns>>,
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty store that assigns the `seq` of events late: at the next read of events, to all events written since
    /// the last one. It behaves like a store that can't write a change and number its event in one step. It yields as
    /// [`MemoryStore::yielding`] does, so that reads of events come between concurrent writes, and each call of a sweep
    /// removes one record of each kind.
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

    /// Locks the state for a reader of events: each event has its `seq`.
    async fn sequenced(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let mut state = self.state().await?;
        state.sequence_events();
        Ok(state)
    }

    /// Creates an empty store that yields to other tasks before each call, like a store that waits for a disk: up to three
    /// times, depending on the number of the call. In tests, concurrent calls then interleave.
    pub fn yielding() -> Self {
        Self {
            turns: Some(Arc::default()),
            ..Self::default()
        }
    }

    /// Locks the state after other tasks had their turn. The guard must not be held across an await. After a panic in the
    /// middle of a write the state is unknown, and every call is refused.
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

/// Shows no stored data: the lock may be held.
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
    async fn late_seqs_are_assigned_at_the_next_read_of_events() {
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
