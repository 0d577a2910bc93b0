//! Levels of skills: how they are sent, kept and shown.

use serde_json::{Value, json};
use tickmate_core::domain::{skill::Level, user::Role};

use crate::api::{people::Caller, world::World};

async fn set_own(world: &World, by: &Caller, skills: Value) -> Value {
    let body = json!({ "skills": skills });
    let answer = world.put("/api/auth/update-skills").by(by).json(&body);
    let answer = answer.send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["user"].clone()
}

#[tokio::test]
async fn plain_names_keep_levels_and_null_takes_them_away() {
    let world = World::new();
    let moderator = world.moderator().await;
    let react = json!({ "name": "react.js", "level": 3 });
    let user = set_own(&world, &moderator, json!(["Linux", react])).await;
    assert_eq!(user["skills"], json!(["Linux", "React"]));
    assert_eq!(user["skillLevels"], json!({ "React": 3 }));
    let user = set_own(&world, &moderator, json!(["React", "Linux"])).await;
    assert_eq!(user["skillLevels"], json!({ "React": 3 }));
    let admin = world.admin().await;
    let path = format!("/api/admin/users/{}", moderator.id());
    let body = json!({ "skills": ["React", { "name": "Linux", "level": 1 }] });
    let changed = world.patch(&path).by(&admin).json(&body).send().await;
    let levels = &changed.body["user"]["skillLevels"];
    assert_eq!(*levels, json!({ "Linux": 1, "React": 3 }));
    let none = json!([{ "name": "React", "level": null }, { "name": "Linux" }]);
    let user = set_own(&world, &moderator, none).await;
    assert_eq!(user["skillLevels"], json!({ "Linux": 1 }));
    let user = set_own(&world, &moderator, json!([])).await;
    assert_eq!(
        (&user["skills"], &user["skillLevels"]),
        (&json!([]), &json!({}))
    );
    let user = set_own(&world, &moderator, json!(["Linux"])).await;
    assert_eq!(
        user["skillLevels"],
        json!({}),
        "what was left out is forgotten"
    );
}

#[tokio::test]
async fn own_skills_are_changed_at_a_version_by_anybody() {
    let world = World::new();
    let ann = world.requester().await;
    let put = |body: Value| {
        let call = world.put("/api/auth/update-skills").by(&ann);
        async move { call.json(&body).send().await }
    };
    let first = put(json!({ "skills": ["Linux"], "version": 1 })).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
    let stale = put(json!({ "skills": [], "version": 1 })).await;
    assert_eq!(stale.refusal(), (412, "stale_version"));
    for (body, fields) in [
        (json!({}), vec!["skills"]),
        (json!({ "skills": "Linux, React" }), vec!["skills"]),
        (
            json!({ "skills": [{ "name": "", "level": 0 }, 1] }),
            vec!["skills[0].level", "skills[0].name", "skills[1]"],
        ),
        (
            json!({ "skills": [{ "name": "React", "level": 1 }, { "name": "reactjs", "level": 2 }] }),
            vec!["skills[1].level"],
        ),
    ] {
        let answer = put(body.clone()).await;
        assert_eq!((answer.status, answer.fields()), (422, fields), "{body}");
    }
    assert_eq!(world.stored(&ann).await.version, 2);
}

#[tokio::test]
async fn who_joins_states_levels() {
    let world = World::new();
    let join = json!({
        "email": "new@example.org", "password": crate::api::people::PASSWORD,
        "skills": [{ "name": "Linux", "level": 2 }, "React"],
    });
    let joined = world.post("/api/auth/register").json(&join).send().await;
    assert_eq!(joined.status, 202, "{joined:?}");
    let login = world.log_in("new@example.org", crate::api::people::PASSWORD);
    let user = &login.await.body["user"];
    assert_eq!(user["skills"], json!(["Linux", "React"]));
    assert_eq!(user["skillLevels"], json!({ "Linux": 2 }));
}

#[tokio::test]
async fn a_ticket_says_the_least_level_and_goes_to_who_has_it() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let linux = world.desk.vocabulary().await.unwrap().resolve("Linux");
    let moderator = async |level: Level| {
        let skill = linux.clone().at(level);
        let moderator = world.person(Role::Moderator, |user| user.skills = vec![skill]);
        moderator.await
    };
    moderator(Level::Novice).await;
    let expert = moderator(Level::Expert).await;
    let draft = json!({
        "title": "Kernel panic", "description": "It panics.",
        "relatedSkills": [{ "name": "linux", "level": 3 }],
    });
    let made = world.post("/api/tickets").by(&ann).json(&draft);
    let made = made.send().await;
    assert_eq!(made.body["ticket"]["relatedSkills"], json!(["Linux"]));
    assert_eq!(made.body["ticket"]["skillLevels"], json!({ "Linux": 3 }));
    world.run_until_idle().await;
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"]["assignedTo"]["id"], expert.id());

    let edit = async |skills: Value| {
        let body = json!({ "relatedSkills": skills });
        let edited = world.patch("/api/tickets/1").by(&admin).json(&body);
        let edited = edited.send().await;
        assert_eq!(edited.status, 200, "{edited:?}");
        edited.body["ticket"]["skillLevels"].clone()
    };
    assert_eq!(edit(json!(["Linux"])).await, json!({ "Linux": 3 }), "kept");
    let lower = json!([{ "name": "Linux", "level": 1 }]);
    assert_eq!(edit(lower).await, json!({ "Linux": 1 }));
    let cleared = json!([{ "name": "Linux", "level": null }]);
    assert_eq!(edit(cleared).await, json!({}));
    let history = world.get("/api/tickets/1/history").by(&ann).send().await;
    let changes = history.body["events"].as_array().unwrap().iter();
    let changes = changes.flat_map(|event| event["changes"].as_array().unwrap());
    let told: Vec<(&Value, &Value)> = changes
        .filter(|change| change["field"] == "relatedSkills")
        .map(|change| (&change["from"], &change["to"]))
        .collect();
    let [high, low, none] =
        ["Linux (level 3)", "Linux (level 1)", "Linux"].map(|label| json!([label]));
    assert_eq!(told, [(&high, &low), (&low, &none)]);
}

#[tokio::test]
async fn who_lowers_a_level_gives_back_what_needs_more() {
    let world = World::new();
    let ann = world.requester().await;
    let linux = world
        .desk
        .vocabulary()
        .await
        .unwrap()
        .resolve("Linux")
        .at(Level::Expert);
    let expert = async || {
        let skills = vec![linux.clone()];
        world
            .person(Role::Moderator, |user| user.skills = skills)
            .await
    };
    let first = expert().await;
    let draft = json!({
        "title": "Kernel panic", "description": "It panics.",
        "relatedSkills": [{ "name": "Linux", "level": 3 }],
    });
    let made = world.post("/api/tickets").by(&ann).json(&draft);
    assert_eq!(made.send().await.status, 201);
    world.run_until_idle().await;
    let assignee = async || {
        let read = world.get("/api/tickets/1").by(&ann).send().await;
        read.body["ticket"]["assignedTo"]["id"].clone()
    };
    assert_eq!(assignee().await, first.id());
    let second = expert().await;
    let skilled = json!([{ "name": "Linux", "level": 2 }]);
    set_own(&world, &first, skilled).await;
    world.run_until_idle().await;
    assert_eq!(assignee().await, second.id());
}
