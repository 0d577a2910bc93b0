//! The application through its own login: a ticket under `/support`, assigned by the worker.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn call(
    app: &Router,
    method: &str,
    path: &str,
    token: &str,
    body: Value,
) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn people_of_the_application_use_the_desk() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, worker) = tickmate_embed::desk(folder.path()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(worker.run(async {
        let _stopped = stopped.await;
    }));
    let app = tickmate_embed::app(desk);

    let (status, _) = call(&app, "GET", "/support/api/tickets", "nobody", Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = call(&app, "POST", "/login", "", json!(["ann", "wrong"])).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let mut tokens = Vec::new();
    for name in ["ann", "root"] {
        let (status, token) = call(
            &app,
            "POST",
            "/login",
            "",
            json!([name, format!("{name}'s own")]),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        tokens.push(token);
    }
    // The admin is seen once, and so on the roster.
    let (status, _) = call(&app, "GET", "/support/api/tickets", &tokens[1], Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let ticket =
        json!({"title": "Where is my parcel?", "description": "It should have come on Monday."});
    let (status, body) = call(&app, "POST", "/support/api/tickets", &tokens[0], ticket).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let assigned = async {
        loop {
            let (_, body) = call(
                &app,
                "GET",
                "/support/api/tickets/1",
                &tokens[0],
                Value::Null,
            )
            .await;
            let body: Value = serde_json::from_str(&body).unwrap();
            if body["ticket"]["assignedTo"]["email"] == "root@shop.example" {
                return body;
            }
            tokio::task::yield_now().await;
        }
    };
    let body = tokio::time::timeout(Duration::from_secs(20), assigned)
        .await
        .unwrap();
    assert!(body["ticket"]["summary"].is_string());
    stop.send(()).unwrap();
    worker.await.unwrap();
}
