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
    time::Timestamp,
};

/// A ticket.
#[derive(Debug, Clone, PartialEq)]
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
    pub deadline: Option<Timestamp>,
    /// What somebody must know to answer it.
    pub required_skills: Vec<Skill>,
    /// Which of the fields above a human set; triage leaves those alone.
    pub set_by_human: HumanFields,
    /// At which version a person last changed each field.
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
    pub rebalanced: bool,
    /// When the desk last raised its priority because it waited for long.
    pub escalated_at: Option<Timestamp>,
    /// Who gave it back, and is not given it again by the router.
    pub declined_by: Vec<UserId>,
    /// Whether the requester is told of what the desk does by itself (not so for imported tickets).
    pub notify_requester: bool,
    /// Where it came from, for tickets that must not be taken twice (an import's line); unique in the store for good.
    pub origin: Option<String>,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it first was in progress; stays whatever becomes of it.
    pub begun_at: Option<Timestamp>,
    /// When it was last resolved; none while it is not.
    pub resolved_at: Option<Timestamp>,
    /// When it was put away; such a ticket is seen by nobody but admins who ask for it.
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub at: Timestamp,
    /// Why the router chose this person, as a sentence; none where a human chose.
    pub reason: Option<String>,
}

/// A ticket's place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Since when nobody has it.
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

    /// What tickets in the queue are grouped by, see [`backlog_lane`]. One for which somebody who fits is passed over
    /// may go to others than its like, so that it stands in a line of its own: the class, `!` and the id.
    pub fn backlog_lane(&self) -> String {
        let class = backlog_lane(&self.required_skills);
        let passed_over = |decision: &DecisionRecord| decision.skipped.excluded > 0;
        let apart = !self.declined_by.is_empty() || self.decision.as_ref().is_some_and(passed_over);
        match apart {
            true => format!("{class}!{}", self.id),
            false => class,
        }
    }

    /// What mails and logs call it: `[#12] The printer is on fire`.
    pub fn label(&self) -> String {
        format!("[#{}] {}", self.number, self.title)
    }
}

/// What tickets that need these skills are grouped by: the ids, sorted, each once, with a comma between, and with `@`
/// and the level where more than a novice is needed.
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

/// Whether a class is that of one ticket alone.
pub fn is_apart(class: &str) -> bool {
    class.contains('!')
}

/// The skills that stand in a class, without their names.
pub fn lane_skills(class: &str) -> Vec<Skill> {
    let class = class.split_once('!').map_or(class, |(class, _)| class);
    let needs = class.split(',').filter(|need| !need.is_empty());
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
