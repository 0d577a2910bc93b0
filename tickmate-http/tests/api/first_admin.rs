//! The first admin, made by a code.

use serde_json::json;

use crate::api::{people::PASSWORD, world::World};

const PATH: &str = "/api/auth/first-admin";

#[tokio::test]
async fn the_code_makes_the_first_admin_and_then_nobody_knows_the_route() {
    let world = World::new();
    let code = world.desk.auth().first_admin_code().await.unwrap().unwrap();
    let wrong = json!({ "code": "x", "email": "a@example.org", "password": PASSWORD });
    let answer = world.post(PATH).json(&wrong).send().await;
    assert_eq!(answer.refusal(), (400, "invalid_token"));
    let partial = json!({ "code": code, "role": "admin" });
    let answer = world.post(PATH).json(&partial).send().await;
    assert_eq!(answer.fields(), ["role", "email", "password"]);
    assert_eq!(world.hashes(), 0);

    let right =
        json!({ "code": code, "email": "a@example.org", "password": PASSWORD, "name": "Ada" });
    let made = world.post(PATH).json(&right).send().await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["user"]["role"], "admin");
    assert_eq!(made.body["user"]["name"], "Ada");
    for body in [right.to_string(), "{".to_owned(), String::new()] {
        let again = world.post(PATH).raw("application/json", body.as_bytes());
        assert_eq!(again.send().await.refusal(), (404, "not_found"), "{body}");
    }
    assert_eq!(world.log_in("a@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn guessing_codes_is_throttled() {
    let world = World::new();
    world.desk.auth().first_admin_code().await.unwrap();
    let wrong = json!({ "code": "x", "email": "a@example.org", "password": PASSWORD });
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(world.post(PATH).json(&wrong).send().await.status);
    }
    assert_eq!(seen, [400, 400, 400, 400, 400, 429]);
}
