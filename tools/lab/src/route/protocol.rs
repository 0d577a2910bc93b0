//! The lines of `tmroute/1`.

use serde::{Deserialize, Serialize};
use tickmate::domain::{decision::DecisionRecord, skill::SkillEntry};

/// One line of the driver.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Line {
    Hello {
        protocol: String,
    },
    Taxonomy {
        skills: Vec<SkillEntry>,
    },
    Moderator {
        id: String,
        role: Role,
        capacity: u32,
        online: bool,
        #[serde(default)]
        skills: Vec<NamedSkill>,
    },
    Ready {
        t: i64,
    },
    Ticket {
        t: i64,
        id: String,
        priority: String,
        requester: String,
        skills: Vec<String>,
    },
    Start {
        ticket: String,
    },
    Complete {
        t: i64,
        ticket: String,
    },
    Presence {
        t: i64,
        moderator: String,
        status: String,
    },
    Tick {
        t: i64,
    },
    End {},
    /// A kind of another version: it is answered, and nothing follows from it.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Moderator,
    Admin,
}

#[derive(Debug, Deserialize)]
pub(super) struct NamedSkill {
    pub(super) name: String,
    #[serde(default)]
    pub(super) level: Option<u8>,
}

/// One line of the router.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Answer<'a> {
    Assign {
        ticket: &'a str,
        moderator: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        decision: Option<&'a DecisionRecord>,
    },
    Done {},
}
