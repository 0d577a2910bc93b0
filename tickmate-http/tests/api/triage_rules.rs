//! What readings choose from and how sure they must be, and how triage goes.

use serde_json::{Value, json};

use crate::api::{
    people::Caller,
    requests::Answer,
    triage::{read_ticket, show},
    world::World,
};

const RULES: &str = "/api/admin/triage";

async fn set(world: &World, by: &Caller, body: Value) -> Answer {
    world.put(RULES).by(by).json(&body).send().await
}

fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().unwrap().keys();
    members.map(String::as_str).collect()
}

#[tokio::test]
async fn what_ships_holds_until_somebody_says_otherwise() {
    let world = World::new();
    let admin = world.admin().await;
    let shown = world.get(RULES).by(&admin).send().await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"0\""));
    let triage = &shown.body["triage"];
    let expected = [
        "accuracy",
        "apply",
        "budget",
        "categories",
        "learnt",
        "models",
        "options",
        "priorities",
        "types",
        "version",
    ];
    assert_eq!(members(triage), expected);
    for list in ["categories", "types", "priorities", "models", "accuracy"] {
        assert_eq!(triage[list], json!([]), "{list}");
    }
    let half = json!({ "category": 0.5, "priority": 0.5, "type": 0.5, "skills": 0.5 });
    assert_eq!(triage["apply"], half);
    assert_eq!(triage["budget"], json!({ "calls": null, "tokens": null }));
    let none = json!({ "category": 0, "priority": 0, "type": 0, "relatedSkills": 0 });
    assert_eq!(
        triage["learnt"],
        json!({ "lessons": 0, "byField": none, "trainings": 0 })
    );
    let options = &triage["options"];
    assert_eq!(members(options), ["categories", "priorities", "types"]);
    for list in ["categories", "types", "priorities"] {
        let choices = options[list].as_array().unwrap();
        assert!(choices.len() > 3, "{list}");
        for choice in choices {
            assert_eq!(members(choice), ["description", "name"]);
        }
    }
    assert_eq!(options["priorities"][3]["name"], "urgent");
    let unknown = world.get("/api/admin/triage?x=1").by(&admin).send().await;
    assert_eq!((unknown.status, unknown.fields()), (422, vec!["x"]));
}

#[tokio::test]
async fn rules_are_changed_at_a_version() {
    let world = World::new();
    let admin = world.admin().await;
    let body = json!({
        "categories": ["Boats", { "name": "Cars", "description": "what rolls" }],
        "priorities": [{ "name": "URGENT", "description": "a boat sinks" }],
        "apply": { "category": 0.9 },
        "version": 0,
    });
    let changed = set(&world, &admin, body.clone()).await;
    assert_eq!(
        (changed.status, changed.header("etag")),
        (200, "\"1\""),
        "{changed:?}"
    );
    assert_eq!(changed.body["message"], "saved");
    let triage = &changed.body["triage"];
    let boats = json!([
        { "name": "Boats", "description": "" },
        { "name": "Cars", "description": "what rolls" },
    ]);
    assert_eq!(
        (&triage["categories"], &triage["options"]["categories"]),
        (&boats, &boats)
    );
    let urgent = json!({ "name": "urgent", "description": "a boat sinks" });
    assert_eq!(triage["options"]["priorities"][3], urgent);
    assert_eq!(
        (&triage["apply"]["category"], &triage["apply"]["skills"]),
        (&json!(0.9), &json!(0.5))
    );
    // What stands is no conflict.
    let again = set(&world, &admin, body).await;
    assert_eq!((again.status, again.header("etag")), (200, "\"1\""));
    for tag in ["\"0\"", "\"2\"", "\"abc\""] {
        let call = world.put(RULES).by(&admin).header("if-match", tag);
        let stale = call.json(&json!({ "types": ["x"] })).send().await;
        assert_eq!(stale.refusal(), (412, "stale_version"), "{tag}");
    }
    let call = world.put(RULES).by(&admin).header("if-match", "\"1\"");
    let types = json!({ "types": ["wish"], "apply": { "skills": 1 } });
    let more = call.json(&types).send().await;
    let triage = &more.body["triage"];
    assert_eq!(
        (&triage["version"], &triage["categories"]),
        (&json!(2), &boats)
    );
    let apply = json!({ "category": 0.9, "priority": 0.5, "type": 0.5, "skills": 1.0 });
    assert_eq!(triage["apply"], apply, "what is left out stays");
    for same in [types, json!({}), json!({ "apply": {} })] {
        let same = set(&world, &admin, same).await;
        assert_eq!(same.body["triage"]["version"], 2, "{same:?}");
    }
    let shown = world.get(RULES).by(&admin).send().await;
    assert_eq!(&shown.body["triage"], triage);
    let shipped = set(&world, &admin, json!({ "categories": [] })).await;
    let options = &shipped.body["triage"]["options"]["categories"];
    assert!(options.as_array().unwrap().len() > 3);
}

#[tokio::test]
async fn rules_that_cannot_be_taken_name_the_field() {
    let world = World::new();
    let admin = world.admin().await;
    let long = "x".repeat(501);
    for (body, fields) in [
        (json!({ "categories": "network" }), vec!["categories"]),
        (json!({ "categories": null }), vec!["categories"]),
        (json!({ "categories": vec!["x"; 101] }), vec!["categories"]),
        (
            json!({ "categories": ["a", 1, { "name": "b" }] }),
            vec!["categories[1]"],
        ),
        (
            json!({ "categories": ["a", "b", ""] }),
            vec!["categories[2].name"],
        ),
        (
            json!({ "categories": ["a", "b", "A"] }),
            vec!["categories[2].name"],
        ),
        (
            json!({ "categories": [{ "name": 1 }] }),
            vec!["categories[0].name"],
        ),
        (
            json!({ "types": [{ "label": "x" }] }),
            vec!["types[0].label", "types[0].name"],
        ),
        (
            json!({ "types": ["a", { "name": "b", "description": long }] }),
            vec!["types[1].description"],
        ),
        (json!({ "types": ["x".repeat(61)] }), vec!["types[0].name"]),
        (
            json!({ "priorities": ["high", "soon"] }),
            vec!["priorities[1].name"],
        ),
        (json!({ "apply": 0.5 }), vec!["apply"]),
        (json!({ "apply": null }), vec!["apply"]),
        (
            json!({ "apply": { "category": "1" } }),
            vec!["apply.category"],
        ),
        (
            json!({ "apply": { "category": 1.5, "type": -0.1 } }),
            vec!["apply.category", "apply.type"],
        ),
        (
            json!({ "apply": { "relatedSkills": 1, "skills": null } }),
            vec!["apply.relatedSkills", "apply.skills"],
        ),
        (json!({ "version": "1" }), vec!["version"]),
        (
            json!({ "options": {}, "skills": [] }),
            vec!["options", "skills"],
        ),
    ] {
        let answer = set(&world, &admin, body.clone()).await;
        assert_eq!((answer.status, answer.fields()), (422, fields), "{body}");
    }
    let shown = world.get(RULES).by(&admin).send().await;
    assert_eq!(shown.body["triage"]["version"], 0);
}

#[tokio::test]
async fn rules_are_refused_in_the_usual_order() {
    let world = World::new();
    let (ann, mia, admin) = (
        world.requester().await,
        world.moderator().await,
        world.admin().await,
    );
    for (by, refusal) in [
        (&Caller::nobody(), (401, "unauthenticated")),
        (&ann, (403, "forbidden")),
        (&mia, (403, "forbidden")),
    ] {
        let wrong = set(&world, by, json!({ "apply": 7 })).await;
        assert_eq!(wrong.refusal(), refusal);
        let shown = world.get("/api/admin/triage?x=1").by(by).send().await;
        assert_eq!(shown.refusal(), refusal);
    }
    let text = world.put(RULES).by(&admin).raw("text/plain", b"{}");
    assert_eq!(text.send().await.refusal(), (415, "unsupported_media_type"));
    let both = json!({ "types": [""], "version": 9 });
    assert_eq!(set(&world, &admin, both).await.status, 422);
    let posted = world.post(RULES).by(&admin).json(&json!({})).send().await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn the_longest_lists_are_taken() {
    let world = World::new();
    let admin = world.admin().await;
    let list = |letter: &str| -> Vec<Value> {
        let choice = |n: u32| {
            let name = format!("{letter}{n:058}");
            json!({ "name": name, "description": "🔥".repeat(500) })
        };
        (0..100).map(choice).collect()
    };
    let body = json!({ "categories": list("c"), "types": list("t") });
    let changed = set(&world, &admin, body.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.body["triage"]["categories"], body["categories"]);
}

#[tokio::test]
async fn how_sure_a_reading_must_be_decides_what_counts() {
    let (world, ann, admin, _) = read_ticket().await;
    let none = json!({ "apply": { "category": 0, "priority": 0, "skills": 0 } });
    assert_eq!(set(&world, &admin, none).await.status, 200);
    let again = world.post("/api/tickets/1/triage").by(&admin).send().await;
    assert_eq!(again.status, 200);
    world.run_until_idle().await;
    let ticket = show(&world, &ann).await;
    assert_eq!(
        (&ticket["category"], &ticket["priority"]),
        (&json!("network"), &json!("high"))
    );
    assert_eq!(ticket["relatedSkills"], json!(["VPN"]));
}

#[tokio::test]
async fn who_is_asked_and_how_often_they_were_right_is_shown() {
    let (world, _, admin, _) = read_ticket().await;
    let review = world.post("/api/tickets/1/review").by(&admin);
    let body = json!({ "accept": ["priority"], "category": "access" });
    assert_eq!(review.json(&body).send().await.status, 200);
    let done = json!({ "status": "resolved" });
    let resolve = world.patch("/api/tickets/1/status").by(&admin);
    assert_eq!(resolve.json(&done).send().await.status, 200);
    let shown = world.get(RULES).by(&admin).send().await;
    let triage = &shown.body["triage"];
    let model = json!({ "provider": "memory", "model": "scripted", "restingUntil": null });
    assert_eq!(triage["models"], json!([model]));
    let learned = &triage["learnt"];
    assert!(learned["lessons"].as_u64().unwrap() >= 1, "{learned}");
    assert!(
        learned["byField"]["category"].as_u64().unwrap() >= 1,
        "{learned}"
    );
    let accuracy = triage["accuracy"].as_array().unwrap();
    let of = |field: &str| {
        let figure = accuracy.iter().find(|figure| figure["field"] == field);
        figure.unwrap()
    };
    let priority = of("priority");
    let expected = json!({
        "month": "2026-09", "reader": "memory/scripted", "field": "priority", "appliedRight": 0, "appliedWrong": 0,
        "suggestedRight": 1, "suggestedWrong": 0, "unjudged": 0, "nothing": 0, "accuracy": 1.0,
    });
    assert_eq!(priority, &expected);
    let category = of("category");
    assert_eq!(category["accuracy"], 0.0, "it was corrected");
    assert!(of("relatedSkills")["nothing"].is_number());
}

#[tokio::test]
async fn admins_have_all_learned_anew() {
    let (world, requester, admin, _) = read_ticket().await;
    let relearn = "/api/admin/triage/relearn";
    let refused = world.post(relearn).by(&requester).send().await;
    assert_eq!(refused.status, 403);
    let bad = world.post(relearn).by(&admin).json(&json!({ "x": 1 }));
    assert_eq!(bad.send().await.status, 422);
    let taken = world.post(relearn).by(&admin).send().await;
    assert_eq!((taken.status, &taken.body["success"]), (202, &json!(true)));
    world.run_until_idle().await;
    let shown = world.get(RULES).by(&admin).send().await;
    assert_eq!(shown.body["triage"]["learnt"]["trainings"], 1);
}
