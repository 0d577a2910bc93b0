//! Reports over the whole roster: the candidates for a ticket, and the coverage of each skill. Costs grow with the
//! number of users.

use super::{
    Index, Map,
    form::Members,
    person::{Key, State as Placement},
    skills::LeveledSkill,
};
use crate::domain::{
    decision::{RankingKey, Tier},
    id::UserId,
    routing::Needs,
    skill::Skill,
    user::Role,
};

/// Whether a candidate can be assigned a ticket, and what prevents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Can be assigned the ticket now.
    Free,
    /// Has no free seat.
    Full,
    /// Is away.
    Away,
    /// Is outside of the working hours.
    OffShift,
    /// Is offline.
    Offline,
    /// The user's shift ends too soon.
    ShiftEnds,
    /// Wrote or declined the ticket.
    Excluded,
}

impl State {
    /// Returns the name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A user who fits a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The user's id.
    pub id: UserId,
    /// Whether the user can be assigned the ticket now.
    pub state: State,
    /// The values that determine the user's place in the order.
    pub compared: RankingKey,
}

/// The coverage of one skill by the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The skill's id.
    pub skill: String,
    /// The number of moderators who hold it or a more specific skill.
    pub holders: u32,
    /// The moderator, if there is only one.
    pub alone: Option<UserId>,
}

/// What the moderators hold of one skill.
#[derive(Debug, Default)]
struct SkillTally {
    /// Whether a moderator holds this very skill, not only a more specific one.
    is_held: bool,
    holders: u32,
    last: Option<UserId>,
}

impl SkillTally {
    const fn add_holder(&mut self, person: UserId) {
        self.holders += 1;
        self.last = Some(person);
    }
}

impl Index {
    /// Returns who could take a ticket, and in which tier: first the free users in their order, then the others.
    ///
    /// The tier is that of [`Index::decide`]. If all users of the best tier are excluded, they are listed as
    /// excluded, followed by the users that the decision considers instead.
    pub fn candidates(&mut self, needs: &Needs<'_>) -> (Tier, Vec<Candidate>) {
        let required = match needs.declined_by.len() >= usize::from(self.policy.bounces) {
            true => Box::default(),
            false => self.skills.usable(needs.skills, &self.vocabulary),
        };
        self.candidates_among(&required, false, needs)
    }

    /// Returns the same for a ticket that has waited long enough for a partial match, as in
    /// [`Index::decide_relaxed`].
    pub fn candidates_relaxed(&mut self, needs: &Needs<'_>) -> (Tier, Vec<Candidate>) {
        let required = self.skills.usable(needs.skills, &self.vocabulary);
        self.candidates_among(&required, true, needs)
    }

    fn candidates_among(
        &self,
        required: &[LeveledSkill],
        relaxed: bool,
        needs: &Needs<'_>,
    ) -> (Tier, Vec<Candidate>) {
        let slots_of = |members: Members| match members.tier {
            Tier::Full | Tier::Partial => members.slots,
            Tier::Admins => self.slots_of(Role::Admin),
        };
        let excluded = |slot: &u32| {
            let person = self.person(*slot);
            person.is_some_and(|person| needs.excludes(person.id))
        };
        let members = self.members_of(required, relaxed, |_| true);
        let mut tier = members.tier;
        let mut slots = slots_of(members);
        let all_excluded = |slots: &[u32]| slots.iter().all(excluded);
        if tier != Tier::Admins && !slots.is_empty() && all_excluded(&slots) {
            let others = self.members_of(required, relaxed, |person| !needs.excludes(person.id));
            tier = others.tier;
            slots.extend(slots_of(others));
        }
        // If the rule excluded all admins, it excludes none, since nobody else could handle the ticket.
        let excludes_admins = tier != Tier::Admins || !all_excluded(&self.slots_of(Role::Admin));
        let mut ranked: Vec<(bool, Key, Candidate)> = slots
            .into_iter()
            .filter_map(|slot| {
                let person = self.person(slot)?;
                let (placement, key) = person.placement?;
                let applies = person.role != Role::Admin || excludes_admins;
                let state = match placement {
                    _ if applies && needs.excludes(person.id) => State::Excluded,
                    Placement::Free if self.leaves_soon(slot, needs) => State::ShiftEnds,
                    Placement::Free => State::Free,
                    Placement::Full => State::Full,
                    Placement::Away => State::Away,
                    Placement::OffShift => State::OffShift,
                    Placement::Offline => State::Offline,
                };
                let candidate = Candidate {
                    id: person.id,
                    state,
                    compared: person.compared(&self.policy),
                };
                Some((state != State::Free, key, candidate))
            })
            .collect();
        ranked.sort_unstable_by_key(|(is_unavailable, key, _)| (*is_unavailable, *key));
        let candidates = ranked.into_iter().map(|(_, _, candidate)| candidate);
        (tier, candidates.collect())
    }

    /// Returns the coverage of every skill that moderators hold, by id. Costs grow with the number of users and of
    /// their skills, not with the number of known skills.
    pub fn coverage(&self) -> Vec<Coverage> {
        let mut tallies: Map<u32, SkillTally> = Map::default();
        let all = self.people.iter().flatten();
        for person in all.filter(|person| person.role == Role::Moderator) {
            for leveled in &person.closure {
                tallies
                    .entry(leveled.skill)
                    .or_default()
                    .add_holder(person.id);
            }
            for leveled in &person.own_skills {
                tallies.entry(leveled.skill).or_default().is_held = true;
            }
        }
        let mut coverage: Vec<Coverage> = self
            .skills
            .iter()
            .filter_map(|(id, number)| {
                let tally = tallies.get(&number).filter(|tally| tally.is_held)?;
                Some(Coverage {
                    skill: id.to_owned(),
                    holders: tally.holders,
                    alone: tally.last.filter(|_| tally.holders == 1),
                })
            })
            .collect();
        coverage.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        coverage
    }

    /// Returns how many moderators hold a skill or a more specific one.
    pub fn holders(&self, skill: &str) -> u32 {
        self.skills
            .number(skill)
            .map_or(0, |number| self.skills.holders(number))
    }

    /// Returns the tier in which tickets with these skills are decided, regardless of presence.
    pub fn tier_of(&mut self, skills: &[Skill]) -> Tier {
        let class = self.class_of(skills, false);
        self.classes
            .get(class)
            .map_or(Tier::Admins, |class| class.tier)
    }

    /// Returns the number of open tickets of each moderator, by id.
    pub fn loads(&self) -> Vec<(UserId, u32)> {
        let mut loads: Vec<(UserId, u32)> = self
            .people
            .iter()
            .flatten()
            .filter(|person| person.role == Role::Moderator)
            .map(|person| (person.id, person.active))
            .collect();
        loads.sort_unstable();
        loads
    }

    pub(super) fn slots_of(&self, role: Role) -> Vec<u32> {
        (0_u32..)
            .zip(&self.people)
            .filter_map(|(slot, person)| Some((slot, person.as_ref()?)))
            .filter(|(_, person)| person.role == role)
            .map(|(slot, _)| slot)
            .collect()
    }
}
