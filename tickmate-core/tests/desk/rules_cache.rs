//! The rules that each process caches, and how it notices a change.

use std::sync::Arc;

use tickmate_core::{
    backend::store::{RulesRecord, RulesStore, RulesWrite, RulesWritten},
    desk::{Desk, DeskError, ListQuery, ReplyDraft, TicketPatch, TicketRef, TriagePatch},
    domain::{
        access::Actor,
        desk_rules::RulesKind,
        event::{ActorId, Event, EventFacts, EventKind, Parties, Subject},
        id::EventId,
        job::Job,
        options::FieldOption,
        priority::Priority,
        query::{TicketFilter, TicketOrder},
        reply::Visibility,
        skill::Skill,
        time::Span,
        user::Role,
    },
    memory::ScriptedLlm,
};

use super::{
    routing::{admin, row, set_rows},
    world::World,
};

async fn knows(desk: &Desk, id: &str) -> bool {
    desk.vocabulary().await.unwrap().entry(id).is_some()
}

async fn add_zeppelins(world: &World, root: &Actor) {
    let zeppelins = row("zeppelins", "Zeppelins", &["blimps"], &[]);
    set_rows(world, root, vec![zeppelins]).await;
}

/// Replaces the routing rules by text that no desk can read, without an event that says so: a desk that reads the record
/// fails from then on.
async fn make_rules_unreadable(world: &World) {
    let now = world.desk.now();
    let write = RulesWrite {
        kind: RulesKind::Routing,
        record: RulesRecord {
            version: 1,
            text: "unreadable".to_owned(),
        },
        event: Event {
            id: EventId::new(now, world.host.random_bytes()),
            seq: 0,
            subject: Subject::Desk,
            version: 1,
            kind: EventKind::Unknown("unheard".to_owned()),
            by: ActorId::System,
            at: now,
            changes: Vec::new(),
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        },
    };
    let written = world.store.write_rules(&write).await.unwrap();
    assert_eq!(written, RulesWritten::Written);
}

#[tokio::test]
async fn a_change_holds_at_once_here_and_after_the_next_look_at_events_elsewhere() {
    let world = World::new();
    let root = admin(&world).await;
    let other = World::sharing(&world);
    assert!(!knows(&world.desk, "zeppelins").await);
    assert!(!knows(&other.desk, "zeppelins").await);
    other.desk.jobs().follow_events().await.unwrap();
    add_zeppelins(&world, &root).await;
    assert!(knows(&world.desk, "zeppelins").await);
    assert!(!knows(&other.desk, "zeppelins").await);
    other.desk.jobs().follow_events().await.unwrap();
    assert!(knows(&other.desk, "zeppelins").await);
}

#[tokio::test]
async fn a_process_that_follows_no_events_reads_the_rules_after_five_seconds() {
    let world = World::new();
    let root = admin(&world).await;
    let other = World::sharing(&world);
    assert!(!knows(&other.desk, "zeppelins").await);
    add_zeppelins(&world, &root).await;
    world.pass(Span::seconds(4));
    assert!(!knows(&other.desk, "zeppelins").await);
    world.pass(Span::seconds(1));
    assert!(knows(&other.desk, "zeppelins").await);
}

#[tokio::test]
async fn no_request_reads_the_rules() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 4).await;
    let mia = world.login("mia").await.actor().unwrap();
    let first = world.ticket(&ann, "Kernel panic", &["Linux"]).await;
    world.run_until_idle().await;
    make_rules_unreadable(&world).await;
    let of = TicketRef::Id(first.ticket.id);
    for priority in [Priority::High, Priority::Low, Priority::High] {
        world.desk.jobs().follow_events().await.unwrap();
        world.pass(Span::seconds(4));
        world.login("mia").await;
        world.desk.tickets().get(&mia, of).await.unwrap();
        world
            .desk
            .tickets()
            .history(&mia, of, None, 20)
            .await
            .unwrap();
        let list = ListQuery {
            scopes: Vec::new(),
            filter: TicketFilter::default(),
            search: None,
            best_first: false,
            order: TicketOrder::CreatedAt,
            descending: true,
            cursor: None,
            limit: 20,
        };
        world.desk.tickets().list(&mia, &list).await.unwrap();
        world.ticket(&ann, "Another one", &["Linux"]).await;
        let patch = TicketPatch {
            priority: Some(priority),
            ..TicketPatch::default()
        };
        let edited = world.desk.tickets().edit(&mia, of, &patch, None).await;
        edited.unwrap();
        let reply = ReplyDraft {
            message: "Which version?".to_owned(),
            visibility: Visibility::Public,
        };
        world
            .desk
            .tickets()
            .reply(&mia, of, &reply, None)
            .await
            .unwrap();
        world.run_until_idle().await;
    }
    // The check can fail: without the events the record is read again.
    world.pass(Span::seconds(5));
    let read = world.desk.vocabulary().await;
    assert!(matches!(read, Err(DeskError::Internal(_))), "{read:?}");
}

#[tokio::test]
async fn jobs_that_follow_from_changed_rules_run_under_them_in_every_process() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 5).await;
    let other = world.builder().build().unwrap();
    world.run_until_idle().await;
    assert!(!knows(&other, "zeppelins").await);
    add_zeppelins(&world, &root).await;
    world.desk.jobs().relay().await.unwrap();
    for leased in world.claim().await {
        other.jobs().run(&leased.job.unwrap(), 0).await.unwrap();
    }
    let stored = world.login("mia").await.user;
    assert_eq!(stored.id, mia.id);
    assert_eq!(stored.skills, [Skill::new("zeppelins", "Zeppelins")]);
}

#[tokio::test]
async fn a_process_that_fell_far_behind_drops_its_rules() {
    let world = World::new();
    let root = admin(&world).await;
    let other = World::sharing(&world);
    assert!(!knows(&other.desk, "zeppelins").await);
    let mut user = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    for _ in 0..10_100 {
        user = world.write(user).await;
    }
    add_zeppelins(&world, &root).await;
    assert!(!knows(&other.desk, "zeppelins").await);
    other.desk.jobs().follow_events().await.unwrap();
    assert!(knows(&other.desk, "zeppelins").await);
}

#[tokio::test]
async fn changed_lists_of_triage_are_noticed_by_the_events() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let llm = Arc::new(ScriptedLlm::new());
    let other = world.builder().llm(Arc::clone(&llm)).build().unwrap();
    let patch = |name: &str| TriagePatch {
        categories: Some(vec![FieldOption {
            name: name.to_owned(),
            description: format!("what is {name}"),
        }]),
        ..TriagePatch::default()
    };
    let ask = async |title: &str| {
        llm.answer(r#"{"summary":"a"}"#);
        let ticket = world.ticket(&ann, title, &[]).await.ticket.id;
        other.jobs().run(&Job::Triage { ticket }, 0).await.unwrap();
        llm.prompts().last().unwrap().system.clone()
    };
    world
        .desk
        .triage()
        .set_rules(&root, patch("sails"), None)
        .await
        .unwrap();
    assert!(ask("one").await.contains("what is sails"));
    world
        .desk
        .triage()
        .set_rules(&root, patch("masts"), None)
        .await
        .unwrap();
    assert!(ask("two").await.contains("what is sails"));
    other.jobs().follow_events().await.unwrap();
    assert!(ask("three").await.contains("what is masts"));
}
