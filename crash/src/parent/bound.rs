//! The bound on crashes: a job that kills its process at each run is dead in the end, and its ticket is looked after.

use std::time::Duration;

use serde_json::{Value, json};
use tickmate::domain::retry::RetryPolicy;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    drain,
    process::{Ended, Process},
    report::say,
    scene::{SKILLS, Scene},
    wire::{Answer, Api, Request},
};
use crate::{
    args::{FailAt, RunArgs},
    failure::Failure,
};

/// Kills the desk whenever it is about to read a ticket.
const POISON: FailAt = FailAt {
    name: "triage.before_read",
    hit: 1,
};
/// How long one life may take to die or to get everything done.
const LIFE: Duration = Duration::from_secs(15);
/// How often the ticket is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Proves the bound. Answers whether it held.
pub(crate) async fn prove(args: &RunArgs) -> Result<bool, Failure> {
    let scene = Scene::set(0, args, None).await?;
    scene.peer.set_faulty(false);
    let bound = RetryPolicy::default().max_crashes;
    let (address, known) = watch::channel(None);
    let api = Api::new(known)?;

    // The desk may die before it has answered: the client goes on asking in the next life.
    let poisoned = tokio::spawn(create(api.clone(), writing(&scene, "kills")));
    let mut deaths = 0;
    let survivor = loop {
        let mut desk = Process::start(&scene, Some(POISON), Some(bound))?;
        address.send_replace(desk.address().await?);
        match died(&mut desk, &scene).await? {
            true => deaths += 1,
            false => break desk,
        }
        address.send_replace(None);
        if deaths > bound {
            break desk;
        }
    };
    say(&format!("deaths         {deaths}"));
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    expect(deaths == bound, "the job did not die at its bound");
    if deaths <= bound {
        let id = poisoned.await??;
        let ticket = read(&scene, &api, &id).await.body["ticket"].take();
        expect(source(&ticket) == "unread", "the ticket was read after all");
        expect(
            assignee(&ticket) == scene.admin.id,
            "the ticket is not with an admin",
        );
        expect(survivor.stop().await?, "the desk did not end in order");
        let mut desk = Process::start(&scene, None, Some(bound))?;
        address.send_replace(desk.address().await?);
        let id = create(api.clone(), writing(&scene, "stopped")).await?;
        let ticket = assigned(&scene, &api, &id).await?;
        expect(source(&ticket) == "model", "another ticket was not read");
        expect(
            scene
                .moderators
                .iter()
                .any(|one| one.id == assignee(&ticket)),
            "another ticket is not with a moderator",
        );
        expect(desk.stop().await?, "the desk did not end in order");
    }
    let mut connection = drain::connect(&scene.db()).await?;
    let dead: Vec<(String, String)> =
        sqlx::query_as("SELECT kind, cause FROM jobs WHERE state = 'dead'")
            .fetch_all(&mut connection)
            .await?;
    expect(
        dead == [("triage".to_owned(), "crashes".to_owned())],
        "the dead jobs are others than the one that killed",
    );
    for what in &wrong {
        say(&format!("! {what}"));
    }
    scene.leave();
    Ok(wrong.is_empty())
}

/// Whether this life ends, rather than getting everything done.
async fn died(desk: &mut Process, scene: &Scene) -> Result<bool, Failure> {
    tokio::select! {
        ended = desk.ended_within(LIFE) => match ended? {
            Some(Ended::Killed) => Ok(true),
            Some(Ended::Otherwise) => Err(Failure::new("the desk ended by itself")),
            None => Err(Failure::new("the desk neither died nor got everything done")),
        },
        left = rest(scene) => left.map(|()| false),
    }
}

/// Done once there is a ticket, and nothing is left to do.
async fn rest(scene: &Scene) -> Result<(), Failure> {
    let mut connection = drain::connect(&scene.db()).await?;
    loop {
        let tickets: i64 = sqlx::query_scalar("SELECT count(*) FROM tickets")
            .fetch_one(&mut connection)
            .await?;
        if tickets > 0 {
            break;
        }
        sleep(LOOK).await;
    }
    match drain::wait(&scene.db(), LIFE * 2).await?.is_empty() {
        true => Ok(()),
        false => Err(Failure::new("the desk did not come to rest")),
    }
}

/// The request that writes a ticket.
fn writing(scene: &Scene, what: &str) -> Request {
    let title = format!("{} {what}", SKILLS[0]);
    let body = json!({ "title": title, "description": "It stopped." });
    Request::post("/api/tickets", &body)
        .by(&scene.requesters[0].token)
        .key(what.to_owned())
}

/// Writes a ticket, and answers its id.
async fn create(api: Api, request: Request) -> Result<String, Failure> {
    let answer = api.send(&request).await;
    answer.body["ticket"]["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(answer.sentence("a ticket")))
}

/// A ticket as the admin sees it.
async fn read(scene: &Scene, api: &Api, id: &str) -> Answer {
    api.send(&Request::get(format!("/api/tickets/{id}")).by(&scene.admin.token))
        .await
}

/// The ticket once somebody has it.
async fn assigned(scene: &Scene, api: &Api, id: &str) -> Result<Value, Failure> {
    let deadline = Instant::now() + LIFE;
    loop {
        let ticket = read(scene, api, id).await.body["ticket"].take();
        if !assignee(&ticket).is_empty() {
            return Ok(ticket);
        }
        if Instant::now() >= deadline {
            return Err(Failure::new("the other ticket was given to nobody"));
        }
        sleep(LOOK).await;
    }
}

fn source(ticket: &Value) -> &str {
    ticket["analysis"]["source"].as_str().unwrap_or_default()
}

fn assignee(ticket: &Value) -> &str {
    ticket["assignedTo"]["id"].as_str().unwrap_or_default()
}
