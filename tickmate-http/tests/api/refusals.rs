//! In which order things are refused: credential, visibility, role, body, version, state.

use http::Method;
use serde_json::json;

use crate::api::{people::Caller, world::World};

/// Writes to a ticket: the route, a body that it takes, and whether the ticket's own requester may do it.
const WRITES: [(&str, &str, &str, bool); 7] = [
    ("PATCH", "/api/tickets/1", r#"{"title":"x"}"#, true),
    ("PUT", "/api/tickets/1", r#"{"title":"x"}"#, true),
    (
        "PATCH",
        "/api/tickets/1/status",
        r#"{"status":"open"}"#,
        true,
    ),
    ("PUT", "/api/tickets/status/1", r#"{"status":"open"}"#, true),
    ("PUT", "/api/tickets/1", r#"{"status":"open"}"#, true),
    ("POST", "/api/tickets/1/replies", r#"{"message":"x"}"#, true),
    ("POST", "/api/tickets/1/assign", r#"{"take":true}"#, false),
];

#[tokio::test]
async fn nothing_is_read_before_it_is_known_who_may() {
    let world = World::new();
    let (ann, bob, nobody) = (
        world.requester().await,
        world.requester().await,
        Caller::nobody(),
    );
    world.ticket(&ann, "Leak").await;
    let large = vec![b'x'; 300 * 1024];
    for (method, path, good, own) in WRITES {
        let method: Method = method.parse().unwrap();
        for (content_type, body, status) in [
            ("application/json", b"{".as_slice(), 400),
            ("application/json", b"", 400),
            ("text/plain", b"{}", 415),
            ("application/json", b"{\"unknown\":1}", 422),
            ("application/json", &large, 413),
            ("application/json", good.as_bytes(), 200),
        ] {
            let send = |by: &Caller| {
                let call = world.call(method.clone(), path).by(by);
                call.raw(content_type, body).send()
            };
            let what = format!("{method} {path} {}", body.len());
            assert_eq!(
                send(&nobody).await.refusal(),
                (401, "unauthenticated"),
                "{what}"
            );
            assert_eq!(send(&bob).await.refusal(), (404, "not_found"), "{what}");
            let toggles = body.is_empty() && path.contains("status");
            if !own {
                assert_eq!(send(&ann).await.refusal(), (403, "forbidden"), "{what}");
            } else if status != 200 && !toggles {
                assert_eq!(send(&ann).await.status, status, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn then_body_then_version_then_state() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    let step = |body: serde_json::Value| {
        let call = world.patch("/api/tickets/1/status").by(&admin);
        call.json(&body).send()
    };
    let wrong = json!({ "status": "gone", "version": 7 });
    assert_eq!(step(wrong).await.refusal(), (422, "validation_failed"));
    let stale = json!({ "status": "closed", "version": 7 });
    assert_eq!(step(stale).await.refusal(), (412, "stale_version"));
    let refused = json!({ "status": "closed", "version": 1 });
    assert_eq!(step(refused).await.refusal(), (409, "bad_transition"));
    assert_eq!(
        step(json!({ "status": "resolved", "version": 1 }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_query_where_none_is_taken_is_refused() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    world.ticket(&ann, "Leak").await;
    for (method, path, good, own) in WRITES.into_iter().chain([
        ("GET", "/api/tickets/1", "", true),
        ("GET", "/api/tickets/summary", "", true),
        (
            "POST",
            "/api/tickets",
            r#"{"title":"x","description":"y"}"#,
            true,
        ),
    ]) {
        let path = format!("{path}?assignedTo=me");
        let call = |by: &Caller| {
            let call = world.call(method.parse().unwrap(), &path).by(by);
            call.raw("application/json", good.as_bytes()).send()
        };
        if own {
            let answer = call(&ann).await;
            assert_eq!(
                (answer.status, answer.fields()),
                (422, vec!["assignedTo"]),
                "{path}"
            );
        }
        if path.contains('1') {
            assert_eq!(call(&bob).await.status, 404);
        }
    }
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"]["version"], 1, "nothing was written");
}

#[tokio::test]
async fn a_field_that_one_may_not_set_is_forbidden_whatever_its_value() {
    let world = World::new();
    let (ann, moderator, admin) = (
        world.requester().await,
        world.moderator().await,
        world.admin().await,
    );
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let texts = ["title", "description", "category", "type", "deadline"];
    let triage = ["priority", "relatedSkills"];
    for method in [Method::PATCH, Method::PUT] {
        for (by, fields, others) in [
            (&ann, &triage[..], &texts[..]),
            (&moderator, &texts[..], &triage[..]),
        ] {
            let send = |by: &Caller, body: serde_json::Value| {
                let call = world.call(method.clone(), "/api/tickets/1").by(by);
                call.json(&body).send()
            };
            for field in fields {
                let wrong = json!({ *field: 7, "version": "x", "unknown": 1 });
                let refused = send(by, wrong.clone()).await;
                assert_eq!(refused.refusal(), (403, "forbidden"), "{method} {field}");
                let read = send(&admin, wrong).await;
                assert_eq!(read.refusal(), (422, "validation_failed"), "{field}");
            }
            for field in others {
                let answer = send(by, json!({ *field: 7 })).await;
                let told = (answer.status, answer.fields());
                assert_eq!(told, (422, vec![*field]), "{method}");
            }
        }
    }
}

#[tokio::test]
async fn an_encoded_body_is_refused() {
    let world = World::new();
    let ann = world.requester().await;
    let draft = json!({ "title": "Leak", "description": "It leaks." });
    let send = |coding: &str| {
        let call = world.post("/api/tickets").by(&ann);
        call.header("content-encoding", coding).json(&draft).send()
    };
    for coding in ["gzip", "br", "identity, gzip", "x"] {
        let answer = send(coding).await;
        assert_eq!(
            answer.refusal(),
            (415, "unsupported_media_type"),
            "{coding}"
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.body["detail"].as_str().unwrap().contains("encoding"));
    }
    let several = world
        .post("/api/auth/login")
        .header("content-encoding", "identity");
    let several = several.header("content-encoding", "gzip").json(&json!({}));
    assert_eq!(several.send().await.status, 415);
    for coding in ["identity", "Identity"] {
        assert_eq!(send(coding).await.status, 201, "{coding}");
    }
}
