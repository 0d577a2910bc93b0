//! Looking at the whole roster: who could take a ticket, and where the staff is thin. Costs by the number of people.

use super::{
    Index, Map,
    form::Members,
    person::{Key, State as Placed},
    skills::LeveledSkill,
};
use crate::domain::{
    decision::{RankingKey, Tier},
    id::UserId,
    routing::Needs,
    skill::Skill,
    user::Role,
};

/// What keeps somebody from being given a ticket, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Nothing.
    Free,
    /// No room.
    Full,
    /// Away.
    Away,
    /// Outside of the working hours.
    OffShift,
    /// Offline.
    Offline,
    /// The shift ends too soon.
    ShiftEnds,
    /// Asked, or gave it back.
    Excluded,
}

impl State {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Somebody who fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub id: UserId,
    /// Whether the person could be given it now.
    pub state: State,
    /// By what the person is ordered.
    pub compared: RankingKey,
}

/// How well the staff covers one skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The skill's id.
    pub skill: String,
    /// How many moderators cover it, by holding it or a more special one.
    pub holders: u32,
    /// Who, if it is one person alone.
    pub alone: Option<UserId>,
}

/// What was seen of a skill among the moderators.
#[derive(Debug, Default)]
struct Seen {
    /// Whether anybody holds it, and not a more special one alone.
    held: bool,
    holders: u32,
    last: Option<UserId>,
}

impl Seen {
    const fn covered_by(&mut self, person: UserId) {
        self.holders += 1;
        self.last = Some(person);
    }
}

impl Index {
    /// Who could take a ticket of these needs, and how well they fit: those who are free in their order, then the others.
    /// The tier is the one that [`Index::decide`] decides in: where all who fit best are passed over they are named
    /// as excluded, beside those whom it looks at instead.
    pub fn candidates(&mut self, needs: &Needs<'_>) -> (Tier, Vec<Candidate>) {
        let asked = match needs.declined_by.len() >= usize::from(self.policy.bounces) {
            true => Box::default(),
            false => self.skills.usable(needs.skills, &self.vocabulary),
        };
        self.candidates_among(&asked, false, needs)
    }

    /// The same for a ticket that waited so long that a part of its skills is enough, as for [`Index::decide_relaxed`].
    pub fn candidates_relaxed(&mut self, needs: &Needs<'_>) -> (Tier, Vec<Candidate>) {
        let asked = self.skills.usable(needs.skills, &self.vocabulary);
        self.candidates_among(&asked, true, needs)
    }

    fn candidates_among(
        &self,
        asked: &[LeveledSkill],
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
        let members = self.members_of(asked, relaxed, |_| true);
        let mut tier = members.tier;
        let mut slots = slots_of(members);
        let all_excluded = |slots: &[u32]| slots.iter().all(excluded);
        if tier != Tier::Admins && !slots.is_empty() && all_excluded(&slots) {
            let others = self.members_of(asked, relaxed, |person| !needs.excludes(person.id));
            tier = others.tier;
            slots.extend(slots_of(others));
        }
        // Where all admins would be passed over none is, since nobody else could look at it.
        let heeds_admins = tier != Tier::Admins || !all_excluded(&self.slots_of(Role::Admin));
        let mut found: Vec<(bool, Key, Candidate)> = slots
            .into_iter()
            .filter_map(|slot| {
                let person = self.person(slot)?;
                let (placed, key) = person.placed?;
                let heeded = person.role != Role::Admin || heeds_admins;
                let state = match placed {
                    _ if heeded && needs.excludes(person.id) => State::Excluded,
                    Placed::Free if self.leaves_soon(slot, needs) => State::ShiftEnds,
                    Placed::Free => State::Free,
                    Placed::Full => State::Full,
                    Placed::Away => State::Away,
                    Placed::OffShift => State::OffShift,
                    Placed::Offline => State::Offline,
                };
                let candidate = Candidate {
                    id: person.id,
                    state,
                    compared: person.compared(&self.policy),
                };
                Some((state != State::Free, key, candidate))
            })
            .collect();
        found.sort_unstable_by_key(|(held_up, key, _)| (*held_up, *key));
        let candidates = found.into_iter().map(|(_, _, candidate)| candidate);
        (tier, candidates.collect())
    }

    /// Every skill that moderators hold themselves, by id, with how many cover it. Costs by people and what each holds,
    /// however many skills there are.
    pub fn coverage(&self) -> Vec<Coverage> {
        let mut seen: Map<u32, Seen> = Map::default();
        let all = self.people.iter().flatten();
        for person in all.filter(|person| person.role == Role::Moderator) {
            for held in &person.closure {
                seen.entry(held.skill).or_default().covered_by(person.id);
            }
            for held in &person.own {
                seen.entry(held.skill).or_default().held = true;
            }
        }
        let mut coverage: Vec<Coverage> = self
            .skills
            .iter()
            .filter_map(|(id, number)| {
                let seen = seen.get(&number).filter(|seen| seen.held)?;
                Some(Coverage {
                    skill: id.to_owned(),
                    holders: seen.holders,
                    alone: seen.last.filter(|_| seen.holders == 1),
                })
            })
            .collect();
        coverage.sort_unstable_by(|a, b| a.skill.cmp(&b.skill));
        coverage
    }

    /// How many moderators cover a skill, by holding it or a more special one.
    pub fn holders(&self, skill: &str) -> u32 {
        self.skills
            .number(skill)
            .map_or(0, |number| self.skills.holders(number))
    }

    /// How well those fit who could take tickets that need these skills, present or not.
    pub fn tier_of(&mut self, skills: &[Skill]) -> Tier {
        let class = self.class_of(skills, false);
        self.classes
            .get(class)
            .map_or(Tier::Admins, |class| class.tier)
    }

    /// The open tickets of everybody who could be given one, by id: the spread of the load.
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
