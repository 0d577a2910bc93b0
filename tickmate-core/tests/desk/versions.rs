//! Stale versions: only a person's change of the same field refuses an update.

use tickmate_core::{
    backend::store::UserStore,
    desk::{AssignTo, DeskError, DeskSettings, PersonPatch, TicketPatch},
    domain::{
        access::Actor,
        presence::Availability,
        priority::Priority,
        routing::{Policy, Timers},
        skill::SkillInput,
        status::Status,
        time::Span,
        user::{Role, User},
    },
};

use super::{
    routing::{row, set_rows},
    shifts::{nine_to_five, pass_until},
    world::World,
};

fn title(title: &str) -> TicketPatch {
    TicketPatch {
        title: Some(title.to_owned()),
        ..TicketPatch::default()
    }
}

fn stale_fields<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Vec<&'static str> {
    match result {
        Err(DeskError::Stale { fields, .. }) => fields,
        other => panic!("not refused as stale: {other:?}"),
    }
}

#[tokio::test]
async fn triage_routing_and_requeueing_refuse_nobody() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 1).await;
    let root = world.staff("root", Role::Admin, &[], 0).await;
    let root = Actor::person(&root);
    let id = world.ticket(&ann, "x", &["Linux"]).await.ticket.id;
    world.run_until_idle().await;
    let mia = world.login("mia").await;
    let offline = Availability::Offline.into();
    world
        .desk
        .users()
        .set_availability(&mia, &offline, None)
        .await
        .unwrap();
    world.pass(Span::minutes(30));
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let stored = world
        .desk
        .tickets()
        .get(&root, id)
        .await
        .unwrap()
        .view
        .ticket;
    assert!(
        stored.version > 3 && stored.assignment.is_none(),
        "{stored:?}"
    );

    let desk = &world.desk;
    let urgent = TicketPatch {
        priority: Some(Priority::Urgent),
        ..TicketPatch::default()
    };
    desk.tickets()
        .edit(&root, id, &urgent, Some(1))
        .await
        .unwrap();
    desk.tickets()
        .edit(&ann, id, &title("y"), Some(1))
        .await
        .unwrap();
    let to_root = AssignTo::Person {
        id: root.id().unwrap(),
        force: true,
    };
    desk.tickets()
        .assign(&root, id, to_root, Some(1))
        .await
        .unwrap();
    let begun = desk
        .tickets()
        .set_status(&root, id, Status::InProgress, Some(1));
    begun.await.unwrap();

    let refused = desk.tickets().edit(&root, id, &title("z"), Some(1)).await;
    assert_eq!(stale_fields(refused), ["title"]);
    let refused = desk
        .tickets()
        .assign(&root, id, AssignTo::Router, Some(1))
        .await;
    assert_eq!(stale_fields(refused), ["assignedTo"]);
    let refused = desk
        .tickets()
        .set_status(&root, id, Status::Waiting, Some(1))
        .await;
    assert_eq!(stale_fields(refused), ["status"]);
    let refused = desk.tickets().delete(&root, id, Some(1)).await;
    assert_eq!(
        stale_fields(refused),
        ["title", "priority", "status", "assignedTo"]
    );
    // The values that stand are no conflict, and are not written again.
    let version = desk
        .tickets()
        .get(&root, id)
        .await
        .unwrap()
        .view
        .ticket
        .version;
    desk.tickets()
        .edit(&ann, id, &title("y"), Some(1))
        .await
        .unwrap();
    desk.tickets()
        .assign(&root, id, to_root, Some(1))
        .await
        .unwrap();
    let same = desk
        .tickets()
        .set_status(&root, id, Status::InProgress, Some(1));
    assert_eq!(same.await.unwrap().view.ticket.version, version);
    desk.tickets()
        .assign(&root, id, AssignTo::Router, None)
        .await
        .unwrap();
    let again = desk
        .tickets()
        .assign(&root, id, AssignTo::Router, Some(1))
        .await;
    assert!(
        matches!(
            again,
            Err(DeskError::Conflict {
                code: "not_assigned",
                ..
            })
        ),
        "{again:?}"
    );
}

#[tokio::test]
async fn one_of_two_that_set_a_field_on_one_version_is_refused() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let id = world.ticket(&ann, "x", &[]).await.ticket.id;
    let (one, two) = (title("one"), title("two"));
    let edits = [&one, &two].map(|patch| world.desk.tickets().edit(&ann, id, patch, Some(1)));
    let [one, two] = edits;
    let (one, two) = tokio::join!(one, two);
    let refused: Vec<_> = [one, two].into_iter().filter(Result::is_err).collect();
    assert_eq!(refused.len(), 1);
}

#[tokio::test]
async fn shifts_and_dictionary_walks_refuse_nobody() {
    let world = World::new();
    let root = world.staff("root", Role::Admin, &[], 0).await;
    let root = Actor::person(&root);
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 1).await.id;
    let hours = PersonPatch {
        hours: Some(Some(nine_to_five())),
        ..PersonPatch::default()
    };
    let user = world.desk.users().update(&root, mia, &hours, None).await;
    let expected = Some(user.unwrap().version);
    pass_until(&world, "2023-11-15T08:00:00Z");
    world.desk.jobs().sweep().await.unwrap();
    let zeppelins = row("zeppelins", "Zeppelins", &["blimps"], &[]);
    set_rows(&world, &root, vec![zeppelins]).await;
    world.run_until_idle().await;
    let user: User = world.store.user(mia).await.unwrap().unwrap();
    let skills: Vec<&str> = user.skills.iter().map(|skill| &*skill.id).collect();
    assert!(user.shift.on && skills == ["zeppelins"], "{user:?}");
    assert_eq!(Some(user.version), expected.map(|version| version + 2));

    let skills = |name: &str| PersonPatch {
        skills: Some(vec![SkillInput::from(name)]),
        hours: Some(None),
        ..PersonPatch::default()
    };
    let (desk, linux) = (&world.desk, skills("Linux"));
    desk.users()
        .update(&root, mia, &linux, expected)
        .await
        .unwrap();
    let refused = desk
        .users()
        .update(&root, mia, &skills("SQL"), expected)
        .await;
    assert_eq!(stale_fields(refused), ["skills"]);
    let same = desk.users().update(&root, mia, &linux, expected).await;
    assert_eq!(same.unwrap().version, user.version + 1);
}

#[tokio::test]
async fn escalations_refuse_nobody() {
    let policy = Policy {
        escalate_after: Timers::all(60),
        ..Policy::default()
    };
    let settings = DeskSettings {
        policy,
        ..DeskSettings::default()
    };
    let world = World::with(settings, None);
    let root = world.staff("root", Role::Admin, &[], 0).await;
    let root = Actor::person(&root);
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["SQL"], 0).await;
    let ticket = world.ticket(&ann, "x", &["SQL"]).await;
    world.run_until_idle().await;
    let expected = Some(world.stored(&ticket).await.version);
    world.pass(Span::minutes(60));
    world.desk.jobs().sweep().await.unwrap();
    assert_eq!(world.stored(&ticket).await.priority, Priority::High);

    let set_priority = |priority| TicketPatch {
        priority: Some(priority),
        ..TicketPatch::default()
    };
    let (desk, id) = (&world.desk, ticket.ticket.id);
    desk.tickets()
        .edit(&root, id, &set_priority(Priority::Low), expected)
        .await
        .unwrap();
    let again = set_priority(Priority::Urgent);
    let refused = desk.tickets().edit(&root, id, &again, expected).await;
    assert_eq!(stale_fields(refused), ["priority"]);
}

#[tokio::test]
async fn a_restoration_collides_with_another_deletion_alone() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &["Linux"], 1).await;
    let root = world.staff("root", Role::Admin, &[], 0).await;
    let root = Actor::person(&root);
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    let (desk, id) = (&world.desk, ticket.ticket.id);
    desk.tickets().delete(&root, id, Some(1)).await.unwrap();
    let refused = desk.tickets().restore(&root, id, Some(1)).await;
    assert_eq!(stale_fields(refused), ["deletedAt"]);
    let restored = desk.tickets().restore(&root, id, Some(2)).await.unwrap();
    let expected = Some(restored.view.ticket.version);
    world.run_until_idle().await;
    assert!(world.stored(&ticket).await.assignment.is_some());

    desk.tickets().delete(&root, id, expected).await.unwrap();
    let refused = desk.tickets().restore(&root, id, expected).await;
    assert_eq!(stale_fields(refused), ["deletedAt"]);
    desk.tickets().restore(&root, id, None).await.unwrap();
    // It is restored already, so that nothing is left to collide.
    desk.tickets().restore(&root, id, expected).await.unwrap();
}
