//! Changing tickets: fields, status, versions.

use serde_json::{Value, json};

use crate::api::{people::Caller, requests::Answer, world::World};

async fn edit(world: &World, by: &Caller, body: Value) -> Answer {
    world
        .patch("/api/tickets/1")
        .by(by)
        .json(&body)
        .send()
        .await
}

async fn set(world: &World, by: &Caller, status: &str) -> Answer {
    let path = "/api/tickets/1/status";
    let body = json!({ "status": status });
    world.patch(path).by(by).json(&body).send().await
}

#[tokio::test]
async fn the_requester_edits_the_text() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    let body = json!({
        "title": "Big leak", "description": "Very big.", "category": "boats",
        "deadline": "2030-01-01T00:00:00Z",
    });
    let edited = edit(&world, &ann, body).await;
    assert_eq!((edited.status, edited.header("etag")), (200, "\"2\""));
    let ticket = &edited.body["ticket"];
    assert_eq!(ticket["title"], "Big leak");
    assert_eq!(ticket["category"], "boats");
    assert_eq!(ticket["replies"], json!([]));
    let edited = edit(&world, &ann, json!({ "deadline": null })).await;
    assert_eq!(edited.body["ticket"]["deadline"], Value::Null);
    assert_eq!(edited.body["ticket"]["version"], 3);
    let same = edit(&world, &ann, json!({ "title": "Big leak" })).await;
    assert_eq!(
        (same.status, &same.body["ticket"]["version"]),
        (200, &json!(3))
    );
    let nothing = edit(&world, &ann, json!({})).await;
    assert_eq!(nothing.body["ticket"]["version"], 3);
}

#[tokio::test]
async fn who_works_on_it_sets_what_triage_sets() {
    let world = World::new();
    let (ann, moderator, admin) = (
        world.requester().await,
        world.moderator().await,
        world.admin().await,
    );
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let triage = json!({ "priority": "urgent", "relatedSkills": ["Zeppelins", "Gas"] });
    let edited = edit(&world, &moderator, triage.clone()).await;
    assert_eq!(edited.status, 200, "{edited:?}");
    assert_eq!(edited.body["ticket"]["priority"], "urgent");
    assert_eq!(
        edited.body["ticket"]["relatedSkills"],
        json!(["Zeppelins", "Gas"])
    );
    let text = json!({ "title": "No" });
    assert_eq!(
        edit(&world, &moderator, text.clone()).await.refusal(),
        (403, "forbidden")
    );
    assert_eq!(
        edit(&world, &ann, triage).await.refusal(),
        (403, "forbidden")
    );
    assert_eq!(edit(&world, &admin, text).await.status, 200);
    set(&world, &moderator, "resolved").await;
    let late = edit(&world, &ann, json!({ "title": "Late" })).await;
    assert_eq!(late.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn stale_updates_are_refused_in_either_form() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    let path = "/api/tickets/1";
    let tagged = |tag: &str, body: Value| {
        world
            .patch(path)
            .by(&ann)
            .header("if-match", tag)
            .json(&body)
            .send()
    };
    let fresh = tagged("\"1\"", json!({ "title": "Two" })).await;
    assert_eq!(fresh.header("etag"), "\"2\"");
    let stale = tagged("\"1\"", json!({ "title": "Three" })).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
    let stale = edit(&world, &ann, json!({ "title": "Three", "version": 1 })).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
    for tag in ["\"x\"", "\"0\"", "\"18446744073709551616\""] {
        assert_eq!(tagged(tag, json!({})).await.status, 412, "{tag}");
    }
    for tag in ["W/\"2\"", "*", "2"] {
        assert_eq!(tagged(tag, json!({})).await.status, 200, "{tag}");
    }
    for tag in ["x", "\"1\", \"2\""] {
        let answer = tagged(tag, json!({})).await;
        assert_eq!(answer.refusal(), (400, "malformed_header"), "{tag}");
    }
    let both = tagged("\"2\"", json!({ "version": 3 })).await;
    assert_eq!((both.status, both.fields()), (422, vec!["version"]));
    for version in [json!("2"), json!(2.0), json!(-2), json!(null), json!(1e30)] {
        let answer = edit(&world, &ann, json!({ "version": version })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["version"]));
    }
    assert_eq!(
        edit(&world, &ann, json!({ "title": "Three", "version": 2 }))
            .await
            .status,
        200
    );
    let status = |to: &str| {
        let body = json!({ "status": to, "version": 2 });
        let call = world.put("/api/tickets/status/1").by(&ann);
        call.json(&body).send()
    };
    assert_eq!(status("resolved").await.status, 200);
    let stale = status("open").await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
}

#[tokio::test]
async fn the_status_takes_the_steps_of_the_machine() {
    let world = World::new();
    let (ann, moderator, admin) = (
        world.requester().await,
        world.moderator().await,
        world.admin().await,
    );
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    for (by, status, expected) in [
        (&moderator, "IN_PROGRESS", 200),
        (&moderator, "in_progress", 200),
        (&moderator, "closed", 409),
        (&ann, "waiting", 403),
        (&moderator, "waiting", 200),
        (&moderator, "open", 409),
        (&ann, "DONE", 200),
        (&moderator, "closed", 200),
        (&moderator, "open", 403),
        (&ann, "open", 403),
        (&admin, "open", 200),
    ] {
        let answer = set(&world, by, status).await;
        assert_eq!(answer.status, expected, "{status}: {answer:?}");
        if expected == 409 {
            assert_eq!(answer.code(), "bad_transition");
        }
    }
    for wrong in [
        json!(null),
        json!("done-ish"),
        json!(""),
        json!(1),
        json!([]),
    ] {
        let body = json!({ "status": wrong });
        let answer = world.patch("/api/tickets/1/status").by(&admin).json(&body);
        let answer = answer.send().await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["status"]),
            "{wrong}"
        );
    }
    let missing = world
        .patch("/api/tickets/1/status")
        .by(&admin)
        .json(&json!({}));
    assert_eq!(missing.send().await.fields(), ["status"]);
    let spaces = world.patch("/api/tickets/1/status").by(&admin);
    let spaces = spaces.raw("application/json", b"  ").send().await;
    assert_eq!(spaces.refusal(), (400, "malformed_json"));
}

#[tokio::test]
async fn no_body_at_all_toggles() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    let statuses = [
        world.patch("/api/tickets/1/status").by(&ann).send().await,
        world.put("/api/tickets/status/1").by(&ann).send().await,
        world
            .patch("/api/tickets/1/status")
            .by(&ann)
            .raw("application/json", b"")
            .send()
            .await,
    ]
    .map(|answer| answer.body["ticket"]["status"].clone());
    assert_eq!(statuses, ["resolved", "open", "resolved"]);
    let stale = world
        .put("/api/tickets/status/1")
        .by(&ann)
        .header("if-match", "\"1\"");
    assert_eq!(stale.send().await.refusal(), (412, "stale_version"));
}

#[tokio::test]
async fn put_takes_fields_or_the_status_alone() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    let put = |body: Value| world.put("/api/tickets/1").by(&ann).json(&body).send();
    assert_eq!(
        put(json!({ "title": "Two" })).await.body["ticket"]["title"],
        "Two"
    );
    let done = put(json!({ "status": "DONE", "version": 2 })).await;
    assert_eq!(done.body["ticket"]["status"], "resolved");
    let open = put(json!({ "status": "TODO" })).await;
    assert_eq!(open.body["ticket"]["status"], "open");
    let mixed = put(json!({ "status": "open", "title": "x" })).await;
    assert_eq!((mixed.status, mixed.fields()), (422, vec!["status"]));
    let patched = edit(&world, &ann, json!({ "status": "open" })).await;
    assert_eq!((patched.status, patched.fields()), (422, vec!["status"]));
}
