//! The objects of the API, as clients see them.

mod analysis;
mod decided;
mod event;
mod job;
mod mail;
mod person;
mod reply;
mod routing;
mod rules;
mod staffing;
mod ticket;
mod triage;
mod usage;
mod user;

pub(crate) use event::{Event, Events};
pub(crate) use job::{DeadJob, Depth, Jobs};
pub(crate) use mail::{Mail, Mails, OneMail, OneSuppression, Retried, Suppression, Suppressions};
pub(crate) use reply::{Replied, Replies, Reply};
pub(crate) use routing::{OneExplanation, OnePreview, OneReplay, OneRouting};
pub(crate) use rules::{Policy, SkillEntry, Timers, Weights};
pub(crate) use staffing::Staffing;
pub(crate) use ticket::{OneTicket, Ticket, TicketWithReplies, Tickets};
pub(crate) use triage::OneTriage;
pub(crate) use usage::ModelCalls;
pub(crate) use user::{OneUser, User, Users};

use std::{collections::BTreeMap, fmt::Display};

use chrono::SecondsFormat;
use serde::Serialize;
use tickmate_core::domain::{skill::Skill, time::Timestamp};
use utoipa::ToSchema;

/// An object's id, under both its names where older clients need it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Id {
    id: String,
    /// The same as `id`, where the desk is set up for older clients.
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    legacy: Option<String>,
}

impl Id {
    pub(crate) fn new(id: impl Display + Copy, legacy_ids: bool) -> Self {
        let id = id.to_string();
        Self {
            legacy: legacy_ids.then(|| id.clone()),
            id,
        }
    }
}

/// The names of skills. Levels stand beside them, so that clients which know none read on.
fn names(skills: &[Skill]) -> Vec<String> {
    skills.iter().map(|skill| skill.name.clone()).collect()
}

/// The levels of those skills that have one, by name.
fn levels(skills: &[Skill]) -> BTreeMap<String, u8> {
    let leveled = |skill: &Skill| Some((skill.name.clone(), skill.level?.as_u8()));
    skills.iter().filter_map(leveled).collect()
}

/// A moment in RFC 3339, in UTC to the microsecond.
fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
