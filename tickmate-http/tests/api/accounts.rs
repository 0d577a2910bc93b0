//! Joining, verifying an address, and what people see and set of themselves.

use serde_json::json;
use tickmate_core::{
    desk::DeskSettings,
    domain::{presence::Availability, user::Role},
};
use tickmate_http::HttpSettings;

use crate::api::{
    people::{Caller, PASSWORD},
    world::World,
};

fn verifying() -> World {
    let settings = DeskSettings {
        require_verified_email: true,
        ..DeskSettings::default()
    };
    World::with(settings, HttpSettings::default())
}

fn token_in(mail: &str) -> String {
    let (_, rest) = mail.split_once("token=").unwrap();
    rest.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect()
}

#[tokio::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let world = World::new();
    let join = json!({
        "email": "New@Example.org", "password": PASSWORD, "confirmPassword": "whatever",
        "role": "admin", "name": "Ann", "username": "ann", "skills": ["Zeppelins"],
    });
    let first = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(first.status, 202, "{first:?}");
    insta::assert_json_snapshot!(first.body, @r#"
    {
      "message": "check your mails to go on",
      "success": true
    }
    "#);
    let again = json!({ "email": "new@example.org", "password": "another good one" });
    let second = world.post("/api/auth/register").json(&again).send().await;
    assert_eq!((second.status, &second.text), (202, &first.text));
    assert_eq!(world.hashes(), 2);

    let login = world.log_in("new@example.org", PASSWORD).await;
    assert_eq!(login.status, 200);
    let user = &login.body["user"];
    assert_eq!(
        [&user["role"], &user["name"], &user["username"]],
        ["user", "Ann", "ann"]
    );
    world.run_until_idle().await;
    let mails = world.mailer.accepted();
    assert_eq!(mails.len(), 2, "a welcome, and a notice to the owner");
}

#[tokio::test]
async fn what_cannot_be_taken_is_named() {
    let world = World::new();
    let join = json!({ "email": "x", "password": "short", "name": "a\nb", "username": "é" });
    let answer = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(answer.refusal(), (422, "validation_failed"));
    assert_eq!(answer.fields(), ["email", "name", "password", "username"]);
    let join = json!({ "email": 1, "capacity": 3, "isActive": true });
    let answer = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(
        answer.fields(),
        ["capacity", "email", "isActive", "password"]
    );
    assert_eq!(world.hashes(), 0);
}

#[tokio::test]
async fn a_taken_username_is_a_conflict() {
    let world = World::new();
    world
        .person(Role::User, |user| user.username = Some("ann".to_owned()))
        .await;
    let join = json!({ "email": "b@example.org", "password": PASSWORD, "username": "Ann" });
    let answer = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(answer.refusal(), (409, "username_taken"));
}

#[tokio::test]
async fn too_many_hashes_at_once_are_refused() {
    let world = World::new();
    world.busy.store(true, std::sync::atomic::Ordering::Relaxed);
    let join = json!({ "email": "b@example.org", "password": PASSWORD });
    let answer = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(answer.refusal(), (503, "overloaded"));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn an_address_is_verified_once_by_the_token_of_the_mail() {
    let world = verifying();
    let join = json!({ "email": "ann@example.org", "password": PASSWORD });
    world.post("/api/auth/register").json(&join).send().await;
    world.run_until_idle().await;
    let token = token_in(&world.last_mail("ann@example.org").unwrap());
    let login = world.log_in("ann@example.org", PASSWORD).await;
    let ann = Caller {
        token: login.body["token"].as_str().map(str::to_owned),
        ..Caller::nobody()
    };
    let me = world.get("/api/auth/user").by(&ann).send().await;
    assert_eq!(me.status, 200);
    let list = world.get("/api/tickets").by(&ann).send().await;
    assert_eq!(list.refusal(), (403, "email_not_verified"));

    // Programs that scan mails follow links.
    for accept in ["text/html,*/*", "application/json"] {
        let page = world
            .get(&format!("/api/auth/verify?token={token}"))
            .header("accept", accept);
        assert_eq!(page.send().await.status, 200);
    }
    let link = format!("/auth/verify-email?token={token}");
    let head = world.call(http::Method::HEAD, &link).send().await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(world.get("/api/tickets").by(&ann).send().await.status, 403);

    let body = json!({ "token": token });
    let verified = world.post("/api/auth/verify").json(&body).send().await;
    assert_eq!(verified.status, 200, "{verified:?}");
    assert_eq!(world.get("/api/tickets").by(&ann).send().await.status, 200);
    let again = world.post("/api/auth/verify").json(&body).send().await;
    assert_eq!(again.refusal(), (400, "invalid_token"));
}

#[tokio::test]
async fn tokens_that_do_not_work_are_answered_alike() {
    let world = World::new();
    let someone = world.requester().await;
    let mut answers = Vec::new();
    for token in [
        json!(""),
        json!(" "),
        json!("%20"),
        json!("\0"),
        json!("x"),
        json!(someone.token()),
        json!(null),
        json!([]),
        json!({}),
        json!(7),
    ] {
        let body = json!({ "token": token });
        let answer = world.post("/api/auth/verify").json(&body).send().await;
        assert_eq!(answer.refusal(), (400, "invalid_token"), "{token}");
        answers.push(answer.without_request());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let missing = world.post("/api/auth/verify").json(&json!({})).send().await;
    assert_eq!((missing.status, missing.fields()), (422, vec!["token"]));
    for token in [json!("x"), json!(7)] {
        let body = json!({ "token": token, "code": "x" });
        let unknown = world.post("/api/auth/verify").json(&body).send().await;
        assert_eq!((unknown.status, unknown.fields()), (422, vec!["code"]));
    }
}

#[tokio::test]
async fn the_page_behind_the_link_says_nothing_of_the_token() {
    let world = World::new();
    for path in ["/api/auth/verify", "/auth/verify-email"] {
        let page = world
            .get(&format!("{path}?token=%3Cscript%3Ealert(1)"))
            .header("accept", "text/html");
        let page = page.send().await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.text.contains("alert"));
        assert!(page.header("content-security-policy").contains("sha256-"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
    let json = world.get("/api/auth/verify?token=x").send().await;
    assert_eq!(json.body["success"], true);
}

#[tokio::test]
async fn the_link_is_sent_again_on_demand() {
    let world = World::new();
    let ann = world
        .person(Role::User, |user| user.email_verified = false)
        .await;
    let mut texts = Vec::new();
    for (path, email) in [
        ("/api/auth/resend-verification", ann.email.as_str()),
        ("/api/auth/resend-verification-email", ann.email.as_str()),
        ("/api/auth/resend-verification", "nobody@example.org"),
    ] {
        let answer = world.post(path).json(&json!({ "email": email })).send();
        let answer = answer.await;
        assert_eq!(answer.status, 202);
        texts.push(answer.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    world.run_until_idle().await;
    assert_eq!(world.mailer.accepted().len(), 1, "once within ten minutes");
    let token = token_in(&world.last_mail(&ann.email).unwrap());
    let body = json!({ "token": token });
    let verified = world.post("/api/auth/verify").json(&body).send().await;
    assert_eq!(verified.status, 200);
    let answer = world
        .post("/api/auth/resend-verification")
        .json(&json!({ "email": "x" }));
    assert_eq!(answer.send().await.fields(), ["email"]);
}

#[tokio::test]
async fn everybody_sees_the_own_profile() {
    let world = World::new();
    let moderator = world.moderator().await;
    for path in ["/api/auth/user", "/api/auth/profile", "/api/auth/me"] {
        let me = world.get(path).by(&moderator).send().await;
        assert_eq!((me.status, me.header("etag")), (200, "\"1\""));
        insta::allow_duplicates! { insta::assert_json_snapshot!(me.body, { ".user.id" => "[id]", ".user.createdAt" => "[time]" }, @r#"
        {
          "success": true,
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
            "role": "moderator",
            "shiftEndsAt": null,
            "skillLevels": {},
            "skills": [
              "Zeppelins"
            ],
            "username": null
          }
        }
        "#) };
    }
    let unknown = world.get("/api/auth/user?name=x").by(&moderator);
    assert_eq!(unknown.send().await.fields(), ["name"]);
    let nobody = world.get("/api/auth/user").send().await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn admins_look_others_up_by_address() {
    let world = World::new();
    let (ann, moderator, admin) = (
        world.requester().await,
        world.moderator().await,
        world.admin().await,
    );
    for path in ["/api/auth/user", "/api/auth/profile", "/api/auth/me"] {
        let look = |by: &Caller, query: &str| world.get(&format!("{path}?{query}")).by(by).send();
        let found = look(&admin, &format!("email={}", ann.email.to_uppercase())).await;
        assert_eq!((found.status, found.header("etag")), (200, "\"1\""));
        assert_eq!(found.body["user"]["id"], ann.id());
        assert_eq!(found.body["user"]["email"], ann.email);
        let none = look(&admin, "email=nobody@example.org").await;
        assert_eq!(none.refusal(), (404, "not_found"));
        for wrong in ["email=", "email=x", "email=a@b.org&email=a@b.org"] {
            let answer = look(&admin, wrong).await;
            assert_eq!((answer.status, answer.fields()), (422, vec!["email"]));
        }
        let more = look(&admin, &format!("email={}&name=x", ann.email)).await;
        assert_eq!((more.status, more.fields()), (422, vec!["name"]));
        for by in [&ann, &moderator] {
            let own = format!("email={}", by.email);
            let other = "email=nobody@example.org&name=x";
            for query in [own.as_str(), "email=x", other] {
                let answer = look(by, query).await;
                assert_eq!(answer.refusal(), (403, "forbidden"), "{query}");
            }
        }
        let nobody = look(&Caller::nobody(), "email=x").await;
        assert_eq!(nobody.refusal(), (401, "unauthenticated"));
    }
}

#[tokio::test]
async fn looking_others_up_needs_a_verified_address() {
    let world = verifying();
    let admin = world
        .person(Role::Admin, |user| user.email_verified = false)
        .await;
    let path = format!("/api/auth/user?email={}", admin.email);
    let answer = world.get(&path).by(&admin).send().await;
    assert_eq!(answer.refusal(), (403, "email_not_verified"));
}

#[tokio::test]
async fn staff_sets_availability_and_capacity() {
    let world = World::new();
    let (user, moderator) = (world.requester().await, world.moderator().await);
    let path = "/api/auth/availability";
    let away = json!({ "availability": "AWAY", "capacity": 2 });
    let answer = world.put(path).by(&moderator).json(&away).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["user"]["availability"], "away");
    assert_eq!(answer.body["user"]["capacity"], 2);
    assert_eq!(answer.header("etag"), "\"2\"");
    let stored = world.stored(&moderator).await;
    assert_eq!(
        (stored.availability, stored.capacity),
        (Availability::Away, 2)
    );

    for (body, field) in [
        (json!({ "availability": "asleep" }), "availability"),
        (json!({ "availability": 1 }), "availability"),
        (json!({ "capacity": -1 }), "capacity"),
        (json!({ "capacity": 1.0 }), "capacity"),
        (json!({ "capacity": "1" }), "capacity"),
        (json!({ "capacity": 4_294_967_296_u64 }), "capacity"),
        (json!({ "capacity": 1_001 }), "capacity"),
        // An admin gave three.
        (json!({ "capacity": 4 }), "capacity"),
        (json!({ "role": "admin" }), "role"),
    ] {
        let answer = world.put(path).by(&moderator).json(&body).send().await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    let refused = world.put(path).by(&user).raw("text/plain", b"{").send();
    assert_eq!(refused.await.refusal(), (403, "forbidden"));
    assert_eq!(world.put(path).json(&away).send().await.status, 401);
}
