//! Writing and reading tickets.

use serde_json::{Value, json};
use tickmate_http::HttpSettings;

use crate::api::{people::Caller, requests::Call, world::World};

#[tokio::test]
async fn a_ticket_is_answered_whole() {
    let world = World::new();
    let ann = world.requester().await;
    let draft = json!({
        "title": " The airship leaks ", "description": "Gas\n\tescapes.", "category": "Airships",
        "priority": "HIGH", "deadline": "2030-01-31T12:00:00+02:00", "relatedSkills": ["Zeppelins"],
    });
    let made = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""));
    insta::assert_json_snapshot!(made.body, {
        ".ticket.id" => "[id]", ".ticket.createdBy.id" => "[id]",
        ".ticket.createdAt" => "[time]", ".ticket.updatedAt" => "[time]",
    }, @r#"
    {
      "message": "the ticket was written",
      "success": true,
      "ticket": {
        "assignedTo": null,
        "category": "Airships",
        "createdAt": "[time]",
        "createdBy": {
          "email": "person1.7@example.org",
          "id": "[id]",
          "name": "Person 1"
        },
        "deadline": "2030-01-31T10:00:00.000000Z",
        "description": "Gas\n\tescapes.",
        "id": "[id]",
        "number": 1,
        "priority": "high",
        "queue": null,
        "relatedSkills": [
          "Zeppelins"
        ],
        "replies": [],
        "repliesCursor": null,
        "skillLevels": {},
        "status": "open",
        "summary": null,
        "title": "The airship leaks",
        "type": null,
        "updatedAt": "[time]",
        "version": 1
      }
    }
    "#);
    assert_eq!(made.header("idempotency-replayed"), "");
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"], made.body["ticket"]);
    let id = made.body["ticket"]["id"].as_str().unwrap();
    let by_id = world
        .get(&format!("/api/tickets/{id}"))
        .by(&ann)
        .send()
        .await;
    assert_eq!(by_id.body, read.body);
}

#[tokio::test]
async fn little_is_enough() {
    let world = World::new();
    let ann = world.requester().await;
    let draft = json!({ "title": "Leak", "description": "It leaks.", "deadline": null });
    let made = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    let ticket = &made.body["ticket"];
    assert_eq!(ticket["category"], "general");
    assert_eq!(ticket["priority"], "medium");
    assert_eq!(ticket["relatedSkills"], json!([]));
    assert_eq!(ticket["deadline"], Value::Null);
}

#[tokio::test]
async fn after_triage_and_routing_staff_sees_more_than_the_requester() {
    let world = World::new();
    let (ann, moderator, other) = (
        world.requester().await,
        world.moderator().await,
        world
            .person(tickmate_core::domain::user::Role::Moderator, |_| {})
            .await,
    );
    world.ticket(&ann, "The airship leaks").await;
    world.run_until_idle().await;
    let read = |by: &Caller| world.get("/api/tickets/1").by(by).send();
    let own = read(&ann).await;
    let ticket = &own.body["ticket"];
    assert_eq!(ticket["assignedTo"]["id"], moderator.id());
    assert!(ticket["summary"].is_string());
    for staff_only in [
        "helpfulNotes",
        "firstSteps",
        "sentiment",
        "complexity",
        "tags",
        "analysis",
    ] {
        assert!(ticket.get(staff_only).is_none(), "{staff_only}");
    }
    let staff = read(&moderator).await;
    let ticket = &staff.body["ticket"];
    assert!(ticket["helpfulNotes"].is_string() && ticket["firstSteps"].is_array());
    assert_eq!(ticket["analysis"]["source"], "embedded");
    assert!(ticket["analysis"]["confidence"].is_object());
    assert!(ticket["analysis"]["suggestions"]["skills"].is_array());
    assert_eq!(read(&other).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_ticket_that_nobody_can_take_says_since_when_it_waits() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "The airship leaks").await;
    world.run_until_idle().await;
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    let queue = &read.body["ticket"]["queue"];
    assert_eq!(queue["reason"], "nobody");
    assert!(queue["since"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn what_somebody_may_not_see_is_not_there() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    let ticket = world.ticket(&ann, "Leak").await;
    let id = ticket["id"].as_str().unwrap();
    let mut seen = Vec::new();
    for path in [
        id,
        "1",
        "2",
        "0198c0de-0000-7000-8000-000000000000",
        "x",
        "0x1",
        "-1",
        "1.0",
        "%00",
        "%ff",
        "99999999999999999999",
        "%EF%BC%91",
    ] {
        let answer = world
            .get(&format!("/api/tickets/{path}"))
            .by(&bob)
            .send()
            .await;
        assert_eq!(answer.refusal(), (404, "not_found"), "{path}");
        seen.push(answer.without_request());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1);
    let nobody = world.get("/api/tickets/1").send().await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_request_sent_twice_happens_once() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    let send = |by: &Caller, title: &str| {
        world
            .post("/api/tickets")
            .by(by)
            .header("idempotency-key", "key-1")
            .json(&json!({ "title": title, "description": "It leaks." }))
            .send()
    };
    let first = send(&ann, "Leak").await;
    world.run_until_idle().await;
    let second = send(&ann, "Leak").await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.body, second.body);
    let reused = send(&ann, "Another").await;
    assert_eq!(reused.refusal(), (422, "idempotency_key_reused"));
    assert_eq!(send(&bob, "Another").await.body["ticket"]["number"], 2);

    let key = |value: &str| {
        world
            .post("/api/tickets")
            .by(&ann)
            .header("idempotency-key", value)
            .json(&json!({ "title": "Leak", "description": "It leaks." }))
    };
    for bad in ["", " ", "a\tb", &"x".repeat(256)] {
        let answer = key(bad).send().await;
        assert_eq!(answer.refusal(), (400, "malformed_header"), "{bad:?}");
    }
    assert_eq!(key(&"x".repeat(255)).send().await.status, 201);
    let two = key("a").header("idempotency-key", "b").send().await;
    assert_eq!(two.refusal(), (400, "malformed_header"));
}

#[tokio::test]
async fn older_clients_find_the_id_where_they_look() {
    let world = World::with_http(HttpSettings {
        legacy_ids: true,
        ..HttpSettings::default()
    });
    let (ann, moderator) = (world.requester().await, world.moderator().await);
    let ticket = world.ticket(&ann, "Leak").await;
    assert_eq!(ticket["_id"], ticket["id"]);
    assert_eq!(ticket["createdBy"]["_id"], ticket["createdBy"]["id"]);
    world.run_until_idle().await;
    let reply = world
        .post("/api/tickets/1/replies")
        .by(&moderator)
        .json(&json!({ "message": "Hello" }));
    let reply = reply.send().await;
    assert_eq!(reply.body["reply"]["_id"], reply.body["reply"]["id"]);
    let history = world.get("/api/tickets/1/history").by(&ann).send().await;
    assert_eq!(
        history.body["events"][0]["_id"],
        history.body["events"][0]["id"]
    );
    let plain = world.also_with(HttpSettings::default());
    let read = Call::to(&plain, http::Method::GET, "/api/tickets/1").by(&ann);
    assert!(!read.send().await.text.contains("_id"));
}

#[tokio::test]
async fn a_summary_counts_what_one_asked() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    for title in ["One", "Two", "Three"] {
        world.ticket(&ann, title).await;
    }
    world.ticket(&bob, "Not mine").await;
    let done = json!({ "status": "resolved" });
    world
        .patch("/api/tickets/1/status")
        .by(&ann)
        .json(&done)
        .send()
        .await;
    let summary = world.get("/api/tickets/summary").by(&ann).send().await;
    insta::assert_json_snapshot!(summary.body["summary"], @r#"
    {
      "byPriority": {
        "high": 3,
        "low": 0,
        "medium": 0,
        "urgent": 0
      },
      "closed": 0,
      "completed": 1,
      "inProgress": 0,
      "open": 2,
      "resolved": 1,
      "totalTickets": 3,
      "waiting": 0
    }
    "#);
    let latest = summary.body["tickets"].as_array().unwrap();
    let numbers: Vec<_> = latest.iter().map(|ticket| &ticket["number"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(world.get("/api/tickets/summary").send().await.status, 401);
}
