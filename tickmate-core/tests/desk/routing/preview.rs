//! What the desk would do with a text.

use tickmate_core::{
    backend::store::{EventStore, TicketStore},
    desk::DeskError,
    domain::{
        decision::{QueueReason, Tier},
        priority::Priority,
        user::Role,
    },
};

use super::admin;
use crate::desk::world::World;

const TITLE: &str = "PostgreSQL does not start after the update";
const TEXT: &str = "Urgent: production is down since the update of PostgreSQL this morning.";

#[tokio::test]
async fn it_says_what_a_ticket_would_come_to_and_writes_nothing() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Postgres"], 5).await;
    world.run_until_idle().await;
    let before = world.store.last_seq().await.unwrap();
    let preview = world
        .desk
        .routing()
        .preview(&root, TITLE, TEXT)
        .await
        .unwrap();
    assert_eq!(world.store.last_seq().await.unwrap(), before);
    assert!(world.store.tickets_after(0, 1).await.unwrap().is_empty());
    assert!(
        preview.skills.iter().any(|skill| skill.id == "postgresql"),
        "{preview:?}"
    );
    assert!(preview.priority >= Priority::High);
    assert_eq!(preview.to.as_ref().map(|person| person.id), Some(mia.id));
    assert_eq!(
        (preview.waits, preview.now.tier),
        (None, preview.decision.decided.tier)
    );
    assert!(preview.decision.sentence.contains("0 of 5 places taken"));
    assert_eq!(preview.now.people[0].person.id, mia.id);

    let ann = world.requester("ann").await;
    let draft = tickmate_core::desk::TicketDraft {
        title: TITLE.to_owned(),
        description: TEXT.to_owned(),
        ..Default::default()
    };
    let ticket = world
        .desk
        .tickets()
        .create(&ann, &draft, None)
        .await
        .unwrap()
        .outcome;
    world.run_until_idle().await;
    let stored = world.stored(&ticket).await;
    assert_eq!(
        stored.required_skills, preview.skills,
        "the ticket itself comes to the same"
    );
    assert_eq!(
        (stored.category, stored.priority),
        (preview.category, preview.priority)
    );
    assert_eq!(stored.assignment.unwrap().to, mia.id);
    let summary = stored.triage.unwrap().summary;
    assert_eq!(summary, preview.triage.summary);
}

#[tokio::test]
async fn where_nobody_could_take_it_it_says_so() {
    let world = World::new();
    let root = world.staff("root", Role::Admin, &[], 0).await;
    let actor = world.login("root").await.actor().unwrap();
    let preview = world
        .desk
        .routing()
        .preview(&actor, TITLE, TEXT)
        .await
        .unwrap();
    assert_eq!((preview.to, preview.waits), (None, Some(QueueReason::Full)));
    assert_eq!(preview.now.tier, Tier::Admins);
    assert_eq!(
        preview.now.people[0].person.id, root.id,
        "who asks is nobody's requester"
    );
}

#[tokio::test]
async fn it_is_for_admins_and_takes_what_a_ticket_takes() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.person("mia", Role::Moderator).await.actor().unwrap();
    let refused = world.desk.routing().preview(&mia, TITLE, TEXT).await;
    assert!(matches!(refused, Err(DeskError::Forbidden(_))));
    let Err(DeskError::Invalid(errors)) = world.desk.routing().preview(&root, "", "").await else {
        panic!("an empty text was taken");
    };
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["title", "description"]);
}
