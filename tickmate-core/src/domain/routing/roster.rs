//! The roster: who is there, with which skills and how much room, and the choice among them.

use std::cmp::Reverse;

use super::{Choice, Decision, Presence, Tier};
use crate::domain::{id::UserId, skill::Skill, ticket::QueueReason, time::Timestamp, user::Role};

/// A member of staff as the router sees them. Only active staff is on a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The person.
    pub id: UserId,
    /// Moderators are chosen by skills, admins when skills don't help.
    pub role: Role,
    /// What the person can do.
    pub skills: Vec<Skill>,
    /// How many open tickets the person takes.
    pub capacity: u32,
    /// How many seats the person's tickets hold now.
    pub active: u32,
    /// Whether the person takes work now. Absent people count as somebody who covers a skill all the same.
    pub presence: Presence,
    /// When the person's shift ends; none for who is off shift, and where no end is known.
    pub shift_ends: Option<Timestamp>,
    /// The `seq` of the event that last gave the person a ticket, whoever gave it; 0 if none did.
    pub last_assignment: u64,
}

/// What a ticket needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The ids of the required skills, each once.
    pub skills: &'a [String],
    /// Who asks: passed over while there is anybody else.
    pub requester: UserId,
    /// Who gave it back: passed over likewise.
    pub declined_by: &'a [UserId],
}

/// Who is there.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    staff: Vec<Staff>,
}

impl Roster {
    /// A roster of these people.
    pub const fn new(staff: Vec<Staff>) -> Self {
        Self { staff }
    }

    /// The people on it.
    pub fn staff(&self) -> &[Staff] {
        &self.staff
    }

    /// Notes that somebody was given a ticket, later than everybody on the roster was.
    pub fn seat_taken(&mut self, person: UserId) {
        let last = self.staff.iter().map(|one| one.last_assignment).max();
        for one in self.staff.iter_mut().filter(|one| one.id == person) {
            one.active += 1;
            one.last_assignment = last.unwrap_or(0).saturating_add(1);
        }
    }

    /// Whether anybody could be given a ticket at all.
    pub fn has_room(&self) -> bool {
        self.staff.iter().any(Staff::has_room)
    }

    /// Who gets a ticket of these needs: who covers every skill, else the largest part, else an admin; among
    /// those who fit equally well the one with the fewest open tickets, then the one longest without a new one.
    /// Where those who fit are full or absent it waits.
    pub fn route(&self, needs: &Needs<'_>) -> Decision {
        let moderators = || {
            self.staff
                .iter()
                .filter(|one| one.role == Role::Moderator && needs.admits(one.id))
        };
        let most_covered = moderators()
            .map(|one| one.covered(needs.skills))
            .max()
            .unwrap_or(0);
        if most_covered > 0 {
            let tier = if most_covered == needs.skills.len() {
                Tier::Full
            } else {
                Tier::Partial
            };
            return choose(
                tier,
                needs,
                moderators().filter(|one| one.covered(needs.skills) == most_covered),
            );
        }
        let admins = || self.staff.iter().filter(|one| one.role == Role::Admin);
        match admins().any(|one| needs.admits(one.id)) {
            true => choose(
                Tier::Admins,
                needs,
                admins().filter(|one| needs.admits(one.id)),
            ),
            false => choose(Tier::Admins, needs, admins()),
        }
    }
}

impl Needs<'_> {
    fn admits(&self, person: UserId) -> bool {
        person != self.requester && !self.declined_by.contains(&person)
    }
}

impl Staff {
    fn covered(&self, skills: &[String]) -> usize {
        skills
            .iter()
            .filter(|id| self.skills.iter().any(|skill| skill.id == **id))
            .count()
    }

    fn has_room(&self) -> bool {
        self.presence == Presence::Present && self.active < self.capacity
    }
}

fn choose<'a>(tier: Tier, needs: &Needs<'_>, fitting: impl Iterator<Item = &'a Staff>) -> Decision {
    let mut anybody = false;
    let mut candidates = 0;
    let mut best: Option<&Staff> = None;
    for one in fitting {
        anybody = true;
        if !one.has_room() {
            continue;
        }
        candidates += 1;
        let order = |staff: &Staff| Reverse((staff.active, staff.last_assignment, staff.id));
        if best.is_none_or(|best| order(one) > order(best)) {
            best = Some(one);
        }
    }
    match best {
        Some(best) => Decision::Assign(Choice {
            to: best.id,
            tier,
            covered: best.covered(needs.skills),
            required: needs.skills.len(),
            active: best.active,
            capacity: best.capacity,
            candidates,
        }),
        None if anybody => Decision::Wait(QueueReason::Full),
        None => Decision::Wait(QueueReason::Nobody),
    }
}
