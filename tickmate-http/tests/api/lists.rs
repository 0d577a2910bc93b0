//! Lists of tickets: what one sees of them, filters, order, pages.

use serde_json::{Value, json};
use tickmate_core::domain::user::Role;

use crate::api::{people::Caller, requests::Answer, world::World};

async fn list(world: &World, by: &Caller, query: &str) -> Answer {
    world
        .get(&format!("/api/tickets?{query}"))
        .by(by)
        .send()
        .await
}

async fn numbers(world: &World, by: &Caller, query: &str) -> Vec<u64> {
    let answer = list(world, by, query).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let tickets = answer.body["tickets"].as_array().unwrap();
    tickets
        .iter()
        .filter_map(|ticket| ticket["number"].as_u64())
        .collect()
}

/// Three tickets of one requester (the second waits in the queue), and one of another.
async fn scene() -> (World, Caller, Caller, Caller) {
    let world = World::new();
    let (ann, bob, admin) = (
        world.requester().await,
        world.requester().await,
        world.person(Role::Admin, |user| user.capacity = 0).await,
    );
    for (title, description, priority, category, deadline) in [
        (
            "VPN is down",
            "100% of the time",
            "low",
            "network",
            json!("2030-03-01T00:00:00Z"),
        ),
        (
            "Printer",
            "It_prints blank",
            "urgent",
            "hardware",
            json!(null),
        ),
        (
            "Invoice",
            "The VPN invoice",
            "high",
            "billing",
            json!("2030-01-01T00:00:00Z"),
        ),
    ] {
        let draft = json!({
            "title": title, "description": description, "priority": priority, "category": category,
            "deadline": deadline, "relatedSkills": [title],
        });
        world
            .post("/api/tickets")
            .by(&ann)
            .json(&draft)
            .send()
            .await;
    }
    world.ticket(&bob, "Other").await;
    (world, ann, bob, admin)
}

#[tokio::test]
async fn one_sees_what_one_may() {
    let (world, ann, bob, admin) = scene().await;
    assert_eq!(numbers(&world, &ann, "").await, [3, 2, 1]);
    assert_eq!(numbers(&world, &bob, "").await, [4]);
    assert_eq!(numbers(&world, &admin, "").await, [4, 3, 2, 1]);
    assert_eq!(numbers(&world, &admin, "scope=own").await, [0; 0]);
    assert_eq!(numbers(&world, &admin, "scope=own,all").await, [4, 3, 2, 1]);
    assert_eq!(
        numbers(&world, &bob, &format!("createdBy={}", ann.id())).await,
        [0; 0]
    );
    for scope in ["all", "queue", "own,all"] {
        let refused = list(&world, &ann, &format!("scope={scope}")).await;
        assert_eq!(refused.refusal(), (403, "forbidden"), "{scope}");
    }
    assert_eq!(world.get("/api/tickets").send().await.status, 401);

    world.run_until_idle().await;
    // Who knows about airships sees what waits for somebody like that.
    let moderator = world.moderator().await;
    assert_eq!(numbers(&world, &moderator, "").await, [4]);
    assert_eq!(numbers(&world, &moderator, "scope=queue").await, [4]);
    assert_eq!(numbers(&world, &moderator, "scope=assigned").await, [0; 0]);
    let take = world.post("/api/tickets/4/assign").by(&moderator);
    assert_eq!(take.json(&json!({ "take": true })).send().await.status, 200);
    let assigned = world
        .get("/api/tickets/assigned")
        .by(&moderator)
        .send()
        .await;
    assert_eq!(assigned.body["tickets"][0]["number"], 4);
    assert!(assigned.body["tickets"][0]["helpfulNotes"].is_string());
    assert!(assigned.body["tickets"][0].get("replies").is_none());
    assert_eq!(
        numbers(&world, &admin, &format!("assignedTo={}", moderator.id())).await,
        [4]
    );
    assert_eq!(numbers(&world, &moderator, "assignedTo=me").await, [4]);
    let wrong = world.get("/api/tickets/assigned?scope=own").by(&moderator);
    assert_eq!(wrong.send().await.fields(), ["scope"]);
    let mine = world.get("/api/tickets/assigned").by(&ann).send().await;
    assert_eq!(mine.body["tickets"], json!([]));
}

#[tokio::test]
async fn filters_narrow_and_treat_everything_as_data() {
    let (world, ann, _, _) = scene().await;
    for (query, expected) in [
        ("status=open", &[3, 2, 1][..]),
        ("status=TODO,closed", &[3, 2, 1]),
        ("status=resolved", &[]),
        ("priority=low,URGENT", &[2, 1]),
        ("category=network,billing", &[3, 1]),
        ("category=Network", &[]),
        ("skill=printer", &[2]),
        ("skill=.*", &[]),
        ("createdBy=me", &[3, 2, 1]),
        ("q=vpn", &[3, 1]),
        ("q=invoice+VPN", &[3]),
        ("q=%25", &[]),
        ("q=_", &[]),
        ("q=%00%27%22%3B--", &[]),
        ("q=", &[3, 2, 1]),
        ("q=100%25", &[1]),
        ("q=vp", &[]),
        ("category=%27%20or%201%3D1", &[]),
        ("createdAfter=2020-01-01T00:00:00Z", &[3, 2, 1]),
        ("createdBefore=2020-01-01T00:00:00%2B01:00", &[]),
        ("sort=createdAt", &[1, 2, 3]),
        ("sort=-updatedAt", &[3, 2, 1]),
        ("sort=-priority", &[2, 3, 1]),
        ("sort=priority", &[1, 3, 2]),
        ("sort=deadline", &[3, 1, 2]),
        ("sort=-deadline", &[2, 1, 3]),
        ("limit=2", &[3, 2]),
    ] {
        assert_eq!(numbers(&world, &ann, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_reply_is_found_where_it_may_be_read() {
    let (world, ann, _, admin) = scene().await;
    let note = json!({ "message": "secretword", "visibility": "internal" });
    world
        .post("/api/tickets/1/replies")
        .by(&admin)
        .json(&note)
        .send()
        .await;
    let reply = json!({ "message": "publicword" });
    world
        .post("/api/tickets/1/replies")
        .by(&admin)
        .json(&reply)
        .send()
        .await;
    assert_eq!(numbers(&world, &ann, "q=publicword").await, [1]);
    assert_eq!(numbers(&world, &ann, "q=secretword").await, [0; 0]);
}

#[tokio::test]
async fn what_is_no_filter_is_named() {
    let (world, ann, bob, _) = scene().await;
    let many = format!("status={}", vec!["open"; 51].join(","));
    let long = format!("q={}", "x".repeat(1_001));
    let skill = format!("skill={}", "x".repeat(61));
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=101", "limit"),
        ("limit=1000000000", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=abc", "limit"),
        ("limit=", "limit"),
        ("limit=%EF%BC%91", "limit"),
        ("limit=1.0", "limit"),
        ("limit=%2B1", "limit"),
        ("page=1", "page"),
        ("password_hash=x", "password_hash"),
        ("status=open&status=closed", "status"),
        ("status=", "status"),
        ("status=gone", "status"),
        ("status=open,,closed", "status"),
        (&many, "status"),
        ("priority=1", "priority"),
        ("category=", "category"),
        ("category=a%00b", "category"),
        (&skill, "skill"),
        ("sort=password_hash", "sort"),
        ("sort=--createdAt", "sort"),
        ("sort=;drop", "sort"),
        ("scope=mine", "scope"),
        ("assignedTo=you", "assignedTo"),
        ("createdBy=1", "createdBy"),
        ("createdAfter=yesterday", "createdAfter"),
        ("createdBefore=2020-01-01", "createdBefore"),
        ("cursor=", "cursor"),
        ("cursor=abc", "cursor"),
        (&long, "q"),
    ] {
        let answer = list(&world, &ann, query).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{query}"
        );
    }
    let first = list(&world, &ann, "limit=1").await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    for (by, query) in [
        (&bob, format!("limit=1&cursor={cursor}")),
        (&ann, format!("limit=1&status=open&cursor={cursor}")),
        (&ann, format!("limit=1&sort=createdAt&cursor={cursor}")),
        (
            &ann,
            format!("limit=1&cursor={}", &cursor[..cursor.len() - 4]),
        ),
    ] {
        assert_eq!(
            list(&world, by, &query).await.fields(),
            ["cursor"],
            "{query}"
        );
    }
    let parameters: Vec<String> = (0..500).map(|n| format!("p{n}=1")).collect();
    let answer = list(&world, &ann, &parameters.join("&")).await;
    assert_eq!((answer.status, answer.fields().len()), (422, 50));
}

#[tokio::test]
async fn pages_show_each_ticket_once_while_others_are_written() {
    let world = World::new();
    let ann = world.person(Role::User, |_| {}).await;
    for n in 0..7 {
        world.ticket(&ann, &format!("T{n}")).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&world, &ann, &format!("limit=3{cursor}")).await;
        let tickets = page.body["tickets"].as_array().unwrap();
        seen.extend(
            tickets
                .iter()
                .filter_map(|ticket| ticket["number"].as_u64()),
        );
        world.ticket(&ann, "Between").await;
        match &page.body["nextCursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            other => {
                assert_eq!(other, &Value::Null);
                break;
            }
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}
