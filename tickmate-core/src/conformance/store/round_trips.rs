//! Everything round-trips: every field, every enum value, long texts, exact moments.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    backend::store::{SeatMove, Store},
    conformance::{
        Outcome,
        failure::expect_some,
        fixtures::{AUTOMATIC, skills},
        scene::Scene,
    },
    domain::{
        analysis::{Complexity, Findings, Sentiment, Suggestions, Triage, TriageSource},
        decision::{
            Cause, DecidedBy, DecisionRecord, QueueReason, RankingKey, RunnerUp, SkippedStaff, Tier,
        },
        delivery::{Delivery, DeliveryReport},
        desk_rules::RulesKind,
        event::{ActorId, Change, EventFacts, EventKind, Parties},
        field::Field,
        hours::WorkingHours,
        id::{TokenId, UserId},
        mail::{MailKind, MailStatus, TOKEN_MARK},
        presence::Availability,
        priority::Priority,
        reply::{ReplyQuery, Visibility},
        shift::Shift,
        skill::Level,
        status::Status,
        ticket::{Assignment, HumanFields, Queued, Ticket},
        time::{Span, Timestamp, from_micros},
        token::{OneTimeToken, TokenPurpose},
        user::{PasswordHash, Role, User},
    },
};

/// Creates a decision with every field set.
fn full_decision() -> DecisionRecord {
    let compared = |active| RankingKey {
        active,
        limit: u32::MAX,
        versatility: -3,
        last_assignment: 1 << 60,
    };
    DecisionRecord {
        policy: "größer".to_owned(),
        version: 7,
        cause: Cause::HandOver,
        tier: Tier::Partial,
        required: 3,
        covered: 2,
        candidates: 4,
        skipped: SkippedStaff {
            full: 1,
            away: 2,
            off_shift: 3,
            offline: 4,
            shift_ends: 5,
            excluded: 6,
        },
        chosen: Some(compared(0)),
        runner_up: Some(RunnerUp {
            id: UserId::new(from_micros(5), [7; 10]),
            compared: compared(1),
            decided_by: DecidedBy::Versatility,
        }),
    }
}

/// Sets every field of a new ticket.
fn fill(ticket: &mut Ticket, at: Timestamp) {
    let sure = [
        ("priority", 0.5),
        ("category", 0.125),
        ("relatedSkills", 1.0),
    ];
    ticket.status = Status::Resolved;
    ticket.priority = Priority::Urgent;
    ticket.category = "Etwas \u{1F525} Eigenes".to_owned();
    ticket.kind = Some("Störung".to_owned());
    ticket.deadline = Some(at);
    ticket.required_skills = skills(&["zig", "x:größe", "ada"]);
    ticket.required_skills[1].level = Some(Level::Skilled);
    ticket
        .changed_by_person
        .record(["title", "relatedSkills"], 3);
    ticket.changed_by_person.record(["status"], u64::MAX);
    ticket.set_by_human = HumanFields {
        priority: true,
        category: false,
        kind: true,
        skills: true,
    };
    ticket.triage = Some(Triage {
        summary: "In short".to_owned(),
        notes: "Line one\nline two".to_owned(),
        first_steps: vec!["One".to_owned(), "Two".to_owned()],
        sentiment: Some(Sentiment::Angry),
        complexity: Some(Complexity::Moderate),
        tags: vec!["vpn".to_owned()],
        extra: BTreeMap::from([("building".to_owned(), "B 2".to_owned())]),
        source: TriageSource::Model,
        model: Some("model-1".to_owned()),
        confidence: BTreeMap::from(sure.map(|(field, value)| (field.to_owned(), value))),
        suggestions: Suggestions {
            category: Some("network".to_owned()),
            priority: Some(Priority::Low),
            kind: Some("request".to_owned()),
            skills: vec!["cobol".to_owned()],
        },
        found: Findings {
            category: Some("network".to_owned()),
            priority: Some(Priority::Low),
            kind: None,
            skills: vec!["zig".to_owned()],
            applied: vec![Field::Category],
            settled: vec![Field::Skill, Field::Type],
        },
        needs_review: true,
        outdated: true,
        round: 3,
        text_hash: "ab".repeat(32),
        at,
    });
    ticket.decision = Some(full_decision());
    ticket.rebalanced = true;
    ticket.escalated_at = Some(at);
    ticket.begun_at = Some(at);
    ticket.notify_requester = false;
    ticket.declined_by = vec![ticket.requester];
    ticket.origin = Some("line \"1\"".to_owned());
    ticket.resolved_at = Some(at);
    ticket.deleted_at = Some(at);
}

/// Every field of a new ticket round-trips, including the names of skills.
pub async fn every_field_of_a_ticket_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let at = scene.make.now();
    let mut ticket = scene.make.ticket(ann);
    fill(&mut ticket, at);
    let new = scene.make.new_ticket(ticket);
    let created = scene.create(&new).await?;
    let expected = Ticket {
        number: created.number,
        ..new.ticket
    };
    assert_eq!(format!("{created:?}"), format!("{expected:?}"));
    let stored = scene.stored(created.id).await?;
    assert_eq!(format!("{stored:?}"), format!("{expected:?}"));
    Ok(())
}

/// Every field of a change round-trips, and can be removed again.
pub async fn every_field_of_a_change_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let at = scene.make.now();
    let plain = scene.ticket(ann).await?;
    let mut write = scene.make.assign(&plain, max, AUTOMATIC);
    fill(&mut write.ticket, at);
    write.ticket.status = Status::InProgress;
    (write.ticket.resolved_at, write.ticket.deleted_at) = (None, None);
    (write.ticket.title, write.ticket.description) = ("Two".to_owned(), "Too".to_owned());
    write.ticket.origin = None;
    if let Some(assignment) = &mut write.ticket.assignment {
        (assignment.tier, assignment.seat) = (Some(Tier::Partial), Some(0));
        assignment.reason = Some("Covers 1 of 2".to_owned());
    }
    scene.write(&write).await?;
    let stored = scene.stored(plain.id).await?;
    assert_eq!(format!("{stored:?}"), format!("{:?}", write.ticket));
    let mut reset = scene.make.ticket_write(&plain, |ticket| ticket.version = 3);
    reset.seat = SeatMove::Free;
    scene.write(&reset).await?;
    let stored = scene.stored(plain.id).await?;
    assert_eq!(format!("{stored:?}"), format!("{:?}", reset.ticket));
    Ok(())
}

/// Every value of the enums round-trips: status, priority, reason of the backlog.
pub async fn every_enum_value_of_a_ticket_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for number in 0..20 {
        let reason = [QueueReason::Nobody, QueueReason::Full][number % 2];
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.status = Status::ALL[number % 5];
            ticket.priority = Priority::ALL[number / 5];
            ticket.queued = Some(Queued {
                since: ticket.created_at,
                reason,
            });
        });
        let ticket = ticket.await?;
        assert_eq!(ticket.status, Status::ALL[number % 5]);
        assert_eq!(ticket.priority, Priority::ALL[number / 5]);
        assert_eq!(ticket.queued.map(|queued| queued.reason), Some(reason));
        assert_eq!(scene.stored(ticket.id).await?, ticket);
    }
    Ok(())
}

/// Every value of the enums of routing and triage round-trips: tier, source of a triage.
pub async fn every_tier_and_triage_source_round_trips(store: &dyn Store) -> Outcome {
    use TriageSource::{Embedded, Model, Unread};
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(100).await?.id;
    for (tier, source) in [
        (Some(Tier::Full), Model),
        (Some(Tier::Partial), Embedded),
        (Some(Tier::Admins), Unread),
        (None, Model),
    ] {
        let ticket = scene.ticket(ann).await?;
        let mut write = scene.make.assign(&ticket, max, AUTOMATIC);
        let mut full = ticket.clone();
        fill(&mut full, ticket.created_at);
        write.ticket.triage = full.triage.map(|triage| Triage { source, ..triage });
        let assignment = write.ticket.assignment.take();
        write.ticket.assignment = assignment.map(|assignment| Assignment { tier, ..assignment });
        let written = scene.write(&write).await?;
        assert_eq!(written.triage, write.ticket.triage);
        assert_eq!(
            written
                .assignment
                .as_ref()
                .map(|assignment| assignment.tier),
            Some(tier)
        );
        assert_eq!(scene.stored(ticket.id).await?, written);
    }
    Ok(())
}

/// Sets every field of a user.
fn fill_user(user: &mut User, at: Timestamp) {
    let word = user.role.as_str();
    user.name = "Zoë \u{1F600} O'Hara".to_owned();
    user.username = Some(format!("Zoe_{word}"));
    user.skills = skills(&["zig", "x:größe"]);
    user.skills[0].level = Some(Level::Novice);
    user.capacity = u32::MAX >> 1;
    user.availability = Availability::Away;
    user.available_since = at;
    let hours = json!({
        "zone": "Europe/Berlin",
        "week": {"mon": [["09:00", "12:30"], ["13:00", "17:30"]], "fri": [["22:00", "06:00"]]},
        "exceptions": [{"date": "2026-12-24", "spans": []}],
    });
    user.hours = Some(WorkingHours::parse(&hours).expect("valid working hours"));
    user.shift = Shift {
        on: false,
        since: at - Span::microseconds(1),
        until: Some(at + Span::microseconds(1)),
    };
    user.active = false;
    user.email_verified = false;
    user.password = Some(PasswordHash::new("$argon2id$v=19$x".to_owned()));
    user.subject = Some(format!("host|{word}"));
    user.tokens = vec![OneTimeToken {
        id: TokenId::from_uuid(user.id.as_uuid()),
        purpose: TokenPurpose::VerifyEmail,
        hash: format!("abcdef{:0>58}", word.len()),
        expires_at: at,
    }];
    user.capacity_bound = 77;
    user.changed_by_person.record(["skills", "hours"], 7);
    user.verification_mails = vec![user.created_at, at];
    user.taken_notice_at = Some(at);
}

/// Every field of a user round-trips, from the insert and from a change.
pub async fn every_field_of_a_user_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    for role in Role::ALL {
        let at = scene.make.now();
        let full = scene.person(role, |user| fill_user(user, at)).await?;
        let stored = scene.stored_user(full.id).await?;
        assert_eq!(stored, full);
        assert_eq!(format!("{:?}", stored.skills), format!("{:?}", full.skills));
        let plain = scene.make.person(role);
        let changed = scene.change_user(&full, |user| {
            let (id, version) = (user.id, user.version);
            *user = User {
                id,
                version,
                ..plain
            };
        });
        let changed = changed.await?;
        assert_eq!(scene.stored_user(full.id).await?, changed);
    }
    Ok(())
}

/// Every field of a mail round-trips, with every kind and status.
pub async fn every_field_of_a_mail_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let ticket = scene.ticket(ann.id).await?;
    let bare = scene.make.mail(&ann, None);
    for (number, &kind) in MailKind::ALL.iter().enumerate() {
        let mut mail = scene.make.mail(&ann, Some(ticket.id));
        mail.key.kind = kind;
        mail.status = MailStatus::ALL[number % 6];
        mail.text = format!("Open {TOKEN_MARK}\r\n");
        mail.html = format!("<a href=\"{TOKEN_MARK}\">\u{1F525}</a>");
        mail.to_name = String::new();
        mail.references = vec![bare.key, mail.key];
        mail.token = Some((
            TokenId::from_uuid(ann.id.as_uuid()),
            TokenPurpose::VerifyEmail,
        ));
        mail.unanswered_since = (number % 2 == 0).then(|| scene.make.now());
        mail.reference = Some("250 ok \u{1F525}".to_owned());
        mail.reason = Some("451 later".to_owned());
        mail.delivery = Some(DeliveryReport {
            delivery: Delivery::ALL[number % 6],
            reason: (number % 3 == 0).then(|| "mailbox full".to_owned()),
            at: scene.make.now(),
        });
        mail.retries = 2;
        mail.queued_at = scene.make.now();
        mail.updated_at = scene.make.now();
        assert_eq!(store.put_mail(&mail).await?, mail);
        assert_eq!(store.mail(&mail.key).await?, Some(mail));
    }
    store.put_mail(&bare).await?;
    assert_eq!(store.mail(&bare.key).await?.as_ref(), Some(&bare));
    let missing = scene.make.mail(&ann, None);
    assert_eq!(store.mail(&missing.key).await?, None);
    Ok(())
}

/// Every field of an event round-trips, with every kind.
pub async fn every_field_of_an_event_round_trips(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let unknown = EventKind::Unknown("exploded \u{1F525}".to_owned());
    for kind in EventKind::KNOWN.iter().chain([&unknown]) {
        let reply = scene.make.reply(ticket.id, ann, "Hello.");
        let mut write = scene.make.reply_write(&ticket, reply);
        write.event.kind = kind.clone();
        write.event.by = ActorId::User(ann);
        write.event.parties = Parties {
            requester: Some(ann),
            assignee: Some(ann),
            notify_requester: true,
        };
        write.event.changes = vec![Change {
            field: "relatedSkills".to_owned(),
            from: json!(null),
            to: json!({"a": [1, -2.5, "\u{1F525}", true, {}], "b": ""}),
        }];
        write.event.facts = EventFacts {
            previous_assignee: Some(ann),
            reply_visibility: Some(Visibility::Internal),
            offered_before: vec!["sql".to_owned()],
            offered_after: vec!["x:\u{2603}".to_owned()],
            status: Some(Status::Waiting),
            skills_changed: true,
            fields_changed: true,
            stated_fields: Field::ALL.into_iter().collect(),
            role: Some(Role::Admin),
            is_active: Some(true),
            rules: Some(RulesKind::Triage),
            was_deleted: true,
            is_imported: true,
            must_reapply: true,
        };
        ticket = scene.write(&write).await?;
        let mut stored = expect_some(store.event(write.event.id).await?);
        assert!(stored.seq > 0);
        stored.seq = 0;
        assert_eq!(stored, write.event);
    }
    Ok(())
}

/// Texts of 64 KiB round-trip byte by byte, with any characters.
pub async fn long_texts_round_trip_byte_by_byte(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let odd = " \t\u{FEFF}ä a\u{308} \u{1F468}\u{200D}\u{1F469} \u{202E}עברית\r\n'\"\\%_$1?:x \u{1}\u{7F}\u{FFFD} ";
    let text = odd.repeat(65_536 / odd.len() + 1);
    let long = scene.ticket_with(ann.id, |ticket| ticket.description = text.clone());
    let long = long.await?;
    let reply = scene.make.reply(long.id, ann.id, &text);
    let write = scene.make.reply_write(&long, reply);
    scene.write(&write).await?;
    let mut mail = scene.make.mail(&ann, Some(long.id));
    (mail.text, mail.html) = (text.clone(), text.clone());
    store.put_mail(&mail).await?;
    store.put_value("long", Some(&text)).await?;
    assert!(scene.stored(long.id).await?.description == text);
    assert!(scene.replies(long.id).await?[0].message == text);
    let query = ReplyQuery {
        internal: false,
        before: None,
        limit: 1,
    };
    let (_, replies) = expect_some(store.ticket_with_replies(long.id.into(), &query).await?);
    assert!(replies.items[0].message == text);
    let mail = expect_some(store.mail(&mail.key).await?);
    assert!(mail.text == text && mail.html == text);
    assert!(store.value("long").await?.as_deref() == Some(&text));
    Ok(())
}

/// Moments round-trip to the microsecond, including early and late ones.
pub async fn moments_round_trip_to_the_microsecond(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for micros in [
        -1,
        0,
        1,
        999_999,
        -86_400_000_001,
        1_788_220_800_123_456,
        1_788_220_799_999_999,
        253_402_300_799_999_999,
    ] {
        let at = from_micros(micros);
        let odd = scene.ticket_with(ann, |ticket| {
            ticket.created_at = at;
            ticket.updated_at = at;
            ticket.deadline = Some(at);
        });
        let stored = odd.await?.id;
        let stored = scene.stored(stored).await?;
        assert_eq!(
            (stored.created_at, stored.updated_at, stored.deadline),
            (at, at, Some(at))
        );
    }
    Ok(())
}
