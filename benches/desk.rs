//! From the request to the assignee, on SQLite: how many tickets a second are written, read, routed and mailed about.

use std::sync::Arc;

use divan::counter::ItemsCount;
use futures_util::{StreamExt, stream};
use tickmate::{
    Host,
    backend::queue::JobQueue,
    desk::{Desk, DeskSecret, Identified, NewPerson, Registration, TicketDraft},
    domain::{access::Actor, user::Role},
    jobs::{Worker, WorkerSettings},
    mail::FilesMailer,
    sqlite::{SqliteQueue, SqliteSettings, SqliteStore},
};
use tokio::runtime::Runtime;

/// How many tickets one round writes.
const TICKETS: usize = 1_000;
/// How many clients write at once.
const CLIENTS: usize = 64;

fn main() {
    divan::main();
}

struct Round {
    _folder: tempfile::TempDir,
    desk: Arc<Desk>,
    queue: Arc<SqliteQueue>,
    requester: Actor,
    worker: Worker,
}

impl Round {
    async fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let host = Host::system()?;
        let random = host.random();
        let store =
            Arc::new(SqliteStore::open(&SqliteSettings::new(folder.path().join("desk.db"))).await?);
        let queue = Arc::new(store.queue(host.clock()));
        let mailer = Arc::new(FilesMailer::new(folder.path().join("mail")));
        let desk = Desk::builder(store, mailer, Arc::clone(&queue))
            .host(host)
            .secret(DeskSecret::new(*b"a secret for measuring and no more"))
            .build()?;
        let desk = Arc::new(desk);
        for n in 0..10 {
            let registration = Registration {
                email: format!("m{n}@example.org"),
                password: "correct horse battery".to_owned(),
                skills: vec!["Hardware".into(), "Network".into()],
                ..Registration::default()
            };
            desk.users()
                .install(NewPerson {
                    registration,
                    role: Role::Moderator,
                    capacity: Some(1_000),
                })
                .await?;
        }
        let ann = Identified {
            subject: "ann".to_owned(),
            email: "ann@example.org".to_owned(),
            role: Role::User,
            name: None,
        };
        let requester = desk.users().upsert_host_user(&ann).await?.actor()?;
        let worker = Worker::new(
            Arc::clone(&desk),
            Arc::clone(&queue) as _,
            random,
            WorkerSettings::default(),
        )?;
        Ok(Self {
            _folder: folder,
            desk,
            queue,
            requester,
            worker,
        })
    }

    async fn run(self) -> Result<(), Box<dyn std::error::Error>> {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let worker = tokio::spawn(self.worker.run(async {
            let _stopped = stopped.await;
        }));
        let (desk, requester) = (&self.desk, &self.requester);
        let written = stream::iter(0..TICKETS).map(|n| async move {
            let draft = TicketDraft {
                title: format!("The laptop of room {n} does not start"),
                description: "The screen stays black since this morning, and the network is gone."
                    .to_owned(),
                ..TicketDraft::default()
            };
            desk.tickets()
                .create(requester, &draft, None)
                .await
                .map(|_| ())
        });
        let outcomes: Vec<_> = written.buffer_unordered(CLIENTS).collect().await;
        outcomes.into_iter().collect::<Result<(), _>>()?;
        while self.desk.tickets().count_needing_triage().await? > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let depth = self.queue.depth().await?;
        if depth.dead > 0 || self.desk.tickets().backlog_length().await? > 0 {
            return Err("a ticket was given to nobody".into());
        }
        let _running = stop.send(());
        Ok(worker.await?)
    }
}

/// A thousand tickets by 64 clients, each durable when it is acknowledged, until every one has its assignee.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn created_to_assigned(bencher: divan::Bencher<'_, '_>) {
    let Ok(runtime) = Runtime::new() else {
        return;
    };
    bencher
        .counter(ItemsCount::new(TICKETS))
        .with_inputs(|| runtime.block_on(Round::new()))
        .bench_values(|round| {
            let outcome = runtime.block_on(async { round?.run().await });
            if let Err(error) = outcome {
                std::panic::panic_any(format!("the round failed: {error}"));
            }
        });
}
