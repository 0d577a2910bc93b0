//! Working hours: who sets them, what is refused, and what is shown.

use serde_json::{Value, json};

use crate::api::{people::Caller, requests::Answer, world::World};

/// The clock of a [`World`] starts at 14:13 UTC on Monday, 21 September 2026.
fn until_three() -> Value {
    json!({ "zone": "UTC", "week": { "mon": [["09:00", "15:00"]] } })
}

async fn set(world: &World, by: &Caller, body: Value) -> Answer {
    let call = world.put("/api/auth/availability").by(by);
    call.json(&body).send().await
}

#[tokio::test]
async fn staff_sets_the_own_hours() {
    let world = World::new();
    let moderator = world.moderator().await;
    let answer = set(&world, &moderator, json!({ "hours": until_three() })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let user = &answer.body["user"];
    let whole = json!({
        "zone": "UTC", "exceptions": [],
        "week": { "mon": [["09:00", "15:00"]], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": [] },
    });
    assert_eq!(user["hours"], whole);
    assert_eq!(user["onShift"], true);
    assert_eq!(user["shiftEndsAt"], "2026-09-21T15:00:00.000000Z");
    let again = set(&world, &moderator, json!({ "hours": whole })).await;
    assert_eq!(
        again.header("etag"),
        "\"2\"",
        "the same hours are no change"
    );
    let kept = set(&world, &moderator, json!({ "capacity": 2 })).await;
    assert_eq!(kept.body["user"]["hours"], whole);
    let removed = set(&world, &moderator, json!({ "hours": null })).await;
    assert_eq!(removed.body["user"]["hours"], Value::Null);
    assert_eq!(removed.body["user"]["onShift"], true);
    assert_eq!(removed.body["user"]["shiftEndsAt"], Value::Null);
    let ann = world.requester().await;
    let refused = set(&world, &ann, json!({ "hours": null })).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
}

#[tokio::test]
async fn an_admin_sets_anybody_s_hours_and_they_count_at_once() {
    let world = World::new();
    let (admin, moderator) = (world.admin().await, world.moderator().await);
    let path = format!("/api/admin/users/{}", moderator.id());
    let mornings = json!({ "zone": "Europe/Berlin", "week": { "tue": [["08:00", "12:00"]] } });
    let body = json!({ "hours": mornings, "version": 1 });
    let changed = world.patch(&path).by(&admin).json(&body).send().await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let user = &changed.body["user"];
    assert_eq!(user["hours"]["zone"], "Europe/Berlin");
    assert_eq!(user["onShift"], false);
    assert_eq!(user["shiftEndsAt"], Value::Null);
    let ann = world.requester().await;
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"]["assignedTo"]["id"], Value::Null);
    let me = world.get("/api/auth/me").by(&moderator).send().await;
    assert_eq!(me.body["user"], *user);
    let body = json!({ "hours": null });
    let removed = world.patch(&path).by(&admin).json(&body).send().await;
    assert_eq!(removed.body["user"]["onShift"], true);
    world.run_until_idle().await;
    let read = world.get("/api/tickets/1").by(&ann).send().await;
    assert_eq!(read.body["ticket"]["assignedTo"]["id"], moderator.id());
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_path() {
    let world = World::new();
    let (admin, moderator) = (world.admin().await, world.moderator().await);
    let path = format!("/api/admin/users/{}", moderator.id());
    for (hours, field) in [
        (json!("9 to 5"), "hours"),
        (json!([]), "hours"),
        (json!({}), "hours.zone"),
        (json!({ "zone": "UTC" }), "hours.week"),
        (json!({ "zone": "Mars/Utopia", "week": {} }), "hours.zone"),
        (
            json!({ "zone": "UTC", "week": { "mon": [["9", "17:00"]] } }),
            "hours.week.mon[0]",
        ),
        (
            json!({ "zone": "UTC", "week": { "mon": [["09:00", "12:00"], ["13:00"]] } }),
            "hours.week.mon[1]",
        ),
        (
            json!({ "zone": "UTC", "week": {}, "exceptions": [{ "date": "24.12.", "spans": [] }] }),
            "hours.exceptions[0].date",
        ),
    ] {
        let body = json!({ "hours": hours });
        let by_admin = world.patch(&path).by(&admin).json(&body).send().await;
        for answer in [by_admin, set(&world, &moderator, body.clone()).await] {
            assert_eq!(
                (answer.status, answer.fields()),
                (422, vec![field]),
                "{body}"
            );
        }
    }
    assert_eq!(world.stored(&moderator).await.version, 1);
}
