//! Histories.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::api::world::World;

#[tokio::test]
async fn every_step_is_in_the_history() {
    let world = World::new();
    let (ann, bob, moderator) = (
        world.requester().await,
        world.requester().await,
        world.moderator().await,
    );
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    for visibility in ["internal", "public"] {
        let body = json!({ "message": "Hm.", "visibility": visibility });
        world
            .post("/api/tickets/1/replies")
            .by(&moderator)
            .json(&body)
            .send()
            .await;
    }
    let done = json!({ "status": "resolved" });
    world
        .patch("/api/tickets/1/status")
        .by(&moderator)
        .json(&done)
        .send()
        .await;
    let kinds = async |by| {
        let answer = world.get("/api/tickets/1/history").by(by).send().await;
        assert_eq!(answer.status, 200);
        let events = answer.body["events"].as_array().unwrap().clone();
        let kind = |event: &serde_json::Value| event["kind"].as_str().unwrap().to_owned();
        events.iter().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&ann).await,
        ["created", "triaged", "assigned", "replied", "resolved"]
    );
    assert_eq!(
        kinds(&moderator).await,
        [
            "created", "triaged", "assigned", "replied", "replied", "resolved"
        ]
    );
    let first = world
        .get("/api/tickets/1/history?limit=1")
        .by(&ann)
        .send()
        .await;
    insta::assert_json_snapshot!(first.body["events"][0], {
        ".id" => "[id]", ".at" => "[time]", ".actor.id" => "[id]",
    }, @r#"
    {
      "actor": {
        "email": "person1.7@example.org",
        "id": "[id]",
        "name": "Person 1"
      },
      "at": "[time]",
      "changes": [
        {
          "field": "title",
          "from": null,
          "to": "Leak"
        },
        {
          "field": "status",
          "from": null,
          "to": "open"
        }
      ],
      "id": "[id]",
      "kind": "created"
    }
    "#);
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let next = format!("/api/tickets/1/history?limit=100&cursor={cursor}");
    let next = world.get(&next).by(&ann).send().await;
    assert_eq!(
        next.body["events"][0]["actor"],
        json!(null),
        "the desk itself"
    );
    assert_eq!(next.body["nextCursor"], json!(null));

    assert_eq!(
        world
            .get("/api/tickets/1/history")
            .by(&bob)
            .send()
            .await
            .status,
        404
    );
    assert_eq!(world.get("/api/tickets/1/history").send().await.status, 401);
    for (query, field) in [
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("page=1", "page"),
    ] {
        let answer = world
            .get(&format!("/api/tickets/1/history?{query}"))
            .by(&ann);
        assert_eq!(answer.send().await.fields(), [field]);
    }
}

#[tokio::test]
async fn hidden_events_neither_shorten_pages_nor_show_in_cursors() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let reply = async |visibility: &str| {
        let body = json!({ "message": "Hm.", "visibility": visibility });
        let reply = world.post("/api/tickets/1/replies").by(&admin).json(&body);
        assert_eq!(reply.send().await.status, 201);
    };
    for round in 0..4 {
        for _ in 0..(12 - 4 * (round % 2)) {
            reply("internal").await;
        }
        reply("public").await;
        reply("public").await;
    }
    for limit in [1, 2, 3, 8, 9, 100] {
        let (mut kinds, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/tickets/1/history?limit={limit}{cursor}");
            let page = world.get(&path).by(&ann).send().await.body;
            let events = page["events"].as_array().unwrap();
            kinds.extend(events.iter().map(|event| event["kind"].clone()));
            let Some(next) = page["nextCursor"].as_str() else {
                break;
            };
            assert_eq!(events.len(), limit);
            let last = events.last().unwrap()["id"].as_str().unwrap();
            let decoded = URL_SAFE_NO_PAD.decode(next).unwrap();
            let decoded: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
            assert_eq!(decoded["at"], last, "a cursor holds what the page shows");
            cursor = format!("&cursor={next}");
        }
        let mut expected = vec!["created"];
        expected.extend(["replied"; 8]);
        assert_eq!(kinds, expected, "{limit}");
    }
    // A cursor of another ticket's history is none of this one's.
    world.ticket(&ann, "Another").await;
    let other = world.get("/api/tickets/2/history").by(&ann).send().await;
    let id = &other.body["events"][0]["id"];
    let first = world.get("/api/tickets/1/history?limit=1").by(&ann);
    let cursor = first.send().await.body["nextCursor"].clone();
    let decoded = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap()).unwrap();
    let mut forged: serde_json::Value = serde_json::from_slice(&decoded).unwrap();
    forged["at"] = id.clone();
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    let path = format!("/api/tickets/1/history?cursor={forged}");
    let answer = world.get(&path).by(&ann).send().await;
    assert_eq!((answer.status, answer.fields()), (422, vec!["cursor"]));
}
