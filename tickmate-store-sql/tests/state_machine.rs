//! Runs random commands: SQLite and memory give the same answers.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

use std::{path::Path, sync::Arc};

use proptest::{prelude::*, test_runner::FileFailurePersistence};
use tempfile::TempDir;
use tickmate_core::{
    conformance::{
        machine::{Step, queues_agree, stores_agree},
        queue::{QueueUnderTest, TestClock},
    },
    memory::{MemoryQueue, MemoryStore},
};
use tickmate_store_sql::{SqliteSettings, SqliteStore};
use tokio::runtime::{Builder, Runtime};

/// Returns a folder in memory if there is one, because hundreds of stores are filled and each write waits for its
/// disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => TempDir::new_in(memory).unwrap(),
        false => TempDir::new().unwrap(),
    }
}

async fn open(folder: &TempDir) -> SqliteStore {
    let settings = SqliteSettings::new(folder.path().join("desk.db"));
    SqliteStore::open(&settings).await.unwrap()
}

/// Returns a runtime of one thread, because each call waits for the one before.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any::<Step>(), 1..100)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_shrink_iters: 500,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn sqlite_and_memory_agree_on_every_step(steps in steps()) {
        let folder = folder();
        let agree = async {
            let store = open(&folder).await;
            let agree = stores_agree(&store, &MemoryStore::new(), &steps).await;
            store.close().await.unwrap();
            agree
        };
        runtime().block_on(agree).map_err(TestCaseError::fail)?;
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn the_queues_agree_on_every_step(steps in steps()) {
        let folder = folder();
        let agree = async {
            let store = open(&folder).await;
            let [clock, other] = [(); 2].map(|()| TestClock::default());
            let queue = QueueUnderTest::new(Arc::new(store.queue(clock.as_fn())), clock);
            let reference = QueueUnderTest::new(Arc::new(MemoryQueue::new(other.as_fn())), other);
            let agree = queues_agree(&queue, &reference, &steps).await;
            store.close().await.unwrap();
            agree
        };
        runtime().block_on(agree).map_err(TestCaseError::fail)?;
    }
}
