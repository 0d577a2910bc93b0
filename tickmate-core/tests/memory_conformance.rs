//! The seams in memory pass the suites.
#![cfg(feature = "testing")]

mod store {
    use std::sync::Arc;
    use tickmate_core::memory::MemoryStore;

    tickmate_core::store_conformance!(async { Arc::new(MemoryStore::new()) });
}

mod store_with_late_seq {
    use std::sync::Arc;
    use tickmate_core::memory::MemoryStore;

    tickmate_core::store_conformance!(async { Arc::new(MemoryStore::with_late_seq()) });
}

mod yielding_store {
    use std::sync::Arc;
    use tickmate_core::memory::MemoryStore;

    tickmate_core::store_conformance!(async { Arc::new(MemoryStore::yielding()) });
}

mod queue {
    use std::sync::Arc;
    use tickmate_core::{
        conformance::queue::{QueueUnderTest, TestClock},
        memory::MemoryQueue,
    };

    async fn fresh() -> QueueUnderTest {
        let clock = TestClock::default();
        QueueUnderTest::new(Arc::new(MemoryQueue::new(clock.as_fn())), clock)
    }

    tickmate_core::queue_conformance!(fresh());
    tickmate_core::lease_conformance!(fresh());
}

mod yielding_queue {
    use std::sync::Arc;
    use tickmate_core::{
        conformance::queue::{QueueUnderTest, TestClock},
        memory::MemoryQueue,
    };

    async fn fresh() -> QueueUnderTest {
        let clock = TestClock::default();
        QueueUnderTest::new(Arc::new(MemoryQueue::yielding(clock.as_fn())), clock)
    }

    tickmate_core::queue_conformance!(fresh());
    tickmate_core::lease_conformance!(fresh());
}
