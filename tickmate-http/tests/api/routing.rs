//! Why tickets are where they are, what would be done with a text, and the rules of routing.

use serde_json::{Value, json};
use tickmate_core::domain::{skill::Skill, user::Role};

use crate::api::{people::Caller, requests::Answer, world::World};

const RULES: &str = "/api/admin/routing";
const PREVIEW: &str = "/api/admin/routing/preview";

async fn set(world: &World, by: &Caller, body: Value) -> Answer {
    world.put(RULES).by(by).json(&body).send().await
}

async fn moderator(world: &World, skills: &[&str]) -> Caller {
    let vocabulary = world.desk.vocabulary().await.unwrap();
    let skills: Vec<Skill> = vocabulary.resolve_all(skills.iter().copied());
    let change = |user: &mut tickmate_core::domain::user::User| user.skills = skills;
    world.person(Role::Moderator, change).await
}

/// The members of an object.
fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().unwrap().keys();
    members.map(String::as_str).collect()
}

#[tokio::test]
async fn the_rules_are_shown_with_where_the_staff_is_thin() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    let mia = moderator(&world, &["Zeppelins"]).await;
    for title in ["One", "Two"] {
        world.ticket(&ann, title).await;
    }
    world.ticket_for(&ann, "Three", &["Kubernetes"]).await;
    world.run_until_idle().await;
    let shown = world.get(RULES).by(&admin).send().await;
    assert_eq!((shown.status, shown.header("etag")), (200, "\"0\""));
    let routing = &shown.body["routing"];
    let expected = [
        "holidays",
        "policies",
        "policy",
        "shippedSkills",
        "skills",
        "version",
    ];
    assert_eq!(members(routing), expected);
    assert_eq!(
        (&routing["version"], &routing["skills"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(
        (&routing["policy"]["name"], &routing["holidays"]),
        (&json!("direct"), &json!([]))
    );
    assert_eq!(routing["policies"][1], "late");
    let staffing = &shown.body["staffing"];
    assert_eq!(
        members(staffing),
        ["coveredAlone", "givenLastWeek", "open", "queue"]
    );
    assert_eq!(staffing["open"]["busiest"], 2);
    assert_eq!(staffing["givenLastWeek"]["total"], 2);
    let alone = &staffing["coveredAlone"];
    assert_eq!(alone["total"], 1);
    assert_eq!(alone["items"][0]["person"]["id"], mia.id());
    let queue = &staffing["queue"];
    assert_eq!(
        members(queue),
        [
            "depth",
            "lines",
            "missing",
            "oldest",
            "uncovered",
            "uncoveredTickets"
        ]
    );
    assert_eq!(
        (&queue["depth"], &queue["lines"]),
        (&json!(0), &json!({ "items": [], "total": 0 }))
    );
    let unknown = world.get("/api/admin/routing?x=1").by(&admin).send().await;
    assert_eq!((unknown.status, unknown.fields()), (422, vec!["x"]));
}

#[tokio::test]
async fn rules_are_changed_at_a_version() {
    let world = World::new();
    let admin = world.admin().await;
    let body = json!({
        "policy": { "base": "late", "name": "ours", "weights": { "urgent": 200 } },
        "skills": [{ "id": "zeppelins", "name": "Zeppelins", "aliases": ["blimps"] }],
        "holidays": ["2026-12-26", "2026-12-25"],
        "version": 0,
    });
    let changed = set(&world, &admin, body.clone()).await;
    assert_eq!(
        (changed.status, changed.header("etag")),
        (200, "\"1\""),
        "{changed:?}"
    );
    let routing = &changed.body["routing"];
    let policy = &routing["policy"];
    assert_eq!(
        (&policy["name"], &policy["ahead"]),
        (&json!("ours"), &json!(0))
    );
    assert_eq!(
        (&policy["weights"]["urgent"], &policy["weights"]["low"]),
        (&json!(200), &json!(1))
    );
    assert_eq!(routing["skills"][0]["parents"], json!([]));
    assert_eq!(routing["holidays"], json!(["2026-12-25", "2026-12-26"]));
    assert_eq!(changed.body["staffing"], Value::Null, "that is for reading");
    // What stands is no conflict.
    let again = set(&world, &admin, body).await;
    assert_eq!((again.status, again.header("etag")), (200, "\"1\""));
    for tag in ["\"0\"", "\"2\"", "\"abc\""] {
        let call = world.put(RULES).by(&admin).header("if-match", tag);
        let stale = call.json(&json!({ "policy": "late" })).send().await;
        assert_eq!(stale.refusal(), (412, "stale_version"), "{tag}");
    }
    let call = world.put(RULES).by(&admin).header("if-match", "\"1\"");
    let late = call.json(&json!({ "policy": "late" })).send().await;
    assert_eq!(late.body["routing"]["version"], 2);
    assert_eq!(
        late.body["routing"]["holidays"], routing["holidays"],
        "what is left out stays"
    );
    let same = set(&world, &admin, json!({ "policy": "late" })).await;
    assert_eq!(
        same.body["routing"]["version"], 2,
        "the same again is no change"
    );
    let nothing = set(&world, &admin, json!({})).await;
    assert_eq!(nothing.body["routing"]["version"], 2);
    let empty = set(&world, &admin, json!({ "skills": [], "holidays": [] })).await;
    assert_eq!(empty.body["routing"]["skills"], json!([]));
}

#[tokio::test]
async fn rules_that_cannot_be_taken_name_the_field() {
    let world = World::new();
    let admin = world.admin().await;
    let row = |id: &str, more: Value| {
        let mut row = json!({ "id": id, "name": id });
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        row
    };
    for (body, field) in [
        (json!({ "policies": "late" }), "policies"),
        (json!({ "policy": "fast" }), "policy"),
        (json!({ "policy": null }), "policy"),
        (json!({ "policy": { "ahead": 2_000 } }), "policy.ahead"),
        (json!({ "policy": { "aheads": 2 } }), "policy.aheads"),
        (
            json!({ "policy": { "weights": { "low": "1" } } }),
            "policy.weights.low",
        ),
        (json!({ "skills": {} }), "skills"),
        (
            json!({ "skills": [row("a", json!({ "color": "red" }))] }),
            "skills[0].color",
        ),
        (
            json!({ "skills": [row("a", json!({ "aliases": ["x", ""] }))] }),
            "skills[0].aliases[1]",
        ),
        (json!({ "skills": [row("A B", json!({}))] }), "skills[0].id"),
        (
            json!({ "skills": [row("a", json!({})), row("b", json!({ "aliases": ["a"] }))] }),
            "skills[1].aliases[0]",
        ),
        (
            json!({ "skills": [row("a", json!({ "parents": ["database", "none"] }))] }),
            "skills[0].parents[1]",
        ),
        (
            json!({ "skills": [row("a", json!({ "parents": ["b"] })), row("b", json!({ "parents": ["a"] }))] }),
            "skills[0].parents",
        ),
        (
            json!({ "holidays": ["2026-12-25", "25.12.2026"] }),
            "holidays[1]",
        ),
        (json!({ "holidays": "2026-12-25" }), "holidays"),
        (json!({ "version": "1" }), "version"),
    ] {
        let answer = set(&world, &admin, body.clone()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    let all = json!({ "policy": "fast", "skills": 1, "holidays": 2, "x": 3 });
    let all = set(&world, &admin, all).await;
    assert_eq!(
        all.fields(),
        ["holidays", "policy", "skills", "x"],
        "all at once"
    );
    assert_eq!(
        world.get(RULES).by(&admin).send().await.body["routing"]["version"],
        0
    );
    let large = json!({ "skills": ["x".repeat(300 * 1024)] });
    assert_eq!(set(&world, &admin, large).await.fields(), ["skills[0]"]);
    let larger = json!({ "skills": ["x".repeat(5 * 1024 * 1024)] });
    assert_eq!(set(&world, &admin, larger).await.status, 413);
}

#[tokio::test]
async fn what_is_asked_for_in_general_goes_to_whoever_holds_something_special() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    let mia = moderator(&world, &["Postgres"]).await;
    let ben = moderator(&world, &["SQL"]).await;
    moderator(&world, &["Kubernetes"]).await;
    let mut got = Vec::new();
    for number in 1..=2 {
        world.ticket_for(&ann, "Slow", &["Database"]).await;
        world.run_until_idle().await;
        let path = format!("/api/tickets/{number}/explain");
        let told = world.get(&path).by(&admin).send().await;
        let told = &told.body["explanation"];
        assert_eq!(told["needed"][0]["name"], "Databases");
        assert_eq!(told["decision"]["tier"], "full", "{told}");
        assert_eq!(
            (&told["decision"]["required"], &told["decision"]["covered"]),
            (&json!(1), &json!(1))
        );
        got.push(told["assignedTo"]["id"].as_str().unwrap().to_owned());
    }
    got.sort();
    let mut both = [mia.id(), ben.id()];
    both.sort();
    assert_eq!(got, both);
}

#[tokio::test]
async fn an_explanation_says_why_it_is_there_and_who_could_take_it() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let (mia, ben) = (
        moderator(&world, &["Zeppelins"]).await,
        moderator(&world, &["Zeppelins"]).await,
    );
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let told = world.get("/api/tickets/1/explain").by(&admin).send().await;
    assert_eq!(told.status, 200);
    let told = &told.body["explanation"];
    let expected = [
        "assignedTo",
        "assignment",
        "decision",
        "id",
        "needed",
        "now",
        "number",
        "queue",
        "sentence",
        "suggestions",
    ];
    assert_eq!(members(told), expected);
    let decision = &told["decision"];
    let expected = [
        "candidates",
        "cause",
        "chosen",
        "covered",
        "policy",
        "required",
        "runnerUp",
        "sentence",
        "skipped",
        "tier",
        "version",
    ];
    assert_eq!(members(decision), expected);
    assert_eq!(
        (&decision["candidates"], &decision["skipped"]["full"]),
        (&json!(2), &json!(0))
    );
    let holder = told["assignedTo"]["id"].as_str().unwrap();
    let next = decision["runnerUp"]["person"]["id"].as_str().unwrap();
    let mut both = [holder, next];
    both.sort_unstable();
    let mut expected = [mia.id(), ben.id()];
    expected.sort();
    assert_eq!(both, [expected[0].as_str(), expected[1].as_str()]);
    assert_eq!(told["assignment"]["byHuman"], false);
    assert_eq!(told["queue"], Value::Null);
    assert!(
        told["sentence"]
            .as_str()
            .unwrap()
            .contains("covers the required skill")
    );
    let now = &told["now"];
    assert_eq!(
        (&now["tier"], &now["total"], &now["version"]),
        (&json!("full"), &json!(2), &json!(0))
    );
    let first = &now["candidates"][0];
    assert_eq!(first["person"]["id"], next, "who has less comes first");
    assert_eq!(
        members(first),
        [
            "active",
            "lastAssignment",
            "limit",
            "person",
            "state",
            "versatility"
        ]
    );
    assert_eq!(
        (&first["state"], &first["active"]),
        (&json!("free"), &json!(0))
    );

    world.ticket_for(&ann, "Odd", &["Kubernetes"]).await;
    let body = json!({ "capacity": 0 });
    let path = format!("/api/admin/users/{}", admin.id());
    world.patch(&path).by(&admin).json(&body).send().await;
    world.run_until_idle().await;
    let told = world.get("/api/tickets/2/explain").by(&admin).send().await;
    let told = &told.body["explanation"];
    assert_eq!(
        (&told["assignedTo"], &told["assignment"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(told["queue"]["reason"], "full");
    assert_eq!(
        (&told["now"]["tier"], &told["now"]["candidates"][0]["state"]),
        (&json!("admins"), &json!("full"))
    );
    assert_eq!(told["decision"]["chosen"], Value::Null);
    for (caller, refusal) in [
        (&ann, (403, "forbidden")),
        (&mia, (404, "not_found")),
        (&Caller::nobody(), (401, "unauthenticated")),
    ] {
        let answer = world
            .get("/api/tickets/2/explain?x=1")
            .by(caller)
            .send()
            .await;
        assert_eq!(answer.refusal(), refusal);
    }
    let unknown = world
        .get("/api/tickets/2/explain?x=1")
        .by(&admin)
        .send()
        .await;
    assert_eq!((unknown.status, unknown.fields()), (422, vec!["x"]));
}

#[tokio::test]
async fn a_preview_reads_a_text_and_finds_somebody() {
    let world = World::new();
    let admin = world.admin().await;
    let mia = moderator(&world, &["PostgreSQL"]).await;
    let body = json!({
        "title": "PostgreSQL does not start",
        "description": "Urgent: production is down since the update of PostgreSQL.",
    });
    let answer = world.post(PREVIEW).by(&admin).json(&body).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let preview = &answer.body["preview"];
    let expected = [
        "analysis",
        "assignedTo",
        "category",
        "complexity",
        "decision",
        "firstSteps",
        "helpfulNotes",
        "needed",
        "now",
        "priority",
        "sentiment",
        "summary",
        "tags",
        "type",
        "waits",
    ];
    assert_eq!(members(preview), expected);
    let needed = preview["needed"].as_array().unwrap();
    assert!(needed.iter().any(|skill| skill["id"] == "postgresql"));
    assert_eq!(
        (&preview["assignedTo"]["id"], &preview["waits"]),
        (&json!(mia.id()), &Value::Null)
    );
    assert_eq!(preview["analysis"]["source"], "embedded");
    let tickets = world.get("/api/tickets").by(&admin).send().await;
    assert_eq!(tickets.body["tickets"], json!([]), "nothing was written");
    for (body, fields) in [
        (json!({}), vec!["title", "description"]),
        (json!({ "title": 1, "description": "x" }), vec!["title"]),
        (
            json!({ "title": "x\ny", "description": "x" }),
            vec!["title"],
        ),
        (
            json!({ "title": "x", "description": "" }),
            vec!["description"],
        ),
        (
            json!({ "title": "x", "description": "y", "priority": "high" }),
            vec!["priority"],
        ),
    ] {
        let answer = world.post(PREVIEW).by(&admin).json(&body).send().await;
        assert_eq!((answer.status, answer.fields()), (422, fields), "{body}");
    }
    let refused = world.post(PREVIEW).by(&mia).json(&body).send().await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn filters_and_profiles_know_the_rows_of_the_desk() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    world.ticket_for(&ann, "Leak", &["Zeppelin"]).await;
    world.run_until_idle().await;
    let rows = json!({ "skills": [{ "id": "airships", "name": "Airships", "aliases": ["zeppelin", "blimp"] }] });
    assert_eq!(set(&world, &admin, rows).await.status, 200);
    world.run_until_idle().await;
    for name in ["blimp", "Airships", "zeppelin"] {
        let path = format!("/api/tickets?skill={name}");
        let found = world.get(&path).by(&admin).send().await;
        assert_eq!(found.body["tickets"].as_array().unwrap().len(), 1, "{name}");
    }
    let path = format!("/api/admin/users/{}", ann.id());
    let body = json!({ "role": "moderator", "skills": ["Blimp", "zeppelin"] });
    let changed = world.patch(&path).by(&admin).json(&body).send().await;
    assert_eq!(changed.body["user"]["skills"], json!(["Airships"]));
}

#[tokio::test]
async fn a_past_period_is_replayed_under_other_policies() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    moderator(&world, &["PostgreSQL"]).await;
    let from = world.desk.now();
    for title in ["One", "Two", "Three"] {
        world.ticket_for(&ann, title, &["SQL"]).await;
    }
    world.run_until_idle().await;
    let before = world.get("/api/tickets").by(&admin).send().await.body;
    let to = world.desk.now();
    let body = json!({
        "from": from.to_rfc3339(),
        "to": to.to_rfc3339(),
        "policies": ["late", {"name": "ours", "ahead": 2}],
    });
    let answer = world.post(PREVIEW).by(&admin).json(&body).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let replay = &answer.body["replay"];
    assert_eq!(
        (&replay["tickets"], &replay["estimated"]),
        (&json!(3), &json!(3))
    );
    let runs = replay["runs"].as_array().unwrap();
    let names: Vec<&Value> = runs.iter().map(|run| &run["policy"]["name"]).collect();
    assert_eq!(names, ["direct", "late", "ours"]);
    for (run, today) in runs.iter().zip([true, false, false]) {
        assert_eq!(run["today"], today);
        let figures = &run["figures"];
        assert_eq!(
            (&figures["full"], &figures["finished"], &figures["overFull"]),
            (&json!(3), &json!(3), &json!(0))
        );
        assert!(figures["waitMean"].is_number() && figures["spread"]["gini"].is_number());
    }
    let after = world.get("/api/tickets").by(&admin).send().await.body;
    assert_eq!(before, after, "nothing was written");
    let moment = "2026-01-01T00:00:00Z";
    for (body, field) in [
        (json!({ "from": moment }), "to"),
        (json!({ "policies": [] }), "from"),
        (json!({ "from": "soon", "to": moment }), "from"),
        (json!({ "from": moment, "to": moment }), "to"),
        (
            json!({ "from": moment, "to": "2026-02-01T00:00:00Z", "policies": ["psychic"] }),
            "policies[0]",
        ),
        (
            json!({ "from": moment, "to": "2026-02-01T00:00:00Z", "policies": [{"ahead": -1}] }),
            "policies[0].ahead",
        ),
        (
            json!({ "from": moment, "to": "2026-02-01T00:00:00Z", "title": "x" }),
            "title",
        ),
    ] {
        let answer = world.post(PREVIEW).by(&admin).json(&body).send().await;
        let fields: Vec<&Value> = answer.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["field"])
            .collect();
        assert_eq!(answer.status, 422, "{body}");
        assert!(fields.contains(&&json!(field)), "{body}: {fields:?}");
    }
}
