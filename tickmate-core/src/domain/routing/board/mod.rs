//! A desk's tickets in memory: the router with its backlog, without a store. The driver protocol and the replay of a
//! period run on it, with the same [`Dispatch`](super::Dispatch) that the desk runs against its store.

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
    /// The ticket's number: the smaller, the older.
    pub number: u64,
    /// The priority.
    pub priority: Priority,
    /// The requester.
    pub requester: UserId,
    /// The required skills.
    pub skills: Vec<Skill>,
    /// When the ticket was created.
    pub written: Timestamp,
}

/// A change of a ticket's assignee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The ticket is assigned or reassigned.
    Assign {
        /// The ticket's number.
        ticket: u64,
        /// The new assignee.
        to: UserId,
        /// The reason.
        why: Box<DecisionRecord>,
    },
    /// The ticket is unassigned and returns to the backlog.
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

/// The tickets of a desk and their assignees.
#[derive(Debug)]
pub struct Board {
    index: Index,
    away_limit: Span,
    now: Timestamp,
    tickets: BTreeMap<u64, Entry>,
    lanes: BTreeMap<Lane, BTreeSet<u64>>,
    held_by: BTreeMap<UserId, BTreeSet<u64>>,
    /// The presence of each user who takes no work, and since when.
    absent: BTreeMap<UserId, (Presence, Timestamp)>,
    acquainted: Acquainted,
    /// The number of assignments so far. It orders them as the event ids do in the desk.
    assignments: u64,
    moves: Vec<Move>,
}

impl Board {
    /// Creates a board without tickets. `away_limit` is how long a user may be away before it counts as absence.
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

    /// Returns the roster.
    pub fn index(&mut self) -> &mut Index {
        &mut self.index
    }

    /// Returns the number of tickets in the backlog.
    pub fn backlog_length(&self) -> usize {
        self.lanes.values().map(BTreeSet::len).sum()
    }

    /// Returns the assignee of a ticket.
    pub fn holder(&self, ticket: u64) -> Option<UserId> {
        self.tickets.get(&ticket)?.holder
    }

    /// Adds a new ticket and dispatches the backlog. A number that exists already is ignored.
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
        self.take_moves()
    }

    /// Marks a ticket as begun. It stays begun when it is reassigned.
    pub fn begin(&mut self, ticket: u64) {
        if let Some(entry) = self.tickets.get_mut(&ticket) {
            entry.begun = true;
        }
    }

    /// Removes a finished ticket, dispatches the backlog and rebalances for its assignee.
    pub fn finish(&mut self, ticket: u64, now: Timestamp) -> Vec<Move> {
        self.now = now;
        let holder = self.holder(ticket);
        self.take_from_holder(ticket);
        self.leave_backlog(ticket);
        if let Some(entry) = self.tickets.remove(&ticket) {
            self.acquainted.set_holder(&entry.ticket, holder);
        }
        self.dispatch_backlog();
        if let Some(holder) = holder {
            self.rebalance(holder);
        }
        self.take_moves()
    }

    /// Changes the presence of a user. Unknown users are ignored.
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
        self.take_moves()
    }

    /// Applies the policy's timers: releases the tickets of users who have been away for too long, escalates the
    /// backlog and dispatches it.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Move> {
        self.now = now;
        self.release_absent();
        let policy = self.index.policy();
        let timed = !policy.relax_after.is_off() || !policy.escalate_after.is_off();
        if timed {
            self.escalate();
            self.dispatch_backlog();
        }
        self.take_moves()
    }

    fn take_moves(&mut self) -> Vec<Move> {
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
        self.acquainted.set_holder(&entry.ticket, Some(choice.to));
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
            self.acquainted.set_holder(&entry.ticket, None);
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
