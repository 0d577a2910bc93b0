//! Records of model calls: provider, task, cost and outcome. They never contain the prompt or a key.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{
    id::{CallId, TicketId},
    time::Timestamp,
};

/// The cost of a call, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// The tokens of the prompt, including cached ones.
    pub prompt_tokens: u64,
    /// The tokens of the prompt that the provider had cached.
    pub cached_tokens: u64,
    /// The tokens of the answer, including its reasoning.
    pub output_tokens: u64,
}

impl Usage {
    /// Returns the sum of prompt and output tokens.
    pub const fn total(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.output_tokens)
    }
}

/// The task of a model call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Task {
    /// Analyze a ticket.
    Triage,
}

impl Task {
    /// All tasks.
    pub const ALL: [Self; 1] = [Self::Triage];

    /// Returns the name on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A call of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCall {
    /// The call's id.
    pub id: CallId,
    /// The task.
    pub task: Task,
    /// The ticket, if the task is about one.
    pub ticket: Option<TicketId>,
    /// The provider's name in the settings.
    pub provider: String,
    /// The requested model.
    pub model: String,
    /// The cache key of the answer: hexadecimal digits that do not reveal the prompt.
    pub key: String,
    /// When the call began.
    pub begun_at: Timestamp,
    /// The tokens reserved for the call. They count against the budget until it ends.
    pub reserved_tokens: u64,
    /// How the call ended; `None` while it is in progress, or permanently if its process was killed.
    pub end: Option<CallEnd>,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEnd {
    /// The outcome.
    pub outcome: CallOutcome,
    /// The cost.
    pub usage: Usage,
    /// The duration in microseconds.
    pub micros: u64,
    /// Whether the answer came from the cache, without a call of the provider.
    pub cache_hit: bool,
    /// The answer, if it is readable and did not come from the cache. It is deleted after some days.
    pub answer: Option<String>,
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// The outcome of a call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CallOutcome {
            $($(#[$doc])* $name,)+
        }

        impl CallOutcome {
            /// All outcomes.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the name on the wire and in stores.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

outcomes! {
    /// The answer is readable.
    Answered = "answered",
    /// The answer is not readable.
    Unreadable = "unreadable",
    /// The answer was truncated at the token limit.
    Truncated = "truncated",
    /// The provider blocked the prompt or the answer because of its content.
    Blocked = "blocked",
    /// The model stopped for another reason.
    Stopped = "stopped",
    /// The provider was not available.
    Unavailable = "unavailable",
    /// The quota or credit is exhausted.
    Exhausted = "exhausted",
    /// The key, model or permission is wrong.
    Misconfigured = "misconfigured",
    /// The provider rejected the request.
    Rejected = "rejected",
    /// The response does not follow the protocol.
    Garbled = "garbled",
}

impl fmt::Display for CallOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A query for calls, the newest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallQuery {
    /// Calls that began at this time or later.
    pub from: Option<Timestamp>,
    /// Calls that began before this time.
    pub to: Option<Timestamp>,
    /// The page starts after this call, with older ones.
    pub after: Option<CallId>,
    /// The maximum number of calls.
    pub limit: u32,
}

/// The total usage of the calls of one model with one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// The provider's name in the settings.
    pub provider: String,
    /// The requested model.
    pub model: String,
    /// The outcome; `None` for calls that have not ended.
    pub outcome: Option<CallOutcome>,
    /// Whether the answers came from the cache.
    pub cache_hit: bool,
    /// The number of calls.
    pub calls: u64,
    /// Their total cost.
    pub usage: Usage,
    /// Their total duration in microseconds.
    pub micros: u64,
}
