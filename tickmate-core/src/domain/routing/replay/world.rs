//! The world: what happens next, and what becomes of it by a router's moves. The router is whoever drives it: the
//! board, or a whole desk.

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

/// So often a router may look at what time made due.
const TICK_MS: i64 = 60_000;

/// Something that a router is told, and answers with moves.
#[derive(Debug, Clone)]
pub struct ReplayStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What a router is told. At one moment work ends before people come and go, then tickets are written, then time
/// passes; work begins right after whatever made it possible.
#[derive(Debug, Clone)]
pub enum Happening {
    /// Somebody is done with a ticket.
    Finished {
        /// The ticket's number.
        ticket: u64,
        /// Who.
        by: UserId,
    },
    /// Somebody comes, goes or is away.
    Presence(PresenceChange),
    /// Somebody wrote a ticket.
    Written(BoardTicket),
    /// A minute passed. Left out while nothing can follow from it: no ticket waits for a timer of the policy, and
    /// nobody who is absent has a ticket to give up.
    Tick,
    /// Somebody began a ticket, or goes on with one that somebody else began.
    Begun {
        /// The ticket's number.
        ticket: u64,
        /// Who.
        by: UserId,
    },
}

/// When work ends, unless it is interrupted: moment, ticket, person, and the person's count of runs.
type End = (Timestamp, u64, UserId, u64);

/// People, their tickets, and a clock. Each [`World::step`] is to be followed by one [`World::apply`].
#[derive(Debug)]
pub struct World<'a> {
    from: Timestamp,
    pub(super) now: Timestamp,
    end: Timestamp,
    pub(super) people: BTreeMap<UserId, Worker>,
    pub(super) cases: BTreeMap<u64, Case<'a>>,
    coming: VecDeque<&'a ReplayTicket>,
    changes: VecDeque<&'a PresenceChange>,
    ends: BinaryHeap<Reverse<End>>,
    tick: Timestamp,
    begun: VecDeque<(u64, UserId)>,
    touched: Vec<UserId>,
    /// How many tickets are unfinished.
    open: usize,
    /// How many of them nobody has.
    held: usize,
    pub(super) longest_queue: usize,
    pub(super) moves: u64,
    pub(super) hand_backs: u64,
    pub(super) over_full: u64,
    refused: u64,
    /// Whether time alone does something to a ticket that nobody has.
    timed: bool,
    hand_over: bool,
    /// Who is absent and has a ticket to give up.
    leaving: BTreeSet<UserId>,
}

impl<'a> World<'a> {
    /// The world as the period begins. The policy says how many tickets each person may be given.
    ///
    /// # Errors
    /// Where the period is too large.
    pub fn new(period: &'a Period, policy: &Policy) -> Result<Self, TooMuch> {
        period.check()?;
        let mut coming: Vec<&ReplayTicket> = period.tickets.iter().collect();
        coming.sort_by_key(|ticket| (ticket.written, ticket.number));
        let mut changes: Vec<&PresenceChange> = period.changes.iter().collect();
        changes.sort_by_key(|change| (change.at, change.person));
        let people = period.staff.iter();
        let last = coming.last().map_or(period.from, |ticket| ticket.written);
        Ok(Self {
            from: period.from,
            now: period.from,
            end: later(last, period.drain.clamp(Span::zero(), MAX_DRAIN)),
            people: people
                .map(|staff| (staff.id, Worker::new(staff, policy)))
                .collect(),
            cases: BTreeMap::new(),
            coming: coming.into(),
            changes: changes.into(),
            ends: BinaryHeap::new(),
            tick: period.from,
            begun: VecDeque::new(),
            touched: Vec::new(),
            open: 0,
            held: 0,
            longest_queue: 0,
            moves: 0,
            hand_backs: 0,
            over_full: 0,
            refused: 0,
            timed: !policy.relax_after.is_off() || !policy.escalate_after.is_off(),
            hand_over: policy.hand_over,
            leaving: BTreeSet::new(),
        })
    }

    /// What happens next; none when everything is done, or the time to work off what is left is over.
    pub fn step(&mut self) -> Option<ReplayStep> {
        if let Some((ticket, by)) = self.begun.pop_front() {
            let what = Happening::Begun { ticket, by };
            return Some(ReplayStep { at: self.now, what });
        }
        loop {
            if self.open == 0 && self.coming.is_empty() {
                return None;
            }
            let Some((at, kind)) = self.next().filter(|(at, _)| *at <= self.end) else {
                self.now = self.now.max(self.end);
                return None;
            };
            self.now = self.now.max(at);
            let what = match kind {
                Kind::End => self.finish(),
                Kind::Change => self.change(),
                Kind::Writing => self.write(),
                Kind::Tick => {
                    self.tick = self.tick_after(at);
                    Some(Happening::Tick)
                }
            };
            if let Some(what) = what {
                return Some(ReplayStep { at: self.now, what });
            }
        }
    }

    /// Does what the router said about the last step. Then people who have nothing in hand begin their next ticket.
    /// A move that makes no sense changes nothing, see [`World::refused`].
    pub fn apply(&mut self, moves: &[Move]) {
        for one in moves {
            let done = match one {
                Move::Assign { ticket, to, why } => self.assign(*ticket, *to, why.tier),
                Move::Unassign { ticket } => self.unassign(*ticket),
            };
            if done.is_none() {
                self.refused += 1;
            }
        }
        for id in std::mem::take(&mut self.touched) {
            self.begin_next(id);
        }
        self.longest_queue = self.longest_queue.max(self.held);
    }

    /// How many unfinished tickets somebody has.
    pub fn open(&self, person: UserId) -> u32 {
        self.people.get(&person).map_or(0, |worker| worker.open)
    }

    /// Whether a user takes work.
    #[cfg(test)]
    pub fn is_present(&self, person: UserId) -> bool {
        self.people
            .get(&person)
            .is_some_and(|worker| worker.present)
    }

    /// Who has a ticket.
    pub fn holder(&self, ticket: u64) -> Option<UserId> {
        self.cases.get(&ticket)?.holder
    }

    /// How many tickets nobody has.
    pub const fn backlog_length(&self) -> usize {
        self.held
    }

    /// How many tickets are unfinished.
    pub(super) const fn unfinished(&self) -> usize {
        self.open
    }

    /// How many tickets are with people who are absent and have one to give up.
    pub(super) fn to_give_up(&self) -> u64 {
        self.leaving
            .iter()
            .map(|id| u64::from(self.open(*id)))
            .sum()
    }

    /// How often somebody was given a ticket beyond what the policy allows.
    pub const fn over_full(&self) -> u64 {
        self.over_full
    }

    /// How many moves made no sense: of a ticket that is not there or over, to somebody unknown or who has it.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// The first of what is to come; at one moment in the order of the kinds.
    fn next(&mut self) -> Option<(Timestamp, Kind)> {
        while let Some(Reverse((_, ticket, by, run))) = self.ends.peek() {
            let worker = self.people.get(by);
            if worker.is_some_and(|worker| worker.run == *run && worker.in_hand == Some(*ticket)) {
                break;
            }
            self.ends.pop();
        }
        let end = self.ends.peek().map(|Reverse(end)| (end.0, Kind::End));
        let change = self.changes.front().map(|one| (one.at, Kind::Change));
        let writing = self.coming.front().map(|one| (one.written, Kind::Writing));
        let tick = self.needs_ticks().then(|| (self.next_tick(), Kind::Tick));
        [end, change, writing, tick].into_iter().flatten().min()
    }

    fn finish(&mut self) -> Option<Happening> {
        let Reverse((_, ticket, by, _)) = self.ends.pop()?;
        let case = self.cases.get_mut(&ticket)?;
        let worker = self.people.get_mut(&by)?;
        worker.stop(self.now);
        worker.in_hand = None;
        worker.open -= 1;
        case.left = Span::zero();
        case.finished = true;
        case.holder = None;
        self.open -= 1;
        self.touched.push(by);
        self.note_leaving(by);
        Some(Happening::Finished { ticket, by })
    }

    fn change(&mut self) -> Option<Happening> {
        let change = *self.changes.pop_front()?;
        let worker = self.people.get_mut(&change.person)?;
        worker.present = change.presence == Presence::Present;
        if worker.present {
            self.go_on(change.person);
            self.touched.push(change.person);
        } else {
            self.pause(change.person);
        }
        self.note_leaving(change.person);
        Some(Happening::Presence(change))
    }

    fn write(&mut self) -> Option<Happening> {
        let ticket = self.coming.pop_front()?;
        if self.cases.contains_key(&ticket.number) {
            return None;
        }
        self.cases.insert(ticket.number, Case::new(ticket));
        if self.open == 0 {
            self.tick = self.tick_after(self.now);
        }
        self.open += 1;
        self.held += 1;
        Some(Happening::Written(ticket.shown()))
    }

    fn assign(&mut self, number: u64, to: UserId, tier: Tier) -> Option<()> {
        let case = self.cases.get(&number)?;
        if case.finished || case.holder == Some(to) || !self.people.contains_key(&to) {
            return None;
        }
        self.take_from_holder(number);
        self.held -= 1;
        let case = self.cases.get_mut(&number)?;
        let worker = self.people.get_mut(&to)?;
        self.moves += u64::from(case.given > 0);
        case.given += 1;
        case.tier = Some(tier);
        case.holder = Some(to);
        worker.open += 1;
        self.over_full += u64::from(worker.open > worker.limit);
        worker.enqueue(case.ticket);
        self.touched.push(to);
        self.note_leaving(to);
        Some(())
    }

    fn unassign(&mut self, number: u64) -> Option<()> {
        self.cases.get(&number)?.holder?;
        self.take_from_holder(number);
        self.hand_backs += 1;
        Some(())
    }

    /// Lets nobody have a ticket.
    fn take_from_holder(&mut self, number: u64) {
        let Some(holder) = self.holder(number) else {
            return;
        };
        if self
            .people
            .get(&holder)
            .is_some_and(|one| one.in_hand == Some(number))
        {
            self.pause(holder);
        }
        if let (Some(case), Some(worker)) =
            (self.cases.get_mut(&number), self.people.get_mut(&holder))
        {
            case.holder = None;
            worker.open -= 1;
            worker.leave(case.ticket);
            if worker.in_hand == Some(number) {
                worker.in_hand = None;
                self.touched.push(holder);
            }
            self.held += 1;
        }
        self.note_leaving(holder);
    }

    fn begin_next(&mut self, id: UserId) {
        let Some(worker) = self.people.get_mut(&id) else {
            return;
        };
        let Some(number) = worker.next() else {
            return;
        };
        worker.in_hand = Some(number);
        if let Some(case) = self.cases.get_mut(&number) {
            case.begun.get_or_insert(self.now);
        }
        self.go_on(id);
        self.begun.push_back((number, id));
    }

    /// Somebody works on what is in hand from here on.
    fn go_on(&mut self, id: UserId) {
        let Some(worker) = self.people.get_mut(&id) else {
            return;
        };
        if let Some(number) = worker.in_hand
            && worker.since.is_none()
            && let Some(case) = self.cases.get(&number)
        {
            worker.work(self.now);
            let end = (later(self.now, case.left), number, id, worker.run);
            self.ends.push(Reverse(end));
        }
    }

    fn pause(&mut self, id: UserId) {
        if let Some(worker) = self.people.get_mut(&id) {
            let done = worker.stop(self.now);
            if let Some(case) = worker
                .in_hand
                .and_then(|number| self.cases.get_mut(&number))
            {
                case.left = (case.left - done).max(Span::zero());
            }
        }
    }

    /// Whether anything can follow from a minute that passes.
    fn needs_ticks(&self) -> bool {
        (self.timed && self.held > 0) || !self.leaving.is_empty()
    }

    /// Notes whether somebody is absent and has a ticket to give up: any one where tickets are handed over, else one
    /// that is not in hand.
    fn note_leaving(&mut self, id: UserId) {
        let leaving = self.people.get(&id).is_some_and(|worker| {
            !worker.present && (worker.is_waited_for() || (self.hand_over && worker.open > 0))
        });
        match leaving {
            true => self.leaving.insert(id),
            false => self.leaving.remove(&id),
        };
    }

    /// The next whole minute, as of now, at which no tick was.
    fn next_tick(&self) -> Timestamp {
        match self.tick < self.now {
            true => self.tick_after(earlier(self.now)),
            false => self.tick,
        }
    }

    /// The next whole minute of the period after this moment.
    fn tick_after(&self, at: Timestamp) -> Timestamp {
        let minutes = (at - self.from).num_milliseconds().div_euclid(TICK_MS) + 1;
        later(self.from, Span::milliseconds(minutes * TICK_MS))
    }
}

/// What comes first at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    End,
    Change,
    Writing,
    Tick,
}

/// The moment just before another.
fn earlier(at: Timestamp) -> Timestamp {
    at.checked_sub_signed(Span::nanoseconds(1))
        .unwrap_or(Timestamp::MIN_UTC)
}

/// A moment after another, within what can be told.
fn later(at: Timestamp, span: Span) -> Timestamp {
    at.checked_add_signed(span).unwrap_or(Timestamp::MAX_UTC)
}
