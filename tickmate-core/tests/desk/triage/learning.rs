//! The analyzer learns from what people resolve and correct, remembers it over a restart, and is trained again.

use tickmate_core::{
    backend::queue::JobQueue,
    desk::{Review, TicketDraft, TicketPatch, TicketRef, TicketView},
    domain::{access::Actor, field::Field, learn::Model, status::Status, time::Span, user::Role},
};

use super::super::world::World;

/// Texts about two things that no dictionary knows, and the category that people give them.
const MATTERS: [(&str, &str); 2] = [
    ("the flumox wobbles", "hardware"),
    ("zorgle statement", "billing"),
];

/// Under what name the store keeps what was learned.
fn pointer() -> String {
    format!("analyzer.{}", Model::FORMAT)
}

async fn scene() -> (World, Actor, Actor) {
    let world = World::new();
    let root = Actor::person(&world.staff("root", Role::Admin, &[], 1_000).await);
    let ann = world.requester("ann").await;
    (world, root, ann)
}

async fn ticket(world: &World, ann: &Actor, title: &str) -> TicketView {
    let draft = TicketDraft {
        title: title.to_owned(),
        description: format!("{title}, since this morning"),
        ..TicketDraft::default()
    };
    let ticket = world
        .desk
        .tickets()
        .create(ann, &draft, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    ticket.outcome
}

async fn correct(world: &World, root: &Actor, ticket: &TicketView, category: &str) {
    let review = Review {
        accept: vec![],
        correct: TicketPatch {
            category: Some(category.to_owned()),
            ..TicketPatch::default()
        },
    };
    let of = TicketRef::Id(ticket.ticket.id);
    world
        .desk
        .triage()
        .review(root, of, &review, None)
        .await
        .unwrap();
}

async fn resolve(world: &World, root: &Actor, ticket: &TicketView) {
    let of = TicketRef::Id(ticket.ticket.id);
    for status in [Status::InProgress, Status::Resolved] {
        world
            .desk
            .tickets()
            .set_status(root, of, status, None)
            .await
            .unwrap();
    }
}

async fn found(world: &World, ann: &Actor, title: &str) -> (Option<String>, f64) {
    let ticket = ticket(world, ann, title).await;
    let triage = world.stored(&ticket).await.triage.unwrap();
    let sure = triage
        .confidence
        .get("category")
        .copied()
        .unwrap_or_default();
    (triage.found.category, sure)
}

async fn teach(world: &World, root: &Actor, ann: &Actor, rounds: usize) {
    for number in 0..rounds {
        for (text, category) in MATTERS {
            let ticket = ticket(world, ann, &format!("{text} in room {number}")).await;
            correct(world, root, &ticket, category).await;
            resolve(world, root, &ticket).await;
        }
    }
}

#[tokio::test]
async fn a_correction_counts_at_once() {
    let (world, root, ann) = scene().await;
    let (_, before) = found(&world, &ann, "the flumox wobbles").await;
    for number in 0..3 {
        let ticket = ticket(&world, &ann, &format!("the flumox wobbles, floor {number}")).await;
        correct(&world, &root, &ticket, "hardware").await;
    }
    let (after, sure) = found(&world, &ann, "the flumox wobbles again").await;
    assert_eq!(after.as_deref(), Some("hardware"));
    assert!(sure > before);
    let overview = world.desk.triage().overview(&root).await.unwrap();
    assert_eq!(overview.learned.lessons, 3);
    assert_eq!(overview.learned.by_field, [3, 0, 0, 0]);
    assert!(world.desk.triage().overview(&ann).await.is_err());
}

#[tokio::test]
async fn what_nobody_confirmed_is_not_learned() {
    let (world, root, ann) = scene().await;
    let ticket = ticket(&world, &ann, "the flumox wobbles").await;
    // Below the threshold nothing was applied, so that nothing stands when it is resolved.
    let stored = world.stored(&ticket).await;
    let applied = stored.triage.unwrap().found.applied;
    resolve(&world, &root, &ticket).await;
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    for (field, lessons) in Field::ALL.into_iter().zip(learned.by_field) {
        assert_eq!(lessons > 0, applied.contains(&field), "{field:?}");
    }
}

#[tokio::test]
async fn other_processes_and_restarts_know_it_too() {
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 12).await;
    world.desk.jobs().sweep().await.unwrap();
    let peer = World::sharing(&world);
    let overview = peer.desk.triage().overview(&root).await.unwrap();
    assert_eq!(
        overview.learned,
        world.desk.triage().overview(&root).await.unwrap().learned
    );
    for (text, category) in MATTERS {
        let (here, _) = found(&world, &ann, text).await;
        assert_eq!(here.as_deref(), Some(category));
        let (there, _) = found(&peer, &ann, text).await;
        assert_eq!(there.as_deref(), Some(category));
    }
    assert_eq!(
        overview
            .accuracy
            .iter()
            .filter(|f| f.field == Field::Category)
            .count(),
        1
    );
}

#[tokio::test]
async fn all_is_learned_anew_when_enough_came() {
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 12).await;
    assert_eq!(
        world
            .desk
            .triage()
            .overview(&root)
            .await
            .unwrap()
            .learned
            .trainings,
        0
    );
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!(learned.trainings, 1);
    assert_eq!(learned.by_field[0], 24, "each ticket once");
    // A training that was asked for twice is done once.
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    assert_eq!(
        world
            .desk
            .triage()
            .overview(&root)
            .await
            .unwrap()
            .learned
            .trainings,
        1
    );
    let (category, sure) = found(&world, &ann, "the flumox wobbles").await;
    assert_eq!(category.as_deref(), Some("hardware"));
    assert!(sure >= 0.5);
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
}

#[tokio::test]
async fn damaged_state_is_learned_anew() {
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 12).await;
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    use tickmate_core::backend::store::SystemStore;
    let pointer = world.store.value(&pointer()).await.unwrap().unwrap();
    let group = pointer.split(':').nth(1).unwrap();
    let put = world
        .store
        .put_blob(group, 0, b"nonsense", world.desk.now());
    put.await.unwrap();
    let peer = World::sharing(&world);
    let (category, _) = found(&peer, &ann, "the flumox wobbles").await;
    assert_eq!(category.as_deref(), Some("hardware"));
}

#[tokio::test]
async fn resolved_tickets_like_it_give_the_notes() {
    let (world, root, ann) = scene().await;
    let first = ticket(&world, &ann, "the flumox wobbles").await;
    correct(&world, &root, &first, "hardware").await;
    let answer = tickmate_core::desk::ReplyDraft {
        message: "We tightened the left screw; write to bob@example.org if it comes back."
            .to_owned(),
        visibility: tickmate_core::domain::reply::Visibility::Public,
    };
    let of = TicketRef::Id(first.ticket.id);
    world
        .desk
        .tickets()
        .reply(&root, of, &answer, None)
        .await
        .unwrap();
    resolve(&world, &root, &first).await;
    world.pass(Span::minutes(1));
    let second = ticket(&world, &ann, "the flumox wobbles").await;
    let notes = world.stored(&second).await.triage.unwrap().notes;
    let number = format!("#{}", first.ticket.number);
    assert!(
        notes.contains(&number) && notes.contains("tightened the left screw"),
        "{notes}"
    );
    assert!(!notes.contains("bob@example.org"), "{notes}");
}

#[tokio::test]
async fn nobody_teaches_it_by_the_own_tickets_alone() {
    let (world, root, ann) = scene().await;
    for number in 0..25 {
        let draft = TicketDraft {
            title: format!("the flumox wobbles {number}"),
            description: "as ever".to_owned(),
            category: Some("billing".to_owned()),
            ..TicketDraft::default()
        };
        let made = world
            .desk
            .tickets()
            .create(&ann, &draft, None)
            .await
            .unwrap();
        world.run_until_idle().await;
        let of = TicketRef::Id(made.outcome.ticket.id);
        assert!(world.stored(&made.outcome).await.assignment.is_some());
        for category in ["hr", "billing"] {
            let patch = TicketPatch {
                category: Some(category.to_owned()),
                ..TicketPatch::default()
            };
            world
                .desk
                .tickets()
                .edit(&ann, of, &patch, None)
                .await
                .unwrap();
        }
        let resolved = world
            .desk
            .tickets()
            .set_status(&ann, of, Status::Resolved, None);
        resolved.await.unwrap();
    }
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!(learned.lessons, 0);
    world.desk.triage().relearn(&root).await.unwrap();
    world.run_until_idle().await;
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!((learned.trainings, learned.lessons), (1, 0));
}

#[tokio::test]
async fn what_staff_resolves_at_once_outlives_a_training() {
    let (world, root, ann) = scene().await;
    let ticket = ticket(&world, &ann, "the flumox wobbles").await;
    correct(&world, &root, &ticket, "hardware").await;
    let of = TicketRef::Id(ticket.ticket.id);
    world
        .desk
        .tickets()
        .set_status(&root, of, Status::Resolved, None)
        .await
        .unwrap();
    world.desk.triage().overview(&root).await.unwrap();
    world.desk.triage().relearn(&root).await.unwrap();
    world.run_until_idle().await;
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!((learned.trainings, learned.by_field[0]), (1, 1));
}

#[tokio::test]
async fn a_reading_of_a_resolved_ticket_takes_no_lesson_away() {
    let (world, root, ann) = scene().await;
    let ticket = ticket(&world, &ann, "The laptop keyboard is broken").await;
    resolve(&world, &root, &ticket).await;
    let before = world.stored(&ticket).await.triage.unwrap().found;
    let of = TicketRef::Id(ticket.ticket.id);
    world.desk.triage().retriage(&root, of, None).await.unwrap();
    world.run_until_idle().await;
    let after = world.stored(&ticket).await.triage.unwrap();
    assert_eq!((after.found, after.round), (before, 1));
}

#[tokio::test]
async fn the_same_lesson_twice_is_one() {
    let (world, root, ann) = scene().await;
    let ticket = ticket(&world, &ann, "the flumox wobbles").await;
    let mut lessons = Vec::new();
    for category in ["hardware", "billing", "hardware", "hardware", "hardware"] {
        correct(&world, &root, &ticket, category).await;
        lessons.push(
            world
                .desk
                .triage()
                .overview(&root)
                .await
                .unwrap()
                .learned
                .lessons,
        );
    }
    assert_eq!(lessons, [1, 2, 3, 3, 3]);
}

#[tokio::test]
async fn an_admin_has_all_learned_anew_at_will() {
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 2).await;
    let before = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!(before.trainings, 0);
    assert!(world.desk.triage().relearn(&ann).await.is_err());
    for trainings in 1..=2 {
        world.desk.triage().relearn(&root).await.unwrap();
        world.run_until_idle().await;
        let learned = world.desk.triage().overview(&root).await.unwrap().learned;
        assert_eq!((learned.trainings, learned.by_field[0]), (trainings, 4));
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_what_was_learned_tickets_are_read() {
    use tickmate_core::backend::store::SystemStore;
    let (world, root, ann) = scene().await;
    for nonsense in ["nonsense", "1:gone:1", "x:y:z", "1:gone:0"] {
        world
            .store
            .put_value(&pointer(), Some(nonsense))
            .await
            .unwrap();
        let ticket = ticket(&world, &ann, "The VPN is broken").await;
        assert!(world.stored(&ticket).await.is_triaged(), "{nonsense}");
    }
    // What is learned after that is saved over it.
    teach(&world, &root, &ann, 12).await;
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let peer = World::sharing(&world);
    let learned = peer.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!((learned.trainings, learned.by_field[0]), (1, 24));
}

#[tokio::test]
async fn corrections_of_open_tickets_outlive_a_training() {
    let (world, root, ann) = scene().await;
    for number in 0..3 {
        let ticket = ticket(&world, &ann, &format!("the flumox wobbles, floor {number}")).await;
        correct(&world, &root, &ticket, "hardware").await;
    }
    world.desk.triage().relearn(&root).await.unwrap();
    world.run_until_idle().await;
    let learned = world.desk.triage().overview(&root).await.unwrap().learned;
    assert_eq!((learned.trainings, learned.by_field[0]), (1, 3));
}

#[tokio::test]
async fn what_a_crash_left_of_a_saved_state_is_cleaned_and_what_is_used_stays() {
    use tickmate_core::backend::store::SystemStore;
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 12).await;
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let pointer = world.store.value(&pointer()).await.unwrap().unwrap();
    let used = pointer.split(':').nth(1).unwrap().to_owned();
    let orphan = format!("{}.{}", used.rsplit_once('.').unwrap().0, "0".repeat(32));
    let now = world.desk.now();
    world.store.put_blob(&orphan, 3, b"x", now).await.unwrap();
    let names = async || {
        let groups = world.store.blob_groups().await.unwrap();
        groups
            .into_iter()
            .map(|group| group.name)
            .collect::<Vec<_>>()
    };
    world.store.put_value("cleaned_at", None).await.unwrap();
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(
        names().await,
        [orphan, used.clone()],
        "a value may be under way"
    );
    world.pass(Span::days(1) + Span::minutes(1));
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(names().await, [used]);
}

#[tokio::test]
async fn what_was_learned_is_saved_once_it_is_old_enough() {
    use tickmate_core::backend::store::SystemStore;
    let (world, root, ann) = scene().await;
    teach(&world, &root, &ann, 1).await;
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(world.store.value(&pointer()).await.unwrap(), None);
    world.pass(Span::minutes(10));
    world.desk.jobs().sweep().await.unwrap();
    assert!(world.store.value(&pointer()).await.unwrap().is_some());
}
