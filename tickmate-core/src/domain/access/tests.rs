//! The access table as rows of actors and operations.

use super::*;
use crate::domain::{
    field_versions::FieldVersions,
    presence::Availability,
    priority::Priority,
    shift::Shift,
    skill::Skill,
    ticket::{Assignment, HumanFields},
    time::from_micros,
};

const REQUESTER: u8 = 1;
const ASSIGNEE: u8 = 2;

fn id(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

fn skills(names: &[&str]) -> Vec<Skill> {
    let skill = |name: &&str| Skill::new(*name, *name);
    names.iter().map(skill).collect()
}

fn actor(n: u8, role: Role, names: &[&str]) -> Actor {
    Actor::person(&User {
        id: id(n),
        email: format!("p{n}@example.org").parse().unwrap(),
        name: String::new(),
        username: None,
        role,
        skills: skills(names),
        capacity: 10,
        capacity_bound: 10,
        availability: Availability::Online,
        available_since: from_micros(0),
        hours: None,
        shift: Shift::open(from_micros(0)),
        active: true,
        email_verified: true,
        password: None,
        subject: None,
        tokens: Vec::new(),
        verification_mails: Vec::new(),
        changed_by_person: FieldVersions::default(),
        taken_notice_at: None,
        created_at: from_micros(0),
        updated_at: from_micros(0),
        version: 1,
    })
}

/// An open ticket of REQUESTER that requires the skills `a` and `b` and has no assignee.
fn queued() -> Ticket {
    Ticket {
        id: crate::domain::id::TicketId::new(from_micros(0), [0; 10]),
        number: 1,
        title: "t".to_owned(),
        description: "d".to_owned(),
        status: Status::Open,
        priority: Priority::Medium,
        category: "general".to_owned(),
        kind: None,
        deadline: None,
        required_skills: skills(&["a", "b"]),
        set_by_human: HumanFields::default(),
        triage: None,
        requester: id(REQUESTER),
        assignment: None,
        queued: None,
        decision: None,
        rebalanced: false,
        escalated_at: None,
        changed_by_person: FieldVersions::default(),
        declined_by: Vec::new(),
        notify_requester: true,
        origin: None,
        version: 1,
        created_at: from_micros(0),
        updated_at: from_micros(0),
        begun_at: None,
        resolved_at: None,
        deleted_at: None,
    }
}

/// The same ticket, assigned to ASSIGNEE.
fn assigned() -> Ticket {
    Ticket {
        assignment: Some(Assignment {
            to: id(ASSIGNEE),
            seat: Some(0),
            by_human: false,
            tier: None,
            at: from_micros(0),
            reason: None,
        }),
        ..queued()
    }
}

fn with_status(ticket: Ticket, status: Status) -> Ticket {
    Ticket { status, ..ticket }
}

fn deleted(ticket: Ticket) -> Ticket {
    Ticket {
        deleted_at: Some(from_micros(1)),
        ..ticket
    }
}

/// Returns one letter for each actor: allowed, forbidden, or `-` for hidden.
fn row(actors: &[Actor], operation: Operation, ticket: &Ticket) -> String {
    let letter = |actor| match decide(actor, operation, ticket) {
        Access::Allowed => 'a',
        Access::Forbidden => 'f',
        Access::Hidden => '-',
    };
    actors.iter().map(letter).collect()
}

const READ: Operation = Operation::Read;
const BEGIN: Operation = Operation::SetStatus(Status::InProgress);

#[test]
fn actors_have_these_rights_on_an_assigned_ticket() {
    let actors = [
        actor(REQUESTER, Role::User, &[]),
        actor(3, Role::User, &["a", "b"]),
        actor(ASSIGNEE, Role::Moderator, &[]),
        actor(4, Role::Moderator, &["a", "b"]),
        actor(REQUESTER, Role::Moderator, &["a", "b"]),
        actor(5, Role::Admin, &[]),
        Actor::system(),
    ];
    // requester, stranger, assignee, colleague who qualifies, requester who is a moderator, admin, the desk itself
    for (operation, expected) in [
        (READ, "a-a-aaa"),
        (Operation::ReadInternal, "f-a-faa"),
        (Operation::EditText, "a-f-aaa"),
        (Operation::EditTriage, "f-a-faa"),
        (BEGIN, "f-a-faa"),
        (Operation::SetStatus(Status::Resolved), "a-a-aaa"),
        (Operation::ReplyPublic, "a-a-aaa"),
        (Operation::ReplyInternal, "f-a-faa"),
        (Operation::Take, "f-a-faa"),
        (Operation::Unassign, "f-a-faa"),
        (Operation::Assign, "f-f-faa"),
        (Operation::Delete, "f-f-faa"),
        (Operation::Restore, "f-f-faa"),
    ] {
        assert_eq!(
            row(&actors, operation, &assigned()),
            expected,
            "{operation:?}"
        );
    }
}

#[test]
fn actors_have_these_rights_on_an_unassigned_ticket() {
    let actors = [
        actor(REQUESTER, Role::User, &[]),
        actor(3, Role::User, &["a", "b"]),
        actor(4, Role::Moderator, &["a", "b", "c"]),
        actor(4, Role::Moderator, &["a"]),
        actor(5, Role::Admin, &[]),
    ];
    // requester, stranger, moderator who qualifies, moderator who does not, admin
    for (operation, expected) in [
        (READ, "a-a-a"),
        (Operation::ReadInternal, "f-a-a"),
        (Operation::EditText, "a-f-a"),
        (Operation::EditTriage, "f-a-a"),
        (BEGIN, "f-a-a"),
        (Operation::ReplyPublic, "a-a-a"),
        (Operation::ReplyInternal, "f-a-a"),
        (Operation::Take, "f-a-a"),
        (Operation::Unassign, "f-f-a"),
        (Operation::Assign, "f-f-a"),
        (Operation::Delete, "a-f-a"),
        (Operation::Restore, "f-f-a"),
    ] {
        assert_eq!(
            row(&actors, operation, &queued()),
            expected,
            "{operation:?}"
        );
    }
    let without_skills = Ticket {
        required_skills: Vec::new(),
        ..queued()
    };
    assert_eq!(row(&actors, READ, &without_skills), "a---a");
    for status in [Status::Waiting, Status::Resolved, Status::Closed] {
        let ticket = with_status(queued(), status);
        assert_eq!(row(&actors, READ, &ticket), "a---a", "{status:?}");
    }
}

#[test]
fn only_admins_see_a_deleted_ticket() {
    let actors = [
        actor(REQUESTER, Role::User, &[]),
        actor(ASSIGNEE, Role::Moderator, &["a", "b"]),
        actor(5, Role::Admin, &[]),
    ];
    for ticket in [deleted(assigned()), deleted(queued())] {
        for operation in [READ, Operation::ReplyPublic, Operation::Restore] {
            assert_eq!(row(&actors, operation, &ticket), "--a", "{operation:?}");
        }
    }
}

#[test]
fn a_demoted_moderator_sees_no_ticket_of_others() {
    let demoted = [actor(ASSIGNEE, Role::User, &["a", "b"])];
    assert_eq!(row(&demoted, READ, &assigned()), "-");
    assert_eq!(row(&demoted, READ, &queued()), "-");
}

#[test]
fn the_rights_of_a_requester_depend_on_the_status() {
    let requester = [actor(REQUESTER, Role::User, &[])];
    let each = |operation: &dyn Fn(Status) -> Operation, ticket: &dyn Fn() -> Ticket| -> String {
        Status::ALL
            .map(|status| {
                row(
                    &requester,
                    operation(status),
                    &with_status(ticket(), status),
                )
            })
            .concat()
    };
    // open, in_progress, waiting, resolved, closed
    assert_eq!(each(&|_| Operation::EditText, &assigned), "aaaff");
    assert_eq!(each(&|_| Operation::ReplyPublic, &assigned), "aaaaa");
    assert_eq!(each(&|_| Operation::Delete, &queued), "affff");
    assert_eq!(each(&|_| Operation::Delete, &assigned), "fffff");
    for (to, expected) in [
        (Status::Open, "affaf"),
        (Status::InProgress, "fafff"),
        (Status::Waiting, "ffaff"),
        (Status::Resolved, "aaaaf"),
        (Status::Closed, "ffffa"),
    ] {
        assert_eq!(
            each(&|_| Operation::SetStatus(to), &assigned),
            expected,
            "{to:?}"
        );
    }
}

#[test]
fn staff_may_set_every_status() {
    let staff = [
        actor(ASSIGNEE, Role::Moderator, &[]),
        actor(5, Role::Admin, &[]),
        Actor::system(),
    ];
    for from in Status::ALL {
        for to in Status::ALL {
            let ticket = with_status(assigned(), from);
            assert_eq!(row(&staff, Operation::SetStatus(to), &ticket), "aaa");
        }
    }
}

#[test]
fn actors_have_id_role_and_skills() {
    let moderator = actor(ASSIGNEE, Role::Moderator, &["a"]);
    assert_eq!(moderator.id(), Some(id(ASSIGNEE)));
    assert_eq!(moderator.skills(), ["a"]);
    assert!(moderator.is_staff() && !moderator.is_admin());
    assert!(!actor(1, Role::User, &[]).is_staff());
    let desk = Actor::system();
    assert!(desk.id().is_none() && desk.role().is_none());
    assert!(desk.is_staff() && desk.is_admin() && desk.skills().is_empty());
}

#[test]
fn unknown_skills_count_only_without_known_ones() {
    let table: [(&[&str], &[&str], bool); 8] = [
        (&["a", "x:foo"], &["a"], true),
        (&["a", "x:foo"], &["a", "x:foo"], true),
        (&["a", "x:foo"], &["x:foo"], false),
        (&["a", "b", "x:foo"], &["a"], false),
        (&["x:foo"], &["a"], false),
        (&["x:foo"], &["x:foo"], true),
        (&["x:foo", "x:bar"], &["x:foo"], false),
        (&["x:foo", "x:bar"], &["x:foo", "x:bar"], true),
    ];
    for (ticket_skills, user_skills, expected) in table {
        let ticket_skills: Vec<Skill> =
            ticket_skills.iter().map(|&id| Skill::new(id, id)).collect();
        let user_skills: Vec<String> = user_skills.iter().map(|&id| id.to_owned()).collect();
        let required = RequiredSkills::of(&ticket_skills);
        assert_eq!(
            qualifies(&user_skills, &required),
            expected,
            "{ticket_skills:?} {user_skills:?}"
        );
    }
}
