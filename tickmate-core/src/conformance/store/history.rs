//! Checks the events of a crowd: each written call has its event, no seat is held twice, no ticket is assigned twice, and
//! each automatic claim had room.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::crowd::{Call, Operation};
use crate::domain::{
    event::{Event, EventKind, Subject},
    id::{EventId, TicketId, UserId},
};

/// The seat of a ticket.
type HeldSeat = Option<(UserId, u32)>;

/// The state after the last event.
pub(super) struct History {
    seats: BTreeMap<(UserId, u32), TicketId>,
    assigned: HashSet<TicketId>,
}

/// A written call, and the value that it set.
struct Change<T> {
    call: Call,
    value: T,
}

/// Written calls in the order of their events: the seats of each ticket, the capacities of each user.
#[derive(Default)]
struct Timeline {
    seats: HashMap<TicketId, Vec<Change<HeldSeat>>>,
    capacities: HashMap<UserId, Vec<Change<u32>>>,
}

impl History {
    /// Checks the events in their order.
    ///
    /// A store that can't decide a claim in one write may write it and undo it before it refuses: an `assigned` event of a
    /// refused claim is accepted if the next event of that ticket undoes it.
    pub(super) fn check(
        users: &[UserId],
        capacity: u32,
        calls: &HashMap<EventId, Call>,
        events: &[Event],
    ) -> Self {
        let mut history = Self {
            seats: BTreeMap::new(),
            assigned: HashSet::new(),
        };
        let mut timeline = Timeline::default();
        let mut event_count = 0;
        for (place, event) in events.iter().enumerate() {
            let Some(call) = calls.get(&event.id) else {
                continue;
            };
            let Some(seat) = call.written else {
                let is_undone = is_undone(event, &events[place + 1..], calls);
                assert!(is_undone, "an event of a write that was refused");
                continue;
            };
            event_count += 1;
            history.apply(call.operation, event, seat);
            timeline.add(*call, event, seat);
        }
        let written = calls.values().filter(|call| call.written.is_some());
        assert_eq!(event_count, written.count(), "a write without its event");
        for user in users {
            timeline.check_claims(*user, capacity);
        }
        history
    }

    /// Returns the number of seats that a user's tickets hold.
    pub(super) fn seats_of(&self, user: UserId) -> usize {
        let all = self.seats.range((user, 0)..=(user, u32::MAX));
        all.count()
    }

    fn apply(&mut self, operation: Operation, event: &Event, place: HeldSeat) {
        let Subject::Ticket(ticket) = event.subject else {
            return;
        };
        self.seats.retain(|_, holder| *holder != ticket);
        if let Some(place) = place {
            let other = self.seats.insert(place, ticket);
            assert_eq!(other, None, "two tickets hold seat {place:?}");
        }
        match operation {
            Operation::Claim(user) => {
                assert_eq!(place.map(|(user, _)| user), Some(user));
                assert!(self.assigned.insert(ticket), "{ticket} was assigned twice");
            }
            Operation::Unbounded(user) => {
                assert_eq!(place.map(|(user, _)| user), Some(user));
                self.assigned.insert(ticket);
            }
            Operation::Unassign => {
                self.assigned.remove(&ticket);
            }
            Operation::Free | Operation::Capacity(..) => assert_eq!(place, None),
        }
    }
}

/// Returns whether the next event of the same ticket undoes an assignment, and no worker requested that.
fn is_undone(event: &Event, later: &[Event], calls: &HashMap<EventId, Call>) -> bool {
    let next = later.iter().find(|next| next.subject == event.subject);
    event.kind == EventKind::Assigned
        && next
            .is_some_and(|next| next.kind == EventKind::Unassigned && !calls.contains_key(&next.id))
}

impl Timeline {
    fn add(&mut self, call: Call, event: &Event, value: HeldSeat) {
        match (event.subject, call.operation) {
            (Subject::Ticket(ticket), _) => {
                let seats = self.seats.entry(ticket).or_default();
                seats.push(Change { call, value });
            }
            (_, Operation::Capacity(user, value)) => {
                let capacities = self.capacities.entry(user).or_default();
                capacities.push(Change { call, value });
            }
            _ => {}
        }
    }

    /// Checks that each claim of this user had room in the most favorable order of the calls that overlapped it.
    fn check_claims(&self, user: UserId, initial: u32) {
        let none = Vec::new();
        let capacities = self.capacities.get(&user).unwrap_or(&none);
        for (ticket, writes) in &self.seats {
            for claim in writes.iter().map(|write| &write.call) {
                if !matches!(claim.operation, Operation::Claim(to) if to == user) {
                    continue;
                }
                let others = self.seats.iter().filter(|(other, _)| *other != ticket);
                let holds = |place: HeldSeat| place.is_some_and(|(holder, _)| holder == user);
                let taken = others
                    .filter(|(_, writes)| possible_values(writes, None, claim).all(holds))
                    .count();
                let most = possible_values(capacities, initial, claim).max();
                let most = most.unwrap_or(initial) as usize;
                assert!(taken < most, "{taken} other seats of {most} at a claim");
            }
        }
    }
}

/// Returns the possible values when a call was decided: the last one that was certainly set before, and each one that was
/// set by an overlapping call.
fn possible_values<'a, T: Copy>(
    writes: &'a [Change<T>],
    initial: T,
    at: &Call,
) -> impl Iterator<Item = T> + use<'a, T> {
    let (begun, ended) = (at.begun, at.ended);
    let before = writes.iter().rposition(|write| write.call.ended < begun);
    let base = before.map_or(initial, |place| writes[place].value);
    let rest = &writes[before.map_or(0, |place| place + 1)..];
    let overlapping = rest.iter().filter(move |write| write.call.begun < ended);
    std::iter::once(base).chain(overlapping.map(|write| write.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conformance::fixtures::{AUTOMATIC, Fixtures},
        domain::user::Role,
    };

    /// Calls on tickets and one user, with the events that they created.
    struct Scenario {
        make: Fixtures,
        user: UserId,
        calls: HashMap<EventId, Call>,
        events: Vec<Event>,
    }

    impl Scenario {
        fn new() -> Self {
            let mut make = Fixtures::new(1);
            let user = make.person(Role::Moderator).id;
            Self {
                make,
                user,
                calls: HashMap::new(),
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
            let write = self.make.assign(&ticket, self.user, AUTOMATIC);
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
        fn call(
            &mut self,
            event: EventId,
            operation: Operation,
            span: [u64; 2],
            written: Option<HeldSeat>,
        ) {
            let [begun, ended] = span;
            let call = Call {
                operation,
                begun,
                ended,
                written,
            };
            self.calls.insert(event, call);
        }

        /// Adds a written claim of a seat.
        fn claim(&mut self, seat: u32, span: [u64; 2]) -> TicketId {
            let ticket = self.ticket();
            let event = self.event(ticket, EventKind::Assigned);
            let place = Some((self.user, seat));
            self.call(event, Operation::Claim(self.user), span, Some(place));
            ticket
        }

        fn check(&self, capacity: u32) -> History {
            History::check(&[self.user], capacity, &self.calls, &self.events)
        }
    }

    /// Creates a refused claim whose event is followed by one of this kind.
    fn refused_claim_before(next: EventKind) -> Scenario {
        let mut scenario = Scenario::new();
        let ticket = scenario.ticket();
        let event = scenario.event(ticket, EventKind::Assigned);
        let operation = Operation::Claim(scenario.user);
        scenario.call(event, operation, [1, 2], None);
        scenario.event(ticket, next);
        scenario
    }

    #[test]
    fn a_refused_claim_may_have_been_written_and_undone() {
        let scenario = refused_claim_before(EventKind::Unassigned);
        assert_eq!(scenario.check(1).seats_of(scenario.user), 0);
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
        assert_eq!(scenario.check(2).seats_of(scenario.user), 2);
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
        scenario.call(freed, Operation::Free, [3, 6], Some(None));
        scenario.claim(0, [4, 5]);
        assert_eq!(scenario.check(1).seats_of(scenario.user), 1);
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
