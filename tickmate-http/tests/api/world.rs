//! A desk on the seams in memory with the API over it, whose clock, randomness and heavy work the test holds.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use serde_json::json;
use tickmate_core::{
    backend::{
        queue::{AfterError, ClaimRequest, JobLeases, JobQueue, Wanted},
        store::Store,
    },
    conformance::fixtures::Fixtures,
    desk::{CpuExecutorFull, Desk, DeskSecret, DeskSettings, Random},
    domain::{
        id::LeaseId,
        job_class::PerClass,
        time::{Span, Timestamp, from_micros},
    },
    memory::{MemoryMailer, MemoryQueue, MemoryStore, ScriptedLlm},
};
use tickmate_http::{HttpSettings, router};

use crate::api::{people::Caller, switched_store::SwitchedStore};

/// The store in memory itself.
fn plain(store: MemoryStore) -> Arc<dyn Store> {
    Arc::new(store)
}

pub(crate) struct World {
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: MemoryStore,
    pub(crate) mailer: Arc<MemoryMailer>,
    queue: Arc<MemoryQueue>,
    pub(crate) router: Router,
    pub(crate) fixtures: Mutex<Fixtures>,
    clock: Arc<AtomicI64>,
    /// How many pieces of heavy work the desk had: each is one password hashed or checked.
    hashes: Arc<AtomicUsize>,
    /// Whether heavy work is refused.
    pub(crate) busy: Arc<AtomicBool>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(DeskSettings::default(), HttpSettings::default())
    }

    pub(crate) fn with_http(settings: HttpSettings) -> Self {
        Self::with(DeskSettings::default(), settings)
    }

    pub(crate) fn with(desk: DeskSettings, http: HttpSettings) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let now = ticking(&clock);
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&now)));
        Self::over(
            desk,
            http,
            clock,
            Arc::clone(&queue) as _,
            queue,
            None,
            &plain,
        )
    }

    /// A world whose desk writes to this store over the one in memory.
    pub(crate) fn with_store(wrap: impl Fn(MemoryStore) -> Arc<dyn Store>) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let queue = Arc::new(MemoryQueue::new(ticking(&clock)));
        let (desk, http) = (DeskSettings::default(), HttpSettings::default());
        let of_desk = Arc::clone(&queue) as _;
        Self::over(desk, http, clock, of_desk, queue, None, &wrap)
    }

    /// A world whose store has switches.
    pub(crate) fn switched() -> (Self, Arc<SwitchedStore>) {
        let switched = Mutex::new(None);
        let world = Self::with_store(|store| {
            let store = Arc::new(SwitchedStore::new(Arc::new(store)));
            *switched.lock().unwrap() = Some(Arc::clone(&store));
            store
        });
        let store = switched.into_inner().unwrap().unwrap();
        (world, store)
    }

    /// A world whose tickets this model reads.
    pub(crate) fn read_by(llm: &Arc<ScriptedLlm>) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let queue = Arc::new(MemoryQueue::new(ticking(&clock)));
        let (desk, http) = (DeskSettings::default(), HttpSettings::default());
        let llm = Arc::clone(llm);
        Self::over(
            desk,
            http,
            clock,
            Arc::clone(&queue) as _,
            queue,
            Some(llm),
            &plain,
        )
    }

    /// A world whose desk has another queue than the one that jobs are run from.
    pub(crate) fn with_queue(queue: Arc<dyn JobQueue>) -> Self {
        let clock = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let unused = Arc::new(MemoryQueue::new(ticking(&clock)));
        let (desk, http) = (DeskSettings::default(), HttpSettings::default());
        Self::over(desk, http, clock, queue, unused, None, &plain)
    }

    fn over(
        desk: DeskSettings,
        http: HttpSettings,
        clock: Arc<AtomicI64>,
        of_desk: Arc<dyn JobQueue>,
        queue: Arc<MemoryQueue>,
        llm: Option<Arc<ScriptedLlm>>,
        wrap: &dyn Fn(MemoryStore) -> Arc<dyn Store>,
    ) -> Self {
        let store = crate::fresh_store();
        let mailer = Arc::new(MemoryMailer::new());
        let hashes = Arc::new(AtomicUsize::new(0));
        let busy = Arc::new(AtomicBool::new(false));
        let (count, refuse) = (Arc::clone(&hashes), Arc::clone(&busy));
        let mut builder = Desk::builder(wrap(store.clone()), Arc::clone(&mailer), of_desk);
        if let Some(llm) = llm {
            builder = builder.llm(llm);
        }
        let desk = builder
            .clock(ticking(&clock))
            .random(seeded())
            .secret(DeskSecret::new(SECRET))
            .cpu_executor(Arc::new(move |work| {
                if refuse.load(Ordering::Relaxed) {
                    return Err(CpuExecutorFull);
                }
                count.fetch_add(1, Ordering::Relaxed);
                work();
                Ok(())
            }))
            .settings(desk)
            .build()
            .unwrap();
        let desk = Arc::new(desk);
        Self {
            router: router(Arc::clone(&desk), http),
            desk,
            store,
            mailer,
            queue,
            fixtures: Mutex::new(Fixtures::new(7)),
            clock,
            hashes,
            busy,
        }
    }

    /// The same desk under other settings of the API.
    pub(crate) fn also_with(&self, settings: HttpSettings) -> Router {
        router(Arc::clone(&self.desk), settings)
    }

    pub(crate) fn pass(&self, span: Span) {
        let micros = span.num_microseconds().unwrap();
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn hashes(&self) -> usize {
        self.hashes.load(Ordering::Relaxed)
    }

    /// Relays and runs what is due until there is nothing left.
    pub(crate) async fn run_until_idle(&self) {
        for round in 0_u8..100 {
            let relayed = self.desk.jobs().relay().await.unwrap();
            let lease = LeaseId::new(self.desk.now(), [round; 10]);
            let request = ClaimRequest {
                lease,
                duration: Duration::from_secs(60),
                wanted: Wanted::Unsuspected(PerClass::of(|_| 100)),
                max_crashes: 5,
            };
            let jobs = self.queue.claim(&request).await.unwrap();
            if jobs.is_empty() && relayed.events == 0 {
                return;
            }
            for leased in jobs {
                self.queue.start(&leased.key, lease).await.unwrap();
                let job = leased.job.unwrap();
                match self.desk.jobs().run(&job, 0).await {
                    Ok(()) => self.queue.finish(&leased.key, lease).await.unwrap(),
                    Err(error) => {
                        let later = AfterError::RetryAt(self.desk.now() + Span::days(1));
                        let told = error.to_string();
                        let failed = self.queue.fail(&leased.key, lease, &told, later);
                        failed.await.unwrap()
                    }
                };
            }
        }
        panic!("the desk never came to rest");
    }

    /// Relays, and lets every job that is due die of an error.
    pub(crate) async fn die_of_errors(&self) {
        self.desk.jobs().relay().await.unwrap();
        let request = ClaimRequest {
            lease: LeaseId::new(self.desk.now(), [7; 10]),
            duration: Duration::from_secs(60),
            wanted: Wanted::Unsuspected(PerClass::of(|_| 100)),
            max_crashes: 5,
        };
        for job in self.queue.claim(&request).await.unwrap() {
            self.queue.start(&job.key, job.lease).await.unwrap();
            let died = self.queue.fail(&job.key, job.lease, "no", AfterError::Die);
            died.await.unwrap();
        }
    }

    /// A ticket of this person, as the API answered it.
    pub(crate) async fn ticket(&self, by: &Caller, title: &str) -> serde_json::Value {
        self.ticket_for(by, title, &["Zeppelins"]).await
    }

    /// A ticket that needs these skills.
    pub(crate) async fn ticket_for(
        &self,
        by: &Caller,
        title: &str,
        skills: &[&str],
    ) -> serde_json::Value {
        let draft = json!({
            "title": title,
            "description": "It leaks.",
            "priority": "high",
            "category": "airships",
            "relatedSkills": skills,
        });
        let answer = self.post("/api/tickets").by(by).json(&draft).send().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["ticket"].clone()
    }

    /// What the last mail to an address says.
    pub(crate) fn last_mail(&self, to: &str) -> Option<String> {
        let mails = self.mailer.accepted();
        let mail = mails.iter().rfind(|mail| mail.to.email.as_str() == to);
        mail.map(|mail| mail.text.clone())
    }
}

pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A clock on which each look takes a millisecond.
fn ticking(clock: &Arc<AtomicI64>) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let clock = Arc::clone(clock);
    Arc::new(move || from_micros(clock.fetch_add(1_000, Ordering::Relaxed)))
}

/// `SplitMix64`: enough for ids that differ and come again in each run.
fn seeded() -> Random {
    let state = AtomicU64::new(42);
    Arc::new(move |buffer| {
        for chunk in buffer.chunks_mut(8) {
            let step = 0x9e37_79b9_7f4a_7c15_u64;
            let mut x = state.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_le_bytes()[..chunk.len()]);
        }
    })
}
