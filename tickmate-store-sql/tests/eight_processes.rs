//! Eight processes route the same tickets on one file, and each ticket is delivered to two of them. No moderator
//! exceeds the capacity, no ticket is assigned twice, and once moderators resolve tickets, all tickets are assigned.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod support;

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use support::{create, open};
use tickmate_core::{
    backend::store::{EventStore, TicketStore, UserCreated, UserStore},
    conformance::fixtures::{Fixtures, skills},
    desk::{Desk, DeskSecret},
    domain::{
        access::Actor,
        analysis::{Triage, TriageSource, text_hash},
        event::EventKind,
        id::{TicketId, UserId},
        job::Job,
        query::UserQuery,
        status::Status,
        time::Timestamp,
        user::Role,
    },
    memory::{MemoryMailer, MemoryQueue},
    testing::seeded_random,
};
use tickmate_store_sql::SqliteStore;
use tokio::time::Instant;

const FILE: &str = "TICKMATE_TEST_FILE";
const PLACE: &str = "TICKMATE_TEST_PLACE";
const PHASE: &str = "TICKMATE_TEST_PHASE";

const PROCESSES: usize = 8;
const MODERATORS: usize = 40;
const CAPACITY: u32 = 5;
const TICKETS: usize = 400;
const SEATS: usize = 200;
/// The longest time until all tickets are resolved.
const DEADLINE: Duration = Duration::from_secs(120);

#[expect(
    clippy::disallowed_methods,
    reason = "a child process takes its task from its environment, and reads the clock as a host does"
)]
mod environment {
    pub(super) fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    pub(super) fn now() -> super::Timestamp {
        std::time::SystemTime::now().into()
    }
}

fn desk_on(store: &SqliteStore, place: usize) -> Desk {
    let clock: tickmate_core::desk::Clock = Arc::new(environment::now);
    // Ids of different processes must differ. None of the random values needs to be secret.
    let random = seeded_random(place as u64 + 1);
    Desk::builder(
        Arc::new(store.clone()),
        Arc::new(MemoryMailer::new()),
        Arc::new(MemoryQueue::new(Arc::clone(&clock))),
    )
    .clock(clock)
    .random(random)
    .cpu_executor(Arc::new(|work| {
        work();
        Ok(())
    }))
    .secret(DeskSecret::new(*b"an example secret of thirty-two b"))
    .build()
    .unwrap()
}

fn start(path: &Path, place: usize, phase: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "works_on_the_file_of_its_parent",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, path)
        .env(PLACE, place.to_string())
        .env(PHASE, phase)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn run_processes(path: &Path, phase: &str) {
    let children: Vec<Child> = (0..PROCESSES)
        .map(|place| start(path, place, phase))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "{phase}");
    }
}

/// The main function of a child process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as a process of the other test"]
async fn works_on_the_file_of_its_parent() {
    use environment::variable;
    let (Some(path), Some(place), Some(phase)) = (variable(FILE), variable(PLACE), variable(PHASE))
    else {
        println!("skipped: started by hand");
        return;
    };
    let store = open(Path::new(&path)).await;
    let place: usize = place.parse().unwrap();
    let desk = desk_on(&store, place);
    match phase.as_str() {
        "route" => route(&store, &desk, place).await,
        _ => resolve(&store, &desk, place).await,
    }
    store.close().await.unwrap();
}

/// Runs the routing jobs of a quarter of the tickets. Each of them also runs in the process three places away.
async fn route(store: &SqliteStore, desk: &Desk, place: usize) {
    let tickets = store.tickets_after(0, 1_000).await.unwrap();
    let mut mine: Vec<TicketId> = tickets
        .iter()
        .enumerate()
        .filter(|(n, _)| n % PROCESSES == place || (n + 3) % PROCESSES == place)
        .map(|(_, ticket)| ticket.id)
        .collect();
    if place % 2 == 1 {
        mine.reverse();
    }
    for ticket in mine {
        desk.jobs().run(&Job::Route { ticket }, 0).await.unwrap();
    }
}

async fn backlog_length(store: &SqliteStore) -> u64 {
    let lanes = store.backlog_lanes().await.unwrap();
    lanes.iter().map(|lane| lane.length).sum()
}

/// Resolves the tickets of this process's moderators until all tickets are resolved.
async fn resolve(store: &SqliteStore, desk: &Desk, place: usize) {
    let query = UserQuery {
        limit: 1_000,
        ..UserQuery::default()
    };
    let users = store.user_page(&query).await.unwrap();
    let staff: Vec<_> = users
        .items
        .into_iter()
        .filter(|user| user.role == Role::Moderator)
        .collect();
    let end = Instant::now() + DEADLINE;
    while count_resolved(store).await < TICKETS {
        assert!(
            Instant::now() < end,
            "not all tickets were resolved in time"
        );
        for moderator in staff.iter().skip(place).step_by(PROCESSES) {
            let actor = Actor::person(moderator);
            for ticket in store.held_by(moderator.id).await.unwrap() {
                let done = desk
                    .tickets()
                    .set_status(&actor, ticket.id, Status::Resolved, None);
                done.await.unwrap();
                let freed = Some(moderator.id);
                // Delivered twice, as any job may be.
                for _ in 0..2 {
                    desk.jobs()
                        .run(&Job::DispatchBacklog { freed }, 0)
                        .await
                        .unwrap();
                }
            }
        }
        // If all processes missed a free seat, the sweep dispatches the rest.
        desk.jobs().sweep().await.unwrap();
    }
}

async fn count_resolved(store: &SqliteStore) -> usize {
    let tickets = store.tickets_after(0, 1_000).await.unwrap();
    let resolved = tickets
        .iter()
        .filter(|ticket| ticket.status == Status::Resolved);
    resolved.count()
}

/// Returns the assignees of each ticket in the order of the events, and the largest number of open tickets that one
/// moderator ever had.
async fn assignments(store: &SqliteStore) -> (BTreeMap<TicketId, Vec<UserId>>, u32) {
    let mut assignees: BTreeMap<TicketId, Vec<UserId>> = BTreeMap::new();
    let mut open: BTreeMap<UserId, u32> = BTreeMap::new();
    let (mut most, mut seq) = (0, 0);
    loop {
        let events = store.events_after(seq, 1_000).await.unwrap();
        let Some(last) = events.last() else {
            return (assignees, most);
        };
        seq = last.seq;
        for event in &events {
            let (Some(ticket), Some(assignee)) = (event.ticket(), event.parties.assignee) else {
                continue;
            };
            match event.kind {
                EventKind::Assigned => {
                    assignees.entry(ticket).or_default().push(assignee);
                    let open = open.entry(assignee).or_default();
                    *open += 1;
                    most = most.max(*open);
                }
                EventKind::Resolved => *open.entry(assignee).or_default() -= 1,
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn eight_processes_exceed_no_capacity_and_assign_every_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).await;
    let mut make = Fixtures::new(1);
    for _ in 0..MODERATORS {
        let mut moderator = make.person(Role::Moderator);
        moderator.skills = skills(&["react"]);
        moderator.capacity = CAPACITY;
        let created = store.create_user(&make.new_user(moderator)).await.unwrap();
        assert!(matches!(created, UserCreated::Created(_)));
    }
    let requester = make.person(Role::User);
    store
        .create_user(&make.new_user(requester.clone()))
        .await
        .unwrap();
    for _ in 0..TICKETS {
        let mut ticket = make.ticket(requester.id);
        ticket.required_skills = skills(&["react"]);
        let hash = text_hash(&ticket.title, &ticket.description);
        let triage = Triage::empty(TriageSource::Embedded, hash, ticket.created_at);
        ticket.triage = Some(triage);
        create(&store, &make.new_ticket(ticket)).await.unwrap();
    }

    run_processes(&path, "route");
    let (assigned, most) = assignments(&store).await;
    let twice = assigned
        .values()
        .filter(|assignees| assignees.len() > 1)
        .count();
    assert_eq!((assigned.len(), most, twice), (SEATS, CAPACITY, 0));
    for moderator in store.roster().await.unwrap() {
        assert_eq!(moderator.active, CAPACITY);
    }
    assert_eq!(backlog_length(&store).await, (TICKETS - SEATS) as u64);

    run_processes(&path, "resolve");
    let (assigned, most) = assignments(&store).await;
    let twice = assigned
        .values()
        .filter(|assignees| assignees.len() > 1)
        .count();
    assert_eq!((assigned.len(), most, twice), (TICKETS, CAPACITY, 0));
    assert_eq!(backlog_length(&store).await, 0);
    assert_eq!(count_resolved(&store).await, TICKETS);
}
