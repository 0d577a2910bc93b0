//! A host with accounts of its own.

use std::sync::Arc;

use async_trait::async_trait;
use http::{Method, request::Parts};
use serde_json::json;
use tickmate_core::{desk::Identified, domain::user::Role};
use tickmate_http::{Accounts, HttpSettings, Identify, IdentifyError};

use crate::api::{requests::Call, world::World};

/// Believes the header `x-user`: subject, role.
struct Header;

#[async_trait]
impl Identify for Header {
    async fn identify(&self, parts: &Parts) -> Result<Option<Identified>, IdentifyError> {
        let Some(user) = parts.headers.get("x-user") else {
            return Ok(None);
        };
        match user.to_str().unwrap() {
            "down" => Err(IdentifyError::Unavailable("secret host".into())),
            "broken" => Err(IdentifyError::Failed("secret host".into())),
            "panic" => panic!("the host's code panicked"),
            user => {
                let (subject, role) = user.split_once('/').unwrap_or((user, "user"));
                Ok(Some(Identified {
                    subject: subject.to_owned(),
                    email: format!("{subject}@host.example"),
                    role: role.parse().unwrap(),
                    name: Some(subject.to_uppercase()),
                }))
            }
        }
    }
}

fn hosted() -> World {
    World::with_http(HttpSettings {
        accounts: Accounts::Host(Arc::new(Header)),
        ..HttpSettings::default()
    })
}

#[tokio::test]
async fn people_of_the_host_are_known_on_sight() {
    let world = hosted();
    let draft = json!({ "title": "Leak", "description": "It leaks." });
    let made = world
        .post("/api/tickets")
        .header("x-user", "ann")
        .json(&draft);
    let made = made.send().await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        made.body["ticket"]["createdBy"]["email"],
        "ann@host.example"
    );
    let me = world
        .get("/api/auth/me")
        .header("x-user", "ann/admin")
        .send()
        .await;
    assert_eq!(me.body["user"]["role"], "admin");
    assert_eq!(me.body["user"]["name"], "ANN");
    assert_eq!(
        me.body["user"]["id"],
        made.body["ticket"]["createdBy"]["id"]
    );
    let nobody = world.get("/api/tickets").send().await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn the_account_routes_are_not_there() {
    let world = hosted();
    for path in [
        "register",
        "login",
        "logout",
        "verify",
        "resend-verification",
        "resend-verification-email",
        "first-admin",
    ] {
        let path = format!("/api/auth/{path}");
        for method in [Method::GET, Method::POST] {
            let call = world.call(method, &path).header("x-user", "ann/admin");
            assert_eq!(call.send().await.refusal(), (404, "not_found"), "{path}");
        }
    }
    assert_eq!(world.get("/auth/verify-email").send().await.status, 404);
}

#[tokio::test]
async fn tokens_of_the_desk_mean_nothing_there() {
    let world = World::new();
    let ann = world.requester().await;
    let hosted = world.also_with(HttpSettings {
        accounts: Accounts::Host(Arc::new(Header)),
        ..HttpSettings::default()
    });
    let me = Call::to(&hosted, Method::GET, "/api/auth/me").by(&ann);
    assert_eq!(me.send().await.status, 401);
}

#[tokio::test]
async fn a_write_with_a_cookie_must_come_from_the_same_origin() {
    let world = hosted();
    let draft = json!({ "title": "Leak", "description": "It leaks." });
    let write = |site: &str| {
        world
            .post("/api/tickets")
            .header("x-user", "ann")
            .header("cookie", "session=1")
            .header("sec-fetch-site", site)
            .json(&draft)
            .send()
    };
    assert_eq!(write("cross-site").await.refusal(), (403, "cross_site"));
    assert_eq!(write("same-origin").await.status, 201);
}

#[tokio::test]
async fn what_fails_at_the_host_stays_there() {
    let world = hosted();
    for (user, status, code) in [
        ("down", 503, "unavailable"),
        ("broken", 500, "internal"),
        ("panic", 500, "internal"),
        ("no address", 403, "identity_refused"),
    ] {
        let answer = world
            .get("/api/tickets")
            .header("x-user", user)
            .send()
            .await;
        assert_eq!(answer.refusal(), (status, code), "{user}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.header("x-request-id").is_empty());
        assert!(!answer.text.contains("secret") && !answer.text.contains("panicked"));
    }
    let taken = world
        .person(Role::User, |user| {
            user.email = "bob@host.example".parse().unwrap()
        })
        .await;
    assert_eq!(taken.email, "bob@host.example");
    let answer = world
        .get("/api/tickets")
        .header("x-user", "bob")
        .send()
        .await;
    assert_eq!(answer.refusal(), (403, "identity_refused"));
}
