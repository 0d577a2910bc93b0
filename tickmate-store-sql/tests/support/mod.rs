//! Shared by the tests: a store in a temporary folder, and tickets to fill it with.
#![expect(dead_code, reason = "each test uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tickmate_core::{
    backend::store::{
        EventStore, NewTicket, StoreError, TicketCreated, TicketStore, UserCreated, UserStore,
    },
    conformance::fixtures::Fixtures,
    domain::{
        event::EventKind,
        id::{TicketId, UserId},
        ticket::Ticket,
        time::from_micros,
        user::{Role, User},
    },
};
use tickmate_store_sql::{SqliteSettings, SqliteStore};

/// A store in a temporary folder.
pub(crate) struct Desk {
    pub(crate) store: SqliteStore,
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        Self {
            store: open(&path).await,
            path,
            _folder: folder,
        }
    }

    pub(crate) async fn create_user(&self, make: &mut Fixtures, role: Role) -> User {
        let user = make.person(role);
        match self.store.create_user(&make.new_user(user)).await.unwrap() {
            UserCreated::Created(user) => user,
            UserCreated::AdminExists => panic!("an admin exists already"),
        }
    }
}

pub(crate) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(&SqliteSettings::new(path)).await.unwrap()
}

/// Creates a ticket that is expected to be new.
pub(crate) async fn create(store: &SqliteStore, new: &NewTicket) -> Result<Ticket, StoreError> {
    match store.create_ticket(new).await? {
        TicketCreated::Created(ticket) => Ok(ticket),
        other => panic!("the ticket was not created: {other:?}"),
    }
}

/// Returns the id of a requester that has no account.
pub(crate) fn unknown_requester() -> UserId {
    UserId::new(from_micros(0), [1; 10])
}

/// Returns tickets to create, each with its event.
pub(crate) fn tickets(make: &mut Fixtures, requester: UserId, count: usize) -> Vec<NewTicket> {
    let mut tickets = Vec::with_capacity(count);
    for _ in 0..count {
        let ticket = make.ticket(requester);
        tickets.push(make.new_ticket(ticket));
    }
    tickets
}

/// Returns whether a ticket is stored. Fails if it is stored without its event, or only its event is.
pub(crate) async fn is_stored(store: &SqliteStore, id: TicketId) -> bool {
    let ticket = store.ticket(id).await.unwrap();
    let events = store.ticket_events(id, 0, 100).await.unwrap().items;
    let created = events
        .iter()
        .filter(|event| event.kind == EventKind::Created);
    assert_eq!(ticket.is_some(), created.count() == 1, "{id}");
    ticket.is_some()
}

/// Returns the result of SQLite's integrity check.
pub(crate) async fn integrity(path: &Path) -> String {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// A generator of pseudorandom numbers that are the same in each run.
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.usize(..bound)
    }

    pub(crate) fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }
}
