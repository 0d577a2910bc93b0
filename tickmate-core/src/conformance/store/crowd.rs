//! Twenty workers on fifty tickets and five users: in any order, no automatic claim exceeds the capacity of a user, no seat
//! is held twice, and no ticket is assigned twice. [`History`] checks what they did.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use futures_util::future::join_all;

use super::history::History;
use crate::{
    backend::store::{SeatBound, SeatMove, Store, TicketWrite, TicketWritten, UserWritten},
    conformance::{
        Outcome,
        fixtures::AUTOMATIC,
        random::Random,
        scene::{Scene, seat},
    },
    domain::{
        id::{EventId, TicketId, UserId},
        status::Status,
        ticket::Ticket,
    },
};

const WORKERS: u64 = 20;
const TICKETS: u64 = 50;
const CAPACITY: u32 = 3;
/// The steps of one worker after which the crowd counts as stuck.
const MAX_STEPS: u32 = 3_000;

/// The users and tickets of a crowd.
struct Crowd {
    users: Vec<UserId>,
    tickets: Vec<TicketId>,
}

/// An operation that a worker tried.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    Claim(UserId),
    /// Forced by a human, or returned after waiting.
    Unbounded(UserId),
    /// The ticket waits or is resolved; the assignee stays.
    Free,
    Unassign,
    Capacity(UserId, u32),
}

/// The calls of all workers, by the id of the event that each would create.
#[derive(Default)]
pub(super) struct Log {
    calls: RefCell<HashMap<EventId, Call>>,
    ticks: Cell<u64>,
}

/// One call of the store.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) operation: Operation,
    /// When the call began and ended, as positions in the order of all these moments.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// The seat that the ticket holds since then; none if the call was refused.
    pub(super) written: Option<Option<(UserId, u32)>>,
}

impl Log {
    fn tick(&self) -> u64 {
        self.ticks.set(self.ticks.get() + 1);
        self.ticks.get()
    }

    fn begin(&self, event: EventId, operation: Operation) {
        let begun = self.tick();
        let new = Call {
            operation,
            begun,
            ended: u64::MAX,
            written: None,
        };
        self.calls.borrow_mut().insert(event, new);
    }

    fn end(&self, event: EventId, written: Option<Option<(UserId, u32)>>) {
        let ended = self.tick();
        if let Some(one) = self.calls.borrow_mut().get_mut(&event) {
            (one.ended, one.written) = (ended, written);
        }
    }
}

async fn create_crowd(store: &dyn Store) -> Outcome<Crowd> {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let (mut users, mut tickets) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        users.push(scene.moderator(CAPACITY).await?.id);
    }
    for _ in 0..TICKETS {
        tickets.push(scene.ticket(ann).await?.id);
    }
    Ok(Crowd { users, tickets })
}

/// Only claims and resolutions: the roster never shows a user above the capacity, at any moment.
pub async fn a_crowd_that_claims_stays_within_capacity(store: &dyn Store) -> Outcome {
    let crowd = create_crowd(store).await?;
    let assigned_count = Cell::new(0_u64);
    let work = |seed| claim_and_resolve(store, &crowd, seed, &assigned_count);
    let done = join_all((100..100 + WORKERS).map(work)).await;
    done.into_iter().collect::<Outcome>()?;
    let mut resolved = 0;
    for &id in &crowd.tickets {
        resolved += u64::from(Scene::new(store).stored(id).await?.status == Status::Resolved);
    }
    assert_eq!((resolved, assigned_count.get()), (TICKETS, TICKETS));
    let roster = store.roster().await?;
    assert!(roster.iter().all(|staff| staff.active == 0));
    Ok(())
}

/// Assigns tickets to users with free seats and resolves them, until none is left.
async fn claim_and_resolve(
    store: &dyn Store,
    crowd: &Crowd,
    seed: u64,
    assigned_count: &Cell<u64>,
) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    let mut left = crowd.tickets.clone();
    for _ in 0..MAX_STEPS {
        if left.is_empty() {
            return Ok(());
        }
        let place = random.below(left.len() as u64) as usize;
        left.swap(place, 0);
        let ticket = scene.stored(left[0]).await?;
        random.pause().await;
        let write = match (&ticket.assignment, ticket.status) {
            (_, Status::Resolved) => {
                left.swap_remove(0);
                continue;
            }
            (Some(_), _) => scene.make.step(&ticket, Status::Resolved, SeatMove::Free),
            (None, _) => {
                let user = *random.pick(&crowd.users);
                scene.make.assign(&ticket, user, AUTOMATIC)
            }
        };
        let answer = store.write_ticket(&write).await?;
        if let (TicketWritten::Written(_), None) = (answer, ticket.assignment) {
            assigned_count.set(assigned_count.get() + 1);
        }
        let roster = store.roster().await?;
        assert!(
            roster.iter().all(|staff| staff.active <= CAPACITY),
            "more than {CAPACITY} seats are held: {roster:?}"
        );
    }
    panic!(
        "{} tickets have no assignee, although every user has free seats",
        left.len()
    )
}

/// Claims together with forced, returning and unassigned tickets and changed capacities. The history of the events must
/// explain each answer.
pub async fn a_crowd_that_forces_and_returns_claims_within_capacity(store: &dyn Store) -> Outcome {
    let crowd = create_crowd(store).await?;
    let log = Log::default();
    let workers = (100..100 + WORKERS).map(|seed| Worker {
        scene: Scene::seeded(store, seed),
        random: Random::new(seed),
        crowd: &crowd,
        log: &log,
    });
    let done = join_all(workers.map(Worker::work)).await;
    done.into_iter().collect::<Outcome>()?;
    let events = Scene::new(store).events().await?;
    let calls = log.calls.take();
    let history = History::check(&crowd.users, CAPACITY, &calls, &events);
    for staff in store.roster().await? {
        assert_eq!(staff.active as usize, history.seats_of(staff.id));
    }
    Ok(())
}

struct Worker<'a> {
    scene: Scene<'a>,
    random: Random,
    crowd: &'a Crowd,
    log: &'a Log,
}

impl Worker<'_> {
    async fn work(mut self) -> Outcome {
        for _ in 0..40 {
            self.step().await?;
        }
        Ok(())
    }

    async fn step(&mut self) -> Outcome {
        if self.random.below(10) == 0 {
            return self.resize().await;
        }
        let ticket = self
            .scene
            .stored(*self.random.pick(&self.crowd.tickets))
            .await?;
        self.random.pause().await;
        let (operation, write) = self.choose(&ticket);
        self.log.begin(write.event.id, operation);
        let written = match self.scene.store.write_ticket(&write).await? {
            TicketWritten::Written(ticket) => Some(seat_after(operation, &ticket)),
            TicketWritten::Stale | TicketWritten::SeatTaken => None,
            other => panic!("{other:?}"),
        };
        self.log.end(write.event.id, written);
        self.random.pause().await;
        Ok(())
    }

    fn choose(&mut self, ticket: &Ticket) -> (Operation, TicketWrite) {
        let user = *self.random.pick(&self.crowd.users);
        let make = &mut self.scene.make;
        let take_back = SeatMove::Take(SeatBound::Unbounded);
        match (ticket.assignee(), ticket.status, self.random.below(8)) {
            (Some(own), Status::Waiting, _) => (
                Operation::Unbounded(own),
                make.step(ticket, Status::InProgress, take_back),
            ),
            (Some(own), Status::Resolved, _) => (
                Operation::Unbounded(own),
                make.step(ticket, Status::Open, take_back),
            ),
            (_, _, 0) => (
                Operation::Unbounded(user),
                make.assign(ticket, user, SeatBound::Unbounded),
            ),
            (None, _, _) => (Operation::Claim(user), make.assign(ticket, user, AUTOMATIC)),
            (Some(_), _, 1..=2) => (
                Operation::Free,
                make.step(ticket, Status::Waiting, SeatMove::Free),
            ),
            (Some(_), _, 3..=4) => (
                Operation::Free,
                make.step(ticket, Status::Resolved, SeatMove::Free),
            ),
            (Some(_), _, _) => {
                let mut write = make.step(ticket, Status::Open, SeatMove::Free);
                write.ticket.assignment = None;
                (Operation::Unassign, write)
            }
        }
    }

    /// Lowers or raises the capacity of a user.
    async fn resize(&mut self) -> Outcome {
        let id = *self.random.pick(&self.crowd.users);
        let user = self.scene.stored_user(id).await?;
        self.random.pause().await;
        let capacity = self.random.below(u64::from(CAPACITY) + 1) as u32;
        let write = self
            .scene
            .make
            .user_write(&user, |user| user.capacity = capacity);
        let operation = Operation::Capacity(id, capacity);
        self.log.begin(write.event.id, operation);
        let answer = self.scene.store.write_user(&write).await?;
        let written = matches!(answer, UserWritten::Written(_)).then_some(None);
        self.log.end(write.event.id, written);
        Ok(())
    }
}

/// Returns the seat that a ticket holds after an operation.
fn seat_after(operation: Operation, ticket: &Ticket) -> Option<(UserId, u32)> {
    let place = ticket.assignee().zip(seat(ticket));
    if let Operation::Claim(_) = operation {
        assert!(
            seat(ticket) < Some(CAPACITY),
            "an automatic claim took {place:?}"
        );
    }
    place
}
