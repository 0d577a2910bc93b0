//! What the clients were told: kept by the parent, so that no kill can touch it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A ticket that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct TicketAck {
    pub(crate) id: String,
    /// The title, which no other request has.
    pub(crate) title: String,
    /// The token of whoever asked.
    pub(crate) requester: String,
}

/// A reply that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct ReplyAck {
    pub(crate) ticket: String,
    /// The text, which no other request has.
    pub(crate) message: String,
}

/// An account that was registered; `verified` and `logins` as far as they were acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountAck {
    pub(crate) verified: bool,
    /// The tokens of the logins.
    pub(crate) logins: Vec<String>,
}

/// What the clients were told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    pub(crate) tickets: Vec<TicketAck>,
    pub(crate) replies: Vec<ReplyAck>,
    /// By ticket: the steps, in their order.
    pub(crate) steps: HashMap<String, Vec<&'static str>>,
    /// By ticket: the status that the last answer named.
    pub(crate) status: HashMap<String, String>,
    /// By address.
    pub(crate) accounts: HashMap<String, AccountAck>,
    /// How many requests were answered only after an earlier try had got no answer.
    pub(crate) retried: usize,
    /// Answers that no client may get, as sentences.
    pub(crate) unexpected: Vec<String>,
}

/// The log of all clients.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
}

impl Log {
    /// The entries, to read or to add to.
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an answer that no client may get.
    pub(crate) fn unexpected(&self, sentence: String) {
        self.entries().unexpected.push(sentence);
    }

    /// How many requests were acknowledged.
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
