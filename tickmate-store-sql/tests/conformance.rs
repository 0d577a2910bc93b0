//! Runs the conformance suites of stores and queues.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

use std::{ops::Deref, sync::Arc};

use tempfile::TempDir;
use tickmate_core::{
    backend::store::Store,
    conformance::queue::{QueueUnderTest, TestClock},
};
use tickmate_store_sql::{SqliteSettings, SqliteStore};

/// A store in a temporary folder.
struct StoreInFolder {
    store: SqliteStore,
    folder: TempDir,
}

impl Deref for StoreInFolder {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &self.store
    }
}

async fn fresh() -> StoreInFolder {
    let folder = TempDir::new().unwrap();
    let settings = SqliteSettings::new(folder.path().join("desk.db"));
    let store = SqliteStore::open(&settings).await.unwrap();
    StoreInFolder { store, folder }
}

async fn fresh_queue() -> QueueUnderTest {
    let StoreInFolder { store, folder } = fresh().await;
    let clock = TestClock::default();
    let queue = Arc::new(store.queue(clock.as_fn()));
    QueueUnderTest::new(queue, clock).keeping(folder)
}

mod store {
    tickmate_core::store_conformance!(super::fresh());
}

mod queue {
    tickmate_core::queue_conformance!(super::fresh_queue());
    tickmate_core::lease_conformance!(super::fresh_queue());
}
