//! A ticket: what somebody asks, what the desk made of it, and who has it.

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
    /// Which ticket.
    pub id: TicketId,
    /// The short number for people, given by the store: 1, 2, 3 …, with gaps at most. 0 before it is stored.
    pub number: u64,
    /// What it is about, on one line.
    pub title: String,
    /// What is wrong, in the requester's words.
    pub description: String,
    /// Where it stands.
    pub status: Status,
    /// How much it presses.
    pub priority: Priority,
    /// What it is about, of the desk's own list or as somebody wrote it.
    pub category: String,
    /// Which kind of ticket it is (`type` on the wire): an incident, a request …, of the desk's own list or as somebody
    /// wrote it; none until somebody or the analysis says.
    pub kind: Option<String>,
    /// By when an answer is wished.
    #[serde(default, with = "micros_or_none")]
    pub deadline: Option<Timestamp>,
    /// What somebody must know to answer it.
    #[serde(default)]
    pub required_skills: Vec<Skill>,
    /// Which of the fields above a human set; triage leaves those alone.
    #[serde(default)]
    pub set_by_human: HumanFields,
    /// At which version a person last changed each field.
    #[serde(default)]
    pub changed_by_person: FieldVersions,
    /// What the model made of it; none until it was read.
    pub triage: Option<Triage>,
    /// Who asks.
    pub requester: UserId,
    /// Who has it.
    pub assignment: Option<Assignment>,
    /// Since when and why nobody has it, once the router looked; never set beside an assignment.
    pub queued: Option<Queued>,
    /// What the router last decided about it; none until it looked.
    pub decision: Option<DecisionRecord>,
    /// Whether it was moved once to level the loads; it is not moved so again.
    #[serde(default)]
    pub rebalanced: bool,
    /// When the desk last raised its priority because it waited for long.
    #[serde(default, with = "micros_or_none")]
    pub escalated_at: Option<Timestamp>,
    /// Who gave it back, and is not given it again by the router.
    #[serde(default)]
    pub declined_by: Vec<UserId>,
    /// Whether the requester is told of what the desk does by itself (not so for imported tickets).
    pub notify_requester: bool,
    /// Where it came from, for tickets that must not be taken twice (an import's line); unique in the store for good.
    pub origin: Option<String>,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was written.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
    /// When it first was in progress; stays whatever becomes of it.
    #[serde(default, with = "micros_or_none")]
    pub begun_at: Option<Timestamp>,
    /// When it was last resolved; none while it is not.
    #[serde(default, with = "micros_or_none")]
    pub resolved_at: Option<Timestamp>,
    /// When it was put away; such a ticket is seen by nobody but admins who ask for it.
    #[serde(default, with = "micros_or_none")]
    pub deleted_at: Option<Timestamp>,
}

/// Which fields a human set.
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
    /// Whether this one.
    pub const fn has(self, field: Field) -> bool {
        match field {
            Field::Category => self.category,
            Field::Priority => self.priority,
            Field::Type => self.kind,
            Field::Skill => self.skills,
        }
    }
}

/// Who has a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The assignee.
    pub to: UserId,
    /// Which of the assignee's seats it holds, from 0; none while it waits for the requester, and once it is resolved.
    pub seat: Option<u32>,
    /// Whether a human gave it to this person on purpose. It then stays through absence.
    pub by_human: bool,
    /// How well the person fitted when the router chose; none where a human chose.
    pub tier: Option<Tier>,
    /// When it was assigned.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// Why the router chose this person, as a sentence; none where a human chose.
    pub reason: Option<String>,
}

/// A ticket's place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Since when nobody has it.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// Why.
    pub reason: QueueReason,
}

impl Ticket {
    /// Who has it.
    pub fn assignee(&self) -> Option<UserId> {
        self.assignment.as_ref().map(|assignment| assignment.to)
    }

    /// Whether it takes part in capacity: assigned, and neither waiting nor over.
    pub fn holds_seat(&self) -> bool {
        self.status.holds_seat() && self.assignment.is_some() && self.deleted_at.is_none()
    }

    /// Whether the router may give it to somebody: nobody has it, and it is neither waiting nor over.
    pub fn is_assignable(&self) -> bool {
        self.status.holds_seat() && self.assignment.is_none() && self.deleted_at.is_none()
    }

    /// Whether it waits in the backlog: the router looked for an assignee and found none.
    pub fn is_in_backlog(&self) -> bool {
        self.is_assignable() && self.queued.is_some()
    }

    /// Whether its assignee still has to do with it: it is assigned, unfinished and not deleted.
    pub fn is_held(&self) -> bool {
        self.assignment.is_some() && self.status.is_unfinished() && self.deleted_at.is_none()
    }

    /// Whether its text was read as it stands.
    pub fn is_read(&self) -> bool {
        let hash = || text_hash(&self.title, &self.description);
        self.triage
            .as_ref()
            .is_some_and(|triage| !triage.outdated && triage.text_hash == hash())
    }

    /// Whether the desk has done all that it does by itself: the ticket was read, and somebody has it or it
    /// waits in the queue, unless it is waiting or over.
    pub fn is_triaged(&self) -> bool {
        self.deleted_at.is_some()
            || (self.is_read() && (!self.is_assignable() || self.queued.is_some()))
    }

    /// Whether it may be moved to level the loads: the router gave it to somebody whose seat it holds, nobody began,
    /// and it was not moved so before.
    pub fn is_unbegun(&self) -> bool {
        self.status == Status::Open
            && self.deleted_at.is_none()
            && !self.rebalanced
            && self
                .assignment
                .as_ref()
                .is_some_and(|given| given.seat.is_some() && !given.by_human)
    }

    /// Returns the key of the lane that it stands in while it is in the backlog, see [`backlog_lane`]. A ticket from
    /// which a qualified user is excluded may go to other users than the rest of its lane, so that it has a lane of its
    /// own: the key of its skills, `!` and its id.
    pub fn backlog_lane(&self) -> String {
        let lane = backlog_lane(&self.required_skills);
        let excludes = |decision: &DecisionRecord| decision.skipped.excluded > 0;
        let is_apart = !self.declined_by.is_empty() || self.decision.as_ref().is_some_and(excludes);
        match is_apart {
            true => format!("{lane}!{}", self.id),
            false => lane,
        }
    }

    /// What mails and logs call it: `[#12] The printer is on fire`.
    pub fn label(&self) -> String {
        format!("[#{}] {}", self.number, self.title)
    }
}

/// Returns the key of the lane of tickets that need these skills: the ids, sorted, each once, separated by commas, and
/// with `@` and the level where more than a novice is needed.
pub fn backlog_lane(skills: &[Skill]) -> String {
    let mut needs: Vec<String> = skills
        .iter()
        .map(|skill| match skill.least_level() {
            Level::Novice => skill.id.clone(),
            level => format!("{}@{}", skill.id, level.as_u8()),
        })
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs.join(",")
}

/// Whether a lane is that of one ticket alone.
pub fn is_apart(lane: &str) -> bool {
    lane.contains('!')
}

/// Returns the skills that a lane's key names, without their display names.
pub fn lane_skills(lane: &str) -> Vec<Skill> {
    let lane = lane.split_once('!').map_or(lane, |(lane, _)| lane);
    let needs = lane.split(',').filter(|need| !need.is_empty());
    needs
        .map(|need| {
            let leveled = need.rsplit_once('@').and_then(|(id, level)| {
                let level = Level::try_from(level.parse::<u8>().ok()?).ok()?;
                Some(Skill::new(id, "").at(Some(level)))
            });
            leveled.unwrap_or_else(|| Skill::new(need, ""))
        })
        .collect()
}
