//! Credentials that do not count: forged, of another purpose, of another time, or no longer wanted.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sha2::Sha256;
use tickmate_core::domain::{time::Span, user::Role};

use crate::api::{
    people::Caller,
    world::{SECRET, World},
};

/// The key that the desk derives from its secret for logins. Who has the secret can sign; the cases below are of
/// those who have only parts of what is needed.
fn session_key() -> EncodingKey {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(b"tickmate/session/1");
    EncodingKey::from_secret(&mac.finalize().into_bytes())
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn header(typ: &str, alg: Algorithm) -> Header {
    Header {
        typ: Some(typ.to_owned()),
        ..Header::new(alg)
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

async fn refused(world: &World, token: &str) -> bool {
    let me = world.get("/api/auth/user").bearer(token).send().await;
    let write = world.post("/api/tickets").bearer(token).send().await;
    me.refusal() == (401, "unauthenticated")
        && me.header("www-authenticate") == "Bearer"
        && write.status == 401
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let world = World::new();
    let (ann, bob) = (world.requester().await, world.requester().await);
    let token = ann.token();
    let good = claims(token);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (_, other_signature) = bob.token().rsplit_once('.').unwrap();
    let sign =
        |header: &Header, claims: &Value, key: &EncodingKey| encode(header, claims, key).unwrap();
    let at = header("at+jwt", Algorithm::HS256);
    let mut tokens = vec![
        "null".to_owned(),
        "a.b.c".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{head}.{other_signature}"),
        format!("{token}="),
        format!("{token}.x"),
        format!("{token} x"),
        format!(".{token}"),
        format!("{head}.{}", &signature[1..]),
        "x".repeat(60_000),
        sign(&at, &good, &EncodingKey::from_secret(SECRET)),
        sign(&at, &good, &EncodingKey::from_secret(b"")),
        sign(&header("JWT", Algorithm::HS256), &good, &session_key()),
        sign(&header("at+jwt", Algorithm::HS384), &good, &session_key()),
        sign(&header("at+jwt", Algorithm::HS512), &good, &session_key()),
    ];
    for alg in ["none", "None", "nOnE", "RS256", "HS256"] {
        let bare = unsigned(&json!({ "alg": alg, "typ": "at+jwt" }), &good);
        tokens.push(format!("{bare}."));
        tokens.push(format!("{bare}.{signature}"));
    }
    let jwk = json!({ "alg": "HS256", "typ": "at+jwt", "kid": "../../x", "jwk": { "kty": "oct", "k": "AA" } });
    tokens.push(format!("{}.{signature}", unsigned(&jwk, &good)));
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let missing = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for claims in [
        missing("exp"),
        missing("nbf"),
        missing("iss"),
        missing("aud"),
        missing("sub"),
        missing("sid"),
        missing("iat"),
        changed("iss", json!(1)),
        changed("iss", json!("another")),
        changed("aud", json!({})),
        changed("aud", json!(["other"])),
        changed("aud", json!("tickmate/reset")),
        changed("exp", json!(1)),
        changed("sub", json!(bob.id())),
        changed("sub", json!("x")),
        changed("sid", json!(bob.id())),
    ] {
        tokens.push(sign(&at, &claims, &session_key()));
    }
    for token in tokens {
        assert!(refused(&world, &token).await, "{token}");
    }
    // The way in which the cases are signed is right: only what each changes is wrong.
    // A clock set back makes a login one of the future: the session in the store decides.
    let future = json!(99_999_999_999_i64);
    for claims in [
        good.clone(),
        changed("nbf", future.clone()),
        changed("iat", future),
    ] {
        let honest = sign(&at, &claims, &session_key());
        let call = world.get("/api/auth/user").bearer(&honest);
        assert_eq!(call.send().await.status, 200, "{claims}");
    }
}

#[tokio::test]
async fn of_several_authorizations_none_counts() {
    let world = World::new();
    let ann = world.requester().await;
    let me = || world.get("/api/auth/user");
    for call in [
        me().by(&ann).by(&ann),
        me().by(&ann).header("authorization", ""),
        me().header("authorization", ""),
        me().header("authorization", ann.token()),
        me().header("authorization", &format!("Basic {}", ann.token())),
        me().header("authorization", "Bearer null")
            .header("cookie", &format!("token={}", ann.token())),
        me().header("cookie", &format!("token={0}; token={0}", ann.token())),
        me().header("cookie", &format!("__Host-token={}", ann.token())),
    ] {
        assert_eq!(call.send().await.status, 401);
    }
    let lower = me().header("authorization", &format!("bearer {}", ann.token()));
    assert_eq!(lower.send().await.status, 200);
}

#[tokio::test]
async fn logins_end_with_idleness_and_age() {
    let world = World::new();
    let (idle, busy) = (world.requester().await, world.requester().await);
    for _ in 0..4 {
        world.pass(Span::days(6));
        assert_eq!(
            world.get("/api/auth/user").by(&busy).send().await.status,
            200
        );
    }
    assert!(refused(&world, idle.token()).await);
    world.pass(Span::days(6));
    assert!(refused(&world, busy.token()).await, "30 days are the most");
}

#[tokio::test]
async fn what_an_admin_changes_holds_at_once() {
    let world = World::new();
    let admin = world.admin().await;
    let user = world.requester().await;
    let demoted = world.person(Role::Admin, |_| {}).await;
    let change = |who: &Caller, body: Value| {
        let path = format!("/api/admin/users/{}", who.id());
        world.patch(&path).by(&admin).json(&body).send()
    };
    assert_eq!(
        change(&user, json!({ "isActive": false })).await.status,
        200
    );
    assert!(refused(&world, user.token()).await);
    assert_eq!(change(&user, json!({ "isActive": true })).await.status, 200);
    assert!(refused(&world, user.token()).await, "the login is over");

    assert_eq!(
        world
            .get("/api/admin/users")
            .by(&demoted)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        change(&demoted, json!({ "role": "user" })).await.status,
        200
    );
    let list = world.get("/api/admin/users").by(&demoted).send().await;
    assert_eq!(list.refusal(), (403, "forbidden"));
}
