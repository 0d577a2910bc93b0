//! Each field of a ticket with every sort of value that it does not take.

use serde_json::{Value, json};

use crate::api::world::World;

/// Values of the wrong type for a text.
fn no_texts() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(9_007_199_254_740_993_u64),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({ "$gt": "" }),
    ]
}

/// What each field refuses.
fn wrong_values(field: &str) -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect::<Vec<_>>();
    let mut wrong = match field {
        "title" => texts(&[
            "",
            "  ",
            "a\nb",
            "a\tb",
            "a\0b",
            "a\u{1b}[0m",
            "a\u{85}b",
            "\u{202e}x",
        ]),
        "description" => texts(&["", " \n", "a\0b", "\u{7f}", "a\u{9b}b"]),
        "category" | "type" => texts(&["", "a\nb", "a\0b"]),
        "priority" => texts(&["", "none", "p1", "low ", "lоw"]),
        "deadline" => texts(&[
            "",
            "tomorrow",
            "2030-01-01",
            "2030-13-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00:00Z",
        ]),
        "relatedSkills" => vec![
            json!("x"),
            json!([1]),
            json!([null]),
            json!([{ "name": "x", "level": 4 }]),
            json!([{ "level": 1 }]),
            json!([{ "name": "x", "more": 1 }]),
            json!([["x"]]),
            json!([""]),
            json!(["a\0b"]),
            json!(["x".repeat(61)]),
            json!(vec!["x"; 51]),
            json!(vec!["x"; 20_000]),
            json!({}),
            json!(1),
            json!(null),
        ],
        other => panic!("no such field: {other}"),
    };
    match field {
        "title" => wrong.push(json!("ä".repeat(201))),
        "description" => wrong.push(json!("🔥".repeat(20_001))),
        "category" | "type" => wrong.push(json!("x".repeat(61))),
        _ => {}
    }
    if field != "relatedSkills" {
        let no_texts = no_texts().into_iter();
        wrong.extend(no_texts.filter(|value| field != "deadline" || !value.is_null()));
    }
    wrong
}

#[tokio::test]
async fn each_wrong_value_is_named_and_nothing_is_written() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let fields = [
        "title",
        "description",
        "category",
        "type",
        "priority",
        "deadline",
        "relatedSkills",
    ];
    for field in fields {
        for wrong in wrong_values(field) {
            let mut draft = json!({ "title": "Leak", "description": "It leaks." });
            draft[field] = wrong.clone();
            let shown: String = wrong.to_string().chars().take(60).collect();
            for call in [world.post("/api/tickets"), world.patch("/api/tickets/1")] {
                let answer = call.by(&admin).json(&draft).send().await;
                assert_eq!(
                    answer.refusal(),
                    (422, "validation_failed"),
                    "{field}: {shown}"
                );
                for named in answer.fields() {
                    // Of a list the entry is named.
                    let list = named.split_once('[').map_or(named, |(list, _)| list);
                    assert_eq!(list, field, "{shown}");
                }
            }
        }
    }
    let list = world.get("/api/tickets").by(&admin).send().await;
    let tickets = list.body["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0]["version"], 1);
}

#[tokio::test]
async fn the_longest_texts_are_taken_and_given_back_whole() {
    let world = World::new();
    let ann = world.requester().await;
    let draft = json!({
        "title": "🔥".repeat(200),
        "description": format!("{}\r\n\tשלום \u{200d}e\u{301}", "ü".repeat(19_000)),
        "category": "x".repeat(60),
        "type": "ß".repeat(60),
        "relatedSkills": (0..50).map(|n| format!("{n:060}")).collect::<Vec<_>>(),
    });
    let made = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    for field in ["title", "description", "category", "type", "relatedSkills"] {
        assert_eq!(made.body["ticket"][field], draft[field], "{field}");
    }
}

#[tokio::test]
async fn what_only_the_desk_sets_is_unknown_in_bodies() {
    let world = World::new();
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    for field in [
        "id",
        "number",
        "createdBy",
        "assignedTo",
        "assignee",
        "helpfulNotes",
        "analysis",
        "summary",
        "createdAt",
        "role",
        "isActive",
        "password_hash",
        "__proto__",
        "ticketId",
    ] {
        let mut draft = json!({ "title": "Leak", "description": "It leaks." });
        draft[field] = json!("x");
        for call in [
            world.post("/api/tickets"),
            world.patch("/api/tickets/1"),
            world.put("/api/tickets/1"),
        ] {
            let answer = call.by(&ann).json(&draft).send().await;
            assert_eq!((answer.status, answer.fields()), (422, vec![field]));
        }
    }
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"]["version"], 1);
}
