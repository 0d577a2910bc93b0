//! Stale updates: refused only where a person changed one of the same fields since.

use http::Method;
use serde_json::{Value, json};
use tickmate_core::domain::user::Role;

use crate::api::{people::Caller, requests::Answer, world::World};

const TICKET: &str = "/api/tickets/1";

async fn patch(world: &World, path: &str, by: &Caller, body: Value) -> Answer {
    let call = world.call(Method::PATCH, path);
    call.by(by).json(&body).send().await
}

#[tokio::test]
async fn what_the_desk_did_meanwhile_refuses_nobody() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let draft = json!({ "title": "Leak", "description": "The zeppelin leaks gas." });
    let created = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    let tag = created.header("etag").to_owned();
    assert_eq!(tag, "\"1\"");
    world.run_until_idle().await;
    let triaged = world.get(TICKET).by(&ann).send().await;
    assert!(triaged.body["ticket"]["version"].as_u64().unwrap() > 1);
    // A text edit is analyzed again at once, and the next edit shows the tag of the answer before.
    let mut tag = tag;
    for title in ["One", "Two", "Three"] {
        let edited = world.patch(TICKET).by(&ann).header("if-match", &tag);
        let edited = edited.json(&json!({ "title": title })).send().await;
        assert_eq!(edited.status, 200, "{edited:?}");
        tag = edited.header("etag").to_owned();
        world.run_until_idle().await;
    }
    let triage = json!({ "priority": "urgent", "category": "boats", "version": 1 });
    assert_eq!(patch(&world, TICKET, &admin, triage).await.status, 200);
    let status = json!({ "status": "resolved", "version": 1 });
    let status = patch(&world, "/api/tickets/1/status", &admin, status).await;
    assert_eq!(status.status, 200);
}

#[tokio::test]
async fn two_people_collide_in_the_same_field_alone() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let edit = |by, body| patch(&world, TICKET, by, body);
    let first = edit(&ann, json!({ "title": "Big leak", "version": 1 })).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
    let other_fields = json!({
        "description": "Very big.", "priority": "low", "relatedSkills": ["Gas"], "version": 1,
    });
    assert_eq!(edit(&admin, other_fields).await.status, 200);
    let same_field = edit(&admin, json!({ "title": "Small leak", "version": 1 })).await;
    assert_eq!(same_field.refusal(), (412, "stale_version"));
    assert_eq!(same_field.fields(), ["title"]);
    assert_eq!(
        same_field.body["detail"],
        "it was changed meanwhile; its version is 3"
    );
    let both = json!({ "title": "x", "relatedSkills": ["Boats"], "category": "y", "version": 1 });
    let both = edit(&admin, both).await;
    assert_eq!(
        (both.status, both.fields()),
        (412, vec!["title", "relatedSkills"])
    );
    // What stands already is no conflict, and nothing is written.
    let same = json!({ "title": "Big leak", "relatedSkills": ["Gas"], "version": 1 });
    let same = edit(&admin, same).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"3\""));
    let fresh = edit(&admin, json!({ "title": "Small leak", "version": 2 })).await;
    assert_eq!(fresh.status, 200);
    let never = edit(&admin, json!({ "category": "boats", "version": 9 })).await;
    assert_eq!(never.refusal(), (412, "stale_version"));
    assert!(never.fields().is_empty());
}

#[tokio::test]
async fn status_and_assignee_are_fields_of_their_own() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let mia = world.person(Role::Moderator, |_| {}).await;
    world.ticket(&ann, "Leak").await;
    let status = |by, to: &str| {
        let body = json!({ "status": to, "version": 1 });
        patch(&world, "/api/tickets/1/status", by, body)
    };
    let assign = async |to: &Caller| {
        let body = json!({ "assignee": to.id(), "version": 1 });
        let call = world.post("/api/tickets/1/assign").by(&admin).json(&body);
        call.send().await
    };
    assert_eq!(assign(&mia).await.status, 200);
    assert_eq!(status(&mia, "in_progress").await.status, 200);
    let edited = json!({ "title": "Big leak", "version": 1 });
    assert_eq!(patch(&world, TICKET, &ann, edited).await.status, 200);
    let late = status(&ann, "resolved").await;
    assert_eq!(
        (late.refusal(), late.fields()),
        ((412, "stale_version"), vec!["status"])
    );
    assert_eq!(status(&admin, "in_progress").await.status, 200, "it stands");
    let late = assign(&admin).await;
    assert_eq!((late.status, late.fields()), (412, vec!["assignedTo"]));
    assert_eq!(assign(&mia).await.status, 200, "it stands");
    // A reply that moved the status is a person's change of it.
    let waiting = json!({ "status": "waiting" });
    let waits = patch(&world, "/api/tickets/1/status", &mia, waiting).await;
    let version = waits.body["ticket"]["version"].clone();
    let reply = json!({ "message": "Here I am." });
    let reply = world.post("/api/tickets/1/replies").by(&ann).json(&reply);
    assert_eq!(reply.send().await.body["ticket"]["status"], "in_progress");
    let body = json!({ "status": "resolved", "version": version });
    let late = patch(&world, "/api/tickets/1/status", &mia, body).await;
    assert_eq!((late.status, late.fields()), (412, vec!["status"]));
}

#[tokio::test]
async fn lists_of_an_account_are_one_field_each() {
    let world = World::new();
    let admin = world.admin().await;
    let mia = world.person(Role::Moderator, |_| {}).await;
    let path = format!("/api/admin/users/{}", mia.id());
    let update = |body| patch(&world, &path, &admin, body);
    let skills = json!({ "skills": ["Linux", "Gas"] });
    let own = world.put("/api/auth/update-skills").by(&mia).json(&skills);
    assert_eq!(own.send().await.status, 200);
    let availability = json!({ "availability": "away" });
    let away = world.put("/api/auth/availability").by(&mia);
    assert_eq!(away.json(&availability).send().await.status, 200);
    assert_eq!(
        update(json!({ "capacity": 9, "version": 1 })).await.status,
        200
    );
    let late = update(json!({ "skills": ["Linux"], "version": 1 })).await;
    assert_eq!(
        (late.refusal(), late.fields()),
        ((412, "stale_version"), vec!["skills"])
    );
    let same = json!({ "skills": ["Linux", "Gas"], "version": 1 });
    assert_eq!(update(same).await.status, 200);
    assert_eq!(
        update(json!({ "skills": [], "version": 2 })).await.status,
        200
    );
    let hours = |until: &str| json!({ "zone": "UTC", "week": { "mon": [["09:00", until]] } });
    let own = world.put("/api/auth/availability").by(&mia);
    let own = own.json(&json!({ "hours": hours("15:00") }));
    assert_eq!(own.send().await.status, 200);
    let late = update(json!({ "hours": hours("16:00"), "version": 1 })).await;
    assert_eq!(
        (late.refusal(), late.fields()),
        ((412, "stale_version"), vec!["hours"])
    );
    let same = json!({ "hours": hours("15:00"), "version": 1 });
    assert_eq!(update(same).await.status, 200, "they stand");
    // The same skills in another order stand as well.
    let set = update(json!({ "skills": ["Gas", "Linux"] })).await;
    let same = update(json!({ "skills": ["Linux", "Gas"], "version": 1 })).await;
    assert_eq!((same.status, &same.body), (200, &set.body));
}

#[tokio::test]
async fn what_an_admin_set_meanwhile_refuses_the_own_hours() {
    let world = World::new();
    let admin = world.admin().await;
    let mia = world.person(Role::Moderator, |_| {}).await;
    let hours = |until: &str| json!({ "zone": "UTC", "week": { "mon": [["09:00", until]] } });
    let path = format!("/api/admin/users/{}", mia.id());
    let set = patch(&world, &path, &admin, json!({ "hours": hours("15:00") })).await;
    assert_eq!((set.status, set.header("etag")), (200, "\"2\""));
    let own = async |body: Value| {
        let call = world.put("/api/auth/availability").by(&mia).json(&body);
        call.header("if-match", "\"1\"").send().await
    };
    let late = own(json!({ "hours": hours("16:00"), "availability": "away" })).await;
    assert_eq!(
        (late.refusal(), late.fields()),
        ((412, "stale_version"), vec!["hours"])
    );
    let same = own(json!({ "hours": hours("15:00"), "availability": "away" })).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"3\""));
}
