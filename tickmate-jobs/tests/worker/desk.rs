//! A desk that uses the clock of tokio.

use std::{future::Future, sync::Arc, time::Duration};

use tickmate_core::{
    backend::{
        llm::Llm,
        mailer::Mailer,
        queue::{ClaimRequest, JobLeases, Wanted},
        store::TicketStore,
    },
    desk::{
        Desk, DeskBuilder, DeskSecret, Identified, NewPerson, Random, Registration, TicketDraft,
    },
    domain::{
        access::Actor,
        id::{LeaseId, TicketId},
        job::LeasedJob,
        job_class::PerClass,
        ticket::Ticket,
        time::{Timestamp, from_micros},
        user::Role,
    },
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
    testing::seeded_random,
};
use tickmate_jobs::{Worker, WorkerSettings};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

pub(crate) struct World {
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) mailer: Arc<MemoryMailer>,
    pub(crate) random: Random,
}

impl World {
    pub(crate) async fn new(llm: Option<Arc<dyn Llm>>) -> Self {
        Self::with(llm, None).await
    }

    /// Creates a world whose desk sends mails with this mailer.
    pub(crate) async fn with_mailer(mailer: Arc<dyn Mailer>) -> Self {
        Self::with(None, Some(mailer)).await
    }

    async fn with(llm: Option<Arc<dyn Llm>>, other: Option<Arc<dyn Mailer>>) -> Self {
        let start = Instant::now();
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || {
            let micros = i64::try_from(start.elapsed().as_micros()).unwrap();
            from_micros(1_700_000_000_000_000 + micros)
        });
        let random = seeded_random(1);
        let store = Arc::new(crate::fresh_store());
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let mailer = Arc::new(MemoryMailer::new());
        let builder = Desk::builder(
            Arc::clone(&store),
            other.unwrap_or_else(|| Arc::clone(&mailer) as _),
            Arc::clone(&queue),
        );
        let builder = match llm {
            Some(llm) => builder.llm(llm),
            None => builder,
        };
        let desk = builder
            .clock(clock)
            .random(Arc::clone(&random))
            .cpu_executor(Arc::new(|work| {
                work();
                Ok(())
            }))
            .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
            .build()
            .unwrap();
        let world = Self {
            desk: Arc::new(desk),
            store,
            queue,
            mailer,
            random,
        };
        let registration = Registration {
            email: "root@example.org".to_owned(),
            password: "correct horse battery".to_owned(),
            ..Registration::default()
        };
        let root = NewPerson {
            registration,
            role: Role::Admin,
            capacity: Some(100),
        };
        world.desk.users().install(root).await.unwrap();
        world
    }

    /// Starts a worker. It runs until a message is sent on the returned sender, and its task ends when it has
    /// drained.
    pub(crate) fn work(&self, settings: WorkerSettings) -> (oneshot::Sender<()>, JoinHandle<()>) {
        self.work_with(&self.desk, settings)
    }

    /// Starts a worker with this desk, as another process would.
    pub(crate) fn work_with(
        &self,
        desk: &Arc<Desk>,
        settings: WorkerSettings,
    ) -> (oneshot::Sender<()>, JoinHandle<()>) {
        let (stop, stopped) = oneshot::channel();
        let queue = Arc::clone(&self.queue) as _;
        let worker =
            Worker::new(Arc::clone(desk), queue, Arc::clone(&self.random), settings).unwrap();
        let task = tokio::spawn(worker.run(async move {
            let _stopped = stopped.await;
        }));
        (stop, task)
    }

    /// Returns the desk of another process, on the same store and queue.
    pub(crate) fn another_desk(&self) -> Desk {
        self.builder().build().unwrap()
    }

    /// Returns a builder for the desk of another process.
    pub(crate) fn builder(&self) -> DeskBuilder {
        let desk = Arc::clone(&self.desk);
        Desk::builder(
            Arc::clone(&self.store),
            Arc::clone(&self.mailer),
            Arc::clone(&self.queue),
        )
        .clock(Arc::new(move || desk.now()))
        .random(Arc::clone(&self.random))
        .cpu_executor(Arc::new(|work| {
            work();
            Ok(())
        }))
        .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
    }

    /// Leases up to this many jobs for 30 seconds, as another process would.
    pub(crate) async fn lease_as_other_process(&self, most: PerClass<u32>) -> Vec<LeasedJob> {
        let request = ClaimRequest {
            lease: LeaseId::new(self.desk.now(), [9; 10]),
            duration: Duration::from_secs(30),
            wanted: Wanted::Unsuspected(most),
            max_crashes: 5,
        };
        self.queue.claim(&request).await.unwrap()
    }

    /// Leases and starts up to this many jobs, as a process would that then dies. Their leases expire after 30
    /// seconds.
    pub(crate) async fn start_and_die(&self, most: PerClass<u32>) -> Vec<LeasedJob> {
        let jobs = self.lease_as_other_process(most).await;
        for job in &jobs {
            self.queue.start(&job.key, job.lease).await.unwrap();
        }
        jobs
    }

    pub(crate) async fn admin(&self) -> Actor {
        let identified = Identified {
            subject: "boss".to_owned(),
            email: "boss@example.org".to_owned(),
            role: Role::Admin,
            name: None,
        };
        let caller = self
            .desk
            .users()
            .upsert_host_user(&identified)
            .await
            .unwrap();
        caller.actor().unwrap()
    }

    pub(crate) async fn requester(&self) -> Actor {
        self.requester_named("ann").await
    }

    pub(crate) async fn requester_named(&self, name: &str) -> Actor {
        let identified = Identified {
            subject: name.to_owned(),
            email: format!("{name}@example.org"),
            role: Role::User,
            name: None,
        };
        self.desk
            .users()
            .upsert_host_user(&identified)
            .await
            .unwrap()
            .actor()
            .unwrap()
    }

    pub(crate) async fn create_ticket(&self, title: &str) -> TicketId {
        self.create_ticket_of(&self.requester().await, title).await
    }

    pub(crate) async fn create_ticket_of(&self, requester: &Actor, title: &str) -> TicketId {
        let draft = TicketDraft {
            title: title.to_owned(),
            description: "x".to_owned(),
            ..TicketDraft::default()
        };
        self.desk
            .tickets()
            .create(requester, &draft, None)
            .await
            .unwrap()
            .outcome
            .ticket
            .id
    }

    pub(crate) async fn load_ticket(&self, id: TicketId) -> Ticket {
        self.store.ticket(id).await.unwrap().unwrap()
    }
}

/// Waits until a condition holds, checked every simulated millisecond for at most a simulated hour. Returns the
/// elapsed time.
pub(crate) async fn until<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) -> Duration {
    let start = Instant::now();
    for _ in 0..3_600_000 {
        if condition().await {
            return start.elapsed();
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("the condition never held");
}
