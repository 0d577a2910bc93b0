//! The facts of tickets: a table of all states, and properties of the skills.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    analysis::{Triage, TriageSource, text_hash},
    decision::QueueReason,
    field_versions::FieldVersions,
    id::{TicketId, UserId},
    priority::Priority,
    skill::Level,
    status::Status,
    ticket::{Assignment, HumanFields, Queued, lane_skills},
    time::{Timestamp, from_micros},
};

fn now() -> Timestamp {
    from_micros(1_000_000)
}

fn ticket() -> Ticket {
    Ticket {
        id: TicketId::new(now(), [1; 10]),
        number: 7,
        title: "The printer is on fire".to_owned(),
        description: "It smokes.".to_owned(),
        status: Status::Open,
        priority: Priority::High,
        category: "hardware".to_owned(),
        kind: None,
        deadline: None,
        required_skills: Vec::new(),
        set_by_human: HumanFields::default(),
        changed_by_person: FieldVersions::default(),
        triage: None,
        requester: UserId::new(now(), [2; 10]),
        assignment: None,
        queued: None,
        decision: None,
        rebalanced: false,
        escalated_at: None,
        declined_by: Vec::new(),
        notify_requester: true,
        origin: None,
        version: 1,
        created_at: now(),
        updated_at: now(),
        begun_at: None,
        resolved_at: None,
        deleted_at: None,
    }
}

fn assignment(seat: Option<u32>, by_human: bool) -> Assignment {
    Assignment {
        to: UserId::new(now(), [3; 10]),
        seat,
        by_human,
        tier: None,
        at: now(),
        reason: None,
    }
}

fn queued() -> Queued {
    Queued {
        since: now(),
        reason: QueueReason::Full,
    }
}

/// Returns an analysis of the ticket's present text.
fn reading() -> Triage {
    let ticket = ticket();
    let hash = text_hash(&ticket.title, &ticket.description);
    Triage::empty(TriageSource::Embedded, hash, now())
}

/// Returns whether a ticket is in the backlog, triaged, held, and unbegun.
fn flags(ticket: &Ticket) -> [bool; 4] {
    let facts = ticket.facts();
    [
        facts.backlog_lane.is_some(),
        facts.is_triaged,
        facts.is_held,
        facts.is_unbegun,
    ]
}

#[test]
fn each_state_has_its_facts() {
    let seated = || Some(assignment(Some(0), false));
    // Status, assignment, whether the ticket is queued, and the facts.
    let table: &[(Status, Option<Assignment>, bool, [bool; 4])] = &[
        (Status::Open, None, false, [false, false, false, false]),
        (Status::Open, None, true, [true, true, false, false]),
        (Status::InProgress, None, true, [true, true, false, false]),
        (Status::Waiting, None, true, [false, true, false, false]),
        (Status::Resolved, None, false, [false, true, false, false]),
        (Status::Closed, None, false, [false, true, false, false]),
        (Status::Open, seated(), false, [false, true, true, true]),
        (
            Status::Open,
            Some(assignment(Some(0), true)),
            false,
            [false, true, true, false],
        ),
        (
            Status::Open,
            Some(assignment(None, false)),
            false,
            [false, true, true, false],
        ),
        (
            Status::InProgress,
            seated(),
            false,
            [false, true, true, false],
        ),
        (
            Status::Waiting,
            Some(assignment(None, false)),
            false,
            [false, true, true, false],
        ),
        (
            Status::Resolved,
            Some(assignment(None, false)),
            false,
            [false, true, false, false],
        ),
        (
            Status::Closed,
            Some(assignment(None, false)),
            false,
            [false, true, false, false],
        ),
    ];
    for (status, assignment, is_queued, expected) in table {
        let mut ticket = Ticket {
            status: *status,
            assignment: assignment.clone(),
            queued: is_queued.then(queued),
            triage: Some(reading()),
            ..ticket()
        };
        assert_eq!(flags(&ticket), *expected, "{ticket:?}");
        ticket.rebalanced = true;
        let [backlog, triaged, held, _] = *expected;
        assert_eq!(flags(&ticket), [backlog, triaged, held, false]);
        ticket.deleted_at = Some(now());
        assert_eq!(flags(&ticket), [false, true, false, false]);
    }
}

#[test]
fn a_ticket_is_triaged_once_its_present_text_was_read() {
    let mut ticket = Ticket {
        queued: Some(queued()),
        ..ticket()
    };
    assert!(!ticket.facts().is_triaged);
    ticket.triage = Some(reading());
    assert!(ticket.facts().is_triaged);
    ticket.title.push('!');
    assert!(!ticket.facts().is_triaged);
    ticket = Ticket {
        triage: Some(Triage {
            outdated: true,
            ..reading()
        }),
        title: self::ticket().title,
        ..ticket
    };
    assert!(!ticket.facts().is_triaged);
}

#[test]
fn sort_keys_have_the_order_of_their_values() {
    for pair in Priority::ALL.windows(2) {
        let rank = |priority| {
            Ticket {
                priority,
                ..ticket()
            }
            .facts()
            .priority_rank
        };
        assert!(rank(pair[0]) < rank(pair[1]));
    }
    let key = |deadline| {
        Ticket {
            deadline,
            ..ticket()
        }
        .facts()
        .deadline_key
    };
    assert_eq!(key(Some(now())), 1_000_000);
    assert!(key(Some(now())) < key(None));
}

#[test]
fn a_ticket_that_excludes_a_user_has_its_own_lane() {
    let mut ticket = Ticket {
        queued: Some(queued()),
        required_skills: vec![
            Skill::new("b", "B"),
            Skill::new("a", "A").at(Level::Skilled),
        ],
        ..ticket()
    };
    let lane = ticket.facts().backlog_lane;
    assert_eq!(lane.as_deref(), Some("a@2,b"));
    ticket.declined_by = vec![UserId::new(now(), [3; 10])];
    let own = format!("a@2,b!{}", ticket.id);
    assert_eq!(ticket.facts().backlog_lane, Some(own));
}

fn required() -> impl Strategy<Value = Vec<Skill>> {
    let id = prop_oneof!["[a-d]", "x:[a-d]"];
    let level = prop::option::of(prop::sample::select(&Level::ALL[..]));
    prop::collection::vec((id, level), 0..6).prop_map(|skills| {
        let skill = |(id, level): (String, Option<Level>)| Skill::new(id, "").at(level);
        skills.into_iter().map(skill).collect()
    })
}

proptest! {
    /// Every id occurs once; the asked ones are the known ones, or all if none is known.
    #[test]
    fn required_skills_keep_every_id_once(skills in required()) {
        let ids = RequiredSkills::of(&skills);
        let mut expected: Vec<&str> = skills.iter().map(|skill| skill.id.as_str()).collect();
        expected.sort_unstable();
        expected.dedup();
        let mut ids_once: Vec<&str> = ids.iter().map(|(id, _)| id).collect();
        ids_once.sort_unstable();
        prop_assert_eq!(&ids_once, &expected);
        let asked_ids: Vec<&str> = ids.iter().filter(|(_, asked_ids)| *asked_ids).map(|(id, _)| id).collect();
        prop_assert_eq!(&asked_ids, &ids.asked().iter().map(String::as_str).collect::<Vec<_>>());
        let has_known = expected.iter().any(|id| !id.starts_with("x:"));
        expected.retain(|id| !has_known || !id.starts_with("x:"));
        prop_assert_eq!(asked_ids, expected);
    }

    /// The key of a lane contains the skills that its tickets require.
    #[test]
    fn a_lane_contains_its_skills(skills in required()) {
        let lane = super::super::ticket::backlog_lane(&skills);
        let named = lane_skills(&lane);
        prop_assert_eq!(super::super::ticket::backlog_lane(&named), lane);
        for skill in &skills {
            let is_same = |one: &Skill| one.same(skill) && one.least_level() == skill.least_level();
            prop_assert!(named.iter().any(is_same), "{:?} in {:?}", skill, named);
        }
    }
}
