//! Twenty workers on fifty tickets and five people: whatever the order, no automatic claim brings anybody above the
//! capacity, no seat is held twice, and no ticket is given twice. [`History`] judges what they did.

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
/// So many steps of one worker, and the crowd gets nowhere.
const PATIENCE: u32 = 3_000;

/// Who is there and what there is to do.
struct Crowd {
    people: Vec<UserId>,
    tickets: Vec<TicketId>,
}

/// What a worker tried, by the id of the event that it would make.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Claim(UserId),
    /// Forced by a human, or back from waiting.
    Unbounded(UserId),
    /// Waits or is resolved; the assignee stays.
    Free,
    Unassign,
    Capacity(UserId, u32),
}

/// What all workers tried, by the id of the event that it would make.
#[derive(Default)]
pub(super) struct Log {
    tried: RefCell<HashMap<EventId, Try>>,
    ticks: Cell<u64>,
}

/// One call of the store.
#[derive(Clone, Copy)]
pub(super) struct Try {
    pub(super) act: Act,
    /// When the call began and ended, as places in the order of all these moments.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// The seat that the ticket has since; none where the call was refused.
    pub(super) written: Option<Option<(UserId, u32)>>,
}

impl Log {
    fn tick(&self) -> u64 {
        self.ticks.set(self.ticks.get() + 1);
        self.ticks.get()
    }

    fn begin(&self, event: EventId, act: Act) {
        let begun = self.tick();
        let new = Try {
            act,
            begun,
            ended: u64::MAX,
            written: None,
        };
        self.tried.borrow_mut().insert(event, new);
    }

    fn end(&self, event: EventId, written: Option<Option<(UserId, u32)>>) {
        let ended = self.tick();
        if let Some(one) = self.tried.borrow_mut().get_mut(&event) {
            (one.ended, one.written) = (ended, written);
        }
    }
}

async fn gather(store: &dyn Store) -> Outcome<Crowd> {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let (mut people, mut tickets) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        people.push(scene.moderator(CAPACITY).await?.id);
    }
    for _ in 0..TICKETS {
        tickets.push(scene.ticket(ann).await?.id);
    }
    Ok(Crowd { people, tickets })
}

/// Claims and resolutions alone: no look at the roster, at any moment, shows anybody above the capacity.
pub async fn a_crowd_that_claims_stays_within_capacity(store: &dyn Store) -> Outcome {
    let crowd = gather(store).await?;
    let given = Cell::new(0_u64);
    let work = |seed| claim_and_resolve(store, &crowd, seed, &given);
    let done = join_all((100..100 + WORKERS).map(work)).await;
    done.into_iter().collect::<Outcome>()?;
    let mut resolved = 0;
    for &id in &crowd.tickets {
        resolved += u64::from(Scene::new(store).stored(id).await?.status == Status::Resolved);
    }
    assert_eq!((resolved, given.get()), (TICKETS, TICKETS));
    let roster = store.roster().await?;
    assert!(roster.iter().all(|staff| staff.active == 0));
    Ok(())
}

/// Gives tickets to whoever has room and resolves them, until none is left.
async fn claim_and_resolve(
    store: &dyn Store,
    crowd: &Crowd,
    seed: u64,
    given: &Cell<u64>,
) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    let mut left = crowd.tickets.clone();
    for _ in 0..PATIENCE {
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
                let person = *random.pick(&crowd.people);
                scene.make.assign(&ticket, person, AUTOMATIC)
            }
        };
        let answer = store.write_ticket(&write).await?;
        if let (TicketWritten::Written(_), None) = (answer, ticket.assignment) {
            given.set(given.get() + 1);
        }
        let roster = store.roster().await?;
        assert!(
            roster.iter().all(|staff| staff.active <= CAPACITY),
            "more than {CAPACITY} seats are held: {roster:?}"
        );
    }
    panic!(
        "{} tickets find nobody, although everybody has room",
        left.len()
    )
}

/// The same with forced tickets, returning tickets, unassigned tickets and changed capacities among the claims. The
/// history of the events must explain each answer.
pub async fn a_crowd_that_forces_and_returns_claims_within_capacity(store: &dyn Store) -> Outcome {
    let crowd = gather(store).await?;
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
    let tried = log.tried.take();
    let history = History::check(&crowd.people, CAPACITY, &tried, &events);
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
        let (act, write) = self.choose(&ticket);
        self.log.begin(write.event.id, act);
        let written = match self.scene.store.write_ticket(&write).await? {
            TicketWritten::Written(ticket) => Some(place(act, &ticket)),
            TicketWritten::Stale | TicketWritten::SeatTaken => None,
            other => panic!("{other:?}"),
        };
        self.log.end(write.event.id, written);
        self.random.pause().await;
        Ok(())
    }

    fn choose(&mut self, ticket: &Ticket) -> (Act, TicketWrite) {
        let person = *self.random.pick(&self.crowd.people);
        let make = &mut self.scene.make;
        let back = SeatMove::Take(SeatBound::Unbounded);
        match (ticket.assignee(), ticket.status, self.random.below(8)) {
            (Some(own), Status::Waiting, _) => (
                Act::Unbounded(own),
                make.step(ticket, Status::InProgress, back),
            ),
            (Some(own), Status::Resolved, _) => {
                (Act::Unbounded(own), make.step(ticket, Status::Open, back))
            }
            (_, _, 0) => (
                Act::Unbounded(person),
                make.assign(ticket, person, SeatBound::Unbounded),
            ),
            (None, _, _) => (Act::Claim(person), make.assign(ticket, person, AUTOMATIC)),
            (Some(_), _, 1..=2) => (
                Act::Free,
                make.step(ticket, Status::Waiting, SeatMove::Free),
            ),
            (Some(_), _, 3..=4) => (
                Act::Free,
                make.step(ticket, Status::Resolved, SeatMove::Free),
            ),
            (Some(_), _, _) => {
                let mut write = make.step(ticket, Status::Open, SeatMove::Free);
                write.ticket.assignment = None;
                (Act::Unassign, write)
            }
        }
    }

    /// Lowers or raises somebody's capacity.
    async fn resize(&mut self) -> Outcome {
        let person = *self.random.pick(&self.crowd.people);
        let user = self.scene.stored_user(person).await?;
        self.random.pause().await;
        let capacity = self.random.below(u64::from(CAPACITY) + 1) as u32;
        let write = self
            .scene
            .make
            .user_write(&user, |user| user.capacity = capacity);
        let act = Act::Capacity(person, capacity);
        self.log.begin(write.event.id, act);
        let answer = self.scene.store.write_user(&write).await?;
        let written = matches!(answer, UserWritten::Written(_)).then_some(None);
        self.log.end(write.event.id, written);
        Ok(())
    }
}

/// The seat that a ticket has after an act.
fn place(act: Act, ticket: &Ticket) -> Option<(UserId, u32)> {
    let place = ticket.assignee().zip(seat(ticket));
    if let Act::Claim(_) = act {
        assert!(
            seat(ticket) < Some(CAPACITY),
            "an automatic claim took {place:?}"
        );
    }
    place
}
