//! Replaying a past period: who may, what is refused, and that it is only looked at.

use std::sync::{Arc, Mutex};

use tickmate_core::{
    backend::store::{EventStore, UserStore, UserWrite, UserWritten},
    desk::{DeskError, ReplayRequest, TicketDraft, TicketRef, Work},
    domain::{
        access::Actor,
        event::EventKind,
        hours::WorkingHours,
        priority::Priority,
        routing::{LoadMeasure, Policy, Timers},
        status::Status,
        time::{Span, Timestamp, from_micros},
        user::{Role, User},
    },
};

use super::world::{World, poll_until};

fn request(from: Timestamp, to: Timestamp) -> ReplayRequest {
    ReplayRequest {
        from,
        to,
        policies: Vec::new(),
    }
}

/// The fields that an error names.
fn fields(error: DeskError) -> Vec<String> {
    match error {
        DeskError::Invalid(errors) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn only_admins_replay() {
    let world = World::new();
    let to = world.desk.now();
    for role in [Role::User, Role::Moderator] {
        let actor = world.person(role.as_str(), role).await.actor().unwrap();
        let refused = world
            .desk
            .routing()
            .replay(&actor, request(to - Span::days(1), to))
            .await;
        assert!(
            matches!(refused, Err(DeskError::Forbidden(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn what_can_t_be_replayed_is_named() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 5).await);
    let now = world.desk.now();
    let day = Span::days(1);
    let late = || Policy::named("late").unwrap();
    let wrong = Policy {
        ahead: Some(9_999),
        ..late()
    };
    let wrong_too = Policy {
        relax_after: Timers::all(0),
        ..late()
    };
    let table = [
        (request(now + day, now + day * 2), vec!["from"]),
        (request(now - day, now - day), vec!["to"]),
        (request(now - day, now - day * 2), vec!["to"]),
        (request(now - day * 367, now), vec!["to"]),
        (request(Timestamp::MIN_UTC, Timestamp::MAX_UTC), vec!["to"]),
        (
            ReplayRequest {
                policies: vec![late(), wrong, wrong_too],
                ..request(now - day, now)
            },
            vec!["policies[1].ahead", "policies[2].relaxAfter"],
        ),
        (
            ReplayRequest {
                policies: vec![late(); 9],
                ..request(now - day, now)
            },
            vec!["policies"],
        ),
    ];
    for (request, named) in table {
        let refused = world.desk.routing().replay(&root, request).await;
        assert_eq!(fields(refused.unwrap_err()), named);
    }
    let year = world
        .desk
        .routing()
        .replay(&root, request(now - day * 366, now))
        .await
        .unwrap();
    assert_eq!((year.tickets, year.runs.len()), (0, 1));
}

#[tokio::test]
async fn one_replay_goes_on_at_a_time_until_its_work_is_done() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 5).await);
    let waiting: Arc<Mutex<Vec<Work>>> = Arc::default();
    let taken = Arc::clone(&waiting);
    let desk = world.builder().cpu_executor(Arc::new(move |work| {
        taken.lock().unwrap().push(work);
        Ok(())
    }));
    let desk = desk.build().unwrap();
    let now = desk.now();
    let replay = || {
        Box::pin(
            desk.routing()
                .replay(&root, request(now - Span::days(1), now)),
        )
    };
    let overloaded = async || matches!(replay().await, Err(DeskError::Overloaded));
    let work_once = || {
        let work = waiting.lock().unwrap().pop().unwrap();
        work();
    };
    let has_work = || !waiting.lock().unwrap().is_empty();

    let mut first = replay();
    poll_until(&mut first, has_work).await;
    assert!(overloaded().await);
    work_once();
    poll_until(&mut first, has_work).await;
    assert!(overloaded().await, "the first policy is to be replayed");
    drop(first);
    assert!(overloaded().await, "its work is still to be done");
    work_once();

    let mut second = replay();
    poll_until(&mut second, has_work).await;
    drop(second);
    // Work that the host gives up counts as done.
    waiting.lock().unwrap().clear();

    let mut third = replay();
    poll_until(&mut third, has_work).await;
    work_once();
    poll_until(&mut third, has_work).await;
    work_once();
    assert_eq!(third.await.unwrap().runs.len(), 1);
    let mut fourth = replay();
    poll_until(&mut fourth, has_work).await;
}

/// Tickets that took ten minutes each, resolved one after the other.
async fn a_busy_hour(world: &World, mia: &User) {
    let ann = world.requester("ann").await;
    for number in 1..=6 {
        let draft = TicketDraft {
            title: format!("Ticket {number}"),
            description: "It does not work since this morning.".to_owned(),
            priority: Some(Priority::Medium),
            skills: vec!["Linux".into()],
            ..TicketDraft::default()
        };
        world
            .desk
            .tickets()
            .create(&ann, &draft, None)
            .await
            .unwrap();
    }
    world.run_until_idle().await;
    for number in 1..=5 {
        let ticket = TicketRef::Number(number);
        let mia = Actor::person(mia);
        for to in [Status::InProgress, Status::Resolved] {
            world
                .desk
                .tickets()
                .set_status(&mia, ticket, to, None)
                .await
                .unwrap();
            world.pass(Span::minutes(10));
        }
    }
    world.run_until_idle().await;
}

#[tokio::test]
async fn policies_are_shown_side_by_side_and_nothing_is_touched() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 5).await);
    let from = world.desk.now();
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 10).await;
    a_busy_hour(&world, &mia).await;
    world.staff("ben", Role::Moderator, &["Linux"], 10).await;
    world.run_until_idle().await;
    let seq = world.store.last_seq().await.unwrap();
    let to = world.desk.now();
    let late = Policy::named("late").unwrap();
    let turns = Policy {
        load: LoadMeasure::RoundRobin,
        ..Policy::default()
    };
    let report = world
        .desk
        .routing()
        .replay(
            &root,
            ReplayRequest {
                policies: vec![late.clone(), turns],
                ..request(from, to)
            },
        )
        .await
        .unwrap();
    assert_eq!((report.tickets, report.estimated), (6, 1));
    let today: Vec<(bool, &str)> = report
        .runs
        .iter()
        .map(|run| (run.today, run.policy.name.as_str()))
        .collect();
    assert_eq!(
        today,
        [(true, "direct"), (false, "late"), (false, "direct")]
    );
    for run in &report.runs {
        // Two people work on six tickets of ten minutes each: ten, twenty and thirty minutes later all are done.
        let figures = &run.figures;
        assert_eq!(
            (figures.finished, figures.full, figures.over_full),
            (6, 6, 0)
        );
        assert_eq!((figures.wait_p50, figures.spread.total), (600, 3_600));
        assert!((figures.wait_mean - 600.0).abs() < 1.0, "{figures:?}");
    }
    assert_eq!(report.runs[0].figures.longest_queue, 0);
    assert_eq!(report.runs[1].figures.longest_queue, 4);
    assert_eq!(world.store.last_seq().await.unwrap(), seq);

    let half = world
        .desk
        .routing()
        .replay(&root, request(from, from))
        .await;
    assert_eq!(fields(half.unwrap_err()), ["to"]);
    let before = request(from - Span::days(1), from);
    assert_eq!(
        world
            .desk
            .routing()
            .replay(&root, before)
            .await
            .unwrap()
            .tickets,
        0
    );
}

#[tokio::test]
async fn people_work_in_their_working_hours() {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 5).await);
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 10).await;
    let from = world.desk.now();
    a_busy_hour(&world, &mia).await;
    // The tickets come on a Tuesday at 22:13 UTC.
    assert_eq!(
        from.date_naive(),
        from_micros(1_700_000_000_000_000).date_naive()
    );
    let hours = serde_json::json!({"zone": "Etc/UTC", "week": {"wed": [["00:13", "18:00"]]}});
    let mut user = world.store.user(mia.id).await.unwrap().unwrap();
    user.hours = Some(WorkingHours::parse(&hours).unwrap());
    user.version += 1;
    let event = {
        let events = world.store.events_after(0, 500).await.unwrap();
        let of_hers = |event: &&tickmate_core::domain::event::Event| {
            event.subject == tickmate_core::domain::event::Subject::User(mia.id)
        };
        let mut event = events.iter().find(of_hers).unwrap().clone();
        let mut bytes = [7; 10];
        bytes[0] = 1;
        event.id = tickmate_core::domain::id::EventId::new(user.updated_at, bytes);
        event.kind = EventKind::ProfileChanged;
        event.version = user.version;
        event
    };
    let write = UserWrite {
        user,
        event,
        end_sessions: false,
    };
    let written = world.store.write_user(&write).await.unwrap();
    assert!(matches!(written, UserWritten::Written(_)));
    let to = world.desk.now();
    let report = world
        .desk
        .routing()
        .replay(&root, request(from, to))
        .await
        .unwrap();
    let figures = &report.runs[0].figures;
    assert_eq!(figures.finished, 6);
    // Two hours until she comes; the last one has another 50 minutes to wait.
    let minutes = figures.oldest_wait.div_ceil(60);
    assert!((165..=171).contains(&minutes), "{figures:?}");
    assert_eq!(figures.longest_queue, 6);
}
