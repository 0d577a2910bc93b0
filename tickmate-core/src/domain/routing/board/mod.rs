//! A desk's tickets in memory: the router with its backlog, without a store. It runs the driver protocol and the
//! replay of a period, by the same [`Dispatch`](super::Dispatch) that the desk runs against its store.

mod absence;
mod acquainted;
mod backlog;
mod rebalance;

use std::collections::{BTreeMap, BTreeSet};

use super::{AssigneeRequest, Index, Needs, Staff};
use crate::domain::{
    decision::{AssigneeChoice, DecisionRecord},
    id::UserId,
    presence::Presence,
    priority::Priority,
    skill::Skill,
    time::{Span, Timestamp},
};

pub(crate) use self::acquainted::{ACQUAINTED_AMONG, ACQUAINTED_FOR};
use self::{acquainted::Acquainted, backlog::Lane};

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
    /// It returns to the backlog.
    Unassign {
        /// The ticket's number.
        ticket: u64,
    },
}

/// A ticket of the board and its state.
#[derive(Debug)]
struct Entry {
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
    tickets: BTreeMap<u64, Entry>,
    lanes: BTreeMap<Lane, BTreeSet<u64>>,
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
            lanes: BTreeMap::new(),
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

    /// Returns how many tickets are in the backlog.
    pub fn backlog_length(&self) -> usize {
        self.lanes.values().map(BTreeSet::len).sum()
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
        let entry = Entry {
            ticket,
            holder: None,
            begun: false,
            rebalanced: false,
            escalated_at: None,
        };
        self.tickets.insert(number, entry);
        self.enter_backlog(number);
        self.dispatch_backlog();
        self.done()
    }

    /// Work on a ticket began. It stays begun whoever takes it over.
    pub fn begin(&mut self, ticket: u64) {
        if let Some(entry) = self.tickets.get_mut(&ticket) {
            entry.begun = true;
        }
    }

    /// A ticket is over.
    pub fn finish(&mut self, ticket: u64, now: Timestamp) -> Vec<Move> {
        self.now = now;
        let holder = self.holder(ticket);
        self.take_from_holder(ticket);
        self.leave_backlog(ticket);
        if let Some(entry) = self.tickets.remove(&ticket) {
            self.acquainted.note(&entry.ticket, holder);
        }
        self.dispatch_backlog();
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
                self.dispatch_backlog();
                self.rebalance(person);
            }
            Presence::Away | Presence::OffShift | Presence::Offline => {
                self.absent.insert(person, (presence, now));
                if presence == Presence::Offline {
                    self.release(person);
                }
                self.dispatch_backlog();
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
            self.dispatch_backlog();
        }
        self.done()
    }

    fn done(&mut self) -> Vec<Move> {
        std::mem::take(&mut self.moves)
    }

    fn assign(&mut self, number: u64, choice: AssigneeChoice) {
        self.take_from_holder(number);
        self.leave_backlog(number);
        let Some(entry) = self.tickets.get_mut(&number) else {
            return;
        };
        self.assignments += 1;
        entry.holder = Some(choice.to);
        self.acquainted.note(&entry.ticket, Some(choice.to));
        self.held_by.entry(choice.to).or_default().insert(number);
        self.index.give(choice.to, self.assignments);
        self.moves.push(Move::Assign {
            ticket: number,
            to: choice.to,
            why: Box::new(choice.why),
        });
    }

    fn take_from_holder(&mut self, number: u64) {
        let Some(entry) = self.tickets.get_mut(&number) else {
            return;
        };
        if let Some(holder) = entry.holder.take() {
            self.acquainted.note(&entry.ticket, None);
            self.index.free_seat(holder);
            if let Some(tickets) = self.held_by.get_mut(&holder) {
                tickets.remove(&number);
            }
        }
    }
}

impl BoardTicket {
    const fn request(&self, previous: Option<UserId>, now: Timestamp) -> AssigneeRequest<'_> {
        AssigneeRequest {
            needs: Needs {
                skills: self.skills.as_slice(),
                requester: self.requester,
                declined_by: &[],
                previous,
                now,
            },
            priority: self.priority,
            created_at: self.written,
        }
    }
}
