//! What triage makes of tickets, as staff and requesters see it, and having them read again.

use std::sync::Arc;

use serde_json::{Value, json};
use tickmate_core::{domain::user::Role, memory::ScriptedLlm};

use crate::api::{people::Caller, requests::Answer, world::World};

/// What the model says about every ticket.
pub(crate) const ANSWER: &str = r#"{
    "summary": "The VPN is down", "category": "network", "priority": "high", "type": "incident", "skills": ["VPN"],
    "confidence": {"category": 0.9, "priority": 0.2, "type": 0.9, "skills": 0.9}
}"#;

/// Members that only staff sees.
const OF_STAFF: [&str; 6] = [
    "analysis",
    "complexity",
    "firstSteps",
    "helpfulNotes",
    "sentiment",
    "tags",
];

/// A world with a ticket that the model has read, its requester and an admin.
pub(crate) async fn read_ticket() -> (World, Caller, Caller, Arc<ScriptedLlm>) {
    let llm = Arc::new(ScriptedLlm::always(ANSWER));
    let world = World::read_by(&llm);
    let (ann, admin) = (world.requester().await, world.admin().await);
    write(&world, &ann).await;
    world.run_until_idle().await;
    (world, ann, admin, llm)
}

/// A ticket that leaves everything to triage.
pub(crate) async fn write(world: &World, by: &Caller) {
    let draft = json!({ "title": "No VPN", "description": "Nobody gets in from home." });
    let made = world.post("/api/tickets").by(by).json(&draft).send().await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["ticket"]["type"], Value::Null);
}

pub(crate) async fn show(world: &World, by: &Caller) -> Value {
    let shown = world.get("/api/tickets/1").by(by).send().await;
    assert_eq!(shown.status, 200, "{shown:?}");
    shown.body["ticket"].clone()
}

async fn again(world: &World, by: &Caller) -> Answer {
    world.post("/api/tickets/1/triage").by(by).send().await
}

#[tokio::test]
async fn staff_sees_who_read_a_ticket_and_what_does_not_count() {
    let (world, _, admin, _) = read_ticket().await;
    let ticket = show(&world, &admin).await;
    for name in OF_STAFF {
        assert!(ticket.get(name).is_some(), "{name}");
    }
    assert!(ticket["tags"].is_array());
    let analysis = &ticket["analysis"];
    let members: Vec<&String> = analysis.as_object().unwrap().keys().collect();
    let expected = [
        "confidence",
        "extra",
        "model",
        "needsReview",
        "readAt",
        "source",
        "suggestions",
    ];
    assert_eq!(members, expected);
    assert_eq!(
        (&analysis["source"], &analysis["model"]),
        (&json!("model"), &json!("memory/scripted"))
    );
    assert_eq!(
        (&analysis["extra"], &analysis["needsReview"]),
        (&json!({}), &json!(false))
    );
    assert!(analysis["readAt"].as_str().unwrap().ends_with('Z'));
    let suggestions = &analysis["suggestions"];
    let members: Vec<&String> = suggestions.as_object().unwrap().keys().collect();
    assert_eq!(members, ["category", "priority", "skills", "type"]);
    assert_eq!(
        (&ticket["priority"], &suggestions["priority"]),
        (&json!("medium"), &json!("high"))
    );
}

#[tokio::test]
async fn what_only_staff_sees_is_in_no_answer_to_a_requester() {
    let (world, ann, admin, _) = read_ticket().await;
    let all = json!({ "accept": "all" });
    let review = world.post("/api/tickets/1/review").by(&admin);
    assert_eq!(review.json(&all).send().await.status, 200);
    assert_eq!(again(&world, &admin).await.status, 200);
    world.run_until_idle().await;
    for path in [
        "/api/tickets",
        "/api/tickets/1",
        "/api/tickets/1/history",
        "/api/tickets/summary",
    ] {
        let own = world.get(path).by(&ann).send().await;
        assert_eq!(own.status, 200, "{path}");
        for name in OF_STAFF.into_iter().chain(["suggestions", "needsReview"]) {
            assert!(!own.text.contains(&format!("\"{name}\"")), "{path} {name}");
        }
        assert!(!own.text.contains("scripted"), "{path}");
    }
    let patch = world.patch("/api/tickets/1").by(&ann);
    let patched = patch.json(&json!({ "type": "question" })).send().await;
    assert_eq!(patched.body["ticket"]["type"], "question");
    assert!(patched.body["ticket"].get("analysis").is_none());
    let listed = world.get("/api/tickets").by(&admin).send().await;
    assert!(listed.body["tickets"][0]["analysis"].is_object());
}

#[tokio::test]
async fn a_type_that_the_requester_wishes_stays() {
    let llm = Arc::new(ScriptedLlm::always(ANSWER));
    let world = World::read_by(&llm);
    let ann = world.requester().await;
    let draft = json!({ "title": "No VPN", "description": "Nobody gets in.", "type": " Wish " });
    let made = world.post("/api/tickets").by(&ann).json(&draft).send();
    assert_eq!(made.await.body["ticket"]["type"], "Wish");
    world.run_until_idle().await;
    assert_eq!(show(&world, &ann).await["type"], "Wish");
    for method in ["PATCH", "PUT"] {
        let call = world.call(method.parse().unwrap(), "/api/tickets/1");
        let kind = json!({ "type": method });
        let changed = call.by(&ann).json(&kind).send().await;
        assert_eq!(changed.body["ticket"]["type"], method);
    }
}

#[tokio::test]
async fn a_ticket_is_read_again_when_staff_asks() {
    let (world, _, admin, llm) = read_ticket().await;
    let before = show(&world, &admin).await;
    let version = before["version"].as_u64().unwrap();
    let asked = again(&world, &admin).await;
    assert_eq!(
        (asked.status, asked.header("etag")),
        (200, format!("\"{}\"", version + 1).as_str())
    );
    assert_eq!(
        (&asked.body["success"], &asked.body["message"]),
        (&json!(true), &json!("the ticket is read again"))
    );
    assert_eq!(
        asked.body["ticket"]["analysis"], before["analysis"],
        "it stays until there is another"
    );
    let twice = again(&world, &admin).await;
    assert_eq!(twice.body["ticket"]["version"], version + 1);
    assert_eq!(llm.prompts().len(), 1);
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 2);
    let after = show(&world, &admin).await;
    assert_ne!(after["analysis"]["readAt"], before["analysis"]["readAt"]);
    let history = world.get("/api/tickets/1/history?limit=100").by(&admin);
    let history = history.send().await;
    let events = history.body["events"].as_array().unwrap();
    let requested = events
        .iter()
        .find(|event| event["kind"] == "retriage_requested");
    assert_eq!(requested.unwrap()["actor"]["id"], admin.id());
}

#[tokio::test]
async fn another_reading_is_refused_in_the_usual_order() {
    let (world, ann, admin, llm) = read_ticket().await;
    let other = world.person(Role::Moderator, |_| {}).await;
    let send = |by: &Caller, body: Value| {
        let call = world.post("/api/tickets/1/triage").by(by);
        call.json(&body).send()
    };
    let wrong = json!({ "version": "x", "why": 1 });
    for (by, refusal) in [
        (&Caller::nobody(), (401, "unauthenticated")),
        (&other, (404, "not_found")),
        (&ann, (403, "forbidden")),
        (&admin, (422, "validation_failed")),
    ] {
        let refused = send(by, wrong.clone()).await;
        assert_eq!(refused.refusal(), refusal);
    }
    let fields = send(&admin, wrong).await;
    assert_eq!(fields.fields(), ["version", "why"]);
    let list = send(&admin, json!([])).await;
    assert_eq!((list.status, list.fields()), (422, vec!["body"]));
    let path = "/api/tickets/1/triage";
    let text = world.post(path).by(&admin).raw("text/plain", b"{}");
    assert_eq!(text.send().await.refusal(), (415, "unsupported_media_type"));
    let no_json = world.post(path).by(&admin).raw("application/json", b"{");
    assert_eq!(no_json.send().await.refusal(), (400, "malformed_json"));
    let query = world.post("/api/tickets/1/triage?x=1").by(&admin);
    assert_eq!(query.send().await.fields(), ["x"]);
    let missing = world.post("/api/tickets/9/triage").by(&admin);
    assert_eq!(missing.send().await.refusal(), (404, "not_found"));
    let stale = send(&admin, json!({ "version": 99 })).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
    let stale = world.post(path).by(&admin).header("if-match", "\"99\"");
    assert_eq!(stale.send().await.refusal(), (412, "stale_version"));
    world.run_until_idle().await;
    assert_eq!(llm.prompts().len(), 1, "nothing was read again");
    let version = show(&world, &admin).await["version"].clone();
    for body in [
        json!({ "version": 1 }),
        json!({ "version": version }),
        json!({}),
    ] {
        assert_eq!(send(&admin, body).await.status, 200);
    }
}
