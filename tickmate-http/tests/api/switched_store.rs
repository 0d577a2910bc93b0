//! A store with switches: writes fail as on a full disk, searches wait as on a slow one.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tickmate_core::{
    backend::store::{Store, StoreError, WriteHealth},
    delegate_store,
    domain::{page::Page, query::TicketQuery, ticket::Ticket},
};
use tokio::sync::watch;

/// The methods of a store that write.
const WRITES: [&str; 25] = [
    "create_ticket",
    "write_ticket",
    "create_user",
    "write_user",
    "create_session",
    "touch_session",
    "end_session",
    "mark_relayed",
    "put_mail",
    "update_mail",
    "requeue_mail",
    "report_delivery",
    "suppress",
    "unsuppress",
    "begin_call",
    "end_call",
    "forget_calls",
    "write_rules",
    "attempt",
    "forget_attempts",
    "put_value",
    "replace_value",
    "put_blob",
    "remove_blobs",
    "clean",
];

/// A store over another, with a switch that makes each write fail and one that makes each search wait.
pub(crate) struct SwitchedStore {
    inner: Arc<dyn Store>,
    is_full: AtomicBool,
    health: WriteHealth,
    blocks_searches: watch::Sender<bool>,
    waiting_searches: AtomicUsize,
}

impl SwitchedStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            is_full: AtomicBool::new(false),
            health: WriteHealth::default(),
            blocks_searches: watch::Sender::new(false),
            waiting_searches: AtomicUsize::new(0),
        }
    }

    /// Makes the storage full, or gives it room again.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    /// Makes searches by words wait, or lets those that wait go on.
    pub(crate) fn block_searches(&self, blocks: bool) {
        self.blocks_searches.send_replace(blocks);
    }

    /// Returns how many searches have come to wait so far.
    pub(crate) fn waiting_searches(&self) -> usize {
        self.waiting_searches.load(Ordering::Relaxed)
    }

    async fn wait_for_searches(&self) -> Result<(), StoreError> {
        let mut blocks = self.blocks_searches.subscribe();
        if *blocks.borrow_and_update() {
            self.waiting_searches.fetch_add(1, Ordering::Relaxed);
        }
        let opened = blocks.wait_for(|blocks| !blocks).await;
        opened.map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(())
    }

    /// Makes a call: a search once searches may go on, a write unless the storage is full.
    async fn switch<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if method == "search_tickets" {
            self.wait_for_searches().await?;
        }
        if !WRITES.contains(&method) {
            return call.await;
        }
        let result = match self.is_full.load(Ordering::Relaxed) {
            true => Err(StoreError::StorageFull("no room is left".into())),
            false => call.await,
        };
        self.health.note(&result);
        result
    }

    async fn tickets_after_wait(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError> {
        if !query.filter.words.is_empty() {
            self.wait_for_searches().await?;
        }
        self.inner.tickets(query).await
    }

    async fn ping_after_probe(&self) -> Result<(), StoreError> {
        let now = tokio::time::Instant::now().into_std();
        let probe = self.switch("put_value", self.inner.put_value("probe", Some("0")));
        self.health.confirm(now, probe).await?;
        self.inner.ping().await
    }
}

delegate_store! {
    SwitchedStore => inner;
    around switch;
    replace {
        tickets => tickets_after_wait,
        ping => ping_after_probe,
    }
}
