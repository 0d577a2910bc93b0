//! The stored data, and the steps that several roles share.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::index::Index;
use crate::{
    backend::store::{RequestKey, RulesRecord, StoreError, Unique},
    domain::{
        desk_rules::RulesKind,
        email::Email,
        event::Event,
        id::{CallId, EventId, ReplyId, SessionId, TicketId, UserId},
        limit::Window,
        mail::{Mail, MailKey},
        models::{ModelCall, Spent},
        reply::Reply,
        session::Session,
        suppression::Suppression,
        ticket::Ticket,
        time::{Date, Timestamp},
        user::User,
        words::TicketTerms,
    },
};

#[derive(Default)]
pub(super) struct State {
    pub(super) tickets: BTreeMap<TicketId, Ticket>,
    pub(super) numbers: BTreeMap<u64, TicketId>,
    pub(super) origins: BTreeMap<String, TicketId>,
    /// The ticket that holds each seat.
    pub(super) seats: BTreeMap<(UserId, u32), TicketId>,
    /// In the order of writing.
    pub(super) replies: BTreeMap<TicketId, Vec<Reply>>,
    pub(super) reply_ids: BTreeSet<ReplyId>,
    pub(super) terms: BTreeMap<TicketId, IndexedTerms>,
    pub(super) requests: BTreeMap<(UserId, String, String), Request>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) mails: BTreeMap<MailKey, Mail>,
    pub(super) suppressions: BTreeMap<Email, Suppression>,
    pub(super) attempts: BTreeMap<String, Window>,
    pub(super) values: BTreeMap<String, String>,
    /// The parts of blobs by group and number, each with the moment when it was written.
    pub(super) blobs: BTreeMap<(String, u32), (Vec<u8>, Timestamp)>,
    pub(super) rules: BTreeMap<RulesKind, RulesRecord>,
    pub(super) calls: BTreeMap<CallId, ModelCall>,
    /// The day on which each running call began.
    pub(super) open_calls: BTreeMap<CallId, Date>,
    pub(super) spent: BTreeMap<Date, Spent>,
    /// Whether events get their `seq` at the next read of events instead of when they are written.
    pub(super) sequences_late: bool,
    /// Whether each call of a sweep removes only one record of each kind.
    pub(super) sweeps_singly: bool,
    /// Events without a `seq` in the order of their writes.
    pub(super) unsequenced: Vec<Event>,
    /// By `seq`.
    pub(super) events: BTreeMap<u64, Event>,
    pub(super) event_seqs: BTreeMap<EventId, u64>,
    pub(super) pending: BTreeSet<u64>,
    /// The assignee of each event of kind `assigned`, by the moment of the event.
    pub(super) assigned_events: BTreeMap<(Timestamp, u64), UserId>,
    /// The same events by assignee and `seq`.
    pub(super) assignments: BTreeSet<(UserId, u64)>,
    pub(super) ticket_events: BTreeSet<(TicketId, u64)>,
    pub(super) index: Index,
}

impl State {
    /// Returns the most records of one kind that a sweep removes.
    pub(super) const fn sweep_limit(&self) -> usize {
        if self.sweeps_singly { 1 } else { usize::MAX }
    }
}

/// Removes old records up to a limit, and returns how many it removed.
pub(super) fn sweep<K: Ord, V>(
    records: &mut BTreeMap<K, V>,
    limit: usize,
    is_old: impl Fn(&K, &V) -> bool,
) -> u64 {
    let before = records.len();
    let mut left = limit;
    records.retain(|key, record| {
        let is_removed = left > 0 && is_old(key, record);
        left -= usize::from(is_removed);
        !is_removed
    });
    (before - records.len()) as u64
}

/// The search terms of a ticket.
#[derive(Default)]
pub(super) struct IndexedTerms {
    pub(super) parts: TicketTerms,
    pub(super) found_by: HashSet<String>,
}

impl IndexedTerms {
    pub(super) fn new(parts: TicketTerms) -> Self {
        Self {
            found_by: parts.found_by().as_slice().iter().cloned().collect(),
            parts,
        }
    }
}

/// A request that was answered under its request key.
pub(super) struct Request {
    pub(super) fingerprint: String,
    pub(super) at: Timestamp,
    pub(super) result: RequestResult,
}

/// The record that a request created.
#[derive(Clone, Copy)]
pub(super) enum RequestResult {
    Ticket(TicketId),
    Reply(ReplyId),
}

/// Whether a request repeats an earlier one with the same key.
pub(super) enum Repeat {
    First,
    Same(RequestResult),
    Other,
}

impl State {
    /// Compares a request with the earlier one that has its key.
    pub(super) fn repeat(&self, key: Option<&RequestKey>) -> Repeat {
        let earlier = key.and_then(|key| Some((key, self.requests.get(&path(key))?)));
        match earlier {
            None => Repeat::First,
            Some((key, request)) if key.fingerprint == request.fingerprint => {
                Repeat::Same(request.result)
            }
            Some(_) => Repeat::Other,
        }
    }

    pub(super) fn remember(&mut self, key: Option<&RequestKey>, result: RequestResult) {
        if let Some(key) = key {
            let request = Request {
                fingerprint: key.fingerprint.clone(),
                at: key.at,
                result,
            };
            self.requests.insert(path(key), request);
        }
    }

    /// Refuses an event whose id exists already. It is called before anything is written.
    pub(super) fn check_event(&self, event: &Event) -> Result<(), StoreError> {
        let is_unsequenced = self.unsequenced.iter().any(|one| one.id == event.id);
        match is_unsequenced || self.event_seqs.contains_key(&event.id) {
            true => Err(StoreError::Taken(Unique::Id)),
            false => Ok(()),
        }
    }

    /// Adds an event, not yet relayed.
    pub(super) fn add_event(&mut self, event: &Event) {
        self.unsequenced.push(event.clone());
        if !self.sequences_late {
            self.sequence_events();
        }
    }

    /// Assigns the next `seq` to each event that has none.
    pub(super) fn sequence_events(&mut self) {
        for event in std::mem::take(&mut self.unsequenced) {
            self.sequence(event);
        }
    }

    fn sequence(&mut self, event: Event) {
        let seq = self.last_seq() + 1;
        let event = Event { seq, ..event };
        self.event_seqs.insert(event.id, seq);
        self.pending.insert(seq);
        if let Some(ticket) = event.ticket() {
            self.ticket_events.insert((ticket, seq));
        }
        if let Some(assignee) = event.assigned_to() {
            self.assigned_events.insert((event.at, seq), assignee);
            self.assignments.insert((assignee, seq));
        }
        self.events.insert(seq, event);
    }

    /// Returns the `seq` of the last event of kind `assigned` with this assignee, 0 if there is none.
    pub(super) fn last_assignment(&self, assignee: UserId) -> u64 {
        let events = self
            .assignments
            .range((assignee, 0)..=(assignee, u64::MAX))
            .next_back();
        events.map_or(0, |(_, seq)| *seq)
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.events.last_key_value().map_or(0, |(last, _)| *last)
    }
}

fn path(key: &RequestKey) -> (UserId, String, String) {
    (key.actor, key.route.clone(), key.key.clone())
}
