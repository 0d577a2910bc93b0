//! Calls of models: what was asked of whom, and what came of it. Never the question, and never a key.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{
    id::{CallId, TicketId},
    time::Timestamp,
};

/// What an answer cost, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Of the prompt, cached ones too.
    pub prompt_tokens: u64,
    /// Of the prompt, those that the provider had cached.
    pub cached_tokens: u64,
    /// Of the answer, with its thinking.
    pub output_tokens: u64,
}

impl Usage {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.output_tokens)
    }
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Task {
    /// To read a ticket.
    Triage,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 1] = [Self::Triage];

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// One call of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCall {
    /// Which call.
    pub id: CallId,
    /// For what.
    pub task: Task,
    /// About which ticket.
    pub ticket: Option<TicketId>,
    /// Who was asked: the provider's name as the settings give it.
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    /// What an answer to the same question is found again by: hexadecimal digits, from which the question can't be
    /// read.
    pub key: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// How many tokens it may take; they count against the budget until it ends.
    pub reserved_tokens: u64,
    /// How it ended; none while it is under way, and for good where its process died.
    pub end: Option<CallEnd>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEnd {
    /// What came of it.
    pub outcome: CallOutcome,
    /// What it cost.
    pub usage: Usage,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// Whether the answer was in the store already, so that nobody was asked.
    pub cache_hit: bool,
    /// The answer, where it could be read and was not in the store already. It is forgotten after some days.
    pub answer: Option<String>,
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What came of a call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CallOutcome {
            $($(#[$doc])* $name,)+
        }

        impl CallOutcome {
            /// Every outcome.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word on the wire and in stores.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

outcomes! {
    /// The answer could be read.
    Answered = "answered",
    /// There was an answer that could not be read.
    Unreadable = "unreadable",
    /// The answer was cut for want of tokens.
    Truncated = "truncated",
    /// The provider withheld question or answer for what it says.
    Blocked = "blocked",
    /// The model stopped for another reason.
    Stopped = "stopped",
    /// The provider was not available.
    Unavailable = "unavailable",
    /// Quota or credit was used up.
    Exhausted = "exhausted",
    /// Key, model or permission are wrong.
    Misconfigured = "misconfigured",
    /// The question was refused.
    Rejected = "rejected",
    /// What came was no answer of this protocol.
    Garbled = "garbled",
}

impl fmt::Display for CallOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which calls are asked for, the newest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallQuery {
    /// Begun at this moment or later.
    pub from: Option<Timestamp>,
    /// Begun before this moment.
    pub to: Option<Timestamp>,
    /// The page starts after this call: older ones.
    pub after: Option<CallId>,
    /// How many at most.
    pub limit: u32,
}

/// What the calls of one model with one outcome came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// Who was asked.
    pub provider: String,
    /// The model that was asked for.
    pub model: String,
    /// What came of them; none for those that have not ended.
    pub outcome: Option<CallOutcome>,
    /// Whether the answer was in the store already.
    pub cache_hit: bool,
    /// How many.
    pub calls: u64,
    /// What they cost together.
    pub usage: Usage,
    /// How long they took together, in microseconds.
    pub micros: u64,
}
