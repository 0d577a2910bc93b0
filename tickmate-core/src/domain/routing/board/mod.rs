//! A desk's tickets in memory: the router with its queue, without a store. It runs the driver protocol and the
//! replay of a period; the desk itself makes the same decisions from its store.

mod absence;
mod acquainted;
mod queue;
mod rebalance;

use std::collections::{BTreeMap, BTreeSet};

use super::{Index, Needs, Staff};
use crate::domain::{
    decision::{AssigneeChoice, DecisionRecord},
    id::UserId,
    presence::Presence,
    priority::Priority,
    skill::Skill,
    time::{Span, Timestamp},
};

pub(crate) use self::acquainted::{ACQUAINTED_AMONG, ACQUAINTED_FOR};
use self::{acquainted::Acquainted, queue::Line};

/// A ticket as the board sees it.
#[derive(Debug, Clone)]
pub struct BoardTicket {
    /// Its number: the smaller, the older.
    pub number: u64,
    /// How much it presses.
    pub priority: Priority,
    /// Who asks.
    pub requester: UserId,
    /// The required skills.
    pub skills: Vec<Skill>,
    /// When it was written.
    pub written: Timestamp,
}

/// What becomes of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Somebody gets it, or gets it from somebody else.
    Assign {
        /// The ticket's number.
        ticket: u64,
        /// The person.
        to: UserId,
        /// Why.
        why: Box<DecisionRecord>,
    },
    /// It goes back to the queue.
    Unassign {
        /// The ticket's number.
        ticket: u64,
    },
}

/// A ticket, and who has it.
#[derive(Debug)]
struct Kept {
    ticket: BoardTicket,
    holder: Option<UserId>,
    begun: bool,
    rebalanced: bool,
    escalated_at: Option<Timestamp>,
}

/// The tickets of a desk, and who has them.
#[derive(Debug)]
pub struct Board {
    index: Index,
    away_limit: Span,
    now: Timestamp,
    tickets: BTreeMap<u64, Kept>,
    lines: BTreeMap<Line, BTreeSet<u64>>,
    held_by: BTreeMap<UserId, BTreeSet<u64>>,
    /// Who doesn't take work, and since when.
    absent: BTreeMap<UserId, (Presence, Timestamp)>,
    acquainted: Acquainted,
    /// How many assignments there were: their order takes the place of the events' one.
    assignments: u64,
    moves: Vec<Move>,
}

impl Board {
    /// A board without tickets. `away_limit`: how long somebody may be away before it counts as absence.
    pub fn new(mut index: Index, staff: Vec<Staff>, away_limit: Span, now: Timestamp) -> Self {
        let absent = staff
            .iter()
            .filter(|one| one.presence != Presence::Present)
            .map(|one| (one.id, (one.presence, now)))
            .collect();
        index.extend(staff);
        Self {
            index,
            away_limit,
            now,
            tickets: BTreeMap::new(),
            lines: BTreeMap::new(),
            held_by: BTreeMap::new(),
            absent,
            acquainted: Acquainted::default(),
            assignments: 0,
            moves: Vec::new(),
        }
    }

    /// The roster.
    pub fn index(&mut self) -> &mut Index {
        &mut self.index
    }

    /// How many tickets wait in the queue.
    pub fn backlog_length(&self) -> usize {
        self.lines.values().map(BTreeSet::len).sum()
    }

    /// Who has a ticket.
    pub fn holder(&self, ticket: u64) -> Option<UserId> {
        self.tickets.get(&ticket)?.holder
    }

    /// Somebody wrote a ticket. A number that is there already is ignored.
    pub fn write(&mut self, ticket: BoardTicket, now: Timestamp) -> Vec<Move> {
        self.now = now;
        let number = ticket.number;
        if self.tickets.contains_key(&number) {
            return Vec::new();
        }
        if self.index.policy().sticky {
            self.acquainted.write(&ticket);
        }
        let kept = Kept {
            ticket,
            holder: None,
            begun: false,
            rebalanced: false,
            escalated_at: None,
        };
        self.tickets.insert(number, kept);
        self.line_up(number);
        self.serve();
        self.done()
    }

    /// Work on a ticket began. It stays begun whoever takes it over.
    pub fn begin(&mut self, ticket: u64) {
        if let Some(kept) = self.tickets.get_mut(&ticket) {
            kept.begun = true;
        }
    }

    /// A ticket is over.
    pub fn finish(&mut self, ticket: u64, now: Timestamp) -> Vec<Move> {
        self.now = now;
        let holder = self.holder(ticket);
        self.take_from_holder(ticket);
        self.leave_line(ticket);
        if let Some(kept) = self.tickets.remove(&ticket) {
            self.acquainted.note(&kept.ticket, holder);
        }
        self.serve();
        if let Some(holder) = holder {
            self.rebalance(holder);
        }
        self.done()
    }

    /// Somebody comes, goes or is away. Unknown people are ignored.
    pub fn presence(&mut self, person: UserId, presence: Presence, now: Timestamp) -> Vec<Move> {
        self.now = now;
        if !self.index.knows(person) {
            return Vec::new();
        }
        self.index.set_presence(person, presence);
        match presence {
            Presence::Present => {
                self.absent.remove(&person);
                self.serve();
                self.rebalance(person);
            }
            Presence::Away | Presence::OffShift | Presence::Offline => {
                self.absent.insert(person, (presence, now));
                if presence == Presence::Offline {
                    self.release(person);
                }
                self.serve();
            }
        }
        self.done()
    }

    /// Time passed: whoever was away for too long gives up tickets, and what waited for long gets its due.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Move> {
        self.now = now;
        self.release_absent();
        let policy = self.index.policy();
        let timed = !policy.relax_after.is_off() || !policy.escalate_after.is_off();
        if timed {
            self.escalate();
            self.serve();
        }
        self.done()
    }

    fn done(&mut self) -> Vec<Move> {
        std::mem::take(&mut self.moves)
    }

    fn assign(&mut self, number: u64, choice: AssigneeChoice) {
        self.take_from_holder(number);
        self.leave_line(number);
        let Some(kept) = self.tickets.get_mut(&number) else {
            return;
        };
        self.assignments += 1;
        kept.holder = Some(choice.to);
        self.acquainted.note(&kept.ticket, Some(choice.to));
        self.held_by.entry(choice.to).or_default().insert(number);
        self.index.give(choice.to, self.assignments);
        self.moves.push(Move::Assign {
            ticket: number,
            to: choice.to,
            why: Box::new(choice.why),
        });
    }

    fn take_from_holder(&mut self, number: u64) {
        let Some(kept) = self.tickets.get_mut(&number) else {
            return;
        };
        if let Some(holder) = kept.holder.take() {
            self.acquainted.note(&kept.ticket, None);
            self.index.free_seat(holder);
            if let Some(tickets) = self.held_by.get_mut(&holder) {
                tickets.remove(&number);
            }
        }
    }
}

impl BoardTicket {
    fn needs(&self, previous: Option<UserId>, now: Timestamp) -> Needs<'_> {
        Needs {
            skills: &self.skills,
            requester: self.requester,
            declined_by: &[],
            previous,
            now,
        }
    }
}
