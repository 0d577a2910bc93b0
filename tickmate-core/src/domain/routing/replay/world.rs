//! The simulated world: produces the next event, and applies the moves with which a router answers. The router is the
//! caller's: a board or a whole desk.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
};

use super::{MAX_DRAIN, Period, PresenceChange, ReplayTicket, TooMuch, case::Case, worker::Worker};
use crate::domain::{
    decision::Tier,
    id::UserId,
    presence::Presence,
    routing::{BoardTicket, Move, Policy},
    time::{Span, Timestamp},
};

/// The interval of the ticks with which a router handles its timers.
const TICK_MS: i64 = 60_000;

/// An event that a router answers with moves.
#[derive(Debug, Clone)]
pub struct ReplayStep {
    /// When it happens.
    pub at: Timestamp,
    /// What happens.
    pub what: Happening,
}

/// What happens in a step. Events of the same time come in this order: work ends, presence changes, tickets are
/// created, time passes. Work begins right after the event that made it possible.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A ticket was finished.
    Finished {
        /// The ticket's number.
        ticket: u64,
        /// The assignee.
        by: UserId,
    },
    /// The presence of a user changed.
    Presence(PresenceChange),
    /// A ticket was created.
    Written(BoardTicket),
    /// A minute passed. Omitted while it can have no effect: no ticket waits for a timer of the policy, and no absent
    /// user has a ticket to release.
    Tick,
    /// An assignee began a ticket, or continues one that another user began.
    Begun {
        /// The ticket's number.
        ticket: u64,
        /// The assignee.
        by: UserId,
    },
}

/// When work ends unless it is interrupted: time, ticket, assignee, and the assignee's run number.
type End = (Timestamp, u64, UserId, u64);

/// The simulated staff, their tickets, and a clock. The caller follows each [`World::step`] with one
/// [`World::apply`].
#[derive(Debug)]
pub struct World<'a> {
    from: Timestamp,
    pub(super) now: Timestamp,
    end: Timestamp,
    pub(super) people: BTreeMap<UserId, Worker>,
    pub(super) cases: BTreeMap<u64, Case<'a>>,
    upcoming: VecDeque<&'a ReplayTicket>,
    changes: VecDeque<&'a PresenceChange>,
    ends: BinaryHeap<Reverse<End>>,
    tick: Timestamp,
    begun_work: VecDeque<(u64, UserId)>,
    users_to_check: Vec<UserId>,
    /// The number of unfinished tickets.
    open: usize,
    /// The number of unfinished tickets without an assignee.
    unassigned: usize,
    pub(super) longest_queue: usize,
    pub(super) moves: u64,
    pub(super) unassignments: u64,
    pub(super) over_full: u64,
    refused: u64,
    /// Whether the policy has timers for tickets without an assignee.
    has_timers: bool,
    hand_over: bool,
    /// The absent users who have tickets to release.
    leaving: BTreeSet<UserId>,
}

impl<'a> World<'a> {
    /// Creates the world at the beginning of the period. The policy determines the limit of each user.
    ///
    /// # Errors
    /// Returns an error if the period is too large.
    pub fn new(period: &'a Period, policy: &Policy) -> Result<Self, TooMuch> {
        period.check()?;
        let mut upcoming: Vec<&ReplayTicket> = period.tickets.iter().collect();
        upcoming.sort_by_key(|ticket| (ticket.written, ticket.number));
        let mut changes: Vec<&PresenceChange> = period.changes.iter().collect();
        changes.sort_by_key(|change| (change.at, change.person));
        let people = period.staff.iter();
        let last = upcoming.last().map_or(period.from, |ticket| ticket.written);
        Ok(Self {
            from: period.from,
            now: period.from,
            end: saturating_add(last, period.drain.clamp(Span::zero(), MAX_DRAIN)),
            people: people
                .map(|staff| (staff.id, Worker::new(staff, policy)))
                .collect(),
            cases: BTreeMap::new(),
            upcoming: upcoming.into(),
            changes: changes.into(),
            ends: BinaryHeap::new(),
            tick: period.from,
            begun_work: VecDeque::new(),
            users_to_check: Vec::new(),
            open: 0,
            unassigned: 0,
            longest_queue: 0,
            moves: 0,
            unassignments: 0,
            over_full: 0,
            refused: 0,
            has_timers: !policy.relax_after.is_off() || !policy.escalate_after.is_off(),
            hand_over: policy.hand_over,
            leaving: BTreeSet::new(),
        })
    }

    /// Returns the next step; `None` when everything is done, or the time for the unfinished tickets is over.
    pub fn step(&mut self) -> Option<ReplayStep> {
        if let Some((ticket, by)) = self.begun_work.pop_front() {
            let what = Happening::Begun { ticket, by };
            return Some(ReplayStep { at: self.now, what });
        }
        loop {
            if self.open == 0 && self.upcoming.is_empty() {
                return None;
            }
            let Some((at, kind)) = self.next().filter(|(at, _)| *at <= self.end) else {
                self.now = self.now.max(self.end);
                return None;
            };
            self.now = self.now.max(at);
            let what = match kind {
                EventKind::End => self.finish(),
                EventKind::Change => self.change(),
                EventKind::Writing => self.write(),
                EventKind::Tick => {
                    self.tick = self.tick_after(at);
                    Some(Happening::Tick)
                }
            };
            if let Some(what) = what {
                return Some(ReplayStep { at: self.now, what });
            }
        }
    }

    /// Applies the router's moves for the last step. Then users without a ticket in progress begin their next one. An
    /// invalid move changes nothing and is counted, see [`World::refused`].
    pub fn apply(&mut self, moves: &[Move]) {
        for one in moves {
            let applied = match one {
                Move::Assign { ticket, to, why } => self.assign(*ticket, *to, why.tier),
                Move::Unassign { ticket } => self.unassign(*ticket),
            };
            if applied.is_none() {
                self.refused += 1;
            }
        }
        for id in std::mem::take(&mut self.users_to_check) {
            self.begin_next_ticket(id);
        }
        self.longest_queue = self.longest_queue.max(self.unassigned);
    }

    /// Returns the number of unfinished tickets of a user.
    pub fn open(&self, person: UserId) -> u32 {
        self.people.get(&person).map_or(0, |worker| worker.open)
    }

    /// Returns whether a user takes work.
    #[cfg(test)]
    pub fn is_present(&self, person: UserId) -> bool {
        self.people
            .get(&person)
            .is_some_and(|worker| worker.present)
    }

    /// Returns the assignee of a ticket.
    pub fn holder(&self, ticket: u64) -> Option<UserId> {
        self.cases.get(&ticket)?.holder
    }

    /// Returns the number of unfinished tickets without an assignee.
    pub const fn backlog_length(&self) -> usize {
        self.unassigned
    }

    /// Returns the number of unfinished tickets.
    pub(super) const fn unfinished(&self) -> usize {
        self.open
    }

    /// Returns the number of tickets of absent users who have tickets to release.
    pub(super) fn tickets_to_release(&self) -> u64 {
        self.leaving
            .iter()
            .map(|id| u64::from(self.open(*id)))
            .sum()
    }

    /// Returns how often a user was assigned more tickets than the policy allows.
    pub const fn over_full(&self) -> u64 {
        self.over_full
    }

    /// Returns the number of invalid moves: the ticket is unknown or finished, or the user is unknown or has the
    /// ticket already.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns the next event; at the same time in the order of the kinds.
    fn next(&mut self) -> Option<(Timestamp, EventKind)> {
        while let Some(Reverse((_, ticket, by, run))) = self.ends.peek() {
            let worker = self.people.get(by);
            if worker.is_some_and(|worker| worker.run == *run && worker.current == Some(*ticket)) {
                break;
            }
            self.ends.pop();
        }
        let end = self.ends.peek().map(|Reverse(end)| (end.0, EventKind::End));
        let change = self.changes.front().map(|one| (one.at, EventKind::Change));
        let writing = self
            .upcoming
            .front()
            .map(|one| (one.written, EventKind::Writing));
        let tick = self
            .needs_ticks()
            .then(|| (self.next_tick(), EventKind::Tick));
        [end, change, writing, tick].into_iter().flatten().min()
    }

    fn finish(&mut self) -> Option<Happening> {
        let Reverse((_, ticket, by, _)) = self.ends.pop()?;
        let case = self.cases.get_mut(&ticket)?;
        let worker = self.people.get_mut(&by)?;
        worker.stop(self.now);
        worker.current = None;
        worker.open -= 1;
        case.remaining = Span::zero();
        case.finished = true;
        case.holder = None;
        self.open -= 1;
        self.users_to_check.push(by);
        self.update_leaving(by);
        Some(Happening::Finished { ticket, by })
    }

    fn change(&mut self) -> Option<Happening> {
        let change = *self.changes.pop_front()?;
        let worker = self.people.get_mut(&change.person)?;
        worker.present = change.presence == Presence::Present;
        if worker.present {
            self.resume_work(change.person);
            self.users_to_check.push(change.person);
        } else {
            self.pause(change.person);
        }
        self.update_leaving(change.person);
        Some(Happening::Presence(change))
    }

    fn write(&mut self) -> Option<Happening> {
        let ticket = self.upcoming.pop_front()?;
        if self.cases.contains_key(&ticket.number) {
            return None;
        }
        self.cases.insert(ticket.number, Case::new(ticket));
        if self.open == 0 {
            self.tick = self.tick_after(self.now);
        }
        self.open += 1;
        self.unassigned += 1;
        Some(Happening::Written(ticket.shown()))
    }

    fn assign(&mut self, number: u64, to: UserId, tier: Tier) -> Option<()> {
        let case = self.cases.get(&number)?;
        if case.finished || case.holder == Some(to) || !self.people.contains_key(&to) {
            return None;
        }
        self.take_from_holder(number);
        self.unassigned -= 1;
        let case = self.cases.get_mut(&number)?;
        let worker = self.people.get_mut(&to)?;
        self.moves += u64::from(case.assignments > 0);
        case.assignments += 1;
        case.tier = Some(tier);
        case.holder = Some(to);
        worker.open += 1;
        self.over_full += u64::from(worker.open > worker.limit);
        worker.add_pending(case.ticket);
        self.users_to_check.push(to);
        self.update_leaving(to);
        Some(())
    }

    fn unassign(&mut self, number: u64) -> Option<()> {
        self.cases.get(&number)?.holder?;
        self.take_from_holder(number);
        self.unassignments += 1;
        Some(())
    }

    /// Takes a ticket from its assignee, if it has one.
    fn take_from_holder(&mut self, number: u64) {
        let Some(holder) = self.holder(number) else {
            return;
        };
        if self
            .people
            .get(&holder)
            .is_some_and(|one| one.current == Some(number))
        {
            self.pause(holder);
        }
        if let (Some(case), Some(worker)) =
            (self.cases.get_mut(&number), self.people.get_mut(&holder))
        {
            case.holder = None;
            worker.open -= 1;
            worker.remove_pending(case.ticket);
            if worker.current == Some(number) {
                worker.current = None;
                self.users_to_check.push(holder);
            }
            self.unassigned += 1;
        }
        self.update_leaving(holder);
    }

    fn begin_next_ticket(&mut self, id: UserId) {
        let Some(worker) = self.people.get_mut(&id) else {
            return;
        };
        let Some(number) = worker.take_next() else {
            return;
        };
        worker.current = Some(number);
        if let Some(case) = self.cases.get_mut(&number) {
            case.begun_at.get_or_insert(self.now);
        }
        self.resume_work(id);
        self.begun_work.push_back((number, id));
    }

    /// Starts or resumes the work of a user on the current ticket.
    fn resume_work(&mut self, id: UserId) {
        let Some(worker) = self.people.get_mut(&id) else {
            return;
        };
        if let Some(number) = worker.current
            && worker.since.is_none()
            && let Some(case) = self.cases.get(&number)
        {
            worker.start(self.now);
            let end = (
                saturating_add(self.now, case.remaining),
                number,
                id,
                worker.run,
            );
            self.ends.push(Reverse(end));
        }
    }

    fn pause(&mut self, id: UserId) {
        if let Some(worker) = self.people.get_mut(&id) {
            let elapsed = worker.stop(self.now);
            if let Some(case) = worker
                .current
                .and_then(|number| self.cases.get_mut(&number))
            {
                case.remaining = (case.remaining - elapsed).max(Span::zero());
            }
        }
    }

    /// Returns whether a tick can have an effect.
    fn needs_ticks(&self) -> bool {
        (self.has_timers && self.unassigned > 0) || !self.leaving.is_empty()
    }

    /// Updates whether a user is absent and has tickets to release: with `hand_over` any ticket, otherwise one that
    /// is not in progress.
    fn update_leaving(&mut self, id: UserId) {
        let leaving = self.people.get(&id).is_some_and(|worker| {
            !worker.present && (worker.has_pending() || (self.hand_over && worker.open > 0))
        });
        match leaving {
            true => self.leaving.insert(id),
            false => self.leaving.remove(&id),
        };
    }

    /// Returns the first whole minute from now on that has had no tick.
    fn next_tick(&self) -> Timestamp {
        match self.tick < self.now {
            true => self.tick_after(just_before(self.now)),
            false => self.tick,
        }
    }

    /// Returns the first whole minute of the period after `at`.
    fn tick_after(&self, at: Timestamp) -> Timestamp {
        let minutes = (at - self.from).num_milliseconds().div_euclid(TICK_MS) + 1;
        saturating_add(self.from, Span::milliseconds(minutes * TICK_MS))
    }
}

/// The kinds of events, in their order at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EventKind {
    End,
    Change,
    Writing,
    Tick,
}

/// Returns the time just before another, clamped to the representable range.
fn just_before(at: Timestamp) -> Timestamp {
    at.checked_sub_signed(Span::nanoseconds(1))
        .unwrap_or(Timestamp::MIN_UTC)
}

/// Returns the time after a span, clamped to the representable range.
fn saturating_add(at: Timestamp, span: Span) -> Timestamp {
    at.checked_add_signed(span).unwrap_or(Timestamp::MAX_UTC)
}
