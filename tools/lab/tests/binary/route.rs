//! `route --stdio`: the router line by line, without settings and without a store.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

/// Feeds these lines to the router, in an empty folder and with an environment that the server would refuse.
fn route(arguments: &[&str], lines: &[Value]) -> Output {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    route_text(arguments, text.as_bytes())
}

fn route_text(arguments: &[&str], text: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickmate-lab"))
        .arg("route")
        .args(arguments)
        .current_dir(folder.path())
        .env("PORT", "no port")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A router that ends early closes its end.
    let _ = child.stdin.take().unwrap().write_all(text);
    let output = child.wait_with_output().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    output
}

/// The answers to each line of the input: what was assigned until `done`.
fn answers(output: &Output) -> Vec<Vec<Value>> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let mut answers = vec![Vec::new()];
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        match line["type"].as_str() {
            Some("done") => answers.push(Vec::new()),
            _ => answers.last_mut().unwrap().push(line),
        }
    }
    assert_eq!(answers.pop(), Some(Vec::new()));
    answers
}

fn moderator(id: &str, skills: &[&str], capacity: u32) -> Value {
    let skills: Vec<Value> = skills
        .iter()
        .map(|skill| json!({"name": skill, "level": 2}))
        .collect();
    json!({"type": "moderator", "t": 0, "id": id, "role": "moderator", "capacity": capacity, "online": true,
           "skills": skills})
}

fn ticket(t: u64, id: &str, priority: &str, skills: &[&str]) -> Value {
    json!({"type": "ticket", "t": t, "id": id, "priority": priority, "requester": "u1", "skills": skills})
}

fn assign(ticket: &str, moderator: &str) -> Value {
    json!({"type": "assign", "ticket": ticket, "moderator": moderator})
}

fn team() -> Vec<Value> {
    vec![
        json!({"type": "hello", "protocol": "tmroute/1", "tick_ms": 60000}),
        moderator("m1", &["PostgreSQL"], 1),
        moderator("m2", &["ReactJS"], 2),
        json!({"type": "moderator", "t": 0, "id": "a1", "role": "admin", "capacity": 5, "online": true, "skills": []}),
        json!({"type": "ready", "t": 0}),
    ]
}

fn after_team(arguments: &[&str], lines: Vec<Value>) -> Vec<Vec<Value>> {
    let mut all = team();
    let before = all.len();
    all.extend(lines);
    all.push(json!({"type": "end", "t": 9_000_000}));
    let mut answers = answers(&route(arguments, &all));
    assert_eq!(answers.len(), all.len());
    answers.drain(..before);
    answers.pop();
    answers
}

#[test]
fn it_assigns_holds_and_serves() {
    let answers = after_team(
        &["--stdio"],
        vec![
            ticket(1_000, "t1", "low", &["Database"]),
            ticket(2_000, "t2", "low", &["SQL"]),
            ticket(3_000, "t3", "high", &["postgres"]),
            ticket(4_000, "t4", "medium", &[]),
            json!({"type": "start", "t": 4_000, "ticket": "t1", "moderator": "m1"}),
            json!({"type": "complete", "t": 60_000, "ticket": "t1", "moderator": "m1"}),
            json!({"type": "tick", "t": 60_000}),
        ],
    );
    assert_eq!(
        answers,
        [
            vec![assign("t1", "m1")],
            vec![],
            vec![],
            vec![assign("t4", "a1")],
            vec![],
            vec![assign("t3", "m1")],
            vec![],
        ]
    );
}

#[test]
fn absent_peoples_tickets_move_to_whoever_can_take_them() {
    let away = |t| json!({"type": "presence", "t": t, "moderator": "m2", "status": "away"});
    let tick = |t| json!({"type": "tick", "t": t});
    let mut lines = vec![
        ticket(1_000, "t1", "low", &["React"]),
        away(60_000),
        tick(60_000 + 19 * 60_000),
        tick(60_000 + 20 * 60_000),
    ];
    let alone = after_team(&["--stdio"], lines.clone());
    assert_eq!(alone, [vec![assign("t1", "m2")], vec![], vec![], vec![]]);
    // Somebody who was offline so far can take it once there.
    lines.push(json!({"type": "presence", "t": 2_000_000, "moderator": "m3", "status": "online"}));
    lines.push(tick(2_040_000));
    let mut all = team();
    all.insert(
        1,
        json!({"type": "moderator", "t": 0, "id": "m3", "role": "moderator", "capacity": 1, "online": false,
               "skills": [{"name": "React"}]}),
    );
    all.extend(lines);
    let answers = answers(&route(&["--stdio"], &all));
    assert_eq!(answers.last(), Some(&vec![assign("t1", "m3")]));
}

#[test]
fn policies_go_by_name() {
    let two = || {
        vec![
            ticket(1_000, "t1", "low", &["React"]),
            ticket(2_000, "t2", "low", &["React"]),
        ]
    };
    let given = |policy: &str| after_team(&["--stdio", "--policy", policy], two())[1].len();
    for policy in [
        "direct",
        "ahead",
        "rebalance",
        "direct-rebalance",
        "round-robin",
    ] {
        assert_eq!(given(policy), 1, "{policy}");
    }
    assert_eq!(given("late"), 0);
    assert_eq!(given(r#"{"ahead": 0}"#), 0);
    assert_eq!(given(r#"{"base": "late", "ahead": 1}"#), 1);
    let output = route(&["--stdio", "--policy", r#"{"ahead": -1}"#], &team());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--policy.ahead"), "{text}");
    let output = route(&["--stdio", "--policy", "psychic"], &team());
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("--policy") && text.contains("round-robin"),
        "{text}"
    );
}

#[test]
fn it_says_why_when_asked() {
    let answers = after_team(
        &["--stdio", "--explain"],
        vec![ticket(1_000, "t1", "low", &["SQL"])],
    );
    let why = answers[0][0]["why"].as_str().unwrap();
    assert_eq!(
        why,
        "covers the required skill; 0 of 1 places taken; nobody else fits and has room"
    );
    assert_eq!(answers[0][0]["decision"]["policy"], "direct");
}

#[test]
fn a_dictionary_of_the_driver_replaces_the_shipped_one() {
    let mut lines = team();
    lines.insert(
        1,
        json!({"type": "taxonomy", "skills": [
            {"id": "relational", "name": "Relational", "aliases": ["PostgreSQL"], "parents": []},
            {"id": "ours", "name": "Ours", "aliases": ["ReactJS"], "parents": ["relational"]},
        ]}),
    );
    lines.push(ticket(1_000, "t1", "low", &["relational"]));
    lines.push(ticket(2_000, "t2", "low", &["postgresql"]));
    let answers = answers(&route(&["--stdio"], &lines));
    let last = &answers[answers.len() - 2..];
    assert_eq!(last, [vec![assign("t1", "m1")], vec![assign("t2", "m2")]]);
}

#[test]
fn bad_lines_are_named() {
    let ready = team();
    for (line, expected) in [
        ("{", "line 6: EOF"),
        ("[]", "line 6: "),
        ("\u{0}", "line 6: "),
        (r#"{"type":"ticket","t":1}"#, "line 6: missing field `id`"),
        (
            r#"{"type":"ticket","t":1,"id":"t","priority":"soon","requester":"u","skills":[]}"#,
            "line 6: priority: must be one of",
        ),
        (
            r#"{"type":"complete","t":1,"ticket":"t9"}"#,
            "line 6: ticket: \"t9\" was never introduced",
        ),
        (
            r#"{"type":"presence","t":1,"moderator":"m1","status":"asleep"}"#,
            "line 6: status: \"asleep\" is none of",
        ),
        (
            r#"{"type":"moderator","id":"m9","role":"moderator","capacity":1,"online":true}"#,
            "line 6: moderator: \"m9\" comes after",
        ),
        (
            r#"{"type":"hello","protocol":"tmroute/9"}"#,
            "line 6: protocol: \"tmroute/9\"",
        ),
    ] {
        let mut text: String = ready.iter().map(|line| format!("{line}\n")).collect();
        text.push_str(line);
        text.push('\n');
        let output = route_text(&["--stdio"], text.as_bytes());
        assert!(!output.status.success(), "{line}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected), "{line}: {error}");
    }
    let early = route(&["--stdio"], &[ticket(1, "t1", "low", &[])]);
    let error = String::from_utf8(early.stderr).unwrap();
    assert!(
        error.contains("line 1: this comes before \"ready\""),
        "{error}"
    );
}

#[test]
fn kinds_of_other_versions_are_answered() {
    let answers = after_team(
        &["--stdio"],
        vec![
            json!({"type": "weather", "t": 1, "sky": "blue"}),
            ticket(1_000, "t1", "low", &["React"]),
        ],
    );
    assert_eq!(answers, [vec![], vec![assign("t1", "m2")]]);
}
