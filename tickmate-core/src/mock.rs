//! Mocks of the four seams by `mockall`, for tests that say what each call answers. For tests that only need
//! something that works there is [`crate::memory`].
//!
//! ```
//! use std::sync::Arc;
//! use tickmate_core::{
//!     backend::{llm::Llm, mailer::Mailer, queue::JobQueue, store::{Store, StoreError}},
//!     domain::job::QueueDepth,
//!     mock::{MockJobQueue, MockLlm, MockMailer, MockStore},
//! };
//!
//! let mut store = MockStore::new();
//! store.system.expect_ping().times(1).returning(|| Err(StoreError::Overloaded));
//! let mut queue = MockJobQueue::new();
//! queue.expect_depth().returning(|| Ok(QueueDepth::default()));
//! let mut llm = MockLlm::new();
//! llm.expect_complete().never();
//! let mut mailer = MockMailer::new();
//! mailer.expect_send().withf(|mail| mail.subject.starts_with("[#1]")).never();
//!
//! let store: Arc<dyn Store> = Arc::new(store);
//! let queue: Arc<dyn JobQueue> = Arc::new(queue);
//! let llm: Arc<dyn Llm> = Arc::new(llm);
//! let mailer: Arc<dyn Mailer> = Arc::new(mailer);
//! # futures_executor(async {
//! assert!(store.ping().await.is_err_and(|error| error.is_transient()));
//! assert!(queue.depth().await.is_ok_and(|depth| depth.dead == 0));
//! # });
//! # drop((llm, mailer));
//! # fn futures_executor(test: impl Future<Output = ()>) {
//! #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
//! # }
//! ```

use crate::backend::store::role_macros;
pub use crate::backend::{
    llm::MockLlm,
    mailer::MockMailer,
    queue::MockJobQueue,
    store::{
        MockAttemptStore, MockEventStore, MockMailStore, MockModelStore, MockRulesStore,
        MockSessionStore, MockSuppressionStore, MockSystemStore, MockTicketStore, MockUserStore,
    },
};

/// A [`Store`](crate::backend::store::Store) made of one mock for each role. Expectations are set on the mock of the role.
#[derive(Debug, Default)]
#[expect(
    missing_docs,
    reason = "each field is the mock of the role that it is named after"
)]
pub struct MockStore {
    pub attempts: MockAttemptStore,
    pub events: MockEventStore,
    pub mails: MockMailStore,
    pub models: MockModelStore,
    pub rules: MockRulesStore,
    pub sessions: MockSessionStore,
    pub suppressions: MockSuppressionStore,
    pub system: MockSystemStore,
    pub tickets: MockTicketStore,
    pub users: MockUserStore,
}

impl MockStore {
    /// Makes a store that expects no calls.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Implements each role by the field of its name.
macro_rules! delegate_roles {
    ($($role:ident)+) => {
        $(role_macros::$role! { crate::__delegate_role, { MockStore, $role, [], [] } })+
    };
}

delegate_roles! { attempts events mails models rules sessions suppressions system tickets users }
