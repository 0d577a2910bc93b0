//! Replies.

use serde_json::{Value, json};

use crate::api::{
    people::Caller,
    requests::{Answer, Call},
    world::World,
};

const PATH: &str = "/api/tickets/1/replies";

fn call(world: &World, by: &Caller, body: &Value) -> Call {
    world.post(PATH).by(by).json(body)
}

async fn say(world: &World, by: &Caller, message: &str, visibility: &str) -> Answer {
    let body = json!({ "message": message, "visibility": visibility });
    call(world, by, &body).send().await
}

#[tokio::test]
async fn replies_are_public_or_for_staff_alone() {
    let world = World::new();
    let (ann, moderator) = (world.requester().await, world.moderator().await);
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let public = call(&world, &moderator, &json!({ "message": "Which ship?" }));
    let public = public.send().await;
    assert_eq!((public.status, public.header("etag")), (201, "\"4\""));
    assert_eq!(public.body["ticket"]["status"], "in_progress");
    insta::assert_json_snapshot!(public.body["reply"], {
        ".id" => "[id]", ".createdBy.id" => "[id]", ".createdAt" => "[time]",
    }, @r#"
    {
      "createdAt": "[time]",
      "createdBy": {
        "email": "person2.7@example.org",
        "id": "[id]",
        "name": "Person 2"
      },
      "createdByName": "Person 2",
      "id": "[id]",
      "message": "Which ship?",
      "visibility": "public"
    }
    "#);
    let internal = say(&world, &moderator, "He never says.", "internal").await;
    assert_eq!(internal.status, 201);
    assert_eq!(
        internal.body["ticket"]["replies"].as_array().unwrap().len(),
        2
    );
    let answer = say(&world, &ann, "The blue one.", "public").await;
    assert_eq!(answer.status, 201);
    let messages: Vec<_> = answer.body["ticket"]["replies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| reply["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages, ["Which ship?", "The blue one."]);
    let refused = say(&world, &ann, "A note.", "internal").await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    let edited = world
        .patch("/api/tickets/1")
        .by(&ann)
        .json(&json!({ "title": "x" }));
    let edited = edited.send().await;
    assert_eq!(
        edited.body["ticket"]["replies"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    world.ticket(&ann, "Leak").await;
    for (body, field) in [
        (json!({}), "message"),
        (json!({ "message": null }), "message"),
        (json!({ "message": 1 }), "message"),
        (json!({ "message": "" }), "message"),
        (json!({ "message": " \n " }), "message"),
        (json!({ "message": "a\0b" }), "message"),
        (json!({ "message": "x".repeat(20_001) }), "message"),
        (
            json!({ "message": "x", "visibility": "secret" }),
            "visibility",
        ),
        (json!({ "message": "x", "visibility": null }), "visibility"),
        (json!({ "message": "x", "createdBy": "me" }), "createdBy"),
    ] {
        let answer = call(&world, &ann, &body).send().await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field]));
    }
    let good = json!({ "message": "x" });
    assert_eq!(
        call(&world, &bob, &good).send().await.refusal(),
        (404, "not_found")
    );
    let nobody = call(&world, &Caller::nobody(), &good).send().await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_reply_sent_twice_is_written_once() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    world.ticket(&ann, "Another").await;
    let body = json!({ "message": "Any news?" });
    let send = || {
        call(&world, &ann, &body)
            .header("idempotency-key", "k")
            .send()
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.body, second.body);
    let other = json!({ "message": "Something else" });
    let reused = call(&world, &ann, &other).header("idempotency-key", "k");
    assert_eq!(
        reused.send().await.refusal(),
        (422, "idempotency_key_reused")
    );
    let elsewhere = world.post("/api/tickets/2/replies").by(&ann);
    let elsewhere = elsewhere
        .header("idempotency-key", "k")
        .json(&body)
        .send()
        .await;
    assert_eq!(elsewhere.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_closed_ticket_takes_none() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    for status in ["resolved", "closed"] {
        let body = json!({ "status": status });
        let step = world.patch("/api/tickets/1/status").by(&admin).json(&body);
        assert_eq!(step.send().await.status, 200);
    }
    let late = say(&world, &ann, "Wait!", "public").await;
    assert_eq!(late.refusal(), (409, "ticket_closed"));
}

/// What the replies of an answer say.
fn messages(replies: &Value) -> Vec<String> {
    let replies = replies.as_array().unwrap().iter();
    let message = |reply: &Value| reply["message"].as_str().unwrap().to_owned();
    replies.map(message).collect()
}

fn numbers(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn replies_come_page_by_page() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    // Each third one is for staff alone.
    for number in 0..180 {
        let visibility = match number % 3 {
            0 => "internal",
            _ => "public",
        };
        let answer = say(&world, &admin, &number.to_string(), visibility).await;
        let ticket = &answer.body["ticket"];
        let latest = messages(&ticket["replies"]);
        assert_eq!(latest.len(), usize::min(number + 1, 50));
        assert_eq!(latest.last(), Some(&number.to_string()));
        assert_eq!(answer.body["reply"]["message"], number.to_string());
        assert_eq!(ticket["repliesCursor"].is_null(), number < 50);
    }
    let public: Vec<String> = numbers((0..180).filter(|number| number % 3 > 0));
    let all = numbers(0..180);
    for (reader, expected) in [(&ann, public), (&admin, all)] {
        let answer = world.get("/api/tickets/1").by(reader).send().await;
        let ticket = &answer.body["ticket"];
        let mut read = messages(&ticket["replies"]);
        assert_eq!(read.len(), 50);
        let mut cursor = ticket["repliesCursor"].clone();
        while let Some(before) = cursor.as_str() {
            let path = format!("{PATH}?limit=30&cursor={before}");
            let page = world.get(&path).by(reader).send().await;
            cursor = page.body["nextCursor"].clone();
            let older = messages(&page.body["replies"]);
            assert!(cursor.is_null() || older.len() == 30);
            read.splice(0..0, older);
        }
        assert_eq!(read, expected);
        let newest = world.get(PATH).by(reader).send().await;
        let tail = &expected[expected.len() - 20..];
        assert_eq!(messages(&newest.body["replies"]), tail);
    }
    let (bob, moderator) = (world.requester().await, world.moderator().await);
    for stranger in [&bob, &moderator] {
        let answer = world.get(PATH).by(stranger).send().await;
        assert_eq!(answer.status, if stranger.id == bob.id { 404 } else { 200 });
    }
    for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor"), ("q=1", "q")] {
        let answer = world.get(&format!("{PATH}?{query}")).by(&ann).send().await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field]));
    }
}

#[tokio::test]
async fn staff_who_asks_sees_no_internal_reply() {
    let world = World::new();
    let asking = world.moderator().await;
    let admin = world.admin().await;
    world.ticket_for(&asking, "Leak", &["Balloons"]).await;
    for number in 0..60 {
        say(&world, &admin, &format!("note {number}"), "internal").await;
        say(&world, &admin, &number.to_string(), "public").await;
    }
    let answer = world.get("/api/tickets/1").by(&asking).send().await;
    let seen = messages(&answer.body["ticket"]["replies"]);
    assert_eq!(seen, numbers(10..60));
    let answer = say(&world, &asking, "60", "public").await;
    let seen = messages(&answer.body["ticket"]["replies"]);
    assert_eq!(seen, numbers(11..61));
}

#[tokio::test]
async fn a_reply_sent_again_much_later_is_answered_with_itself() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    let body = json!({ "message": "first" });
    let send = || {
        call(&world, &ann, &body)
            .header("idempotency-key", "k")
            .send()
    };
    let first = send().await;
    for number in 0..50 {
        say(&world, &ann, &number.to_string(), "public").await;
    }
    let again = send().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body["reply"], first.body["reply"]);
    assert_eq!(messages(&again.body["ticket"]["replies"]), numbers(0..50));
}

#[tokio::test]
async fn an_answer_holds_no_more_than_the_latest_long_replies() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let long = "\u{1F4A7}".repeat(2_000);
    let most = 51 * long.len() + 100_000;
    for number in 0..150 {
        let answer = say(
            &world,
            &admin,
            &format!("{number:03}{}", &long[12..]),
            "public",
        )
        .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(answer.text.len() < most, "{}", answer.text.len());
    }
    let answer = world.get("/api/tickets/1").by(&ann).send().await;
    let latest = messages(&answer.body["ticket"]["replies"]);
    assert_eq!(latest.len(), 50);
    assert!(latest[0].starts_with("100") && latest[49].starts_with("149"));
    assert!(answer.text.len() < most, "{}", answer.text.len());
    let list = world.get("/api/tickets").by(&ann).send().await;
    assert!(list.text.len() < long.len(), "{}", list.text.len());
}
