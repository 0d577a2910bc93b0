//! Mails, the suppression list and dead jobs, as admins look after them.

use serde_json::{Value, json};
use tickmate_core::{
    backend::{mailer::Repeats, store::MailStore},
    domain::{delivery::Delivery, mail::MailKey, time::Span},
};

use crate::api::{people::Caller, requests::Answer, world::World};

async fn listed(world: &World, by: &Caller, query: &str) -> Answer {
    let path = format!("/api/admin/mail{query}");
    world.get(&path).by(by).send().await
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let mails = answer.body["mails"].as_array().unwrap();
    let id = |mail: &Value| mail["id"].as_str().unwrap().to_owned();
    mails.iter().map(id).collect()
}

/// A world with an admin, in which this many mails to a requester were refused.
async fn with_refused(mails: usize) -> (World, Caller, Caller) {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    for number in 0..mails {
        world.mailer.refuse_next(1);
        world.ticket(&ann, &format!("Leak {number}")).await;
        world.run_until_idle().await;
    }
    (world, ann, admin)
}

#[tokio::test]
async fn a_mail_is_shown_without_its_texts() {
    let (world, ann, admin) = with_refused(1).await;
    let shown = listed(&world, &admin, "?status=dead").await;
    assert_eq!(shown.status, 200, "{shown:?}");
    insta::assert_json_snapshot!(shown.body, {
        ".mails[].id" => "[id]", ".mails[].event" => "[event]", ".mails[].ticket" => "[ticket]",
        ".mails[].updatedAt" => "[time]", ".mails[].recipient" => "[address]",
    }, @r#"
    {
      "mails": [
        {
          "delivery": null,
          "event": "[event]",
          "id": "[id]",
          "kind": "received",
          "reason": "the mail was refused: planned refusal",
          "recipient": "[address]",
          "reference": null,
          "retries": 0,
          "status": "dead",
          "ticket": "[ticket]",
          "updatedAt": "[time]"
        }
      ],
      "nextCursor": null,
      "success": true
    }
    "#);
    assert_eq!(shown.body["mails"][0]["recipient"], json!(ann.email));
    assert!(!shown.text.contains("airship"), "{}", shown.text);
}

#[tokio::test]
async fn a_dead_mail_is_sent_again_by_one_call() {
    let (world, ann, admin) = with_refused(1).await;
    let id = ids(&listed(&world, &admin, "?status=dead").await).remove(0);
    let path = format!("/api/admin/mail/{id}/retry");
    for (by, status) in [(&Caller::nobody(), 401), (&ann, 403)] {
        assert_eq!(world.post(&path).by(by).send().await.status, status);
    }
    let answer = world.post(&path).by(&admin).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["mail"]["status"], "queued");
    assert_eq!(answer.body["mail"]["retries"], 1);
    world.run_until_idle().await;
    assert!(ids(&listed(&world, &admin, "?status=dead").await).is_empty());
    let sent = listed(&world, &admin, "?status=sent").await;
    assert!(ids(&sent).contains(&id));
    let again = world.post(&path).by(&admin).send().await;
    assert_eq!(again.refusal(), (409, "mail_sent"));
    let nobody = id.replace("received", "closed");
    for unknown in ["1", "a.b.c", &nobody] {
        let path = format!("/api/admin/mail/{unknown}/retry");
        let answer = world.post(&path).by(&admin).send().await;
        assert_eq!(answer.refusal(), (404, "not_found"), "{unknown}");
    }
}

#[tokio::test]
async fn the_mails_of_a_status_are_listed_page_by_page_and_retried_together() {
    let (world, ann, admin) = with_refused(5).await;
    let all = ids(&listed(&world, &admin, "?status=dead").await);
    assert_eq!(all.len(), 5);
    let mut paged = Vec::new();
    let mut query = "?status=dead&limit=2".to_owned();
    loop {
        let page = listed(&world, &admin, &query).await;
        paged.extend(ids(&page));
        match page.body["nextCursor"].as_str() {
            Some(cursor) => query = format!("?status=dead&limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    for wrong in [
        "?status=lost",
        "?status=dead&cursor=1",
        "?limit=0",
        "?state=dead",
    ] {
        assert_eq!(listed(&world, &admin, wrong).await.status, 422, "{wrong}");
    }
    let key: MailKey = all[2].parse().unwrap();
    let third = world.store.mail(&key).await.unwrap().unwrap().updated_at;
    let third = third.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let retry = async |by: &Caller, body: Value| {
        let call = world.post("/api/admin/mail/retry").by(by);
        call.json(&body).send().await
    };
    assert_eq!(retry(&ann, json!({})).await.status, 403);
    assert_eq!(retry(&admin, json!({ "status": "sent" })).await.status, 422);
    let some = retry(&admin, json!({ "status": "dead", "from": third })).await;
    assert_eq!(
        (some.status, &some.body["retried"]),
        (200, &json!(3)),
        "{some:?}"
    );
    let rest = world.post("/api/admin/mail/retry").by(&admin).send().await;
    assert_eq!(
        (rest.status, &rest.body["retried"]),
        (200, &json!(2)),
        "{rest:?}"
    );
    world.run_until_idle().await;
    assert!(ids(&listed(&world, &admin, "?status=dead").await).is_empty());
}

#[tokio::test]
async fn uncertain_mails_are_listed_and_retried() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.mailer.set_repeats(Repeats::Visible);
    world.mailer.lose_next_answers(1);
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let uncertain = "?status=uncertain";
    assert!(ids(&listed(&world, &admin, uncertain).await).is_empty());
    world.pass(Span::days(1));
    world.run_until_idle().await;
    let shown = listed(&world, &admin, uncertain).await;
    assert_eq!(ids(&shown).len(), 1);
    assert_eq!(shown.body["mails"][0]["status"], "uncertain");
    let retry = world.post("/api/admin/mail/retry").by(&admin);
    let retried = retry.json(&json!({ "status": "uncertain" })).send().await;
    assert_eq!(
        (retried.status, &retried.body["retried"]),
        (200, &json!(1)),
        "{retried:?}"
    );
    assert!(ids(&listed(&world, &admin, uncertain).await).is_empty());
}

#[tokio::test]
async fn a_bounce_is_shown_and_suppresses_the_address() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let sent = listed(&world, &admin, "?status=sent").await;
    let mails = sent.body["mails"].as_array().unwrap();
    let mail = mails
        .iter()
        .find(|mail| mail["recipient"] == json!(ann.email))
        .unwrap();
    let reference = mail["reference"].as_str().unwrap();
    let (desk, at) = (&world.desk, world.desk.now());
    let noted = desk
        .mails()
        .note_delivery(reference, Delivery::Bounced, Some("no such user"), at);
    assert!(noted.await.unwrap());
    let sent = listed(&world, &admin, "?status=sent").await;
    let mails = sent.body["mails"].as_array().unwrap();
    let mail = mails
        .iter()
        .find(|mail| mail["recipient"] == json!(ann.email))
        .unwrap();
    assert_eq!(mail["delivery"], "bounced");
    assert_eq!(mail["reason"], "no such user");
    let list = world
        .get("/api/admin/mail/suppressions")
        .by(&admin)
        .send()
        .await;
    assert_eq!(list.body["suppressions"][0]["address"], json!(ann.email));
    assert_eq!(list.body["suppressions"][0]["by"], Value::Null);
}

#[tokio::test]
async fn admins_manage_the_suppression_list() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    let path = "/api/admin/mail/suppressions";
    let add = async |by: &Caller, body: Value| world.post(path).by(by).json(&body).send().await;
    let body = json!({ "address": "Bob@Example.org", "reason": "asked us to" });
    assert_eq!(add(&ann, body.clone()).await.status, 403);
    let added = add(&admin, body).await;
    assert_eq!(added.status, 200, "{added:?}");
    assert_eq!(added.body["suppression"]["address"], "bob@example.org");
    assert_eq!(added.body["suppression"]["by"], json!(admin.id()));
    for wrong in [
        json!({}),
        json!({ "address": "bob" }),
        json!({ "address": "b@example.org", "reason": "x".repeat(201) }),
        json!({ "address": "b@example.org", "since": "2030-01-01T00:00:00Z" }),
    ] {
        assert_eq!(add(&admin, wrong.clone()).await.status, 422, "{wrong}");
    }
    add(&admin, json!({ "address": "amy@example.org" })).await;
    let first = world
        .get(&format!("{path}?limit=1"))
        .by(&admin)
        .send()
        .await;
    assert_eq!(first.body["suppressions"][0]["address"], "amy@example.org");
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = format!("{path}?limit=1&cursor={cursor}");
    let second = world.get(&second).by(&admin).send().await;
    assert_eq!(second.body["suppressions"][0]["reason"], "asked us to");
    assert_eq!(second.body["nextCursor"], Value::Null);
    let remove = async |by: &Caller, address: &str| {
        let path = format!("{path}/{address}");
        world.call(http::Method::DELETE, &path).by(by).send().await
    };
    assert_eq!(remove(&ann, "bob@example.org").await.status, 403);
    assert_eq!(remove(&admin, "BOB%40example.org").await.status, 200);
    assert_eq!(
        remove(&admin, "bob@example.org").await.refusal(),
        (404, "not_found")
    );
    assert_eq!(remove(&admin, "bob").await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn dead_jobs_are_listed_and_retried() {
    let world = World::new();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Leak").await;
    world.ticket(&ann, "Fire").await;
    world.die_of_errors().await;
    let jobs = async |by: &Caller| world.get("/api/admin/jobs").by(by).send().await;
    assert_eq!(jobs(&ann).await.status, 403);
    let shown = jobs(&admin).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let dead = shown.body["dead"].as_array().unwrap();
    assert_eq!(shown.body["depth"]["dead"], json!(dead.len()));
    assert!(dead.len() >= 2);
    let first = &dead[0];
    assert_eq!(
        (&first["cause"], &first["lastError"]),
        (&json!("errors"), &json!("no"))
    );
    let path = format!("/api/admin/jobs/{}/retry", first["key"].as_str().unwrap());
    assert_eq!(world.post(&path).by(&ann).send().await.status, 403);
    assert_eq!(world.post(&path).by(&admin).send().await.status, 200);
    let again = world.post(&path).by(&admin).send().await;
    assert_eq!(again.refusal(), (404, "not_found"));
    let retry = async |body: Value| {
        let call = world.post("/api/admin/jobs/retry").by(&admin);
        call.json(&body).send().await
    };
    assert_eq!(retry(json!({ "kind": "bake" })).await.status, 422);
    assert_eq!(retry(json!({ "kind": "train" })).await.body["retried"], 0);
    let early = json!({ "from": null, "to": "2000-01-01T00:00:00Z" });
    assert_eq!(retry(early).await.body["retried"], 0);
    assert_eq!(retry(json!({ "from": "yesterday" })).await.status, 422);
    assert_eq!(
        retry(json!({})).await.body["retried"],
        json!(dead.len() - 1)
    );
    assert!(
        jobs(&admin).await.body["dead"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_outage_is_seen_in_readyz() {
    let world = World::new();
    let ann = world.requester().await;
    let ready = async || world.get("/readyz").send().await;
    assert_eq!(ready().await.body.get("degraded"), None);
    world.mailer.fail_settings_next(1);
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let answer = ready().await;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("ready"))
    );
    assert_eq!(answer.body["degraded"], json!(["mail"]));
    world.ticket(&ann, "Fire").await;
    world.run_until_idle().await;
    assert_eq!(ready().await.body.get("degraded"), None);
}
