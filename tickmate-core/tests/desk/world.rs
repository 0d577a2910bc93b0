//! A desk on the seams in memory, with a clock that only the test moves, and people to use it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures_util::poll;
use tickmate_core::{
    backend::{
        llm::Llm,
        queue::{ClaimRequest, JobLeases, Wanted},
        store::{
            SeatMove, Store, TicketStore, TicketWrite, TicketWritten, UserStore, UserWrite,
            UserWritten,
        },
    },
    desk::{
        Caller, Clock, Credentials, Desk, DeskBuilder, DeskSecret, DeskSettings, Identified,
        NewPerson, Random, Registration, TicketDraft, TicketRef, TicketView,
    },
    domain::{
        access::Actor,
        event::{ActorId, Event, EventFacts, EventKind, Parties, Subject},
        id::{EventId, LeaseId},
        job::LeasedJob,
        job_class::PerClass,
        retry::RetryPolicy,
        ticket::Ticket,
        time::{Span, from_micros},
        user::{Role, User},
    },
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// The most polls that a future may need to get where a test waits for it.
const MAX_POLLS: u32 = 10_000;

/// Polls a future until it has reached a point where it waits for the test. A store that yields makes the future
/// pending at other points before.
///
/// # Panics
/// If the future ends first, or does not reach the point within [`MAX_POLLS`] polls.
pub(crate) async fn poll_until<F>(future: &mut F, is_reached: impl Fn() -> bool)
where
    F: Future<Output: std::fmt::Debug> + Unpin,
{
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(output) = poll!(&mut *future) {
            panic!("the future ended with {output:?}");
        }
        if is_reached() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the future did not get there within {MAX_POLLS} polls");
}

/// A desk and everything under it.
pub(crate) struct World {
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) mailer: Arc<MemoryMailer>,
    micros: Arc<AtomicI64>,
    random: Random,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(DeskSettings::default(), None)
    }

    pub(crate) fn with(settings: DeskSettings, llm: Option<Arc<dyn Llm>>) -> Self {
        Self::asking(settings, llm.into_iter().collect())
    }

    /// A desk that asks these models in turn.
    pub(crate) fn asking(settings: DeskSettings, models: Vec<Arc<dyn Llm>>) -> Self {
        let micros = Arc::new(AtomicI64::new(1_700_000_000_000_000));
        let ticking = Arc::clone(&micros);
        // Each look takes a microsecond, so that no two moments are the same.
        let clock: Clock = Arc::new(move || from_micros(ticking.fetch_add(1, Ordering::SeqCst)));
        let state = AtomicU64::new(0x9E37_79B9_7F4A_7C15);
        let random: Random = Arc::new(move |bytes| {
            for byte in bytes {
                let next = state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
                let mixed = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                *byte = (mixed ^ (mixed >> 27)).to_le_bytes()[3];
            }
        });
        let store = Arc::new(crate::fresh_store());
        Self::of(settings, models, store, (clock, micros), random)
    }

    /// Another process's desk over the same store, with a queue of its own.
    pub(crate) fn sharing(other: &Self) -> Self {
        let micros = Arc::clone(&other.micros);
        let ticking = Arc::clone(&micros);
        let clock: Clock = Arc::new(move || from_micros(ticking.fetch_add(1, Ordering::SeqCst)));
        let (store, random) = (Arc::clone(&other.store), Arc::clone(&other.random));
        Self::of(
            DeskSettings::default(),
            Vec::new(),
            store,
            (clock, micros),
            random,
        )
    }

    fn of(
        settings: DeskSettings,
        models: Vec<Arc<dyn Llm>>,
        store: Arc<MemoryStore>,
        (clock, micros): (Clock, Arc<AtomicI64>),
        random: Random,
    ) -> Self {
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let mailer = Arc::new(MemoryMailer::new());
        let builder = Desk::builder(
            Arc::clone(&store) as Arc<dyn Store>,
            Arc::clone(&mailer) as _,
            Arc::clone(&queue) as _,
        );
        let desk = models
            .into_iter()
            .fold(builder, |builder, llm| builder.llm(llm))
            .clock(clock)
            .random(Arc::clone(&random))
            .cpu_executor(Arc::new(|work| {
                work();
                Ok(())
            }))
            .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
            .settings(settings)
            .build()
            .unwrap();
        Self {
            desk: Arc::new(desk),
            store,
            queue,
            mailer,
            micros,
            random,
        }
    }

    /// What another desk over the same store and queue is built with.
    pub(crate) fn builder(&self) -> DeskBuilder {
        let desk = Arc::clone(&self.desk);
        Desk::builder(
            Arc::clone(&self.store) as Arc<dyn Store>,
            Arc::clone(&self.mailer) as _,
            Arc::clone(&self.queue) as _,
        )
        .clock(Arc::new(move || desk.now()))
        .random(Arc::clone(&self.random))
        .cpu_executor(Arc::new(|work| {
            work();
            Ok(())
        }))
        .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
    }

    pub(crate) fn random_bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        (self.random)(&mut bytes);
        bytes
    }

    /// Writes a person as another process would.
    pub(crate) async fn write(&self, mut user: User) -> User {
        user.version += 1;
        user.updated_at = self.desk.now();
        let event = Event {
            id: EventId::new(user.updated_at, self.random_bytes()),
            seq: 0,
            subject: Subject::User(user.id),
            version: user.version,
            kind: EventKind::ProfileChanged,
            by: ActorId::User(user.id),
            at: user.updated_at,
            changes: Vec::new(),
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        };
        let write = UserWrite {
            user,
            event,
            end_sessions: false,
        };
        match self.store.write_user(&write).await.unwrap() {
            UserWritten::Written(user) => user,
            other => panic!("{other:?}"),
        }
    }

    /// Writes a ticket as it is given, as a process would that knows no better.
    pub(crate) async fn rewrite(&self, ticket: Ticket) {
        self.rewrite_as(ticket, EventKind::Begun).await;
    }

    /// Writes a ticket with an event of this kind that has no facts.
    pub(crate) async fn rewrite_as(&self, ticket: Ticket, kind: EventKind) {
        let event = Event {
            id: EventId::new(self.desk.now(), self.random_bytes()),
            seq: 0,
            subject: Subject::Ticket(ticket.id),
            version: ticket.version,
            kind,
            by: ActorId::System,
            at: self.desk.now(),
            changes: Vec::new(),
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        };
        let write = TicketWrite {
            ticket,
            seat: SeatMove::Keep,
            event,
            reply: None,
            terms: None,
            key: None,
        };
        let written = self.store.write_ticket(&write).await.unwrap();
        assert!(matches!(written, TicketWritten::Written(_)), "{written:?}");
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, span: Span) {
        self.micros
            .fetch_add(span.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    /// A person of the host's own accounts.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Caller {
        let identified = Identified {
            subject: name.to_owned(),
            email: format!("{name}@example.org"),
            role,
            name: Some(name.to_owned()),
        };
        self.desk.upsert_host_user(&identified).await.unwrap()
    }

    pub(crate) async fn requester(&self, name: &str) -> Actor {
        self.person(name, Role::User).await.actor().unwrap()
    }

    /// A member of staff with a login of the desk's own.
    pub(crate) async fn staff(
        &self,
        name: &str,
        role: Role,
        skills: &[&str],
        capacity: u32,
    ) -> User {
        let registration = Registration {
            email: format!("{name}@example.org"),
            password: PASSWORD.to_owned(),
            name: Some(name.to_owned()),
            skills: skills.iter().map(|&skill| skill.into()).collect(),
            ..Registration::default()
        };
        self.desk
            .install_person(NewPerson {
                registration,
                role,
                capacity: Some(capacity),
            })
            .await
            .unwrap()
    }

    pub(crate) async fn login(&self, name: &str) -> Caller {
        let credentials = Credentials {
            identifier: format!("{name}@example.org"),
            password: PASSWORD.to_owned(),
            network: "test".to_owned(),
        };
        let logged_in = self.desk.login(credentials).await.unwrap();
        self.desk.authenticate(&logged_in.token).await.unwrap()
    }

    /// A ticket that needs these skills.
    pub(crate) async fn ticket(
        &self,
        requester: &Actor,
        title: &str,
        skills: &[&str],
    ) -> TicketView {
        let draft = TicketDraft {
            title: title.to_owned(),
            description: "It does not work since this morning.".to_owned(),
            skills: skills.iter().map(|&skill| skill.into()).collect(),
            ..TicketDraft::default()
        };
        self.desk
            .create_ticket(requester, &draft, None)
            .await
            .unwrap()
            .outcome
    }

    /// Relays and runs jobs until nothing is left to do now.
    pub(crate) async fn run_until_idle(&self) {
        for _ in 0..1_000 {
            self.desk.relay().await.unwrap();
            let jobs = self.claim().await;
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                self.run(job).await;
            }
        }
        panic!("the desk does not come to rest");
    }

    pub(crate) async fn claim(&self) -> Vec<LeasedJob> {
        let bytes = self.random_bytes();
        let request = ClaimRequest {
            lease: LeaseId::new(self.desk.now(), bytes),
            duration: Duration::from_secs(30),
            wanted: Wanted::Unsuspected(PerClass::of(|_| 10)),
            max_crashes: RetryPolicy::default().max_crashes,
        };
        self.queue.claim(&request).await.unwrap()
    }

    /// Runs one job as the engine does.
    pub(crate) async fn run(&self, job: LeasedJob) {
        self.queue.start(&job.key, job.lease).await.unwrap();
        match self.desk.run_job(&job.job.unwrap(), job.errors).await {
            Ok(()) => self.queue.finish(&job.key, job.lease).await.unwrap(),
            Err(error) => {
                let retry = RetryPolicy::default();
                let (next, now) = (error.next_run(), self.desk.now());
                let after = retry.after_error(job.class, job.errors, next, now, u16::MAX);
                self.queue
                    .fail(&job.key, job.lease, &error.to_string(), after)
                    .await
                    .unwrap()
            }
        };
    }

    /// A ticket as it is stored.
    pub(crate) async fn stored(&self, ticket: &TicketView) -> Ticket {
        self.store.ticket(ticket.ticket.id).await.unwrap().unwrap()
    }

    /// The words of a ticket's history.
    pub(crate) async fn history(&self, actor: &Actor, ticket: &TicketView) -> Vec<String> {
        let of = TicketRef::Id(ticket.ticket.id);
        let (entries, _) = self.desk.history(actor, of, None, 100).await.unwrap();
        entries
            .iter()
            .map(|entry| entry.event.kind.as_str().to_owned())
            .collect()
    }

    /// What was mailed to somebody, by kind, in order.
    pub(crate) fn mailed(&self, name: &str) -> Vec<&'static str> {
        let to = format!("{name}@example.org");
        let mails = self.mailer.accepted();
        mails
            .iter()
            .filter(|mail| mail.to.email.as_str() == to)
            .map(|mail| mail.key.kind.as_str())
            .collect()
    }
}
