//! Benchmarks the creation of durable tickets by 64 clients: commits that the writer groups, against one transaction
//! for each ticket. Both use the same settings and acknowledge a ticket only when it is durable.
#![expect(clippy::unwrap_used, reason = "a benchmark that ends here has failed")]

use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use tempfile::TempDir;
use tickmate_core::{
    backend::store::{NewTicket, TicketStore},
    conformance::fixtures::Fixtures,
    domain::{id::UserId, time::from_micros},
};
use tickmate_store_sql::{SqliteSettings, SqliteStore};
use tokio::{runtime::Runtime, sync::Mutex};

const CLIENTS: usize = 64;
const TICKETS: usize = 3_200;

fn main() {
    divan::main();
}

/// Creates tickets from concurrent clients, whose commits the writer groups.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn grouped_commits(bencher: Bencher<'_, '_>) {
    bench_creation(bencher, None);
}

/// Creates as many tickets from as many clients, but a lock admits one at a time, which makes every ticket a
/// transaction of its own.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn one_transaction_per_ticket(bencher: Bencher<'_, '_>) {
    bench_creation(bencher, Some(&Arc::new(Mutex::new(()))));
}

/// A store in a temporary folder, and the tickets that each client creates.
struct Setup {
    store: SqliteStore,
    tickets: Vec<Vec<NewTicket>>,
    _folder: TempDir,
}

fn bench_creation(bencher: Bencher<'_, '_>, lock: Option<&Arc<Mutex<()>>>) {
    let runtime = Runtime::new().unwrap();
    bencher
        .counter(ItemsCount::new(TICKETS))
        .with_inputs(|| runtime.block_on(set_up()))
        .bench_local_values(|setup| {
            runtime.block_on(create_tickets(&setup, lock));
            setup
        });
}

async fn set_up() -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("desk.db"));
    let mut fixtures = Fixtures::new(1);
    let requester = UserId::new(from_micros(0), [1; 10]);
    let mut new = |_| {
        let ticket = fixtures.ticket(requester);
        fixtures.new_ticket(ticket)
    };
    Setup {
        store: SqliteStore::open(&settings).await.unwrap(),
        tickets: (0..CLIENTS)
            .map(|_| (0..TICKETS / CLIENTS).map(&mut new).collect())
            .collect(),
        _folder: folder,
    }
}

async fn create_tickets(setup: &Setup, lock: Option<&Arc<Mutex<()>>>) {
    let mut clients = Vec::with_capacity(CLIENTS);
    for tickets in setup.tickets.clone() {
        let (store, lock) = (setup.store.clone(), lock.map(Arc::clone));
        clients.push(tokio::spawn(async move {
            for new in &tickets {
                let _guard = match &lock {
                    Some(lock) => Some(lock.lock().await),
                    None => None,
                };
                store.create_ticket(new).await.unwrap();
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
}
