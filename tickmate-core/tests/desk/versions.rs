//! Stale versions: only a person's change of the same field refuses an update.

use tickmate_core::{
    desk::{AssignTo, DeskError, TicketPatch},
    domain::{
        access::Actor, presence::Availability, priority::Priority, status::Status, time::Span,
        user::Role,
    },
};

use super::world::World;

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
    world.desk.set_availability(&mia, &offline).await.unwrap();
    world.pass(Span::minutes(30));
    world.desk.sweep().await.unwrap();
    world.run_until_idle().await;
    let stored = world.desk.ticket(&root, id).await.unwrap().view.ticket;
    assert!(
        stored.version > 3 && stored.assignment.is_none(),
        "{stored:?}"
    );

    let desk = &world.desk;
    let urgent = TicketPatch {
        priority: Some(Priority::Urgent),
        ..TicketPatch::default()
    };
    desk.edit_ticket(&root, id, &urgent, Some(1)).await.unwrap();
    desk.edit_ticket(&ann, id, &title("y"), Some(1))
        .await
        .unwrap();
    let to_root = AssignTo::Person {
        id: root.id().unwrap(),
        force: true,
    };
    desk.assign(&root, id, to_root, Some(1)).await.unwrap();
    let begun = desk.set_status(&root, id, Status::InProgress, Some(1));
    begun.await.unwrap();

    let refused = desk.edit_ticket(&root, id, &title("z"), Some(1)).await;
    assert_eq!(stale_fields(refused), ["title"]);
    let refused = desk.assign(&root, id, AssignTo::Router, Some(1)).await;
    assert_eq!(stale_fields(refused), ["assignedTo"]);
    let refused = desk.set_status(&root, id, Status::Waiting, Some(1)).await;
    assert_eq!(stale_fields(refused), ["status"]);
    let refused = desk.delete_ticket(&root, id, Some(1)).await;
    assert_eq!(
        stale_fields(refused),
        ["title", "priority", "status", "assignedTo"]
    );
    // The values that stand are no conflict, and are not written again.
    let version = desk.ticket(&root, id).await.unwrap().view.ticket.version;
    desk.edit_ticket(&ann, id, &title("y"), Some(1))
        .await
        .unwrap();
    desk.assign(&root, id, to_root, Some(1)).await.unwrap();
    let same = desk.set_status(&root, id, Status::InProgress, Some(1));
    assert_eq!(same.await.unwrap().view.ticket.version, version);
    desk.assign(&root, id, AssignTo::Router, None)
        .await
        .unwrap();
    let again = desk.assign(&root, id, AssignTo::Router, Some(1)).await;
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
    let edits = [&one, &two].map(|patch| world.desk.edit_ticket(&ann, id, patch, Some(1)));
    let [one, two] = edits;
    let (one, two) = tokio::join!(one, two);
    let refused: Vec<_> = [one, two].into_iter().filter(Result::is_err).collect();
    assert_eq!(refused.len(), 1);
}
