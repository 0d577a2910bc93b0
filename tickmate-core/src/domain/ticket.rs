//! Tickets: the question of a requester, its analysis and its assignment.

use serde::{Deserialize, Serialize};

use super::{
    analysis::{Triage, text_hash},
    decision::{DecisionRecord, QueueReason, Tier},
    field::Field,
    field_versions::FieldVersions,
    id::{TicketId, UserId},
    priority::Priority,
    skill::{Level, Skill},
    status::Status,
    time::{Timestamp, micros, micros_or_none},
};

/// A ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// The id of the ticket.
    pub id: TicketId,
    /// The short number that users see: 1, 2, 3 …, perhaps with gaps. The store assigns it; 0 before that.
    pub number: u64,
    /// The title, on one line.
    pub title: String,
    /// The problem, in the requester's words.
    pub description: String,
    /// The present status.
    pub status: Status,
    /// The urgency.
    pub priority: Priority,
    /// The category: one of the desk's list, or free text.
    pub category: String,
    /// The kind of ticket (`type` on the wire): an incident, a request …, one of the desk's list or free text; none until a
    /// user or the analysis sets it.
    pub kind: Option<String>,
    /// The moment by which an answer is requested.
    #[serde(default, with = "micros_or_none")]
    pub deadline: Option<Timestamp>,
    /// The skills that answering the ticket requires.
    #[serde(default)]
    pub required_skills: Vec<Skill>,
    /// The fields above that a human set; triage does not change them.
    #[serde(default)]
    pub set_by_human: HumanFields,
    /// The version of the last change of each field by a user.
    #[serde(default)]
    pub changed_by_person: FieldVersions,
    /// The analysis; none until the ticket was read.
    pub triage: Option<Triage>,
    /// The user who asks.
    pub requester: UserId,
    /// The present assignment; none if the ticket has no assignee.
    pub assignment: Option<Assignment>,
    /// Since when and why the ticket waits in the backlog, once the router has looked for an assignee; never set together
    /// with an assignment.
    pub queued: Option<Queued>,
    /// The router's last decision about the ticket; none until it has looked for an assignee.
    pub decision: Option<DecisionRecord>,
    /// Whether the ticket was moved to balance the loads; it is moved only once.
    #[serde(default)]
    pub rebalanced: bool,
    /// When the desk last raised the priority because the ticket had waited for long.
    #[serde(default, with = "micros_or_none")]
    pub escalated_at: Option<Timestamp>,
    /// The users who declined the ticket. The router does not assign it to them again.
    #[serde(default)]
    pub declined_by: Vec<UserId>,
    /// Whether the requester is notified of automatic changes (false for imported tickets).
    pub notify_requester: bool,
    /// The source of an imported ticket, which prevents a second import (the line of the file); unique in the store for good.
    pub origin: Option<String>,
    /// The number of changes, from 1.
    pub version: u64,
    /// When the ticket was created.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When the ticket was last changed.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
    /// When the ticket was first in progress; later changes keep it.
    #[serde(default, with = "micros_or_none")]
    pub begun_at: Option<Timestamp>,
    /// When the ticket was last resolved; none unless it is resolved or closed.
    #[serde(default, with = "micros_or_none")]
    pub resolved_at: Option<Timestamp>,
    /// When the ticket was deleted. Only admins who ask for it see a deleted ticket.
    #[serde(default, with = "micros_or_none")]
    pub deleted_at: Option<Timestamp>,
}

/// The fields that a human set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HumanFields {
    /// The priority.
    pub priority: bool,
    /// The category.
    pub category: bool,
    /// The kind.
    pub kind: bool,
    /// The required skills.
    pub skills: bool,
}

impl HumanFields {
    /// Returns whether a human set this field.
    pub const fn has(self, field: Field) -> bool {
        match field {
            Field::Category => self.category,
            Field::Priority => self.priority,
            Field::Type => self.kind,
            Field::Skill => self.skills,
        }
    }
}

/// The assignment of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The assignee.
    pub to: UserId,
    /// The assignee's seat that the ticket holds, from 0; none while it waits for the requester, and once it is resolved.
    pub seat: Option<u32>,
    /// Whether a human chose the assignee. Such an assignment stays during an absence.
    pub by_human: bool,
    /// How well the assignee fitted when the router chose; none if a human chose.
    pub tier: Option<Tier>,
    /// When it was assigned.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// Why the router chose this assignee, as a sentence; none if a human chose.
    pub reason: Option<String>,
}

/// Since when and why a ticket waits in the backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Since when the ticket waits.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// Why the ticket waits.
    pub reason: QueueReason,
}

impl Ticket {
    /// Returns the assignee.
    pub fn assignee(&self) -> Option<UserId> {
        self.assignment.as_ref().map(|assignment| assignment.to)
    }

    /// Returns whether the ticket counts against its assignee's capacity: it is assigned, open or in progress, and not deleted.
    pub fn holds_seat(&self) -> bool {
        self.status.holds_seat() && self.assignment.is_some() && self.deleted_at.is_none()
    }

    /// Returns whether the router may assign the ticket: it has no assignee, is open or in progress, and is not deleted.
    pub fn is_assignable(&self) -> bool {
        self.status.holds_seat() && self.assignment.is_none() && self.deleted_at.is_none()
    }

    /// Returns whether the ticket is in the backlog: the router looked for an assignee and found none.
    pub fn is_in_backlog(&self) -> bool {
        self.is_assignable() && self.queued.is_some()
    }

    /// Returns whether the ticket is a task of its assignee: it is assigned, unfinished and not deleted.
    pub fn is_held(&self) -> bool {
        self.assignment.is_some() && self.status.is_unfinished() && self.deleted_at.is_none()
    }

    /// Returns whether the present text was analyzed.
    pub fn is_read(&self) -> bool {
        let hash = || text_hash(&self.title, &self.description);
        self.triage
            .as_ref()
            .is_some_and(|triage| !triage.outdated && triage.text_hash == hash())
    }

    /// Returns whether the desk has nothing left to do by itself: the ticket was read and, unless it waits for the requester
    /// or is finished, has an assignee or is in the backlog.
    pub fn is_triaged(&self) -> bool {
        self.deleted_at.is_some()
            || (self.is_read() && (!self.is_assignable() || self.queued.is_some()))
    }

    /// Returns whether the ticket may be moved to balance the loads: the router assigned it, it holds a seat, work has not
    /// begun, and it was not moved before.
    pub fn is_unbegun(&self) -> bool {
        self.status == Status::Open
            && self.deleted_at.is_none()
            && !self.rebalanced
            && self
                .assignment
                .as_ref()
                .is_some_and(|assignment| assignment.seat.is_some() && !assignment.by_human)
    }

    /// Returns the key of the ticket's lane in the backlog, see [`backlog_lane`]. A ticket from which a qualified user is
    /// excluded may be assigned to other users than the rest of its lane, so it has a lane of its own: the key of its skills,
    /// `!` and its id.
    pub fn backlog_lane(&self) -> String {
        let lane = backlog_lane(&self.required_skills);
        let excludes = |decision: &DecisionRecord| decision.skipped.excluded > 0;
        let is_apart = !self.declined_by.is_empty() || self.decision.as_ref().is_some_and(excludes);
        match is_apart {
            true => format!("{lane}!{}", self.id),
            false => lane,
        }
    }

    /// Returns the label in mails and logs: `[#12] The printer is on fire`.
    pub fn label(&self) -> String {
        format!("[#{}] {}", self.number, self.title)
    }
}

/// Returns the key of the lane of tickets that require these skills: the sorted distinct ids, separated by commas, with
/// `@` and the level if more than a novice is required.
pub fn backlog_lane(skills: &[Skill]) -> String {
    let mut parts: Vec<String> = skills
        .iter()
        .map(|skill| match skill.least_level() {
            Level::Novice => skill.id.clone(),
            level => format!("{}@{}", skill.id, level.as_u8()),
        })
        .collect();
    parts.sort_unstable();
    parts.dedup();
    parts.join(",")
}

/// Returns whether a lane belongs to a single ticket, see [`Ticket::backlog_lane`].
pub fn is_apart(lane: &str) -> bool {
    lane.contains('!')
}

/// Returns the skills in a lane's key, without their display names.
pub fn lane_skills(lane: &str) -> Vec<Skill> {
    let lane = lane.split_once('!').map_or(lane, |(lane, _)| lane);
    let parts = lane.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let leveled = part.rsplit_once('@').and_then(|(id, level)| {
                let level = Level::try_from(level.parse::<u8>().ok()?).ok()?;
                Some(Skill::new(id, "").at(Some(level)))
            });
            leveled.unwrap_or_else(|| Skill::new(part, ""))
        })
        .collect()
}
