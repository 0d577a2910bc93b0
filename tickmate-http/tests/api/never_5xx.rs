//! Whatever is sent, it is never the server's fault.

use http::Method;
use proptest::prelude::*;
use serde_json::Value;

use crate::api::{people::Caller, world::World};

const ROUTES: [(&str, &str); 43] = [
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/verify"),
    ("GET", "/api/auth/verify"),
    ("POST", "/api/auth/resend-verification"),
    ("POST", "/api/auth/first-admin"),
    ("GET", "/api/auth/user"),
    ("PUT", "/api/auth/availability"),
    ("PUT", "/api/auth/update-skills"),
    ("GET", "/api/tickets"),
    ("POST", "/api/tickets"),
    ("GET", "/api/tickets/assigned"),
    ("GET", "/api/tickets/summary"),
    ("GET", "/api/tickets/{}"),
    ("PATCH", "/api/tickets/{}"),
    ("PUT", "/api/tickets/{}"),
    ("PATCH", "/api/tickets/{}/status"),
    ("PUT", "/api/tickets/status/{}"),
    ("POST", "/api/tickets/{}/replies"),
    ("POST", "/api/tickets/{}/assign"),
    ("POST", "/api/tickets/{}/triage"),
    ("POST", "/api/tickets/{}/review"),
    ("GET", "/api/tickets/{}/history"),
    ("GET", "/api/tickets/{}/explain"),
    ("GET", "/api/admin/routing"),
    ("PUT", "/api/admin/routing"),
    ("POST", "/api/admin/routing/preview"),
    ("GET", "/api/admin/triage"),
    ("PUT", "/api/admin/triage"),
    ("POST", "/api/admin/triage/relearn"),
    ("GET", "/api/admin/ai-usage"),
    ("GET", "/api/admin/mail"),
    ("POST", "/api/admin/mail/retry"),
    ("POST", "/api/admin/mail/{}/retry"),
    ("GET", "/api/admin/mail/suppressions"),
    ("POST", "/api/admin/mail/suppressions"),
    ("DELETE", "/api/admin/mail/suppressions/{}"),
    ("GET", "/api/admin/jobs"),
    ("POST", "/api/admin/jobs/{}/retry"),
    ("GET", "/api/admin/users"),
    ("PATCH", "/api/admin/users/{}"),
    ("GET", "/{}"),
];

const NAMES: [&str; 55] = [
    "address",
    "reason",
    "kind",
    "policy",
    "holidays",
    "ahead",
    "weights",
    "relaxAfter",
    "id",
    "aliases",
    "parents",
    "email",
    "identifier",
    "password",
    "name",
    "username",
    "skills",
    "token",
    "code",
    "title",
    "description",
    "category",
    "priority",
    "deadline",
    "relatedSkills",
    "status",
    "version",
    "message",
    "visibility",
    "assignee",
    "take",
    "route",
    "force",
    "role",
    "capacity",
    "availability",
    "isActive",
    "limit",
    "cursor",
    "sort",
    "scope",
    "q",
    "createdAfter",
    "level",
    "hours",
    "zone",
    "week",
    "type",
    "accept",
    "categories",
    "types",
    "priorities",
    "apply",
    "from",
    "to",
];

fn any_text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 26] = [
        "",
        "open",
        "closed",
        "me",
        "1",
        "0",
        "-createdAt",
        "high",
        "public",
        "internal",
        "online",
        "user",
        "admin",
        "all",
        "relatedSkills",
        "\0",
        "%00",
        "' or 1=1 --",
        "{{7*7}}",
        "2030-01-01T00:00:00Z",
        "+262142-12-31T23:59:60Z",
        "a@example.org",
        "0198c0de-0000-7000-8000-000000000000",
        "18446744073709551616",
        "\u{202e}",
        "\u{feff}",
    ];
    prop_oneof![
        prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
        any::<String>()
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    let name = prop_oneof![
        4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => any_text(),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => any_json().prop_map(|json| json.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
        1 => Just(Vec::new()),
    ]
}

/// Any text as a part of a path or query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn header_value(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c)).collect()
}

#[test]
fn nothing_that_is_sent_gives_a_5xx() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (world, callers) = runtime.block_on(async {
        let world = World::new();
        let (ann, admin) = (world.requester().await, world.admin().await);
        world.ticket(&ann, "Leak").await;
        // Real hashes would take most of the time and tell nothing more: what needs one is refused.
        world.busy.store(true, std::sync::atomic::Ordering::Relaxed);
        (world, [Caller::nobody(), ann, admin])
    });
    let routes = prop::sample::select(&ROUTES[..]);
    let query = prop::collection::vec((prop::sample::select(&NAMES[..]), any_text()), 0..3);
    let header = (
        prop::sample::select(&["if-match", "idempotency-key", "x-other", "cookie", "origin"][..]),
        any_text(),
    );
    let types = prop::sample::select(
        &[
            "application/json",
            "application/json",
            "application/json",
            "text/plain",
            "",
        ][..],
    );
    let case = (
        routes,
        0..3_usize,
        any_text(),
        query,
        any_body(),
        header,
        types,
    );
    proptest!(ProptestConfig::with_cases(1_500), |(((method, path), who, id, query, body, header, content_type) in case)| {
        let id = if id.is_empty() { "1".to_owned() } else { encoded(&id) };
        let mut path = path.replace("{}", &id);
        for (n, (name, value)) in query.iter().enumerate() {
            path.push(if n == 0 { '?' } else { '&' });
            path.push_str(&format!("{name}={}", encoded(value)));
        }
        let method: Method = method.parse().unwrap();
        let call = world
            .call(method, &path)
            .by(&callers[who])
            .header(header.0, &header_value(&header.1))
            .raw(content_type, &body);
        let answer = runtime.block_on(call.send());
        let no_hash = answer.refusal() == (503, "overloaded");
        prop_assert!(answer.status < 500 || no_hash, "{path}: {answer:?}");
        prop_assert!(answer.body.is_object(), "{path}: {answer:?}");
        if answer.status >= 400 {
            prop_assert!(!answer.code().is_empty());
        }
    });
}
