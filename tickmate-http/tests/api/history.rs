//! Histories.

use serde_json::json;

use crate::world::World;

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
