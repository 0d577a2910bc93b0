//! Giving tickets to people, taking them, and giving them back.

use serde_json::{Value, json};
use tickmate_core::domain::user::Role;

use crate::api::{people::Caller, requests::Answer, world::World};

async fn assign(world: &World, by: &Caller, ticket: u64, body: Value) -> Answer {
    let path = format!("/api/tickets/{ticket}/assign");
    world.post(&path).by(by).json(&body).send().await
}

#[tokio::test]
async fn admins_assign_within_capacity_and_beyond_it_on_purpose() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let small = world
        .person(Role::Moderator, |user| user.capacity = 1)
        .await;
    for title in ["One", "Two"] {
        world.ticket(&ann, title).await;
    }
    let to_small = |force: bool| json!({ "assignee": small.id(), "force": force });
    let first = assign(&world, &admin, 1, to_small(false)).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
    assert_eq!(first.body["ticket"]["assignedTo"]["id"], small.id());
    let full = assign(&world, &admin, 2, to_small(false)).await;
    assert_eq!(full.refusal(), (409, "capacity_full"));
    let forced = assign(&world, &admin, 2, to_small(true)).await;
    assert_eq!(forced.body["ticket"]["assignedTo"]["email"], small.email);
    let stale = json!({ "assignee": admin.id(), "version": 1 });
    let stale = assign(&world, &admin, 2, stale).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
}

#[tokio::test]
async fn a_moderator_takes_from_the_queue_and_gives_back() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let (moderator, unskilled) = (
        world.moderator().await,
        world.person(Role::Moderator, |_| {}).await,
    );
    let take = || json!({ "take": true });
    assert_eq!(
        assign(&world, &unskilled, 1, take()).await.refusal(),
        (404, "not_found")
    );
    let taken = assign(&world, &moderator, 1, take()).await;
    assert_eq!(taken.body["ticket"]["assignedTo"]["id"], moderator.id());
    let elsewhere = json!({ "assignee": unskilled.id() });
    let refused = assign(&world, &moderator, 1, elsewhere).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    let back = assign(&world, &moderator, 1, json!({ "route": true })).await;
    assert_eq!(
        (back.status, &back.body["ticket"]["assignedTo"]),
        (200, &Value::Null)
    );
    assert_eq!(back.body["ticket"]["replies"], json!([]));
    assert_eq!(back.body["message"], "the ticket was given back");
    let refused = assign(&world, &ann, 1, take()).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let unknown = "0198c0de-0000-7000-8000-000000000000";
    for (body, field) in [
        (json!({}), "assignee"),
        (json!({ "assignee": "x" }), "assignee"),
        (json!({ "assignee": 1 }), "assignee"),
        (json!({ "assignee": null }), "assignee"),
        (json!({ "assignee": ann.id() }), "assignee"),
        (json!({ "assignee": unknown }), "assignee"),
        (json!({ "take": true, "route": true }), "assignee"),
        (json!({ "take": false }), "take"),
        (json!({ "route": false }), "route"),
        (json!({ "take": "yes" }), "take"),
        (json!({ "take": true, "force": true }), "force"),
        (json!({ "take": true, "seat": 1 }), "seat"),
    ] {
        let answer = assign(&world, &admin, 1, body.clone()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    let take = json!({ "take": true });
    assert_eq!(assign(&world, &admin, 9, take.clone()).await.status, 404);
    assert_eq!(assign(&world, &Caller::nobody(), 1, take).await.status, 401);
    let unassigned = assign(&world, &admin, 1, json!({ "route": true })).await;
    assert_eq!(unassigned.refusal(), (409, "not_assigned"));
}
