//! The decision: the first in order among those who fit and are free.

use super::{
    Index,
    classes::{ADMINS, Class, Group},
    person::{Key, Person, State},
    skills::covers,
};
use crate::domain::{
    decision::{
        AssigneeChoice, Cause, DecidedBy, Decision, DecisionRecord, NotAssigned, QueueReason,
        RunnerUp, SkippedStaff, Tier,
    },
    id::UserId,
    routing::{AssigneeRequest, Needs},
    skill::Skill,
    time::Span,
    user::Role,
};

/// The first in order, and who is next.
#[derive(Debug, Default)]
struct Found<'a> {
    first: Option<&'a Key>,
    second: Option<&'a Key>,
    /// How many are free, but about to leave.
    leaving: u32,
    /// How many were looked at.
    looked_at: u32,
}

/// A decision, and how many people were looked at for it.
pub(super) struct Picked {
    pub(super) decision: Decision,
    looked_at: u32,
}

/// Who is passed over for having asked or given the ticket back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    /// How many of those who fit.
    pub(super) count: u32,
    /// In which states they are, as counted in the group.
    pub(super) by_state: [u32; State::COUNT],
    /// Whether they are passed over at all.
    pub(super) heeded: bool,
}

impl Passed {
    const fn in_state(&self, state: State) -> u32 {
        self.by_state[state as usize]
    }
}

impl Index {
    /// Who gets a ticket of these needs. The same people, whatever the order in which they came, and the same needs
    /// give the same answer.
    pub fn decide(&mut self, needs: &Needs<'_>) -> Decision {
        if needs.declined_by.len() >= usize::from(self.policy.bounces) {
            return self.decide_for_admins(needs);
        }
        let class = self.class_of(needs.skills, false);
        self.decide_in(class, needs, Cause::Turn)
    }

    /// The same for a ticket that waited so long that a part of its skills is enough.
    pub fn decide_relaxed(&mut self, needs: &Needs<'_>) -> Decision {
        let class = self.class_of(needs.skills, true);
        self.decide_in(class, needs, Cause::Relaxed)
    }

    /// Decides on a ticket, by a part of its skills if all of them find nobody and the ticket has waited so long that the
    /// policy allows it.
    pub fn decide_by_age(&mut self, request: &AssigneeRequest<'_>) -> Decision {
        let AssigneeRequest {
            needs,
            priority,
            created_at,
        } = request;
        match self.decide(needs) {
            Decision::Wait(hold) if self.policy.is_relaxed(*priority, *created_at, needs.now) => {
                match self.decide_relaxed(needs) {
                    Decision::Assign(choice) => Decision::Assign(choice),
                    Decision::Wait(_) => Decision::Wait(hold),
                }
            }
            decision => decision,
        }
    }

    /// How many people could take tickets that need these skills, present or not.
    pub fn coverers(&mut self, skills: &[Skill]) -> u32 {
        let class = self.class_of(skills, false);
        let class = self.classes.get(class);
        class.map_or(0, |class| self.classes.group(class).members)
    }

    /// Whether it is worth deciding about a ticket that needs these skills: somebody who could take it has room, or
    /// whoever could take it is the one who asks, so that others have to. `relaxed`: whether a part of the skills is
    /// enough by now.
    pub fn is_open(&mut self, skills: &[Skill], requester: UserId, relaxed: bool) -> bool {
        let classes = [false, true].into_iter().take(1 + usize::from(relaxed));
        classes.into_iter().any(|relaxed| {
            let class = self.class_of(skills, relaxed);
            let Some(class) = self.classes.get(class) else {
                return false;
            };
            let group = self.classes.group(class);
            let alone = group.members == 1 && self.member(requester, class).is_some();
            group.free_count() > 0 || alone
        })
    }

    /// Whether a person is among those who can take a ticket of these needs.
    pub fn fits(&mut self, person: UserId, needs: &Needs<'_>) -> bool {
        let class = self.class_of(needs.skills, false);
        let class = self.classes.get(class);
        !needs.excludes(person) && class.is_some_and(|class| self.member(person, class).is_some())
    }

    /// Whether somebody who was given a ticket of this tier still has what it needs.
    pub fn still_fits(&mut self, person: UserId, skills: &[Skill], tier: Tier) -> bool {
        let asked = self.skills.usable(skills, &self.vocabulary);
        let slot = self.by_id.get(&person);
        let Some(person) = slot.and_then(|&slot| self.person(slot)) else {
            return false;
        };
        match tier {
            Tier::Full => covers(&person.closure, &asked),
            Tier::Partial => self.knows_some(person, &asked),
            Tier::Admins => true,
        }
    }

    /// The choice of this very person, who fits and is free, for a reason other than the order.
    pub fn choose_person(
        &mut self,
        id: UserId,
        needs: &Needs<'_>,
        cause: Cause,
    ) -> Option<AssigneeChoice> {
        let class = self.class_of(needs.skills, false);
        let class = self.classes.get(class)?;
        let group = self.classes.group(class);
        let (state, key) = self.member(id, class)?.placed?;
        if state != State::Free || needs.excludes(id) {
            return None;
        }
        let mut why = self.record(class, group, cause, self.passed_over(class, needs), 0);
        why.chosen = Some(self.person(key.slot)?.compared(&self.policy));
        Some(AssigneeChoice { to: id, why })
    }

    fn decide_in(&mut self, number: u32, needs: &Needs<'_>, cause: Cause) -> Decision {
        if let Some(class) = self.classes.get(number) {
            let group = self.classes.group(class);
            let passed = self.passed_over(class, needs);
            if group.members == 0 || passed.count < group.members {
                let group = class.group;
                let picked = self.pick(class, self.classes.group(class), needs, cause, passed);
                if picked.looked_at > self.long_walk {
                    self.keep_free_of_group(group);
                }
                return picked.decision;
            }
        }
        self.decide_by_looking_at_all(needs, cause)
    }

    fn decide_for_admins(&mut self, needs: &Needs<'_>) -> Decision {
        let class = Class {
            tier: Tier::Admins,
            group: ADMINS,
            walk: None,
            asked: self.skills.usable(needs.skills, &self.vocabulary),
            covered: 0,
        };
        let group = self.classes.group(&class);
        let mut passed = self.passed_over(&class, needs);
        if passed.count == group.members {
            passed = Passed::default();
        }
        self.pick(&class, group, needs, Cause::Turn, passed)
            .decision
    }

    /// The choice among a group of people.
    pub(super) fn pick(
        &self,
        class: &Class,
        group: &Group,
        needs: &Needs<'_>,
        cause: Cause,
        passed: Passed,
    ) -> Picked {
        let found = match group
            .free_count()
            .saturating_sub(passed.in_state(State::Free))
        {
            0 => Found::default(),
            _ => self.first_two(class, group, needs, passed.heeded),
        };
        let mut why = self.record(class, group, cause, passed, found.leaving);
        let Some(first) = found.first else {
            let reason = match group.members {
                0 => QueueReason::Nobody,
                _ => QueueReason::Full,
            };
            return Picked {
                decision: Decision::Wait(NotAssigned { reason, why }),
                looked_at: found.looked_at,
            };
        };
        let known = self.acquainted(first, class, needs);
        let (chosen, next) = match known.filter(|known| known.id != first.id) {
            Some(known) => (known, Some(first)),
            None => (first, found.second),
        };
        let compared = |key: &Key| Some(self.person(key.slot)?.compared(&self.policy));
        why.chosen = compared(chosen);
        why.runner_up = next.and_then(|next| {
            Some(RunnerUp {
                id: next.id,
                compared: compared(next)?,
                decided_by: decided_by(chosen, next),
            })
        });
        let to = chosen.id;
        Picked {
            decision: Decision::Assign(AssigneeChoice { to, why }),
            looked_at: found.looked_at,
        }
    }

    fn record(
        &self,
        class: &Class,
        group: &Group,
        cause: Cause,
        passed: Passed,
        leaving: u32,
    ) -> DecisionRecord {
        let count =
            |state: State| group.counts[state as usize].saturating_sub(passed.in_state(state));
        DecisionRecord {
            policy: self.policy.name.clone(),
            version: self.version,
            cause,
            tier: class.tier,
            required: u32::try_from(class.asked.len()).unwrap_or(u32::MAX),
            covered: class.covered,
            candidates: count(State::Free).saturating_sub(leaving),
            skipped: SkippedStaff {
                full: count(State::Full),
                away: count(State::Away),
                off_shift: count(State::OffShift),
                offline: count(State::Offline),
                shift_ends: leaving,
                excluded: passed.count,
            },
            chosen: None,
            runner_up: None,
        }
    }

    fn first_two<'a>(
        &'a self,
        class: &Class,
        group: &'a Group,
        needs: &Needs<'_>,
        heeded: bool,
    ) -> Found<'a> {
        let walked = match (&group.free, class.walk) {
            (Some(own), _) => Some(own),
            (None, Some(skill)) => self.free.get(&skill),
            (None, None) => None,
        };
        // A set of the group's own holds nobody else, and so does a skill's where nothing else is asked for.
        let checked = group.free.is_none();
        let mut found = Found::default();
        for key in walked.into_iter().flatten() {
            found.looked_at += 1;
            let fits = !checked
                || self
                    .person(key.slot)
                    .is_some_and(|person| covers(&person.closure, &class.asked));
            if !fits || (heeded && needs.excludes(key.id)) {
                continue;
            }
            if self.leaves_soon(key.slot, needs) {
                found.leaving += 1;
                continue;
            }
            match found.first {
                None => found.first = Some(key),
                Some(_) => {
                    found.second = Some(key);
                    break;
                }
            }
        }
        found
    }

    /// Who had the requester's last ticket, if that person is free, fits, and has one ticket more than whoever is
    /// first in order at most.
    fn acquainted(&self, first: &Key, class: &Class, needs: &Needs<'_>) -> Option<&Key> {
        let known = needs.previous.filter(|_| self.policy.sticky)?;
        let person = self.member(known, class)?;
        let (state, key) = person.placed.as_ref()?;
        let least = self.person(first.slot)?.active;
        let ok = *state == State::Free
            && !needs.excludes(known)
            && !self.leaves_soon(key.slot, needs)
            && person.active <= least.saturating_add(1);
        ok.then_some(key)
    }

    pub(super) fn leaves_soon(&self, slot: u32, needs: &Needs<'_>) -> bool {
        let ends = self.person(slot).and_then(|person| person.shift_ends);
        let least = || Span::minutes(i64::from(self.policy.min_remaining));
        // A shift that is over may not have been turned yet.
        ends.is_some_and(|ends| ends <= needs.now || ends - needs.now < least())
    }

    /// Who of a class's people asked or gave the ticket back.
    fn passed_over(&self, class: &Class, needs: &Needs<'_>) -> Passed {
        let mut passed = Passed {
            heeded: true,
            ..Passed::default()
        };
        let others = needs
            .declined_by
            .iter()
            .filter(|&&id| id != needs.requester);
        for &id in others.chain([&needs.requester]) {
            if let Some((state, _)) = self.member(id, class).and_then(|person| person.placed) {
                passed.by_state[state as usize] += 1;
                passed.count += 1;
            }
        }
        passed
    }

    fn member(&self, id: UserId, class: &Class) -> Option<&Person> {
        let person = self.person(*self.by_id.get(&id)?)?;
        let belongs = match class.tier {
            Tier::Full => person.role == Role::Moderator && covers(&person.closure, &class.asked),
            Tier::Admins => person.role == Role::Admin,
            Tier::Partial => {
                person.epoch == self.classes.epoch && person.groups.contains(&class.group)
            }
        };
        belongs.then_some(person)
    }
}

fn decided_by(chosen: &Key, next: &Key) -> DecidedBy {
    if chosen > next {
        DecidedBy::Acquainted
    } else if chosen.load != next.load {
        DecidedBy::Load
    } else if chosen.versatility != next.versatility {
        DecidedBy::Versatility
    } else if chosen.last != next.last {
        DecidedBy::LastAssignment
    } else {
        DecidedBy::Id
    }
}
