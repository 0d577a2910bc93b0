//! Writing a ticket while the model takes two seconds: read inside the request, as a desk without jobs would do it, and
//! as this one does.

use std::{sync::Arc, time::Duration};

use tickmate::{
    Host,
    desk::{Desk, DeskSecret, Identified, TicketDraft},
    domain::{access::Actor, id::TicketId, job::Job, user::Role},
    jobs::{Worker, WorkerSettings},
    mail::FilesMailer,
    memory::{ScriptedLlm, SlowLlm},
    sqlite::{SqliteSettings, SqliteStore},
};
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};

/// How long the model takes.
const MODEL: Duration = Duration::from_secs(2);
const ANSWER: &str =
    r#"{"summary": "The printer is on fire", "category": "hardware", "priority": "high"}"#;

type Failure = Box<dyn std::error::Error>;

fn main() {
    divan::main();
}

struct Scene {
    _folder: tempfile::TempDir,
    runtime: Runtime,
    desk: Arc<Desk>,
    requester: Actor,
    worker: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Scene {
    fn new(with_worker: bool) -> Result<Self, Failure> {
        let runtime = Runtime::new()?;
        let folder = tempfile::tempdir()?;
        let entered = runtime.enter();
        let host = Host::system()?;
        let random = host.random();
        let settings = SqliteSettings::new(folder.path().join("desk.db"));
        let store = runtime.block_on(SqliteStore::open(&settings))?;
        let queue = Arc::new(store.queue(host.clock()));
        let mailer = Arc::new(FilesMailer::new(folder.path().join("mail")));
        let model = SlowLlm::new(Arc::new(ScriptedLlm::always(ANSWER)), || {
            tokio::time::sleep(MODEL)
        });
        let desk = Desk::builder(Arc::new(store), mailer, Arc::clone(&queue))
            .llm(Arc::new(model))
            .host(host)
            .secret(DeskSecret::new(*b"a secret for measuring and no more"))
            .build()?;
        let desk = Arc::new(desk);
        let ann = Identified {
            subject: "ann".to_owned(),
            email: "ann@example.org".to_owned(),
            role: Role::User,
            name: None,
        };
        let requester = runtime
            .block_on(desk.users().upsert_host_user(&ann))?
            .actor()?;
        let worker = Worker::new(Arc::clone(&desk), queue, random, WorkerSettings::default())?;
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = with_worker.then(|| {
            let run = runtime.spawn(worker.run(async {
                let _stopped = stopped.await;
            }));
            (stop, run)
        });
        drop(entered);
        Ok(Self {
            _folder: folder,
            runtime,
            desk,
            requester,
            worker,
        })
    }

    /// Writes a ticket, and answers once it is durable.
    fn create(&self) -> Result<TicketId, Failure> {
        let draft = TicketDraft {
            title: "The printer is on fire".to_owned(),
            description: "It smells, and there is smoke since this morning.".to_owned(),
            ..TicketDraft::default()
        };
        let created = self.desk.tickets().create(&self.requester, &draft, None);
        Ok(self.runtime.block_on(created)?.outcome.ticket.id)
    }

    /// Writes a ticket, and answers once the model has read it.
    fn create_and_read(&self) -> Result<(), Failure> {
        let ticket = self.create()?;
        let job = Job::Triage { ticket };
        Ok(self.runtime.block_on(self.desk.jobs().run(&job, 0))?)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some((stop, run)) = self.worker.take() {
            let _running = stop.send(());
            let _ended = self.runtime.block_on(run);
        }
    }
}

fn or_panic<T>(outcome: Result<T, Failure>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => std::panic::panic_any(format!("it failed: {error}")),
    }
}

/// As this desk does it: durable, then answered; the model is asked by a job.
#[divan::bench(sample_count = 20, sample_size = 5)]
fn answered_before_the_model(bencher: divan::Bencher<'_, '_>) {
    let scene = or_panic(Scene::new(true));
    bencher.bench_local(|| or_panic(scene.create()));
}

/// As a desk without jobs would do it.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn answered_after_the_model(bencher: divan::Bencher<'_, '_>) {
    let scene = or_panic(Scene::new(false));
    bencher.bench_local(|| or_panic(scene.create_and_read()));
}
