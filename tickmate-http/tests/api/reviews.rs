//! Accepting and correcting what analyses say.

use serde_json::{Value, json};
use tickmate_core::domain::user::Role;

use crate::api::{
    people::Caller,
    requests::Answer,
    triage::{read_ticket, show, write},
    world::World,
};

async fn review(world: &World, by: &Caller, body: Value) -> Answer {
    let call = world.post("/api/tickets/1/review").by(by);
    call.json(&body).send().await
}

#[tokio::test]
async fn what_is_accepted_counts() {
    let (world, _, admin, _) = read_ticket().await;
    let before = show(&world, &admin).await;
    let body = json!({ "accept": ["priority"], "version": before["version"] });
    let reviewed = review(&world, &admin, body).await;
    assert_eq!(reviewed.status, 200, "{reviewed:?}");
    assert_eq!(reviewed.body["message"], "the ticket was reviewed");
    let ticket = &reviewed.body["ticket"];
    let version = before["version"].as_u64().unwrap() + 1;
    assert_eq!(
        (&ticket["version"], reviewed.header("etag")),
        (&json!(version), format!("\"{version}\"").as_str())
    );
    assert_eq!(
        (
            &ticket["priority"],
            &ticket["analysis"]["suggestions"]["priority"]
        ),
        (&json!("high"), &Value::Null)
    );
    assert_eq!(ticket["category"], before["category"], "the rest stays");
    assert_eq!(ticket["replies"], json!([]));
}

#[tokio::test]
async fn all_is_what_the_analysis_says_and_nobody_corrects() {
    let (world, _, admin, _) = read_ticket().await;
    let reviewed = review(&world, &admin, json!({ "accept": "all" })).await;
    assert_eq!(reviewed.status, 200, "{reviewed:?}");
    let ticket = &reviewed.body["ticket"];
    assert_eq!(
        (&ticket["category"], &ticket["priority"]),
        (&json!("network"), &json!("high"))
    );
    assert_eq!(ticket["relatedSkills"], json!(["VPN"]));
    let nothing = json!({ "category": null, "priority": null, "type": null, "skills": [] });
    assert_eq!(ticket["analysis"]["suggestions"], nothing);

    let (world, _, admin, _) = read_ticket().await;
    let body = json!({
        "accept": "all", "priority": "URGENT", "type": "outage", "relatedSkills": [{ "name": "VPN", "level": 3 }],
    });
    let reviewed = review(&world, &admin, body).await;
    let ticket = &reviewed.body["ticket"];
    assert_eq!(
        (&ticket["category"], &ticket["priority"], &ticket["type"]),
        (&json!("network"), &json!("urgent"), &json!("outage"))
    );
    assert_eq!(ticket["skillLevels"], json!({ "VPN": 3 }));
}

#[tokio::test]
async fn whoever_works_on_it_corrects_what_patch_leaves_to_others() {
    let (world, ann, admin, _) = read_ticket().await;
    let vocabulary = world.desk.vocabulary().await.unwrap();
    let skills = vocabulary.resolve_all(["VPN"]);
    let mia = world
        .person(Role::Moderator, |user| user.skills = skills)
        .await;
    let to_mia = json!({ "assignee": mia.id() });
    let assign = world.post("/api/tickets/1/assign").by(&admin);
    assert_eq!(assign.json(&to_mia).send().await.status, 200);
    let patch = world.patch("/api/tickets/1").by(&mia);
    let patched = patch.json(&json!({ "category": "access" })).send().await;
    assert_eq!(patched.refusal(), (403, "forbidden"));
    let body = json!({ "category": "access", "type": "request" });
    let reviewed = review(&world, &mia, body).await;
    assert_eq!(reviewed.status, 200, "{reviewed:?}");
    world.run_until_idle().await;
    let ticket = show(&world, &ann).await;
    assert_eq!(
        (&ticket["category"], &ticket["type"]),
        (&json!("access"), &json!("request"))
    );
    let again = world.post("/api/tickets/1/triage").by(&mia).send().await;
    assert_eq!(again.status, 200);
    world.run_until_idle().await;
    let ticket = show(&world, &mia).await;
    assert_eq!(ticket["category"], "access", "what a human set stays");
    assert_eq!(ticket["analysis"]["suggestions"]["category"], "network");
}

#[tokio::test]
async fn what_cannot_be_taken_names_its_field() {
    let (world, _, admin, _) = read_ticket().await;
    let version = show(&world, &admin).await["version"].clone();
    for (body, fields) in [
        (json!({}), vec!["accept"]),
        (json!({ "accept": [] }), vec!["accept"]),
        (json!({ "accept": null }), vec!["accept"]),
        (json!({ "accept": true }), vec!["accept"]),
        (json!({ "accept": "category" }), vec!["accept"]),
        (json!({ "accept": "ALL" }), vec!["accept"]),
        (json!({ "accept": { "category": true } }), vec!["accept"]),
        (
            json!({ "accept": ["category", "title"] }),
            vec!["accept[1]"],
        ),
        (
            json!({ "accept": ["skill", "type", 1, null] }),
            vec!["accept[0]", "accept[2]", "accept[3]"],
        ),
        (
            json!({ "accept": ["category", "category"] }),
            vec!["accept[1]"],
        ),
        (json!({ "accept": vec!["x"; 5] }), vec!["accept"]),
        (
            json!({ "accept": ["category"], "category": "access" }),
            vec!["accept"],
        ),
        (json!({ "category": "" }), vec!["category"]),
        (json!({ "category": 1 }), vec!["category"]),
        (json!({ "type": "x".repeat(61) }), vec!["type"]),
        (json!({ "type": null }), vec!["type"]),
        (
            json!({ "accept": "all", "priority": "soon" }),
            vec!["priority"],
        ),
        (
            json!({ "relatedSkills": ["VPN", 1] }),
            vec!["relatedSkills[1]"],
        ),
        (
            json!({ "accept": "all", "title": "x", "summary": "y" }),
            vec!["summary", "title"],
        ),
        (json!({ "accept": "all", "version": -1 }), vec!["version"]),
    ] {
        let answer = review(&world, &admin, body.clone()).await;
        assert_eq!((answer.status, answer.fields()), (422, fields), "{body}");
    }
    assert_eq!(show(&world, &admin).await["version"], version);
}

#[tokio::test]
async fn reviews_are_refused_in_the_usual_order() {
    let (world, ann, admin, _) = read_ticket().await;
    let other = world.person(Role::Moderator, |_| {}).await;
    let wrong = json!({ "accept": "nothing", "version": 1 });
    for (by, refusal) in [
        (&Caller::nobody(), (401, "unauthenticated")),
        (&other, (404, "not_found")),
        (&ann, (403, "forbidden")),
        (&admin, (422, "validation_failed")),
    ] {
        let refused = review(&world, by, wrong.clone()).await;
        assert_eq!(refused.refusal(), refusal);
    }
    let path = "/api/tickets/1/review";
    let all = || json!({ "accept": "all" });
    let text = world.post(path).by(&admin).raw("text/plain", b"{}");
    assert_eq!(text.send().await.refusal(), (415, "unsupported_media_type"));
    let empty = world.post(path).by(&admin).send().await;
    assert_eq!(empty.refusal(), (400, "malformed_json"));
    let missing = world.post("/api/tickets/9/review").by(&admin).json(&all());
    assert_eq!(missing.send().await.refusal(), (404, "not_found"));
    let edit = json!({ "priority": "low" });
    let edited = world.patch("/api/tickets/1").by(&admin).json(&edit).send();
    assert_eq!(edited.await.status, 200);
    let stale = world.post(path).by(&admin).header("if-match", "\"1\"");
    assert_eq!(
        stale.json(&all()).send().await.refusal(),
        (412, "stale_version")
    );
    let stale = json!({ "accept": ["priority"], "version": 1 });
    let stale = review(&world, &admin, stale).await;
    assert_eq!((stale.status, stale.fields()), (412, vec!["priority"]));
    let others = json!({ "accept": ["category"], "version": 1 });
    assert_eq!(review(&world, &admin, others).await.status, 200);
    assert_eq!(review(&world, &admin, all()).await.status, 200);
}

#[tokio::test]
async fn what_nobody_read_cannot_be_reviewed() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    write(&world, &ann).await;
    for accept in [json!("all"), json!(["type"])] {
        let unread = review(&world, &admin, json!({ "accept": accept })).await;
        assert_eq!(unread.refusal(), (409, "not_read"));
    }
    let stale = json!({ "accept": "all", "version": 7 });
    assert_eq!(
        review(&world, &admin, stale).await.refusal(),
        (412, "stale_version")
    );
}
