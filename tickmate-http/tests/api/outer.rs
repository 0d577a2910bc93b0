//! What every answer has, whatever it is.

use http::Method;
use serde_json::json;

use crate::api::{requests::Call, world::World};

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::new();
    let ann = world.requester().await;
    let mut ids = Vec::new();
    for answer in [
        world.get("/healthz").send().await,
        world.get("/api/tickets").by(&ann).send().await,
        world.get("/api/tickets").send().await,
        world.get("/nowhere").send().await,
        world.call(Method::DELETE, "/api/tickets").send().await,
    ] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-type").contains("json"));
        assert!(!answer.body.is_null());
        ids.push(answer.header("x-request-id").to_owned());
        if answer.status >= 400 {
            assert_eq!(answer.body["requestId"], *ids.last().unwrap());
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn errors_are_problems() {
    let world = World::new();
    let answer = world.get("/nowhere?token=secret").send().await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    insta::assert_json_snapshot!(answer.body, { ".requestId" => "[id]" }, @r#"
    {
      "code": "not_found",
      "detail": "not found",
      "error": "not found",
      "errors": [],
      "instance": "/nowhere",
      "message": "not found",
      "requestId": "[id]",
      "status": 404,
      "success": false,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let answer = world
        .call(Method::DELETE, "/api/tickets/assigned")
        .send()
        .await;
    assert_eq!(answer.refusal(), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "GET,HEAD");
    for method in [Method::TRACE, Method::OPTIONS, Method::CONNECT] {
        let answer = world.call(method.clone(), "/api/tickets").send().await;
        assert_eq!(answer.refusal(), (405, "method_not_allowed"), "{method}");
    }
    for path in [
        "/api",
        "/api/",
        "/api/tickets/",
        "/api/tickets/1/x",
        "/metrics",
        "/",
    ] {
        assert_eq!(
            world.get(path).send().await.refusal(),
            (404, "not_found"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn bodies_have_a_type_and_a_bound() {
    let world = World::new();
    let ann = world.requester().await;
    let send = |content_type: &str, body: &[u8]| {
        world
            .post("/api/tickets")
            .by(&ann)
            .raw(content_type, body)
            .send()
    };
    let large = json!({ "title": "x", "description": "x".repeat(256 * 1024) }).to_string();
    assert_eq!(
        send("application/json", large.as_bytes()).await.refusal(),
        (413, "body_too_large")
    );
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let answer = send(content_type, b"{\"title\":\"x\",\"description\":\"y\"}").await;
        assert_eq!(answer.refusal(), (415, "unsupported_media_type"));
    }
    for body in ["", "{", "{}x", "{\"title\":1,\"title\":2}", "\u{feff}{}"] {
        let answer = send("application/json", body.as_bytes()).await;
        assert_eq!(answer.refusal(), (400, "malformed_json"), "{body}");
    }
    for body in ["[]", "null", "\"x\"", "1"] {
        let answer = send("application/json", body.as_bytes()).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["body"]));
    }
}

#[tokio::test]
async fn the_router_works_wherever_it_is_nested() {
    let world = World::new();
    let ann = world.requester().await;
    let nested = axum::Router::new().nest("/support", world.router.clone());
    let list = Call::to(&nested, Method::GET, "/support/api/tickets").by(&ann);
    assert_eq!(list.send().await.status, 200);
    let missing = Call::to(&nested, Method::GET, "/support/api/tickets/7").by(&ann);
    let missing = missing.send().await;
    assert_eq!(missing.body["instance"], "/support/api/tickets/7");
    let nowhere = Call::to(&nested, Method::GET, "/support/x").send().await;
    assert_eq!(nowhere.refusal(), (404, "not_found"));
    let wrong = Call::to(&nested, Method::DELETE, "/support/api/tickets")
        .send()
        .await;
    assert_eq!(wrong.refusal(), (405, "method_not_allowed"));
}
