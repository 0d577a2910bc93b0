//! Every kind of event, and the jobs that it causes.

use std::collections::HashSet;

use super::*;
use crate::domain::{
    event::{Change, EventFacts, Parties},
    id::{EventId, TicketId},
    time::from_micros,
};

const REQUESTER: u8 = 1;
const ASSIGNEE: u8 = 2;

fn user(n: u8) -> UserId {
    UserId::new(from_micros(0), [n; 10])
}

fn event(kind: EventKind, subject: Subject) -> Event {
    Event {
        id: EventId::new(from_micros(7_000), [7; 10]),
        seq: 1,
        subject,
        version: 2,
        kind,
        by: ActorId::System,
        at: from_micros(9_000),
        changes: Vec::new(),
        facts: EventFacts {
            reply_visibility: Some(Visibility::Public),
            ..EventFacts::default()
        },
        parties: Parties {
            requester: Some(user(REQUESTER)),
            assignee: Some(user(ASSIGNEE)),
            notify_requester: true,
        },
        reply: None,
    }
}

fn of_ticket(kind: EventKind) -> Event {
    event(
        kind,
        Subject::Ticket(TicketId::new(from_micros(0), [9; 10])),
    )
}

fn of_account(kind: EventKind) -> Event {
    event(kind, Subject::User(user(REQUESTER)))
}

const ACCOUNT_KINDS: [EventKind; 7] = [
    EventKind::Registered,
    EventKind::AddressReused,
    EventKind::VerificationRequested,
    EventKind::Verified,
    EventKind::ProfileChanged,
    EventKind::AvailabilityChanged,
    EventKind::AccountChanged,
];

fn is_of_accounts(kind: &EventKind) -> bool {
    ACCOUNT_KINDS.contains(kind)
}

fn is_of_tickets(kind: &EventKind) -> bool {
    !is_of_accounts(kind) && *kind != EventKind::RulesChanged
}

fn of_rules(rules: Option<RulesKind>, must_reapply: bool) -> Event {
    let mut event = event(EventKind::RulesChanged, Subject::Desk);
    event.facts = EventFacts {
        rules,
        must_reapply,
        ..EventFacts::default()
    };
    event
}

/// Returns the jobs in short form, sorted: `triage`, `mail received to requester`.
fn jobs(event: &Event) -> Vec<String> {
    let short = |new: NewJob| match new.job {
        Job::Mail { mail, .. } => {
            let to = match mail.to {
                to if to == user(REQUESTER) => "requester",
                _ => "assignee",
            };
            format!("{} to {to}", mail.kind.as_str())
        }
        job => job.kind().to_owned(),
    };
    let mut jobs: Vec<String> = consequences(event)
        .unwrap()
        .into_iter()
        .map(short)
        .collect();
    jobs.sort_unstable();
    jobs
}

#[test]
fn every_known_kind_has_consequences() {
    for kind in EventKind::KNOWN {
        let [as_ticket, as_account] = [of_ticket(kind.clone()), of_account(kind.clone())];
        let as_rules = event(kind.clone(), Subject::Desk);
        for (event, is_known) in [
            (as_ticket, is_of_tickets(kind)),
            (as_account, is_of_accounts(kind)),
            (as_rules, *kind == EventKind::RulesChanged),
        ] {
            assert_eq!(consequences(&event).is_some(), is_known, "{event:?}");
        }
    }
    let unknown = EventKind::from("exploded");
    assert_eq!(consequences(&of_ticket(unknown.clone())), None);
    assert_eq!(consequences(&of_account(unknown)), None);
}

#[test]
fn events_of_tickets_cause_these_jobs() {
    for (kind, expected) in [
        (EventKind::Created, &["received to requester", "triage"][..]),
        (EventKind::TextEdited, &["triage"]),
        (EventKind::Edited, &[]),
        (EventKind::Triaged, &[]),
        (EventKind::Restored, &[]),
        (
            EventKind::Assigned,
            &["assigned to assignee", "assigned_requester to requester"],
        ),
        (EventKind::Queued, &[]),
        (EventKind::Unassigned, &["dispatch_backlog", "route"]),
        (EventKind::Replied, &["reply to requester"]),
        (EventKind::Begun, &[]),
        (EventKind::Paused, &[]),
        (
            EventKind::Waiting,
            &["dispatch_backlog", "waiting to requester"],
        ),
        (EventKind::Resumed, &[]),
        (
            EventKind::Resolved,
            &["dispatch_backlog", "resolved to requester"],
        ),
        (
            EventKind::Reopened,
            &["reopened to assignee", "reopened to requester"],
        ),
        (EventKind::Closed, &["closed to requester"]),
        (EventKind::Deleted, &["dispatch_backlog"]),
    ] {
        assert_eq!(jobs(&of_ticket(kind.clone())), expected, "{kind:?}");
    }
}

#[test]
fn unassigned_tickets_are_routed() {
    for kind in [
        EventKind::Edited,
        EventKind::Triaged,
        EventKind::Restored,
        EventKind::Replied,
        EventKind::Reopened,
        EventKind::Resumed,
        EventKind::Paused,
        EventKind::Unassigned,
    ] {
        let mut event = of_ticket(kind);
        event.parties.assignee = None;
        assert!(
            jobs(&event).contains(&"route".to_owned()),
            "{:?}",
            event.kind
        );
    }
}

#[test]
fn moving_a_ticket_frees_a_seat() {
    let mut event = of_ticket(EventKind::Assigned);
    event.facts.previous_assignee = Some(user(3));
    let freed = Job::DispatchBacklog {
        freed: Some(user(3)),
    };
    let jobs_of_move = consequences(&event).unwrap();
    assert!(jobs_of_move.iter().any(|new| new.job == freed));
    event.facts.previous_assignee = None;
    assert!(!jobs(&event).contains(&"dispatch_backlog".to_owned()));
}

#[test]
fn a_reply_goes_to_the_other_side() {
    let mut event = of_ticket(EventKind::Replied);
    event.by = ActorId::User(user(ASSIGNEE));
    assert_eq!(jobs(&event), ["reply to requester"]);
    event.by = ActorId::User(user(REQUESTER));
    assert_eq!(jobs(&event), ["reply to assignee"]);
    event.facts.status = Some(Status::Open);
    assert_eq!(jobs(&event), ["reopened to assignee"]);
    event.facts.status = Some(Status::InProgress);
    assert_eq!(jobs(&event), ["reply to assignee"]);
}

#[test]
fn an_internal_reply_never_reaches_the_requester() {
    for by in [
        ActorId::System,
        ActorId::User(user(ASSIGNEE)),
        ActorId::User(user(3)),
    ] {
        for status in [None, Some(Status::Open)] {
            let mut event = of_ticket(EventKind::Replied);
            event.by = by;
            event.facts.reply_visibility = Some(Visibility::Internal);
            event.facts.status = status;
            assert_eq!(jobs(&event), Vec::<String>::new());
        }
    }
}

#[test]
fn a_reply_without_facts_is_not_mailed() {
    for by in [
        ActorId::System,
        ActorId::User(user(REQUESTER)),
        ActorId::User(user(ASSIGNEE)),
        ActorId::User(user(3)),
    ] {
        for (assignee, expected) in [(Some(user(ASSIGNEE)), &[][..]), (None, &["route"])] {
            let mut event = of_ticket(EventKind::Replied);
            event.by = by;
            event.parties.assignee = assignee;
            event.facts = EventFacts::default();
            // The display values have no effect.
            event.changes = Change::of("visibility", None::<&str>, "public")
                .into_iter()
                .collect();
            assert_eq!(jobs(&event), expected);
        }
    }
}

#[test]
fn changed_skills_requeue_an_assigned_ticket_and_route_an_unassigned_one() {
    for kind in [EventKind::Edited, EventKind::Triaged, EventKind::Reviewed] {
        let mut event = of_ticket(kind);
        event.facts.skills_changed = true;
        assert_eq!(jobs(&event), ["requeue_unattended"]);
        event.parties.assignee = None;
        assert_eq!(jobs(&event), ["route"]);
    }
}

#[test]
fn requesters_without_notification_receive_no_mail() {
    for kind in EventKind::KNOWN.iter().filter(|kind| is_of_tickets(kind)) {
        for by in [ActorId::System, ActorId::User(user(ASSIGNEE))] {
            let mut event = of_ticket(kind.clone());
            event.by = by;
            event.parties.notify_requester = false;
            let is_to_requester = |job: &String| job.ends_with("to requester");
            assert!(!jobs(&event).iter().any(is_to_requester), "{kind:?}");
        }
    }
}

#[test]
fn users_receive_no_mail_about_their_own_step() {
    for kind in EventKind::KNOWN.iter().filter(|kind| is_of_tickets(kind)) {
        for (author, recipient) in [(REQUESTER, "to requester"), (ASSIGNEE, "to assignee")] {
            let mut event = of_ticket(kind.clone());
            event.by = ActorId::User(user(author));
            let jobs: Vec<String> = jobs(&event);
            let own_mails: Vec<&String> =
                jobs.iter().filter(|job| job.ends_with(recipient)).collect();
            match (kind, author) {
                // The author of a ticket receives a confirmation.
                (EventKind::Created, REQUESTER) => assert_eq!(own_mails, ["received to requester"]),
                _ => assert!(own_mails.is_empty(), "{kind:?}: {own_mails:?}"),
            }
        }
    }
}

#[test]
fn events_of_accounts_cause_these_jobs() {
    for (kind, expected) in [
        (EventKind::Registered, &["welcome to requester"][..]),
        (EventKind::AddressReused, &["address_reused to requester"]),
        (EventKind::VerificationRequested, &["verify to requester"]),
        (EventKind::Verified, &[]),
        (EventKind::ProfileChanged, &[]),
        (
            EventKind::AvailabilityChanged,
            &["dispatch_backlog", "requeue_unattended"],
        ),
        (
            EventKind::AccountChanged,
            &["dispatch_backlog", "requeue_unattended"],
        ),
    ] {
        assert_eq!(jobs(&of_account(kind.clone())), expected, "{kind:?}");
    }
    let mut skilled = of_account(EventKind::ProfileChanged);
    skilled.facts.skills_changed = true;
    assert_eq!(jobs(&skilled), ["dispatch_backlog", "requeue_unattended"]);
    let mut quiet = of_account(EventKind::Registered);
    quiet.parties.notify_requester = false;
    assert_eq!(jobs(&quiet), Vec::<String>::new());
    let mut staff = of_account(EventKind::Registered);
    staff.facts.role = Some(Role::Moderator);
    assert_eq!(jobs(&staff), ["dispatch_backlog", "welcome to requester"]);
}

#[test]
fn changed_rules_cause_these_jobs() {
    for (rules, must_reapply, expected) in [
        (Some(RulesKind::Routing), false, &["dispatch_backlog"][..]),
        (
            Some(RulesKind::Routing),
            true,
            &["dispatch_backlog", "reapply_to_users"],
        ),
        (Some(RulesKind::Triage), false, &[]),
        (None, true, &[]),
    ] {
        assert_eq!(jobs(&of_rules(rules, must_reapply)), expected, "{rules:?}");
    }
}

#[test]
fn keys_are_unique_and_stable() {
    let mut keys = HashSet::new();
    for kind in EventKind::KNOWN {
        let event = match kind {
            EventKind::RulesChanged => of_rules(Some(RulesKind::Routing), true),
            kind if is_of_accounts(kind) => of_account(kind.clone()),
            kind => of_ticket(kind.clone()),
        };
        let first = consequences(&event).unwrap();
        assert_eq!(Some(&first), consequences(&event).as_ref());
        for new in first {
            assert!(new.key.as_str().len() <= 200 && new.key.as_str().is_ascii());
            assert_eq!(new.run_at, event.at);
            assert!(keys.insert(new.key.clone()), "{}", new.key);
        }
    }
    let mut other = of_ticket(EventKind::Created);
    other.id = EventId::new(from_micros(7_000), [8; 10]);
    for new in consequences(&other).unwrap() {
        assert!(!keys.contains(&new.key), "{}", new.key);
    }
}

#[test]
fn keys_have_a_known_form() {
    let event = of_ticket(EventKind::Created);
    let keys: Vec<String> = consequences(&event)
        .unwrap()
        .into_iter()
        .map(|new| new.key.to_string())
        .collect();
    let (id, to) = (event.id, user(REQUESTER));
    assert_eq!(
        keys,
        [
            format!("created.{id}.triage"),
            format!("created.{id}.mail.received.{to}"),
        ]
    );
}

#[test]
fn the_triage_and_the_first_routing_of_an_imported_ticket_are_bulk() {
    for (kind, is_imported, class) in [
        (EventKind::Created, true, JobClass::Bulk),
        (EventKind::Triaged, true, JobClass::Bulk),
        (EventKind::Created, false, JobClass::Tickets),
        (EventKind::Triaged, false, JobClass::Tickets),
    ] {
        let mut event = of_ticket(kind.clone());
        event.facts.is_imported = is_imported;
        event.parties.assignee = None;
        let jobs = consequences(&event).unwrap();
        let of_ticket = jobs
            .iter()
            .find(|job| matches!(job.job, Job::Triage { .. } | Job::Route { .. }))
            .unwrap();
        assert_eq!(of_ticket.class, class, "{kind:?}");
        for job in &jobs {
            assert_eq!(job.requester, Some(user(REQUESTER)), "{kind:?}");
        }
    }
}
