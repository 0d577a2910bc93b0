//! The skills of the active staff, which are offered to the reader of each ticket.

use std::{collections::BTreeMap, sync::Arc};

use super::Rules;
use crate::domain::{
    id::UserId,
    routing::{Staff, staff_skills},
    skill::Skill,
};

/// The stored skills of each active staff user, and those of all users together once they were computed.
#[derive(Debug)]
pub(super) struct StaffSkills {
    each: BTreeMap<UserId, Vec<Skill>>,
    all: Option<Arc<[Skill]>>,
}

impl StaffSkills {
    pub(super) fn of(staff: &[Staff]) -> Self {
        let skills = |one: &Staff| (one.id, one.skills.clone());
        Self {
            each: staff.iter().map(skills).collect(),
            all: None,
        }
    }

    /// Records the skills of a user, or that the user is not active staff.
    pub(super) fn set(&mut self, id: UserId, skills: Option<&[Skill]>) {
        if self.each.get(&id).map(Vec::as_slice) == skills {
            return;
        }
        self.all = None;
        match skills {
            Some(skills) => self.each.insert(id, skills.to_vec()),
            None => self.each.remove(&id),
        };
    }

    /// Returns the skills of all staff according to these rules, which must be the same in each call.
    pub(super) fn all(&mut self, rules: &Rules) -> Arc<[Skill]> {
        let each = &self.each;
        let all = self
            .all
            .get_or_insert_with(|| rules.held_skills(&staff_skills(each.values())).into());
        Arc::clone(all)
    }
}
