//! What is stored, and the few steps that several roles share.

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
    /// Who holds which seat.
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
    /// Parts of blobs by group and number, each with the moment when it was put.
    pub(super) blobs: BTreeMap<(String, u32), (Vec<u8>, Timestamp)>,
    pub(super) rules: BTreeMap<RulesKind, RulesRecord>,
    pub(super) calls: BTreeMap<CallId, ModelCall>,
    /// On which day a call that has not ended began.
    pub(super) open_calls: BTreeMap<CallId, Date>,
    pub(super) spent: BTreeMap<Date, Spent>,
    /// Whether events get their `seq` at the next read of events, not by their writes.
    pub(super) sequences_late: bool,
    /// Whether a sweep removes one record of a kind a call, not all.
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
    /// How many records of a kind a sweep removes at most.
    pub(super) const fn sweep_limit(&self) -> usize {
        if self.sweeps_singly { 1 } else { usize::MAX }
    }
}

/// Removes records that are old, up to a limit, and returns how many it removed.
pub(super) fn sweep<K: Ord, V>(
    records: &mut BTreeMap<K, V>,
    limit: usize,
    is_old: impl Fn(&K, &V) -> bool,
) -> u64 {
    let before = records.len();
    let mut left = limit;
    records.retain(|key, record| {
        let goes = left > 0 && is_old(key, record);
        left -= usize::from(goes);
        !goes
    });
    (before - records.len()) as u64
}

/// The terms of a ticket.
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

/// A request that was answered.
pub(super) struct Request {
    pub(super) fingerprint: String,
    pub(super) at: Timestamp,
    pub(super) made: Made,
}

/// What a request made.
#[derive(Clone, Copy)]
pub(super) enum Made {
    Ticket(TicketId),
    Reply(ReplyId),
}

/// How a request stands to those before.
pub(super) enum Repeat {
    First,
    Same(Made),
    Other,
}

impl State {
    /// Whether a request was answered before.
    pub(super) fn repeat(&self, key: Option<&RequestKey>) -> Repeat {
        let known = key.and_then(|key| Some((key, self.requests.get(&path(key))?)));
        match known {
            None => Repeat::First,
            Some((key, request)) if key.fingerprint == request.fingerprint => {
                Repeat::Same(request.made)
            }
            Some(_) => Repeat::Other,
        }
    }

    pub(super) fn remember(&mut self, key: Option<&RequestKey>, made: Made) {
        if let Some(key) = key {
            let request = Request {
                fingerprint: key.fingerprint.clone(),
                at: key.at,
                made,
            };
            self.requests.insert(path(key), request);
        }
    }

    /// Refuses an event whose id is there already. Asked before anything is written.
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

    /// Gives each event that has none the next `seq`.
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

    /// The `seq` of the last event of kind `assigned` with this assignee, 0 if there is none.
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
