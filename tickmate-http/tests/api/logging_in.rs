//! Logging in and out, and what wrong passwords come to.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use serde_json::json;
use tickmate_core::domain::{time::Span, user::Role};
use tickmate_http::HttpSettings;

use crate::api::{people::PASSWORD, requests::Call, world::World};

#[tokio::test]
async fn a_login_gives_token_and_cookie() {
    let world = World::new();
    let ann = world
        .person(Role::User, |user| user.username = Some("ann".to_owned()))
        .await;
    for identifier in [
        json!({ "email": ann.email, "password": PASSWORD }),
        json!({ "identifier": ann.email, "password": PASSWORD, "role": "admin" }),
        json!({ "identifier": "Ann", "password": PASSWORD, "confirmPassword": 1 }),
    ] {
        let login = world.post("/api/auth/login").json(&identifier).send().await;
        assert_eq!(login.status, 200, "{login:?}");
        let token = login.body["token"].as_str().unwrap();
        assert_eq!(
            login.header("set-cookie"),
            format!("token={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=2591999")
        );
        insta::allow_duplicates! { insta::assert_json_snapshot!(login.body, {
            ".token" => "[token]", ".user.id" => "[id]", ".user.createdAt" => "[time]",
        }, @r#"
        {
          "message": "logged in",
          "success": true,
          "token": "[token]",
          "user": {
            "availability": "online",
            "capacity": 3,
            "createdAt": "[time]",
            "email": "person1.7@example.org",
            "hours": null,
            "id": "[id]",
            "isActive": true,
            "name": "Person 1",
            "onShift": true,
            "role": "user",
            "shiftEndsAt": null,
            "skillLevels": {},
            "skills": [],
            "username": "ann"
          }
        }
        "#) };
    }
}

#[tokio::test]
async fn by_https_the_cookie_is_secure() {
    let world = World::with_http(HttpSettings {
        secure_cookies: true,
        legacy_ids: true,
        ..HttpSettings::default()
    });
    let ann = world.requester().await;
    let login = world.log_in(&ann.email, PASSWORD).await;
    let cookie = login.header("set-cookie");
    assert!(cookie.starts_with("__Host-token="), "{cookie}");
    assert!(cookie.split("; ").any(|part| part == "Secure"), "{cookie}");
    assert_eq!(login.body["user"]["_id"], login.body["user"]["id"]);
}

#[tokio::test]
async fn unknown_wrong_and_inactive_are_answered_alike() {
    let world = World::new();
    let ann = world.requester().await;
    let gone = world.person(Role::User, |user| user.active = false).await;
    assert_eq!(gone.token, None);
    let mut answers = Vec::new();
    for (email, password) in [
        (ann.email.as_str(), "wrong password"),
        ("nobody@example.org", PASSWORD),
        (gone.email.as_str(), PASSWORD),
    ] {
        let before = world.hashes();
        let answer = world.log_in(email, password).await;
        assert_eq!(answer.refusal(), (401, "wrong_credentials"));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(world.hashes(), before + 1, "the same work for everybody");
        answers.push(answer.without_request());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn what_is_no_text_is_named() {
    let world = World::new();
    for wrong in [json!({ "$gt": "" }), json!([]), json!(null), json!(1)] {
        for (body, field) in [
            (json!({ "email": wrong, "password": PASSWORD }), "email"),
            (
                json!({ "identifier": wrong, "password": PASSWORD }),
                "identifier",
            ),
            (
                json!({ "email": "a@example.org", "password": wrong }),
                "password",
            ),
        ] {
            let answer = world.post("/api/auth/login").json(&body).send().await;
            assert_eq!(answer.status, 422, "{body}");
            assert_eq!(answer.fields(), [field], "{answer:?}");
        }
    }
    let none = world.post("/api/auth/login").json(&json!({})).send().await;
    assert_eq!(none.fields(), ["password", "email"]);
    for name in ["email", "identifier"] {
        let empty = json!({ name: "", "password": PASSWORD });
        let answer = world.post("/api/auth/login").json(&empty).send().await;
        assert_eq!((answer.status, answer.fields()), (422, vec![name]));
    }
    assert_eq!(world.hashes(), 0);
}

#[tokio::test]
async fn two_names_for_one_login_must_be_the_same() {
    let world = World::new();
    let ann = world
        .person(Role::User, |user| user.username = Some("ann".to_owned()))
        .await;
    let before = world.hashes();
    for identifier in ["ann", "b@example.org"] {
        let body = json!({ "email": ann.email, "identifier": identifier, "password": PASSWORD });
        let answer = world.post("/api/auth/login").json(&body).send().await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec!["identifier"]),
            "{identifier}"
        );
    }
    assert_eq!(world.hashes(), before);
    let same = format!(" {}", ann.email.to_uppercase());
    let body = json!({ "email": ann.email, "identifier": same, "password": PASSWORD });
    let answer = world.post("/api/auth/login").json(&body).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn the_sixth_wrong_password_waits_and_is_not_hashed() {
    let world = World::new();
    let ann = world.requester().await;
    for _ in 0..5 {
        assert_eq!(world.log_in(&ann.email, "wrong password").await.status, 401);
    }
    let before = world.hashes();
    for _ in 0..3 {
        let answer = world.log_in(&ann.email, PASSWORD).await;
        assert_eq!(answer.refusal(), (429, "too_many_tries"));
        assert_eq!(answer.header("retry-after"), "1080");
    }
    assert_eq!(world.hashes(), before);

    // Networks are counted apart, but neighbors in one IPv6 network together.
    world.pass(Span::minutes(31));
    let login = |peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        world
            .post("/api/auth/login")
            .extension(ConnectInfo(peer))
            .json(&json!({ "email": ann.email, "password": "wrong password" }))
            .send()
    };
    for port in 1..=5 {
        let peer = format!("[2001:db8::{port}]:{port}");
        assert_eq!(login(&peer).await.status, 401);
    }
    assert_eq!(login("[2001:db8::ffff:1]:9").await.status, 429);
    assert_eq!(login("[2001:db8:0:1::1]:9").await.status, 401);

    world.pass(Span::minutes(31));
    assert_eq!(world.log_in(&ann.email, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn logging_out_ends_the_login_and_may_be_repeated() {
    let world = World::new();
    let ann = world.requester().await;
    for _ in 0..2 {
        let out = world.post("/api/auth/logout").by(&ann).send().await;
        assert_eq!(out.status, 200, "{out:?}");
        assert_eq!(
            out.header("set-cookie"),
            "token=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
        let me = world.get("/api/auth/user").by(&ann).send().await;
        assert_eq!(me.refusal(), (401, "unauthenticated"));
    }
    let idle = world.requester().await;
    world.pass(Span::days(31));
    assert_eq!(
        world.post("/api/auth/logout").by(&idle).send().await.status,
        200
    );
    assert_eq!(world.post("/api/auth/logout").send().await.status, 401);
    let forged = world.post("/api/auth/logout").bearer("a.b.c").send().await;
    assert_eq!(forged.status, 401);
}

#[tokio::test]
async fn a_client_without_cookies_logs_in_from_everywhere() {
    let world = World::new();
    let ann = world.requester().await;
    let login = world
        .post("/api/auth/login")
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .json(&json!({ "email": ann.email, "password": PASSWORD }));
    assert_eq!(login.send().await.status, 200);
}

#[tokio::test]
async fn a_write_by_cookie_must_come_from_the_same_origin() {
    let world = World::new();
    let ann = world.requester().await;
    let ticket = json!({ "title": "Leak", "description": "It leaks." });
    let cookie = format!("theme=dark; token={}", ann.token());
    let write = |headers: &[(&str, &str)]| {
        let mut call = world.post("/api/tickets").header("cookie", &cookie);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        call.json(&ticket).send()
    };
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://elsewhere.example")],
        &[("origin", "null")],
    ] {
        let answer = write(headers).await;
        assert_eq!(answer.refusal(), (403, "cross_site"), "{headers:?}");
    }
    for headers in [
        &[("sec-fetch-site", "same-origin")][..],
        &[("origin", "http://desk.example:5000")],
    ] {
        assert_eq!(write(headers).await.status, 201, "{headers:?}");
    }
    let read = world.get("/api/tickets").header("cookie", &cookie);
    let read = read.header("sec-fetch-site", "cross-site").send().await;
    assert_eq!(read.body["tickets"].as_array().unwrap().len(), 2);
    let out = world.post("/api/auth/logout").header("cookie", &cookie);
    assert_eq!(out.send().await.refusal(), (403, "cross_site"));

    let trusting = world.also_with(HttpSettings {
        app_origin: Some("https://app.example".to_owned()),
        ..HttpSettings::default()
    });
    let write = Call::to(&trusting, http::Method::POST, "/api/tickets")
        .header("cookie", &cookie)
        .header("origin", "https://app.example")
        .json(&ticket);
    assert_eq!(write.send().await.status, 201);
}
