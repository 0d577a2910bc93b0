//! Created and acknowledged tickets a second with 64 clients: grouped by the writer, and one transaction a request
//! on a file of the same settings. Each ticket is durable before it is acknowledged, in both.
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

/// Many clients at once, as the writer takes them.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn grouped(bencher: Bencher<'_, '_>) {
    run(bencher, None);
}

/// As many clients, but each waits for its turn, so that every ticket is a transaction of its own.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_transaction_each(bencher: Bencher<'_, '_>) {
    run(bencher, Some(&Arc::new(Mutex::new(()))));
}

/// A database in a folder of its own, and what each client is to create.
struct Setup {
    store: SqliteStore,
    work: Vec<Vec<NewTicket>>,
    _folder: TempDir,
}

fn run(bencher: Bencher<'_, '_>, turn: Option<&Arc<Mutex<()>>>) {
    let runtime = Runtime::new().unwrap();
    bencher
        .counter(ItemsCount::new(TICKETS))
        .with_inputs(|| runtime.block_on(set_up()))
        .bench_local_values(|setup| {
            runtime.block_on(work(&setup, turn));
            setup
        });
}

async fn set_up() -> Setup {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("desk.db"));
    let mut make = Fixtures::new(1);
    let requester = UserId::new(from_micros(0), [1; 10]);
    let mut new = |_| {
        let ticket = make.ticket(requester);
        make.new_ticket(ticket)
    };
    Setup {
        store: SqliteStore::open(&settings).await.unwrap(),
        work: (0..CLIENTS)
            .map(|_| (0..TICKETS / CLIENTS).map(&mut new).collect())
            .collect(),
        _folder: folder,
    }
}

async fn work(setup: &Setup, turn: Option<&Arc<Mutex<()>>>) {
    let mut clients = Vec::with_capacity(CLIENTS);
    for tickets in setup.work.clone() {
        let (store, turn) = (setup.store.clone(), turn.map(Arc::clone));
        clients.push(tokio::spawn(async move {
            for new in &tickets {
                let _turn = match &turn {
                    Some(turn) => Some(turn.lock().await),
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
