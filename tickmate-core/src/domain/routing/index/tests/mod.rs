//! Tests of the index: a table of decisions, and a comparison with the scan of the whole roster.

mod decisions;
mod scan;

use std::sync::Arc;

use crate::domain::{
    decision::{Decision, QueueReason, Tier},
    id::UserId,
    presence::Presence,
    routing::{Index, Needs, Policy, Staff},
    skill::{Level, Skill, SkillEntry, Vocabulary},
    time::from_micros,
    user::Role,
};

pub(super) fn id(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

/// `database` is the parent of `sql`, `sql` of `postgresql` and `mysql`; the others have no relatives.
pub(super) fn vocabulary() -> Arc<Vocabulary> {
    let row = |id: &str, parents: &[&str]| SkillEntry {
        id: id.to_owned(),
        name: id.to_uppercase(),
        aliases: Vec::new(),
        parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
    };
    let rows = vec![
        row("database", &[]),
        row("sql", &["database"]),
        row("postgresql", &["sql"]),
        row("mysql", &["sql"]),
        row("react", &[]),
        row("sap", &[]),
        row("linux", &[]),
    ];
    Arc::new(Vocabulary::new(rows).unwrap())
}

pub(super) fn moderator(n: u8, skills: &[&str]) -> Staff {
    Staff {
        id: id(n),
        role: Role::Moderator,
        skills: skills.iter().map(|&skill| skill_of(skill)).collect(),
        capacity: 3,
        active: 0,
        presence: Presence::Present,
        shift_ends: None,
        last_assignment: 0,
    }
}

/// Parses `react` or, with a level, `react@3`.
pub(super) fn skill_of(text: &str) -> Skill {
    match text.split_once('@') {
        Some((id, level)) => {
            Skill::new(id, id).at(Level::try_from(level.parse::<u8>().unwrap()).ok())
        }
        None => Skill::new(text, text),
    }
}

pub(super) fn admin(n: u8) -> Staff {
    Staff {
        role: Role::Admin,
        ..moderator(n, &[])
    }
}

pub(super) fn index_of(policy: Policy, staff: Vec<Staff>) -> Index {
    let mut index = Index::new(policy, 0, vocabulary());
    index.extend(staff);
    index
}

pub(super) fn needs(skills: &[Skill]) -> Needs<'_> {
    Needs {
        skills,
        requester: id(255),
        declined_by: &[],
        previous: None,
        now: from_micros(0),
    }
}

pub(super) fn decide(staff: Vec<Staff>, skills: &[&str]) -> Decision {
    let skills: Vec<Skill> = skills.iter().map(|&skill| skill_of(skill)).collect();
    index_of(Policy::default(), staff).decide(&needs(&skills))
}

/// Returns the assignee and the tier.
pub(super) fn chosen(decision: &Decision) -> Option<(UserId, Tier)> {
    decision.to().map(|to| (to, decision.why().tier))
}

pub(super) fn hold_reason(decision: &Decision) -> Option<QueueReason> {
    match decision {
        Decision::Wait(hold) => Some(hold.reason),
        Decision::Assign(_) => None,
    }
}
