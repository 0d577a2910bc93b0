//! The log of acknowledged requests. The parent keeps it, so kills do not affect it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A ticket that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct TicketAck {
    pub(crate) id: String,
    /// The title, which is unique among all requests.
    pub(crate) title: String,
    /// The token of the requester.
    pub(crate) requester: String,
}

/// A reply that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct ReplyAck {
    pub(crate) ticket: String,
    /// The text, which is unique among all requests.
    pub(crate) message: String,
}

/// A registered account. `verified` and `logins` contain what was acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountAck {
    pub(crate) verified: bool,
    /// The tokens of the logins.
    pub(crate) logins: Vec<String>,
}

/// Everything that was acknowledged to the clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    pub(crate) tickets: Vec<TicketAck>,
    pub(crate) replies: Vec<ReplyAck>,
    /// By ticket: the acknowledged status changes, in order.
    pub(crate) steps: HashMap<String, Vec<&'static str>>,
    /// By ticket: the status in the last answer.
    pub(crate) status: HashMap<String, String>,
    /// By address.
    pub(crate) accounts: HashMap<String, AccountAck>,
    /// The number of requests that were answered only after an attempt without an answer.
    pub(crate) retried: usize,
    /// Answers that a client must never get, as sentences.
    pub(crate) unexpected: Vec<String>,
}

/// The log of all clients.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
}

impl Log {
    /// Returns the entries, for reading or adding.
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an answer that a client must never get.
    pub(crate) fn record_unexpected(&self, sentence: String) {
        self.entries().unexpected.push(sentence);
    }

    /// Returns the number of acknowledged requests.
    pub(crate) fn acknowledged(&self) -> usize {
        let entries = self.entries();
        let steps: usize = entries.steps.values().map(Vec::len).sum();
        let accounts: usize = entries
            .accounts
            .values()
            .map(|account| 1 + usize::from(account.verified) + account.logins.len())
            .sum();
        entries.tickets.len() + entries.replies.len() + steps + accounts
    }
}
