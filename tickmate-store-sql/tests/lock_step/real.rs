//! A whole desk on a database in a file. Its users act as users do, and its own jobs run to completion after each
//! step.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use tempfile::TempDir;
use tickmate_core::{
    backend::{
        queue::{ClaimRequest, JobLeases, Wanted},
        store::{EventStore, TicketStore, UserStore},
    },
    desk::{Caller, Desk, DeskSettings, Identified, PersonPatch, TicketDraft, TicketRef},
    domain::{
        access::Actor,
        event::EventKind,
        id::{LeaseId, UserId},
        job::Job,
        job_class::PerClass,
        presence::{Availability, Presence},
        routing::{
            Move, Policy, Staff,
            replay::{Happening, Period, PresenceChange, ReplayStep, ReplayTicket},
        },
        status::Status,
        time::{Span, Timestamp, from_micros},
        user::Role,
    },
    memory::{MemoryMailer, MemoryQueue},
    testing::{secret, seeded_random},
};
use tickmate_store_sql::SqliteStore;

use crate::{
    support::open,
    trace::{REQUESTERS, Trace, start, vocabulary},
};

/// A desk under test.
pub(crate) struct TestDesk {
    desk: Arc<Desk>,
    store: Arc<SqliteStore>,
    queue: Arc<MemoryQueue>,
    clock: Arc<AtomicI64>,
    leases: AtomicU64,
    /// The sequence number up to which events were read.
    read_seq: AtomicU64,
    moderators: Vec<Caller>,
    requesters: Vec<Actor>,
    _folder: TempDir,
}

impl TestDesk {
    /// Creates a desk with the moderators of a trace.
    pub(crate) async fn new(policy: &Policy, trace: &Trace) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(open(&folder.path().join("desk.db")).await);
        let clock = Arc::new(AtomicI64::new(start().timestamp_micros()));
        let ticking = Arc::clone(&clock);
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> =
            Arc::new(move || from_micros(ticking.load(Ordering::SeqCst)));
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&now)));
        let settings = DeskSettings {
            policy: policy.clone(),
            ..DeskSettings::default()
        };
        let desk = Desk::builder(
            Arc::clone(&store),
            Arc::new(MemoryMailer::new()),
            Arc::clone(&queue),
        )
        .clock(now)
        .random(seeded_random(1))
        .cpu_executor(Arc::new(|work| {
            work();
            Ok(())
        }))
        .secret(secret())
        .settings(settings)
        .vocabulary(vocabulary())
        .build()
        .unwrap();
        let mut desk = Self {
            desk: Arc::new(desk),
            store,
            queue,
            clock,
            leases: AtomicU64::new(1),
            read_seq: AtomicU64::new(0),
            moderators: Vec::new(),
            requesters: Vec::new(),
            _folder: folder,
        };
        let boss = desk.person("boss", Role::Admin).await.actor().unwrap();
        for (n, moderator) in trace.moderators.iter().enumerate() {
            let caller = desk.person(&format!("moderator{n}"), Role::Moderator).await;
            let patch = PersonPatch {
                skills: Some(moderator.skills.iter().cloned().map(Into::into).collect()),
                capacity: Some(moderator.capacity),
                ..PersonPatch::default()
            };
            let id = caller.user.id;
            desk.desk
                .users()
                .update(&boss, id, &patch, None)
                .await
                .unwrap();
            desk.desk
                .users()
                .set_availability(&caller, &moderator.availability.into(), None)
                .await
                .unwrap();
            desk.moderators.push(caller);
        }
        for n in 0..REQUESTERS {
            let caller = desk.person(&format!("requester{n}"), Role::User).await;
            desk.requesters.push(caller.actor().unwrap());
        }
        desk.run_jobs().await;
        desk.read_seq
            .store(desk.store.last_seq().await.unwrap(), Ordering::SeqCst);
        desk
    }

    async fn person(&self, name: &str, role: Role) -> Caller {
        let identified = Identified {
            subject: name.to_owned(),
            email: format!("{name}@example.org"),
            role,
            name: Some(name.to_owned()),
        };
        self.desk
            .users()
            .upsert_host_user(&identified)
            .await
            .unwrap()
    }

    /// Converts a trace to a replay period with the users of this desk.
    pub(crate) async fn period(&self, trace: &Trace) -> Period {
        let vocabulary = vocabulary();
        let tickets = (1..)
            .zip(&trace.tickets)
            .map(|(number, planned)| ReplayTicket {
                number,
                priority: planned.priority,
                requester: match planned.requester {
                    Ok(staff) => self.moderators[staff].user.id,
                    Err(other) => self.requesters[other].id().unwrap(),
                },
                skills: vocabulary.resolve_all(planned.skills.iter().map(String::as_str)),
                written: planned.written,
                work: planned.work,
            });
        let changes = trace
            .changes
            .iter()
            .map(|(at, person, availability)| PresenceChange {
                at: *at,
                person: self.moderators[*person].user.id,
                presence: Presence::of(*availability, true),
                shift_ends: None,
            });
        Period {
            from: start(),
            staff: self.roster().await,
            changes: changes.collect(),
            tickets: tickets.collect(),
            away_limit: self.desk.settings().away_limit,
            drain: Span::hours(6),
        }
    }

    pub(crate) async fn roster(&self) -> Vec<Staff> {
        self.store.roster().await.unwrap()
    }

    /// Applies what happens in a step, runs the desk's jobs, and returns the desk's moves.
    pub(crate) async fn answer(&self, step: &ReplayStep) -> Vec<Move> {
        self.clock
            .store(step.at.timestamp_micros(), Ordering::SeqCst);
        match &step.what {
            Happening::Written(ticket) => {
                let name = |skill: &tickmate_core::domain::skill::Skill| skill.name.as_str().into();
                let draft = TicketDraft {
                    title: format!("Ticket {}", ticket.number),
                    description: "It does not work since this morning.".to_owned(),
                    priority: Some(ticket.priority),
                    skills: ticket.skills.iter().map(name).collect(),
                    ..TicketDraft::default()
                };
                let requester = self.actor(ticket.requester).await;
                let created = self
                    .desk
                    .tickets()
                    .create(&requester, &draft, None)
                    .await
                    .unwrap();
                assert_eq!(created.outcome.ticket.number, ticket.number);
                assert_eq!(created.outcome.ticket.required_skills, ticket.skills);
            }
            Happening::Begun { ticket, by } => {
                self.set_status(*ticket, *by, Status::InProgress).await
            }
            Happening::Finished { ticket, by } => {
                self.set_status(*ticket, *by, Status::Resolved).await
            }
            Happening::Presence(change) => {
                let availability = match change.presence {
                    Presence::Away => Availability::Away,
                    Presence::Offline => Availability::Offline,
                    Presence::Present | Presence::OffShift => Availability::Online,
                };
                let patch = availability.into();
                let who = |caller: &&Caller| caller.user.id == change.person;
                let caller = self.moderators.iter().find(who).unwrap();
                let set = self.desk.users().set_availability(caller, &patch, None);
                set.await.unwrap();
            }
            Happening::Tick => {
                self.desk.jobs().sweep().await.unwrap();
            }
        }
        self.run_jobs().await;
        self.moves().await
    }

    async fn actor(&self, person: UserId) -> Actor {
        Actor::person(&self.store.user(person).await.unwrap().unwrap())
    }

    async fn set_status(&self, ticket: u64, by: UserId, to: Status) {
        let actor = self.actor(by).await;
        let ticket = TicketRef::Number(ticket);
        self.desk
            .tickets()
            .set_status(&actor, ticket, to, None)
            .await
            .unwrap();
    }

    /// Relays events and runs jobs until none is left. Mail jobs are skipped, because they decide nothing.
    async fn run_jobs(&self) {
        for _ in 0..1_000 {
            self.desk.jobs().relay().await.unwrap();
            let mut bytes = [0; 10];
            let lease = self.leases.fetch_add(1, Ordering::SeqCst);
            bytes[2..].copy_from_slice(&lease.to_be_bytes());
            let request = ClaimRequest {
                lease: LeaseId::new(self.desk.now(), bytes),
                duration: Duration::from_secs(30),
                wanted: Wanted::Unsuspected(PerClass::of(|_| 10)),
                max_crashes: 5,
            };
            let jobs = self.queue.claim(&request).await.unwrap();
            if jobs.is_empty() {
                return;
            }
            for leased in jobs {
                self.queue.start(&leased.key, leased.lease).await.unwrap();
                let job = leased.job.unwrap();
                if !matches!(job, Job::Mail { .. }) {
                    self.desk.jobs().run(&job, 0).await.unwrap();
                }
                self.queue.finish(&leased.key, leased.lease).await.unwrap();
            }
        }
        panic!("the jobs of the desk never end");
    }

    /// Returns the assignments and unassignments since the last call, from the events.
    async fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        loop {
            let seq = self.read_seq.load(Ordering::SeqCst);
            let events = self.store.events_after(seq, 500).await.unwrap();
            let Some(last) = events.last() else {
                return moves;
            };
            self.read_seq.store(last.seq, Ordering::SeqCst);
            for event in &events {
                let is_move = matches!(event.kind, EventKind::Assigned | EventKind::Unassigned);
                let Some(id) = event.ticket().filter(|_| is_move) else {
                    continue;
                };
                let ticket = self.store.ticket(id).await.unwrap().unwrap();
                moves.push(match event.kind {
                    EventKind::Assigned => Move::Assign {
                        ticket: ticket.number,
                        to: event.parties.assignee.unwrap(),
                        why: Box::new(ticket.decision.unwrap()),
                    },
                    _ => Move::Unassign {
                        ticket: ticket.number,
                    },
                });
            }
        }
    }
}
