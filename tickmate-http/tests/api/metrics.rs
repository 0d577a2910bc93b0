//! Figures for a scraper.

use std::collections::BTreeMap;

use serde_json::json;
use tickmate_core::domain::{time::Span, user::Role};
use tickmate_http::{HttpSettings, MetricsToken};

use crate::api::{requests::Answer, world::World};

const TOKEN: &str = "a token of the scraper's own";

fn measured() -> World {
    World::with_http(HttpSettings {
        metrics_token: Some(MetricsToken::new(TOKEN)),
        ..HttpSettings::default()
    })
}

async fn scrape(world: &World) -> Answer {
    world.get("/metrics").bearer(TOKEN).send().await
}

/// The figures by name, without `tickmate_`.
async fn figures(world: &World) -> BTreeMap<String, f64> {
    let answer = scrape(world).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let samples = answer.text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.split_once(' ').unwrap();
            let name = name.strip_prefix("tickmate_").unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn without_a_token_in_the_settings_there_are_none() {
    let world = World::new();
    assert_eq!(scrape(&world).await.refusal(), (404, "not_found"));
    assert_eq!(world.get("/metrics").send().await.status, 404);
}

#[tokio::test]
async fn nobody_else_reads_them() {
    let world = measured();
    let admin = world.admin().await;
    for answer in [
        world.get("/metrics").send().await,
        world.get("/metrics").by(&admin).send().await,
        world.get("/metrics").bearer("").send().await,
        world.get("/metrics").bearer(&TOKEN[1..]).send().await,
        world
            .get("/metrics")
            .bearer(&format!("{TOKEN}!"))
            .send()
            .await,
        world
            .get("/metrics")
            .header("cookie", &format!("token={TOKEN}"))
            .send()
            .await,
    ] {
        assert_eq!(answer.refusal(), (401, "unauthenticated"));
        assert!(!answer.text.contains("tickmate_"));
    }
    assert_eq!(
        world.post("/metrics").bearer(TOKEN).send().await.status,
        405
    );
    let shown = format!("{:?}", MetricsToken::new(TOKEN));
    assert!(!shown.contains("scraper"), "{shown}");
    let api = world.get("/api/tickets").bearer(TOKEN).send().await;
    assert_eq!(api.status, 401, "it opens nothing else");
}

#[tokio::test]
async fn an_idle_desk_is_even() {
    let world = measured();
    let answer = scrape(&world).await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    for (name, value) in figures(&world).await {
        let even = if name == "load_jain" { 1.0 } else { 0.0 };
        assert_eq!(value, even, "{name}");
    }
}

#[tokio::test]
async fn what_waits_and_who_has_how_much_is_counted() {
    let world = measured();
    let ann = world.requester().await;
    world.admin().await;
    let moderators = [world.moderator().await, world.moderator().await];
    for n in 0..3 {
        world.ticket(&ann, &format!("Leak {n}")).await;
    }
    assert_eq!(figures(&world).await["tickets_needing_triage"], 3.0);
    world.run_until_idle().await;
    let busy = figures(&world).await;
    assert_eq!(busy["tickets_needing_triage"], 0.0);
    assert_eq!(busy["backlog_tickets"], 0.0);
    // One has two, the other one: mean 1.5. The admin, who has none, does not count.
    assert!((busy["load_busiest_over_mean"] - 4.0 / 3.0).abs() < 1e-9);
    assert!((busy["load_gini"] - 1.0 / 6.0).abs() < 1e-9);
    assert!((busy["load_jain"] - 0.9).abs() < 1e-9);

    for moderator in &moderators {
        let body = json!({ "availability": "offline" });
        let put = world.put("/api/auth/availability").by(moderator);
        assert_eq!(put.json(&body).send().await.status, 200);
    }
    world.run_until_idle().await;
    world.pass(Span::minutes(5));
    let waiting = figures(&world).await;
    assert_eq!(waiting["backlog_tickets"], 3.0);
    let age = waiting["backlog_oldest_seconds"];
    assert!((300.0..310.0).contains(&age), "{age}");
    assert_eq!(waiting["load_busiest_over_mean"], 0.0);
}

#[tokio::test]
async fn mails_dead_jobs_and_an_outage_are_counted() {
    let world = measured();
    let (ann, admin) = (world.requester().await, world.admin().await);
    world.ticket(&ann, "Smoke").await;
    world.die_of_errors().await;
    let jobs = world.get("/api/admin/jobs").by(&admin).send().await;
    let dead = jobs.body["depth"]["dead"].as_f64().unwrap();
    assert!(dead >= 2.0, "triage and mail: {jobs:?}");
    assert_eq!(figures(&world).await["jobs_dead"], dead);

    world.mailer.refuse_next(1);
    world.ticket(&ann, "Leak").await;
    world.run_until_idle().await;
    let refused = figures(&world).await;
    assert_eq!(refused["mails_total{status=\"dead\"}"], 1.0);
    assert_eq!(refused["mails_dead"], 1.0);
    let sent = refused["mails_total{status=\"sent\"}"];
    assert!(sent > 0.0);
    assert_eq!(refused["mail_outage_seconds"], 0.0);

    world.mailer.fail_settings_next(100);
    world.ticket(&ann, "Fire").await;
    world.run_until_idle().await;
    world.pass(Span::minutes(5));
    let failing = figures(&world).await;
    let outage = failing["mail_outage_seconds"];
    assert!((300.0..310.0).contains(&outage), "{outage}");
    let queued = failing["mails_total{status=\"queued\"}"];
    assert!(queued > 0.0);
    assert_eq!(failing["mails_total{status=\"sent\"}"], sent);
    assert_eq!(failing["mails_dead"], 1.0);
    assert_eq!(failing["mail_pause_seconds"], 0.0);
}

#[tokio::test]
async fn what_nobody_covers_is_counted_apart() {
    let world = measured();
    let ann = world.requester().await;
    // There is somebody who could be given anything, but for want of room.
    world.person(Role::Admin, |user| user.capacity = 0).await;
    let linux = world.desk.vocabulary().await.unwrap().resolve("Linux");
    world
        .person(Role::Moderator, |user| {
            user.skills = vec![linux];
            user.capacity = 0;
        })
        .await;
    world.ticket_for(&ann, "Kernel panic", &["Linux"]).await;
    world
        .ticket_for(&ann, "Odd", &["Quantum Entanglement"])
        .await;
    world.run_until_idle().await;
    let figures = figures(&world).await;
    assert_eq!(figures["backlog_tickets"], 2.0);
    assert_eq!(figures["backlog_uncovered_tickets"], 1.0);
    assert_eq!(figures["skills_covered_alone"], 1.0);
}
