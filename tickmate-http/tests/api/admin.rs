//! What admins do with accounts.

use serde_json::{Value, json};
use tickmate_core::domain::user::Role;

use crate::api::{people::Caller, requests::Answer, world::World};

async fn update(world: &World, by: &Caller, who: &str, body: Value) -> Answer {
    let path = format!("/api/admin/users/{who}");
    world.patch(&path).by(by).json(&body).send().await
}

#[tokio::test]
async fn users_are_listed_filtered_and_paged() {
    let world = World::new();
    let admin = world.admin().await;
    let ann = world
        .person(Role::User, |user| user.name = "Ann%Lee".to_owned())
        .await;
    world.moderator().await;
    world.person(Role::User, |user| user.active = false).await;
    let emails = async |query: &str| {
        let answer = world.get(&format!("/api/admin/users?{query}")).by(&admin);
        let answer = answer.send().await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        let users = answer.body["users"].as_array().unwrap();
        users
            .iter()
            .map(|user| user["email"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(emails("").await.len(), 4, "admins too");
    assert_eq!(emails("role=moderator,admin").await.len(), 2);
    assert_eq!(emails("active=false").await.len(), 1);
    assert_eq!(emails("q=ann%25").await, [ann.email.as_str()]);
    assert_eq!(emails("q=%25_").await.len(), 0);
    let mut seen = 0;
    let mut cursor = String::new();
    loop {
        let page = format!("/api/admin/users?limit=3{cursor}");
        let page = world.get(&page).by(&admin).send().await;
        seen += page.body["users"].as_array().unwrap().len();
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 4);
    for (query, field) in [
        ("limit=0", "limit"),
        ("role=god", "role"),
        ("active=yes", "active"),
        ("cursor=x", "cursor"),
        ("email=x", "email"),
        ("q=a%00", "q"),
    ] {
        let answer = world.get(&format!("/api/admin/users?{query}")).by(&admin);
        let answer = answer.send().await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{query}"
        );
    }
    assert!(
        !world
            .get("/api/admin/users")
            .by(&admin)
            .send()
            .await
            .text
            .contains("argon2")
    );
    let user = world
        .get("/api/admin/users?limit=zzz")
        .by(&ann)
        .send()
        .await;
    assert_eq!(user.refusal(), (403, "forbidden"));
    assert_eq!(world.get("/api/admin/users").send().await.status, 401);
}

#[tokio::test]
async fn accounts_are_changed_at_a_version() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    let body = json!({ "role": "MODERATOR", "skills": ["Zeppelins"], "capacity": 7, "version": 1 });
    let changed = update(&world, &admin, &ann.id(), body.clone()).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    let user = &changed.body["user"];
    assert_eq!(user["role"], "moderator");
    assert_eq!(user["skills"], json!(["Zeppelins"]));
    assert_eq!(user["capacity"], 7);
    let same = update(&world, &admin, &ann.id(), body).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"2\""));
    let stale = json!({ "capacity": 8, "version": 1 });
    let stale = update(&world, &admin, &ann.id(), stale).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
    let emptied = update(&world, &admin, &ann.id(), json!({ "skills": [] })).await;
    assert_eq!(emptied.body["user"]["skills"], json!([]));
    for name in ["active", "isActive"] {
        let off = update(&world, &admin, &ann.id(), json!({ name: false })).await;
        assert_eq!(off.body["user"]["isActive"], false);
        let on = update(&world, &admin, &ann.id(), json!({ name: true })).await;
        assert_eq!(on.body["user"]["isActive"], true);
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused() {
    let world = World::new();
    let (admin, ann) = (world.admin().await, world.requester().await);
    for (body, field) in [
        (json!({ "role": "god" }), "role"),
        (json!({ "role": null }), "role"),
        (json!({ "skills": "x" }), "skills"),
        (json!({ "skills": [1] }), "skills[0]"),
        (json!({ "skills": ["x", ""] }), "skills[1]"),
        (
            json!({ "skills": [{ "name": "x", "level": 4 }] }),
            "skills[0].level",
        ),
        (json!({ "skills": vec!["x"; 51] }), "skills"),
        (json!({ "capacity": 1_001 }), "capacity"),
        (json!({ "hours": "9 to 5" }), "hours"),
        (
            json!({ "hours": { "zone": "Mars/Utopia", "week": {} } }),
            "hours.zone",
        ),
        (json!({ "capacity": "3" }), "capacity"),
        (json!({ "isActive": "true" }), "isActive"),
        (json!({ "isActive": true, "active": false }), "active"),
        (json!({ "email": "x@example.org" }), "email"),
        (json!({ "passwordHash": "x" }), "passwordHash"),
    ] {
        let answer = update(&world, &admin, &ann.id(), body.clone()).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{body}"
        );
    }
    for who in ["x", "1", "0198c0de-0000-7000-8000-000000000000", "%00"] {
        let answer = update(&world, &admin, who, json!({ "nonsense": 1 })).await;
        assert_eq!(answer.refusal(), (404, "not_found"), "{who}");
        let answer = update(&world, &ann, who, json!({})).await;
        assert_eq!(answer.refusal(), (403, "forbidden"), "{who}");
    }
    let own = update(&world, &admin, &admin.id(), json!({ "role": "user" })).await;
    assert_eq!(own.refusal(), (403, "forbidden"));
    let nobody = update(&world, &Caller::nobody(), &ann.id(), json!({})).await;
    assert_eq!(nobody.refusal(), (401, "unauthenticated"));
    assert_eq!(world.stored(&ann).await.version, 1, "nothing was written");
}
