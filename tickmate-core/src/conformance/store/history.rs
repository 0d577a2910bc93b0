//! What a crowd's events say: each written call has its event, no seat is held twice, no ticket is given twice, and each
//! automatic claim had room.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::crowd::{Act, Try};
use crate::domain::{
    event::{Event, EventKind, Subject},
    id::{EventId, TicketId, UserId},
};

/// A ticket's seat.
type Place = Option<(UserId, u32)>;

/// What held after the last event.
pub(super) struct History {
    seats: BTreeMap<(UserId, u32), TicketId>,
    assigned: HashSet<TicketId>,
}

/// A written call, and what it set.
struct Written<T> {
    call: Try,
    set: T,
}

/// Written calls in the order of their events: the seats of each ticket, the capacities of each person.
#[derive(Default)]
struct Timeline {
    seats: HashMap<TicketId, Vec<Written<Place>>>,
    capacities: HashMap<UserId, Vec<Written<u32>>>,
}

impl History {
    /// Goes through the events in their order.
    ///
    /// A store that can't decide a claim in one write may write it and undo it before it refuses: an `assigned` of a
    /// refused claim is tolerated if the next event of that ticket takes it back.
    pub(super) fn check(
        people: &[UserId],
        capacity: u32,
        tried: &HashMap<EventId, Try>,
        events: &[Event],
    ) -> Self {
        let mut history = Self {
            seats: BTreeMap::new(),
            assigned: HashSet::new(),
        };
        let mut timeline = Timeline::default();
        let mut found = 0;
        for (place, event) in events.iter().enumerate() {
            let Some(call) = tried.get(&event.id) else {
                continue;
            };
            let Some(seat) = call.written else {
                let is_undone = is_undone(event, &events[place + 1..], tried);
                assert!(is_undone, "an event of a write that was refused");
                continue;
            };
            found += 1;
            history.apply(call.act, event, seat);
            timeline.add(*call, event, seat);
        }
        let written = tried.values().filter(|call| call.written.is_some());
        assert_eq!(found, written.count(), "a write without its event");
        for person in people {
            timeline.check_claims(*person, capacity);
        }
        history
    }

    /// How many seats a person's tickets hold.
    pub(super) fn seats_of(&self, person: UserId) -> usize {
        let all = self.seats.range((person, 0)..=(person, u32::MAX));
        all.count()
    }

    fn apply(&mut self, act: Act, event: &Event, place: Place) {
        let Subject::Ticket(ticket) = event.subject else {
            return;
        };
        self.seats.retain(|_, holder| *holder != ticket);
        if let Some(place) = place {
            let other = self.seats.insert(place, ticket);
            assert_eq!(other, None, "two tickets hold seat {place:?}");
        }
        match act {
            Act::Claim(person) => {
                assert_eq!(place.map(|(person, _)| person), Some(person));
                assert!(self.assigned.insert(ticket), "{ticket} was given twice");
            }
            Act::Unbounded(person) => {
                assert_eq!(place.map(|(person, _)| person), Some(person));
                self.assigned.insert(ticket);
            }
            Act::Unassign => {
                self.assigned.remove(&ticket);
            }
            Act::Free | Act::Capacity(..) => assert_eq!(place, None),
        }
    }
}

/// Whether the next event of the same ticket takes an assignment back, and no worker asked for that.
fn is_undone(event: &Event, later: &[Event], tried: &HashMap<EventId, Try>) -> bool {
    let next = later.iter().find(|next| next.subject == event.subject);
    event.kind == EventKind::Assigned
        && next
            .is_some_and(|next| next.kind == EventKind::Unassigned && !tried.contains_key(&next.id))
}

impl Timeline {
    fn add(&mut self, call: Try, event: &Event, set: Place) {
        match (event.subject, call.act) {
            (Subject::Ticket(ticket), _) => {
                let seats = self.seats.entry(ticket).or_default();
                seats.push(Written { call, set });
            }
            (_, Act::Capacity(person, set)) => {
                let capacities = self.capacities.entry(person).or_default();
                capacities.push(Written { call, set });
            }
            _ => {}
        }
    }

    /// Each claim of this person had room in the most favourable order of the calls that overlapped it.
    fn check_claims(&self, person: UserId, initial: u32) {
        let none = Vec::new();
        let capacities = self.capacities.get(&person).unwrap_or(&none);
        for (ticket, writes) in &self.seats {
            for claim in writes.iter().map(|write| &write.call) {
                if !matches!(claim.act, Act::Claim(to) if to == person) {
                    continue;
                }
                let others = self.seats.iter().filter(|(other, _)| *other != ticket);
                let holds = |place: Place| place.is_some_and(|(holder, _)| holder == person);
                let taken = others
                    .filter(|(_, writes)| possible(writes, None, claim).all(holds))
                    .count();
                let most = possible(capacities, initial, claim).max();
                let most = most.unwrap_or(initial) as usize;
                assert!(taken < most, "{taken} other seats of {most} at a claim");
            }
        }
    }
}

/// What may have held when a call was decided: the last value that was surely set before, and each one that was set by a
/// call that overlapped it.
fn possible<'a, T: Copy>(
    writes: &'a [Written<T>],
    initial: T,
    at: &Try,
) -> impl Iterator<Item = T> + use<'a, T> {
    let (begun, ended) = (at.begun, at.ended);
    let before = writes.iter().rposition(|write| write.call.ended < begun);
    let base = before.map_or(initial, |place| writes[place].set);
    let rest = &writes[before.map_or(0, |place| place + 1)..];
    let overlapping = rest.iter().filter(move |write| write.call.begun < ended);
    std::iter::once(base).chain(overlapping.map(|write| write.set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conformance::fixtures::{AUTOMATIC, Fixtures},
        domain::user::Role,
    };

    /// Calls on tickets and one person, with the events that they made.
    struct Scenario {
        make: Fixtures,
        person: UserId,
        tried: HashMap<EventId, Try>,
        events: Vec<Event>,
    }

    impl Scenario {
        fn new() -> Self {
            let mut make = Fixtures::new(1);
            let person = make.person(Role::Moderator).id;
            Self {
                make,
                person,
                tried: HashMap::new(),
                events: Vec::new(),
            }
        }

        /// Adds an event of a ticket.
        fn event(&mut self, ticket: TicketId, kind: EventKind) -> EventId {
            let requester = self.make.person(Role::User).id;
            let ticket = crate::domain::ticket::Ticket {
                id: ticket,
                ..self.make.ticket(requester)
            };
            let write = self.make.assign(&ticket, self.person, AUTOMATIC);
            let event = Event {
                kind,
                ..write.event
            };
            self.events.push(event.clone());
            event.id
        }

        fn ticket(&mut self) -> TicketId {
            let requester = self.make.person(Role::User).id;
            self.make.ticket(requester).id
        }

        /// Adds a call that lasted from one moment to another.
        fn call(&mut self, event: EventId, act: Act, span: [u64; 2], written: Option<Place>) {
            let [begun, ended] = span;
            let call = Try {
                act,
                begun,
                ended,
                written,
            };
            self.tried.insert(event, call);
        }

        /// Adds a written claim of a seat.
        fn claim(&mut self, seat: u32, span: [u64; 2]) -> TicketId {
            let ticket = self.ticket();
            let event = self.event(ticket, EventKind::Assigned);
            let place = Some((self.person, seat));
            self.call(event, Act::Claim(self.person), span, Some(place));
            ticket
        }

        fn check(&self, capacity: u32) -> History {
            History::check(&[self.person], capacity, &self.tried, &self.events)
        }
    }

    /// A refused claim whose event is followed by one of this kind.
    fn refused_claim_before(next: EventKind) -> Scenario {
        let mut scenario = Scenario::new();
        let ticket = scenario.ticket();
        let event = scenario.event(ticket, EventKind::Assigned);
        let act = Act::Claim(scenario.person);
        scenario.call(event, act, [1, 2], None);
        scenario.event(ticket, next);
        scenario
    }

    #[test]
    fn a_refused_claim_may_have_been_written_and_undone() {
        let scenario = refused_claim_before(EventKind::Unassigned);
        assert_eq!(scenario.check(1).seats_of(scenario.person), 0);
    }

    #[test]
    #[should_panic(expected = "an event of a write that was refused")]
    fn a_refused_claim_that_was_not_undone_is_found() {
        refused_claim_before(EventKind::Edited).check(1);
    }

    #[test]
    fn claims_within_the_capacity_pass() {
        let mut scenario = Scenario::new();
        scenario.claim(0, [1, 2]);
        scenario.claim(1, [3, 4]);
        assert_eq!(scenario.check(2).seats_of(scenario.person), 2);
    }

    #[test]
    #[should_panic(expected = "other seats")]
    fn a_claim_above_the_capacity_is_found() {
        let mut scenario = Scenario::new();
        scenario.claim(0, [1, 2]);
        scenario.claim(1, [3, 4]);
        scenario.check(1);
    }

    #[test]
    fn a_claim_passes_that_only_an_overlapping_call_made_room_for() {
        let mut scenario = Scenario::new();
        let ticket = scenario.claim(0, [1, 2]);
        let freed = scenario.event(ticket, EventKind::Resolved);
        scenario.call(freed, Act::Free, [3, 6], Some(None));
        scenario.claim(0, [4, 5]);
        assert_eq!(scenario.check(1).seats_of(scenario.person), 1);
    }

    #[test]
    #[should_panic(expected = "hold seat")]
    fn two_tickets_on_one_seat_are_found() {
        let mut scenario = Scenario::new();
        scenario.claim(0, [1, 2]);
        scenario.claim(0, [3, 4]);
        scenario.check(9);
    }
}
