//! Steps of tickets: when a ticket counts as begun, and the changes and facts of each step.

use serde_json::json;

use super::*;
use crate::domain::{
    changed_fields::TICKET_FIELDS,
    digest::sha256_hex,
    field_versions::FieldVersions,
    id::TicketId,
    priority::Priority,
    ticket::HumanFields,
    time::{Span, from_micros},
};

fn id(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

const REQUESTER: u8 = 1;
const ASSIGNEE: u8 = 2;

fn at(minutes: i64) -> Timestamp {
    from_micros(0) + Span::minutes(minutes)
}

/// An open ticket of REQUESTER, assigned to ASSIGNEE.
fn assigned() -> Ticket {
    Ticket {
        id: TicketId::new(from_micros(0), [0; 10]),
        number: 1,
        title: "t".to_owned(),
        description: "d".to_owned(),
        status: Status::Open,
        priority: Priority::Medium,
        category: "general".to_owned(),
        kind: None,
        deadline: None,
        required_skills: Vec::new(),
        set_by_human: HumanFields::default(),
        triage: None,
        requester: id(REQUESTER),
        assignment: Some(Assignment {
            to: id(ASSIGNEE),
            seat: Some(0),
            by_human: false,
            tier: None,
            at: at(0),
            reason: None,
        }),
        queued: None,
        decision: None,
        rebalanced: false,
        escalated_at: None,
        changed_by_person: FieldVersions::default(),
        declined_by: Vec::new(),
        notify_requester: true,
        origin: None,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
        begun_at: None,
        resolved_at: None,
        deleted_at: None,
    }
}

#[test]
fn the_first_step_into_work_begins_a_ticket() {
    let open = assigned();
    assert_eq!(
        set_status(&open, Status::InProgress, at(1)).ticket.begun_at,
        Some(at(1))
    );
    let answer = |author, visibility| reply(&open, id(author), visibility, at(2)).ticket;
    assert_eq!(answer(ASSIGNEE, Visibility::Public).begun_at, Some(at(2)));
    assert_eq!(answer(ASSIGNEE, Visibility::Internal).begun_at, None);
    assert_eq!(answer(REQUESTER, Visibility::Public).begun_at, None);
    for status in [Status::Waiting, Status::Resolved] {
        assert_eq!(set_status(&open, status, at(3)).ticket.begun_at, None);
    }
    assert_eq!(unassign(&open, false, at(4)).ticket.begun_at, None);
}

#[test]
fn a_begun_ticket_stays_begun() {
    let mut ticket = set_status(&assigned(), Status::InProgress, at(1)).ticket;
    for (minutes, status) in (2..).zip([
        Status::Open,
        Status::InProgress,
        Status::Waiting,
        Status::InProgress,
        Status::Resolved,
        Status::Open,
        Status::InProgress,
        Status::Closed,
    ]) {
        ticket = set_status(&ticket, status, at(minutes)).ticket;
        assert_eq!(ticket.begun_at, Some(at(1)), "{status:?}");
    }
    let begun = set_status(&assigned(), Status::InProgress, at(1)).ticket;
    let unassigned = unassign(&begun, true, at(9)).ticket;
    assert_eq!(
        (unassigned.status, unassigned.begun_at),
        (Status::Open, Some(at(1)))
    );
}

#[test]
fn a_step_without_its_assignee_begins_no_work() {
    let open = assigned();
    let step = set_status(&open, Status::InProgress, at(1));
    let step = step.without_assignee(&open, at(2)).ticket;
    assert_eq!((step.status, step.begun_at), (Status::Open, None));
    let begun = Ticket {
        status: Status::Waiting,
        begun_at: Some(at(1)),
        ..open
    };
    let step = set_status(&begun, Status::InProgress, at(2));
    let step = step.without_assignee(&begun, at(3)).ticket;
    assert_eq!((step.status, step.begun_at), (Status::Open, Some(at(1))));
}

#[test]
fn changes_by_the_desk_do_not_count_as_changes_by_the_user() {
    let open = assigned();
    let step = set_status(&open, Status::InProgress, at(1)).by_person(&open);
    assert_eq!(stale_fields(&step.ticket, open.version), ["status"]);
    let step = step.without_assignee(&open, at(2)).ticket;
    assert_eq!((step.status, step.assignee()), (Status::Open, None));
    assert!(stale_fields(&step, open.version).is_empty());
    let step = set_status(&open, Status::Resolved, at(1)).by_person(&open);
    let step = step.without_assignee(&open, at(2)).ticket;
    assert_eq!(stale_fields(&step, open.version), ["status"]);
}

/// Returns the fields in which an update of this version conflicts.
fn stale_fields(ticket: &Ticket, expected: u64) -> Vec<&'static str> {
    let versions = &ticket.changed_by_person;
    let checked = versions.check(expected, ticket.version, &TICKET_FIELDS);
    checked.err().map(|stale| stale.0).unwrap_or_default()
}

#[test]
fn events_do_not_contain_descriptions() {
    let before = assigned();
    let mut after = before.clone();
    after.description = "The ink is äll gone.".to_owned();
    let next = Next::new(&before, after, SeatMove::Keep, EventKind::TextEdited, at(1));
    let [change] = next.changes.as_slice() else {
        panic!("{:?}", next.changes);
    };
    assert_eq!(change.field, "description");
    assert_eq!(
        change.from,
        json!({ "length": 1, "sha256": sha256_hex(b"d") })
    );
    assert_eq!(change.to["length"], 20);
    let text = serde_json::to_string(&next.changes).unwrap();
    assert!(!text.contains("ink"), "{text}");
}

#[test]
fn facts_describe_the_changes_of_a_step() {
    let ticket = assigned();
    let unassigned = unassign(&ticket, false, at(1));
    assert_eq!(unassigned.facts.previous_assignee, Some(id(ASSIGNEE)));
    let moved = assign_by_human(&ticket, id(3), SeatBound::Unbounded, at(1));
    assert_eq!(moved.facts.previous_assignee, Some(id(ASSIGNEE)));
    let same = assign_by_human(&ticket, id(ASSIGNEE), SeatBound::Unbounded, at(1));
    assert_eq!(same.facts.previous_assignee, None);
    for visibility in [Visibility::Public, Visibility::Internal] {
        let replied = reply(&ticket, id(ASSIGNEE), visibility, at(1));
        let status = (visibility == Visibility::Public).then_some(Status::InProgress);
        assert_eq!(replied.facts.reply_visibility, Some(visibility));
        assert_eq!(replied.facts.status, status);
        let without_assignee = replied.without_assignee(&ticket, at(2));
        assert_eq!(without_assignee.facts.reply_visibility, Some(visibility));
        assert_eq!(without_assignee.facts.status, None);
        assert_eq!(without_assignee.facts.previous_assignee, Some(id(ASSIGNEE)));
    }
    let escalated = escalate(&ticket, Priority::High, at(1));
    let stated: Vec<Field> = escalated.facts.stated_fields.into_iter().collect();
    assert_eq!(stated, [Field::Priority]);
    assert!(!escalated.facts.skills_changed);
}
