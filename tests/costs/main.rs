//! What each use case asks of the store, through the API on SQLite: calls of store methods and SQL statements.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics where something is not as it should be"
)]

mod counted;
mod statements;
mod world;

use http::Method;
use serde_json::{Value, json};
use tickmate::domain::{time::Span, user::Role};

use crate::world::{Caller, Cost, World};

#[tokio::test(flavor = "multi_thread")]
async fn each_use_case_asks_the_store_a_bounded_number_of_times() {
    let world = World::new().await;
    let ann = world.person("ann@example.org", Role::User).await;
    let max = world.person("max@example.org", Role::Moderator).await;
    let ada = world.person("ada@example.org", Role::Admin).await;
    let draft = json!({
        "title": "The printer is on fire",
        "description": "It burns since this morning.",
        "relatedSkills": ["Hardware"],
    });
    // The first requests fill what the process keeps in memory.
    for by in [&ann, &max, &ada] {
        let by = world.measured(by, Method::GET, "/api/tickets", None, &[]);
        by.await;
    }
    let mut table = Table::default();

    let key = [("idempotency-key", "k1")];
    let create = world.measured(&ann, Method::POST, "/api/tickets", Some(&draft), &key);
    let created = table.add("create", 2, 9, create.await);
    // Its triage, its assignment and three mails; the first ones read the roster and the analyzer as well.
    world.run_until_idle().await;
    let another = json!({
        "title": "The screen stays black", "description": "Since this morning.", "relatedSkills": ["Hardware"],
    });
    let create = world.measured(&ann, Method::POST, "/api/tickets", Some(&another), &[]);
    create.await;
    table.add("jobs of a ticket", 45, 129, world.measured_jobs().await);
    let id = created["ticket"]["id"].as_str().unwrap();
    let path = format!("/api/tickets/{id}");

    for (name, by) in [("read, requester", &ann), ("read, assignee", &max)] {
        let read = world.measured(by, Method::GET, &path, None, &[]);
        table.add(name, 2, 2, read.await);
    }
    for name in ["bob", "eve", "joe"] {
        let by = world
            .person(&format!("{name}@example.org"), Role::User)
            .await;
        let draft = json!({
            "title": "The elevator stops", "description": "Between floors.", "relatedSkills": ["Hardware"],
        });
        let written = world.measured(&by, Method::POST, "/api/tickets", Some(&draft), &[]);
        written.await;
    }
    world.run_until_idle().await;
    for (name, by, least) in [("list, moderator", &max, 1), ("list, admin", &ada, 4)] {
        let list = world.measured(by, Method::GET, "/api/tickets", None, &[]);
        let listed = table.add(name, 2, 2, list.await);
        let listed = listed["tickets"].as_array().map_or(0, Vec::len);
        assert!(listed >= least, "{name}: {listed}");
    }
    // The last word stands in the ticket by its stem alone, so that all forms are looked for.
    for (name, words) in [
        ("search", "printer"),
        ("search by all forms", "pr%C3%ADnters+fires"),
    ] {
        let path = format!("/api/tickets?q={words}");
        let search = world.measured(&ada, Method::GET, &path, None, &[]);
        let found = table.add(name, 2, 3, search.await);
        assert_eq!(
            found["tickets"].as_array().map(Vec::len),
            Some(1),
            "{words}"
        );
    }
    let body = json!({"status": "in_progress"});
    let status = format!("{path}/status");
    let status = world.measured(&max, Method::PATCH, &status, Some(&body), &[]);
    table.add("change status", 3, 7, status.await);
    let body = json!({"message": "Pull the plug."});
    let replies = format!("{path}/replies");
    let reply = world.measured(&max, Method::POST, &replies, Some(&body), &key);
    let answer = table.add("reply", 3, 14, reply.await);
    assert_eq!(
        answer["ticket"]["replies"].as_array().map(Vec::len),
        Some(1)
    );
    let body = json!({
        "title": "Fire", "deadline": null, "priority": "high", "relatedSkills": ["Hardware", "Network"],
    });
    let edit = world.measured(&ada, Method::PATCH, &path, Some(&body), &[]);
    table.add("edit", 3, 12, edit.await);
    let history = format!("{path}/history");
    let history = world.measured(&ann, Method::GET, &history, None, &[]);
    table.add("history", 3, 3, history.await);
    let body = json!({"message": "It still burns."});
    let answer = world.measured(&ann, Method::POST, &replies, Some(&body), &[]);
    table.add("reply, requester", 3, 14, answer.await);
    let replies = world.measured(&ann, Method::GET, &replies, None, &[]);
    let read = table.add("replies", 3, 3, replies.await);
    assert_eq!(read["replies"].as_array().map(Vec::len), Some(2));
    let body = json!({"assignee": ada.id});
    let assign = format!("{path}/assign");
    let assign = world.measured(&ada, Method::POST, &assign, Some(&body), &[]);
    table.add("assign", 4, 10, assign.await);
    // Who works on tickets reads more of them than a requester may see; of the own ticket only what is public counts.
    let own = world.measured(&max, Method::POST, "/api/tickets", Some(&draft), &[]);
    let own = table.add("create, own", 2, 9, own.await);
    let path = format!("/api/tickets/{}", own["ticket"]["id"].as_str().unwrap());
    let assign = format!("{path}/assign");
    let body = json!({"assignee": ada.id});
    let assign = world.measured(&ada, Method::POST, &assign, Some(&body), &[]);
    table.add("assign, queued", 4, 10, assign.await);
    let read = world.measured(&max, Method::GET, &path, None, &[]);
    table.add("read, own", 2, 2, read.await);
    let body = json!({"message": "It still burns."});
    let replies = format!("{path}/replies");
    let reply = world.measured(&max, Method::POST, &replies, Some(&body), &[]);
    table.add("reply, own", 3, 14, reply.await);
    costs_of_staff_work(&world, &mut table, &path, &ada).await;
    costs_of_accounts(&world, &mut table, &ann, &ada).await;
    table.check();
    touches_once(&world, &ann).await;
}

/// What staff does with a ticket beyond working on it.
async fn costs_of_staff_work(world: &World, table: &mut Table, path: &str, ada: &Caller) {
    world.run_until_idle().await;
    let review = json!({"accept": ["category", "priority"]});
    for (name, method, suffix, body, calls, statements) in [
        ("review", Method::POST, "/review", Some(&review), 3, 7),
        ("explain", Method::GET, "/explain", None, 4, 4),
        ("triage again", Method::POST, "/triage", None, 3, 7),
    ] {
        let path = format!("{path}{suffix}");
        let measured = world.measured(ada, method, &path, body, &[]).await;
        table.add(name, calls, statements, measured);
    }
}

/// What people do with accounts.
async fn costs_of_accounts(world: &World, table: &mut Table, ann: &Caller, ada: &Caller) {
    let skills = json!({"skills": ["Network"]});
    let away = json!({"availability": "away"});
    let role = json!({"role": "moderator", "capacity": 3});
    let summary = world.measured(ada, Method::GET, "/api/tickets/summary", None, &[]);
    table.add("summary", 3, 3, summary.await);
    let list = world.measured(ada, Method::GET, "/api/admin/users", None, &[]);
    table.add("list users", 1, 1, list.await);
    let user = format!("/api/admin/users/{}", ann.id);
    let update = world.measured(ada, Method::PATCH, &user, Some(&role), &[]);
    table.add("update user", 3, 8, update.await);
    for (name, path, body) in [
        ("own skills", "/api/auth/update-skills", &skills),
        ("availability", "/api/auth/availability", &away),
    ] {
        let set = world.measured(ada, Method::PUT, path, Some(body), &[]);
        table.add(name, 2, 7, set.await);
    }
}

/// A session that was not used for long is written to by the first request, and by no other for a while.
async fn touches_once(world: &World, by: &Caller) {
    let mut touches = 0;
    for _ in 0..3 {
        world.pass(Span::hours(2));
        for _ in 0..5 {
            let calls = world.calls(by, "/api/tickets").await;
            assert_eq!(calls["session"], 1);
            touches += calls.get("touch_session").copied().unwrap_or(0);
        }
    }
    assert_eq!(touches, 3);
}

/// What was measured, and what is allowed.
#[derive(Default)]
struct Table(Vec<Row>);

struct Row {
    name: &'static str,
    calls: usize,
    statements: usize,
    cost: Cost,
}

impl Table {
    /// Adds what a use case cost, with the most calls and statements that it may, and returns its answer.
    fn add(
        &mut self,
        name: &'static str,
        calls: usize,
        statements: usize,
        (answer, cost): (Value, Cost),
    ) -> Value {
        self.0.push(Row {
            name,
            calls,
            statements,
            cost,
        });
        answer
    }

    fn check(&self) {
        let line = |row: &Row| {
            let Cost {
                calls, statements, ..
            } = &row.cost;
            let total = row.cost.total();
            let name = row.name;
            format!("{name:16} {total:2} calls, {statements:2} statements: {calls:?}")
        };
        let lines: Vec<String> = self.0.iter().map(line).collect();
        let lines = lines.join("\n");
        eprintln!("{lines}");
        for row in &self.0 {
            let is_bounded = row.cost.total() <= row.calls && row.cost.statements <= row.statements;
            let name = row.name;
            assert!(is_bounded, "{name} costs too much:\n{lines}");
            assert!(row.cost.statements > 0, "{name}: no statement was logged");
            // Each process caches the rules.
            assert!(!row.cost.calls.contains_key("rules"), "{name} reads rules");
            let session: usize = row.cost.session.values().sum();
            assert!(session <= 1, "{name}: {:?}", row.cost.session);
        }
    }
}
