//! The decision: the first user in order among those who fit and are free.

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

/// The result of a walk: the first and the second free user who fit.
#[derive(Debug, Default)]
struct Walk<'a> {
    first: Option<&'a Key>,
    second: Option<&'a Key>,
    /// The number of free users whose shift ends too soon.
    leaving: u32,
    /// The number of users examined.
    examined: u32,
}

/// A decision, and the number of users examined for it.
pub(super) struct GroupDecision {
    pub(super) decision: Decision,
    examined: u32,
}

/// The users of a group who are excluded because they wrote or declined the ticket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ExcludedUsers {
    /// The number of excluded users.
    pub(super) count: u32,
    /// Their number by state, as counted in the group.
    pub(super) by_state: [u32; State::COUNT],
    /// Whether the exclusion applies.
    pub(super) applies: bool,
}

impl ExcludedUsers {
    const fn in_state(&self, state: State) -> u32 {
        self.by_state[state as usize]
    }
}

impl Index {
    /// Decides who is assigned a ticket. The result depends only on the users and the needs, not on the order in
    /// which the users were added.
    pub fn decide(&mut self, needs: &Needs<'_>) -> Decision {
        if needs.declined_by.len() >= usize::from(self.policy.bounces) {
            return self.decide_for_admins(needs);
        }
        let class = self.class_of(needs.skills, false);
        self.decide_in(class, needs, Cause::Turn)
    }

    /// Decides on a ticket that has waited long enough for a partial match.
    pub fn decide_relaxed(&mut self, needs: &Needs<'_>) -> Decision {
        let class = self.class_of(needs.skills, true);
        self.decide_in(class, needs, Cause::Relaxed)
    }

    /// Decides on a ticket. If nobody who covers all skills is free and the ticket has waited as long as the policy
    /// demands, users who cover a part of them are candidates, too.
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

    /// Returns how many users could take a ticket with these skills, present or not.
    pub fn coverers(&mut self, skills: &[Skill]) -> u32 {
        let class = self.class_of(skills, false);
        let class = self.classes.get(class);
        class.map_or(0, |class| self.classes.group(class).members)
    }

    /// Returns whether a decision on a ticket with these skills can succeed: a user who could take it is free, or the
    /// requester is the only one who could take it, which leaves it to others. `relaxed`: whether a partial match is
    /// enough.
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

    /// Returns whether a user can take a ticket with these needs, present or not.
    pub fn fits(&mut self, person: UserId, needs: &Needs<'_>) -> bool {
        let class = self.class_of(needs.skills, false);
        let class = self.classes.get(class);
        !needs.excludes(person) && class.is_some_and(|class| self.member(person, class).is_some())
    }

    /// Returns whether a user who was assigned a ticket in `tier` still has the skills for it.
    pub fn still_fits(&mut self, person: UserId, skills: &[Skill], tier: Tier) -> bool {
        let required = self.skills.usable(skills, &self.vocabulary);
        let slot = self.by_id.get(&person);
        let Some(person) = slot.and_then(|&slot| self.person(slot)) else {
            return false;
        };
        match tier {
            Tier::Full => covers(&person.closure, &required),
            Tier::Partial => self.covers_some(person, &required),
            Tier::Admins => true,
        }
    }

    /// Chooses the given user for a reason other than the order. Returns `None` if the user does not fit or is not
    /// free.
    pub fn choose_person(
        &mut self,
        id: UserId,
        needs: &Needs<'_>,
        cause: Cause,
    ) -> Option<AssigneeChoice> {
        let class = self.class_of(needs.skills, false);
        let class = self.classes.get(class)?;
        let group = self.classes.group(class);
        let (state, key) = self.member(id, class)?.placement?;
        if state != State::Free || needs.excludes(id) {
            return None;
        }
        let mut why = self.record(class, group, cause, self.excluded_users(class, needs), 0);
        why.chosen = Some(self.person(key.slot)?.compared(&self.policy));
        Some(AssigneeChoice { to: id, why })
    }

    fn decide_in(&mut self, number: u32, needs: &Needs<'_>, cause: Cause) -> Decision {
        if let Some(class) = self.classes.get(number) {
            let group = self.classes.group(class);
            let excluded = self.excluded_users(class, needs);
            if group.members == 0 || excluded.count < group.members {
                let group = class.group;
                let group_decision =
                    self.decide_in_group(class, self.classes.group(class), needs, cause, excluded);
                if group_decision.examined > self.long_walk {
                    self.build_group_set(group);
                }
                return group_decision.decision;
            }
        }
        self.decide_by_looking_at_all(needs, cause)
    }

    fn decide_for_admins(&mut self, needs: &Needs<'_>) -> Decision {
        let class = Class {
            tier: Tier::Admins,
            group: ADMINS,
            walk: None,
            required: self.skills.usable(needs.skills, &self.vocabulary),
            covered: 0,
        };
        let group = self.classes.group(&class);
        let mut excluded = self.excluded_users(&class, needs);
        if excluded.count == group.members {
            excluded = ExcludedUsers::default();
        }
        self.decide_in_group(&class, group, needs, Cause::Turn, excluded)
            .decision
    }

    /// Chooses a user among a group.
    pub(super) fn decide_in_group(
        &self,
        class: &Class,
        group: &Group,
        needs: &Needs<'_>,
        cause: Cause,
        excluded: ExcludedUsers,
    ) -> GroupDecision {
        let walk = match group
            .free_count()
            .saturating_sub(excluded.in_state(State::Free))
        {
            0 => Walk::default(),
            _ => self.first_two(class, group, needs, excluded.applies),
        };
        let mut why = self.record(class, group, cause, excluded, walk.leaving);
        let Some(first) = walk.first else {
            let reason = match group.members {
                0 => QueueReason::Nobody,
                _ => QueueReason::Full,
            };
            return GroupDecision {
                decision: Decision::Wait(NotAssigned { reason, why }),
                examined: walk.examined,
            };
        };
        let previous = self.acquainted(first, class, needs);
        let (chosen, next) = match previous.filter(|previous| previous.id != first.id) {
            Some(previous) => (previous, Some(first)),
            None => (first, walk.second),
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
        GroupDecision {
            decision: Decision::Assign(AssigneeChoice { to, why }),
            examined: walk.examined,
        }
    }

    fn record(
        &self,
        class: &Class,
        group: &Group,
        cause: Cause,
        excluded: ExcludedUsers,
        leaving: u32,
    ) -> DecisionRecord {
        let count =
            |state: State| group.counts[state as usize].saturating_sub(excluded.in_state(state));
        DecisionRecord {
            policy: self.policy.name.clone(),
            version: self.version,
            cause,
            tier: class.tier,
            required: u32::try_from(class.required.len()).unwrap_or(u32::MAX),
            covered: class.covered,
            candidates: count(State::Free).saturating_sub(leaving),
            skipped: SkippedStaff {
                full: count(State::Full),
                away: count(State::Away),
                off_shift: count(State::OffShift),
                offline: count(State::Offline),
                shift_ends: leaving,
                excluded: excluded.count,
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
        applies: bool,
    ) -> Walk<'a> {
        let candidates = match (&group.free, class.walk) {
            (Some(group_set), _) => Some(group_set),
            (None, Some(skill)) => self.free.get(&skill),
            (None, None) => None,
        };
        // The group's own set contains only users who cover all skills; a skill's set does not.
        let needs_check = group.free.is_none();
        let mut walk = Walk::default();
        for key in candidates.into_iter().flatten() {
            walk.examined += 1;
            let fits = !needs_check
                || self
                    .person(key.slot)
                    .is_some_and(|person| covers(&person.closure, &class.required));
            if !fits || (applies && needs.excludes(key.id)) {
                continue;
            }
            if self.leaves_soon(key.slot, needs) {
                walk.leaving += 1;
                continue;
            }
            match walk.first {
                None => walk.first = Some(key),
                Some(_) => {
                    walk.second = Some(key);
                    break;
                }
            }
        }
        walk
    }

    /// Returns the assignee of the requester's last ticket if this user is free, fits, and has at most one ticket
    /// more than the first in order.
    fn acquainted(&self, first: &Key, class: &Class, needs: &Needs<'_>) -> Option<&Key> {
        let previous = needs.previous.filter(|_| self.policy.sticky)?;
        let person = self.member(previous, class)?;
        let (state, key) = person.placement.as_ref()?;
        let least = self.person(first.slot)?.active;
        let ok = *state == State::Free
            && !needs.excludes(previous)
            && !self.leaves_soon(key.slot, needs)
            && person.active <= least.saturating_add(1);
        ok.then_some(key)
    }

    pub(super) fn leaves_soon(&self, slot: u32, needs: &Needs<'_>) -> bool {
        let ends = self.person(slot).and_then(|person| person.shift_ends);
        let least = || Span::minutes(i64::from(self.policy.min_remaining));
        // The end of a shift may not have been applied to the presence yet.
        ends.is_some_and(|ends| ends <= needs.now || ends - needs.now < least())
    }

    /// Returns the users of a class who wrote or declined the ticket.
    fn excluded_users(&self, class: &Class, needs: &Needs<'_>) -> ExcludedUsers {
        let mut excluded = ExcludedUsers {
            applies: true,
            ..ExcludedUsers::default()
        };
        let others = needs
            .declined_by
            .iter()
            .filter(|&&id| id != needs.requester);
        for &id in others.chain([&needs.requester]) {
            if let Some((state, _)) = self.member(id, class).and_then(|person| person.placement) {
                excluded.by_state[state as usize] += 1;
                excluded.count += 1;
            }
        }
        excluded
    }

    fn member(&self, id: UserId, class: &Class) -> Option<&Person> {
        let person = self.person(*self.by_id.get(&id)?)?;
        let belongs = match class.tier {
            Tier::Full => {
                person.role == Role::Moderator && covers(&person.closure, &class.required)
            }
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
