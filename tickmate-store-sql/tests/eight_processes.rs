//! Eight processes route the same tickets on one file, each ticket delivered to two of them: nobody is ever too full,
//! no ticket goes to two people, and once room is made all are served.
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
const PEOPLE: usize = 40;
const CAPACITY: u32 = 5;
const TICKETS: usize = 400;
const SEATS: usize = 200;
/// The longest that the tickets may take to be served once their people resolve.
const PATIENCE: Duration = Duration::from_secs(120);

#[expect(
    clippy::disallowed_methods,
    reason = "a process of the test is told by its parent what to do, and reads the clock as a host does"
)]
mod surroundings {
    pub(super) fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    pub(super) fn now() -> super::Timestamp {
        std::time::SystemTime::now().into()
    }
}

fn desk_on(store: &SqliteStore, place: usize) -> Desk {
    let clock: tickmate_core::desk::Clock = Arc::new(surroundings::now);
    // Ids of different processes must differ; nothing here needs to be secret.
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

fn all_at_once(path: &Path, phase: &str) {
    let children: Vec<Child> = (0..PROCESSES)
        .map(|place| start(path, place, phase))
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "{phase}");
    }
}

/// What a process of the other test does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as a process of the other test"]
async fn works_on_the_file_of_its_parent() {
    use surroundings::variable;
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

/// Runs the routing jobs of a quarter of the tickets; the next process but two runs each of them, too.
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

/// The people of this process resolve what they have, until every ticket was served.
async fn resolve(store: &SqliteStore, desk: &Desk, place: usize) {
    let query = UserQuery {
        limit: 1_000,
        ..UserQuery::default()
    };
    let everybody = store.user_page(&query).await.unwrap();
    let staff: Vec<_> = everybody
        .items
        .into_iter()
        .filter(|person| person.role == Role::Moderator)
        .collect();
    let end = Instant::now() + PATIENCE;
    while resolved(store).await < TICKETS {
        assert!(Instant::now() < end, "not all tickets were served in time");
        for person in staff.iter().skip(place).step_by(PROCESSES) {
            let actor = Actor::person(person);
            for ticket in store.held_by(person.id).await.unwrap() {
                let done = desk
                    .tickets()
                    .set_status(&actor, ticket.id, Status::Resolved, None);
                done.await.unwrap();
                let freed = Some(person.id);
                // Delivered twice, as any job may be.
                for _ in 0..2 {
                    desk.jobs()
                        .run(&Job::DispatchBacklog { freed }, 0)
                        .await
                        .unwrap();
                }
            }
        }
        // Should everybody have looked away at the wrong moment, the sweep mends it.
        desk.jobs().sweep().await.unwrap();
    }
}

async fn resolved(store: &SqliteStore) -> usize {
    let tickets = store.tickets_after(0, 1_000).await.unwrap();
    let over = tickets
        .iter()
        .filter(|ticket| ticket.status == Status::Resolved);
    over.count()
}

/// To whom each ticket was given, in the order of the events, and the most that anybody ever had at once.
async fn given(store: &SqliteStore) -> (BTreeMap<TicketId, Vec<UserId>>, u32) {
    let mut given: BTreeMap<TicketId, Vec<UserId>> = BTreeMap::new();
    let mut open: BTreeMap<UserId, u32> = BTreeMap::new();
    let (mut most, mut seq) = (0, 0);
    loop {
        let events = store.events_after(seq, 1_000).await.unwrap();
        let Some(last) = events.last() else {
            return (given, most);
        };
        seq = last.seq;
        for event in &events {
            let (Some(ticket), Some(person)) = (event.ticket(), event.parties.assignee) else {
                continue;
            };
            match event.kind {
                EventKind::Assigned => {
                    given.entry(ticket).or_default().push(person);
                    let open = open.entry(person).or_default();
                    *open += 1;
                    most = most.max(*open);
                }
                EventKind::Resolved => *open.entry(person).or_default() -= 1,
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn eight_processes_overfill_nobody_and_serve_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path).await;
    let mut make = Fixtures::new(1);
    for _ in 0..PEOPLE {
        let mut person = make.person(Role::Moderator);
        person.skills = skills(&["react"]);
        person.capacity = CAPACITY;
        let made = store.create_user(&make.new_user(person)).await.unwrap();
        assert!(matches!(made, UserCreated::Created(_)));
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

    all_at_once(&path, "route");
    let (assigned, most) = given(&store).await;
    let twice = assigned.values().filter(|people| people.len() > 1).count();
    assert_eq!((assigned.len(), most, twice), (SEATS, CAPACITY, 0));
    for person in store.roster().await.unwrap() {
        assert_eq!(person.active, CAPACITY);
    }
    assert_eq!(backlog_length(&store).await, (TICKETS - SEATS) as u64);

    all_at_once(&path, "resolve");
    let (assigned, most) = given(&store).await;
    let twice = assigned.values().filter(|people| people.len() > 1).count();
    assert_eq!((assigned.len(), most, twice), (TICKETS, CAPACITY, 0));
    assert_eq!(backlog_length(&store).await, 0);
    assert_eq!(resolved(&store).await, TICKETS);
}
