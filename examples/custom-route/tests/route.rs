//! The application's own route, called by a user who logged in at the desk.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tickmate::{
    http::{DeskApi, HttpSettings},
    testing::{self, TestDesk},
};
use tickmate_custom_route::app;
use tower::ServiceExt;

fn shop() -> (TestDesk, Router) {
    let test = testing::desk();
    let api = DeskApi::new(Arc::clone(&test.desk), HttpSettings::default());
    (test, app(api, 42))
}

async fn call(
    app: &Router,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert!(response.headers().contains_key("x-request-id"), "{path}");
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// Registers a user at the desk, and returns the token of the login.
async fn log_in(app: &Router) -> String {
    let account = json!({"email": "ann@example.org", "password": "battery staple"});
    let (status, body) = call(app, "POST", "/api/auth/register", "", &account).await;
    assert!(status.is_success(), "{body}");
    let (_, body) = call(app, "POST", "/api/auth/login", "", &account).await;
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_question_becomes_a_ticket_of_the_caller() {
    let (_test, app) = shop();
    let token = log_in(&app).await;
    let question = json!({"message": "Where is my parcel?", "hasArrived": false});
    let (status, opened) = call(&app, "POST", "/orders/7/ticket", &token, &question).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!(
        opened,
        json!({"number": 1, "title": "Order 7: not arrived"})
    );

    let (status, read) = call(&app, "GET", "/api/tickets/1", &token, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{read}");
    assert_eq!(read["ticket"]["description"], "Where is my parcel?");
}

#[tokio::test]
async fn refusals_come_in_the_order_of_the_desk() {
    let (_test, app) = shop();
    let token = log_in(&app).await;
    let wrong = json!({"message": " ", "hasArrived": "no", "color": "red"});

    let (status, problem) = call(&app, "POST", "/orders/99/ticket", "", &wrong).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem["code"], "unauthenticated");

    for order in ["0", "43", "seven"] {
        let path = format!("/orders/{order}/ticket");
        let (status, problem) = call(&app, "POST", &path, &token, &wrong).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{order}");
        assert_eq!(problem["code"], "not_found", "{order}");
    }

    let (status, problem) = call(&app, "POST", "/orders/7/ticket", &token, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = problem["errors"].as_array().unwrap();
    let mut fields: Vec<&str> = errors.iter().filter_map(|e| e["field"].as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["color", "hasArrived", "message"]);

    let (status, problem) = call(&app, "POST", "/orders/7/ticket", &token, &json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
}

#[tokio::test]
async fn the_document_has_the_bounds_of_the_body() {
    let (_test, app) = shop();
    let (status, document) = call(&app, "GET", "/openapi.json", "", &Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let operation = &document["paths"]["/orders/{number}/ticket"]["post"];
    assert_eq!(operation["operationId"], "openOrderTicket");
    let schemas = &document["components"]["schemas"];
    let body = &schemas["AskAboutOrder"];
    assert_eq!(body["required"], json!(["message", "hasArrived"]));
    let reference = body["properties"]["message"]["$ref"].as_str();
    let message = reference.and_then(|path| document.pointer(path.trim_start_matches('#')));
    let message = message.unwrap_or(&body["properties"]["message"]);
    assert_eq!(message["maxLength"], 20_000, "{body}");
}
