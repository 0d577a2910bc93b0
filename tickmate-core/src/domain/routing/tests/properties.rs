//! Properties that hold for every roster, period and policy.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::{
    prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest},
    sample::subsequence,
    test_runner::TestCaseError,
};

use crate::domain::{
    decision::Tier,
    id::UserId,
    presence::Presence,
    priority::Priority,
    routing::{
        Board, BoardTicket, LoadMeasure, Move, Policy, Staff,
        replay::{Happening, Period, PresenceChange, ReplayTicket, World, answer, replay},
    },
    skill::{Level, Skill, SkillEntry, Vocabulary},
    ticket::backlog_lane,
    time::{Span, Timestamp, from_micros},
    user::Role,
};

/// The skills of the dictionary, descendants first, and one unknown skill.
const SKILLS: [&str; 8] = [
    "postgresql",
    "mysql",
    "sql",
    "database",
    "react",
    "linux",
    "sap",
    "x:hieroglyphs",
];

fn vocabulary() -> Arc<Vocabulary> {
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
        row("linux", &[]),
        row("sap", &[]),
    ];
    Arc::new(Vocabulary::new(rows).unwrap())
}

fn person(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

fn start() -> Timestamp {
    from_micros(1_700_000_000_000_000)
}

fn skills(from: usize, to: usize) -> impl Strategy<Value = Vec<Skill>> {
    let level = prop::option::of(prop::sample::select(Level::ALL.to_vec()));
    let chosen = subsequence(SKILLS.to_vec(), from..=to);
    (chosen, prop::collection::vec(level, to)).prop_map(|(ids, levels)| {
        let both = ids.into_iter().zip(levels);
        both.map(|(id, level)| Skill::new(id, id).at(level))
            .collect()
    })
}

fn presence() -> impl Strategy<Value = Presence> {
    prop::sample::select(vec![
        Presence::Present,
        Presence::Present,
        Presence::Present,
        Presence::Away,
        Presence::OffShift,
        Presence::Offline,
    ])
}

fn staff() -> impl Strategy<Value = Vec<Staff>> {
    let role = prop::sample::select(vec![
        Role::Moderator,
        Role::Moderator,
        Role::Moderator,
        Role::Moderator,
        Role::Admin,
    ]);
    let one = (role, skills(0, 5), 0_u32..5, presence());
    prop::collection::vec(one, 0..10).prop_map(|people| {
        let numbered = (1_u8..).zip(people);
        let staff = numbered.map(|(n, (role, skills, capacity, presence))| Staff {
            id: person(n),
            role,
            skills,
            capacity,
            active: 0,
            presence,
            shift_ends: None,
            last_assignment: 0,
        });
        staff.collect()
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let named = prop::sample::select(Policy::NAMES.to_vec());
    (named, any::<bool>(), prop::option::of(0_u32..4)).prop_map(|(name, hand_over, ahead)| Policy {
        hand_over,
        ahead: ahead.or(Policy::named(name).unwrap().ahead),
        ..Policy::named(name).unwrap()
    })
}

/// Tickets with a few minutes between them; the requesters are outsiders and sometimes staff.
fn tickets() -> impl Strategy<Value = Vec<ReplayTicket>> {
    let priority = prop::sample::select(Priority::ALL.to_vec());
    let requester = prop::sample::select(vec![90_u8, 91, 92, 1, 2]);
    let one = (0_i64..6, priority, requester, skills(0, 3), 1_i64..60);
    prop::collection::vec(one, 0..40).prop_map(|rows| {
        let mut at = start();
        let numbered = (1_u64..).zip(rows);
        let tickets = numbered.map(|(number, (gap, priority, requester, skills, work))| {
            at += Span::minutes(gap);
            ReplayTicket {
                number,
                priority,
                requester: person(requester),
                skills,
                written: at,
                work: Span::minutes(work),
            }
        });
        tickets.collect()
    })
}

fn changes() -> impl Strategy<Value = Vec<PresenceChange>> {
    let one = (0_i64..200, 1_u8..10, presence());
    prop::collection::vec(one, 0..25).prop_map(|rows| {
        let changes = rows.into_iter().map(|(at, who, presence)| PresenceChange {
            at: start() + Span::minutes(at),
            person: person(who),
            presence,
            shift_ends: None,
        });
        // At most one change per user and time.
        let once: BTreeMap<(Timestamp, UserId), PresenceChange> =
            changes.map(|one| ((one.at, one.person), one)).collect();
        once.into_values().collect()
    })
}

fn period() -> impl Strategy<Value = Period> {
    (staff(), changes(), tickets()).prop_map(|(staff, changes, tickets)| Period {
        from: start(),
        staff,
        changes,
        tickets,
        away_limit: Span::minutes(20),
        drain: Span::hours(3),
    })
}

/// A board and a world that run in step, with a naive computation of what the staff covers.
struct Scene<'a> {
    period: &'a Period,
    policy: &'a Policy,
    vocabulary: Arc<Vocabulary>,
    board: Board,
    world: World<'a>,
    /// The tickets created so far.
    tickets: BTreeMap<u64, BoardTicket>,
    finished: BTreeSet<u64>,
    log: Vec<(Timestamp, Move)>,
}

impl<'a> Scene<'a> {
    fn new(period: &'a Period, policy: &'a Policy) -> Self {
        let vocabulary = vocabulary();
        Self {
            period,
            policy,
            board: period.board(policy, &vocabulary),
            world: World::new(period, policy).unwrap(),
            vocabulary,
            tickets: BTreeMap::new(),
            finished: BTreeSet::new(),
            log: Vec::new(),
        }
    }

    /// Takes the next step. Returns its time and the board's moves.
    fn step(&mut self) -> Option<(Timestamp, Vec<Move>)> {
        let step = self.world.step()?;
        match &step.what {
            Happening::Written(ticket) => {
                self.tickets.insert(ticket.number, ticket.clone());
            }
            Happening::Finished { ticket, .. } => {
                self.finished.insert(*ticket);
            }
            Happening::Presence(_) | Happening::Tick | Happening::Begun { .. } => {}
        }
        let moves = answer(&mut self.board, &step);
        self.world.apply(&moves);
        let logged = moves.iter().map(|one| (step.at, one.clone()));
        self.log.extend(logged);
        Some((step.at, moves))
    }

    fn one(&self, id: UserId) -> &Staff {
        self.period.staff.iter().find(|one| one.id == id).unwrap()
    }

    /// Returns whether a user has a skill, or one that implies it, at the required level.
    fn holds(&self, one: &Staff, needed: &Skill) -> bool {
        one.skills.iter().any(|skill| {
            let implies =
                skill.id == needed.id || self.vocabulary.ancestors(&skill.id).contains(&needed.id);
            implies && skill.held_level() >= needed.least_level()
        })
    }

    /// Returns the required skills of a ticket, without unknown ones.
    fn usable(&self, ticket: &BoardTicket) -> Vec<Skill> {
        let known = |skill: &&Skill| {
            self.vocabulary.entry(&skill.id).is_some()
                || self
                    .moderators()
                    .any(|one| Skill::has(&one.skills, &skill.id))
        };
        ticket.skills.iter().filter(known).cloned().collect()
    }

    fn moderators(&self) -> impl Iterator<Item = &Staff> {
        self.period
            .staff
            .iter()
            .filter(|one| one.role == Role::Moderator)
    }

    fn covers(&self, one: &Staff, ticket: &BoardTicket) -> bool {
        let usable = self.usable(ticket);
        !usable.is_empty()
            && one.role == Role::Moderator
            && one.id != ticket.requester
            && usable.iter().all(|needed| self.holds(one, needed))
    }

    fn has_room(&self, one: &Staff) -> bool {
        self.world.is_present(one.id) && self.world.open(one.id) < self.policy.limit(one.capacity)
    }

    fn backlog(&self) -> Vec<&BoardTicket> {
        let open = self
            .tickets
            .values()
            .filter(|one| !self.finished.contains(&one.number));
        open.filter(|one| self.world.holder(one.number).is_none())
            .collect()
    }

    /// Checks that the right user was chosen, within the limits.
    fn check_choice(
        &self,
        ticket: u64,
        to: UserId,
        tier: Tier,
        at: Timestamp,
    ) -> Result<(), TestCaseError> {
        let ticket = &self.tickets[&ticket];
        let one = self.one(to);
        prop_assert!(self.world.is_present(to), "absent");
        let admins = || {
            self.period
                .staff
                .iter()
                .filter(|one| one.role == Role::Admin)
        };
        let is_only_admin = admins().all(|one| one.id == ticket.requester);
        prop_assert!(
            to != ticket.requester || (one.role == Role::Admin && is_only_admin),
            "asked"
        );
        let is_covered = self.moderators().any(|one| self.covers(one, ticket));
        let relaxed = self.policy.is_relaxed(ticket.priority, ticket.written, at);
        match tier {
            Tier::Full => prop_assert!(self.covers(one, ticket), "lacks skills"),
            Tier::Partial => {
                prop_assert!(one.role == Role::Moderator);
                prop_assert!(!is_covered || relaxed, "others cover all");
            }
            Tier::Admins => {
                prop_assert!(one.role == Role::Admin);
                prop_assert!(!is_covered, "moderators cover all");
            }
        }
        Ok(())
    }
}

/// Returns the moves of a period in their order.
fn moves_of(period: &Period, policy: &Policy) -> Vec<(Timestamp, Move)> {
    let mut scene = Scene::new(period, policy);
    while scene.step().is_some() {}
    scene.log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn assignments_respect_skills_presence_and_limits(period in period(), policy in policy()) {
        let mut scene = Scene::new(&period, &policy);
        while let Some((at, moves)) = scene.step() {
            for one in moves {
                if let Move::Assign { ticket, to, why } = one {
                    scene.check_choice(ticket, to, why.tier, at)?;
                }
            }
            for one in &period.staff {
                prop_assert!(scene.world.open(one.id) <= policy.limit(one.capacity));
                prop_assert_eq!(scene.world.open(one.id), scene.board.index().active(one.id).unwrap());
            }
            prop_assert_eq!(scene.world.backlog_length(), scene.board.backlog_length());
            prop_assert_eq!((scene.world.over_full(), scene.world.refused()), (0, 0));
        }
    }

    #[test]
    fn no_ticket_waits_while_a_user_who_covers_it_is_free(period in period(), policy in policy()) {
        let mut scene = Scene::new(&period, &policy);
        while scene.step().is_some() {
            for ticket in scene.backlog() {
                let free = scene.moderators().find(|one| {
                    scene.covers(one, ticket) && scene.has_room(one)
                });
                prop_assert!(free.is_none(), "{} waits for {free:?}", ticket.number);
                // A ticket without known skills is for the admins.
                let admin = period.staff.iter().find(|one| {
                    one.role == Role::Admin && one.id != ticket.requester && scene.has_room(one)
                });
                let for_admins = scene.usable(ticket).is_empty();
                prop_assert!(!for_admins || admin.is_none(), "{} waits", ticket.number);
            }
        }
    }

    #[test]
    fn older_tickets_of_a_lane_are_dispatched_first(period in period(), policy in policy()) {
        let mut scene = Scene::new(&period, &policy);
        let outsider = |ticket: &BoardTicket| ticket.requester >= person(90);
        let lane = |ticket: &BoardTicket| (backlog_lane(&ticket.skills), ticket.priority);
        while let Some((_, moves)) = scene.step() {
            let mut oldest_by_lane: BTreeMap<_, u64> = BTreeMap::new();
            for ticket in scene.backlog().into_iter().rev().filter(|one| outsider(one)) {
                oldest_by_lane.insert(lane(ticket), ticket.number);
            }
            for one in moves {
                if let Move::Assign { ticket: number, .. } = one {
                    let ticket = &scene.tickets[&number];
                    let oldest = oldest_by_lane.get(&lane(ticket)).filter(|_| outsider(ticket));
                    prop_assert!(oldest.is_none_or(|oldest| *oldest > number), "{oldest:?} waits");
                }
            }
        }
    }

    #[test]
    fn a_new_moderator_takes_the_waiting_tickets_that_they_cover(
        period in period(),
        policy in policy(),
        steps in 0_usize..150,
        capacity in 0_u32..20,
    ) {
        let mut scene = Scene::new(&period, &policy);
        let mut now = period.from;
        for _ in 0..steps {
            match scene.step() {
                Some((at, _)) => now = at,
                None => break,
            }
        }
        let known = SKILLS.iter().filter(|id| !id.starts_with("x:"));
        let newcomer = Staff {
            id: person(200),
            role: Role::Moderator,
            skills: known.map(|&id| Skill::new(id, id).at(Level::Expert)).collect(),
            capacity,
            active: 0,
            presence: Presence::OffShift,
            shift_ends: None,
            last_assignment: 0,
        };
        let coverable: BTreeSet<u64> = scene
            .backlog()
            .into_iter()
            .filter(|ticket| scene.covers(&newcomer, ticket))
            .filter(|ticket| scene.usable(ticket).iter().all(|skill| !skill.is_unknown()))
            .map(|ticket| ticket.number)
            .collect();
        scene.board.index().put(&newcomer);
        let moves = scene.board.presence(newcomer.id, Presence::Present, now);
        let mut not_assigned = coverable;
        for one in &moves {
            if let Move::Assign { ticket, .. } = one {
                not_assigned.remove(ticket);
            }
        }
        let assigned = scene.board.index().active(newcomer.id).unwrap();
        prop_assert!(assigned <= policy.limit(capacity));
        prop_assert!(not_assigned.is_empty() || assigned == policy.limit(capacity), "{not_assigned:?} left");
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(
        (period, shuffled) in period().prop_flat_map(|period| {
            let staff = Just(period.staff.clone()).prop_shuffle();
            let changes = Just(period.changes.clone()).prop_shuffle();
            let tickets = Just(period.tickets.clone()).prop_shuffle();
            (Just(period), (staff, changes, tickets))
        }),
        policy in policy(),
    ) {
        let (staff, changes, tickets) = shuffled;
        let other = Period { staff, changes, tickets, ..period.clone() };
        prop_assert_eq!(moves_of(&period, &policy), moves_of(&other, &policy));
        prop_assert_eq!(
            replay(&period, &policy, &vocabulary()).unwrap(),
            replay(&other, &policy, &vocabulary()).unwrap()
        );
    }

    #[test]
    fn equally_skilled_users_differ_by_at_most_one_ticket(
        people in 1_u8..12,
        common_skills in skills(1, 4),
        count in 0_u64..60,
        capacity in 1_u32..9,
        load in prop::sample::select(vec![
            LoadMeasure::Active, LoadMeasure::Relative, LoadMeasure::RoundRobin,
        ]),
    ) {
        let policy = Policy { load, ..Policy::default() };
        let staff = (1..=people).map(|n| Staff {
            id: person(n),
            role: Role::Moderator,
            skills: common_skills.clone(),
            capacity,
            active: 0,
            presence: Presence::Present,
            shift_ends: None,
            last_assignment: 0,
        });
        let period = Period {
            from: start(),
            staff: staff.collect(),
            changes: Vec::new(),
            tickets: Vec::new(),
            away_limit: Span::minutes(20),
            drain: Span::hours(3),
        };
        let mut board = period.board(&policy, &vocabulary());
        for number in 1..=count {
            let needs = &common_skills[usize::try_from(number).unwrap() % common_skills.len()];
            board.write(
                BoardTicket {
                    number,
                    priority: Priority::Medium,
                    requester: person(90),
                    skills: vec![Skill::new(&needs.id, &needs.name)],
                    written: start(),
                },
                start(),
            );
            let loads: Vec<u32> = (1..=people)
                .map(|n| board.index().active(person(n)).unwrap())
                .collect();
            let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{loads:?}");
        }
    }

    #[test]
    fn figures_add_up(period in period(), policy in policy()) {
        let figures = replay(&period, &policy, &vocabulary()).unwrap();
        prop_assert_eq!(figures.tickets, period.tickets.len() as u64);
        prop_assert_eq!(figures.served + figures.waiting, figures.tickets);
        prop_assert!(figures.finished <= figures.served);
        let assigned = figures.full + figures.partial + figures.admins;
        prop_assert_eq!(assigned + figures.never_given, figures.tickets);
        let by_priority: u64 = figures.by_priority.iter().map(|one| one.tickets).sum();
        prop_assert_eq!(by_priority, figures.tickets);
        prop_assert_eq!(figures.over_full, 0);
        prop_assert!(figures.wait_p50 <= figures.wait_p95 && figures.wait_p95 <= figures.oldest_wait);
        if !policy.hand_over && !policy.rebalance && period.changes.is_empty() {
            prop_assert_eq!((figures.moves, figures.hand_backs), (0, 0));
        }
        let work: i64 = period.tickets.iter().map(|one| one.work.num_seconds()).sum();
        prop_assert!(figures.spread.total <= work.unsigned_abs());
        if period.staff.iter().all(|one| one.role == Role::Moderator)
            && figures.finished == figures.tickets
        {
            prop_assert_eq!(figures.spread.total, work.unsigned_abs(), "work got lost");
        }
    }
}
