//! The limit of crashes: a job that kills its process at every run ends as a dead job, and its ticket is still
//! assigned.

use std::time::Duration;

use serde_json::{Value, json};
use tickmate::domain::retry::RetryPolicy;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    drain,
    process::{Process, ProcessEnd},
    report::print_line,
    scene::{SKILLS, Scene},
    wire::{Answer, Api, Request},
};
use crate::{
    args::{FailAt, RunArgs},
    failure::Failure,
};

/// Kills the desk whenever it is about to triage a ticket.
const POISON: FailAt = FailAt {
    name: "triage.before_read",
    hit: 1,
};
/// How long one process may take to die or to finish all work.
const LIFE_LIMIT: Duration = Duration::from_secs(15);
/// How often the ticket is read.
const POLL: Duration = Duration::from_millis(100);

/// Checks the limit of crashes. Returns whether all expectations held.
pub(crate) async fn prove(args: &RunArgs) -> Result<bool, Failure> {
    let scene = Scene::create(0, args, None).await?;
    scene.peer.set_faulty(false);
    let bound = RetryPolicy::default().max_crashes;
    let (address, receiver) = watch::channel(None);
    let api = Api::new(receiver)?;

    // The desk may die before it answers. Then the client retries with the next process.
    let poisoned = tokio::spawn(create_ticket(api.clone(), create_request(&scene, "kills")));
    let mut deaths = 0;
    let survivor = loop {
        let mut desk = Process::start(&scene, Some(POISON), Some(bound))?;
        address.send_replace(desk.address().await?);
        match dies(&mut desk, &scene).await? {
            true => deaths += 1,
            false => break desk,
        }
        address.send_replace(None);
        if deaths > bound {
            break desk;
        }
    };
    print_line(&format!("deaths         {deaths}"));
    let mut failures = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            failures.push(what.to_owned());
        }
    };
    expect(deaths == bound, "the job did not die at its bound");
    if deaths <= bound {
        let id = poisoned.await??;
        let ticket = read_ticket(&scene, &api, &id).await.body["ticket"].take();
        expect(source(&ticket) == "unread", "the ticket was read after all");
        expect(
            assignee(&ticket) == scene.admin.id,
            "the ticket is not with an admin",
        );
        expect(survivor.stop().await?, "the desk did not stop cleanly");
        let mut desk = Process::start(&scene, None, Some(bound))?;
        address.send_replace(desk.address().await?);
        let id = create_ticket(api.clone(), create_request(&scene, "stopped")).await?;
        let ticket = wait_for_assignment(&scene, &api, &id).await?;
        expect(source(&ticket) == "model", "another ticket was not read");
        expect(
            scene
                .moderators
                .iter()
                .any(|moderator| moderator.id == assignee(&ticket)),
            "another ticket is not with a moderator",
        );
        expect(desk.stop().await?, "the desk did not stop cleanly");
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
    for what in &failures {
        print_line(&format!("! {what}"));
    }
    scene.clean_up();
    Ok(failures.is_empty())
}

/// Returns whether this process dies before it has finished all work.
async fn dies(desk: &mut Process, scene: &Scene) -> Result<bool, Failure> {
    tokio::select! {
        ended = desk.wait_for_end(LIFE_LIMIT) => match ended? {
            Some(ProcessEnd::Killed) => Ok(true),
            Some(ProcessEnd::Otherwise) => Err(Failure::new("the desk ended by itself")),
            None => Err(Failure::new("the desk neither died nor finished all work")),
        },
        idle = wait_until_idle(scene) => idle.map(|()| false),
    }
}

/// Waits until there is a ticket and no work is left.
async fn wait_until_idle(scene: &Scene) -> Result<(), Failure> {
    let mut connection = drain::connect(&scene.db()).await?;
    loop {
        let tickets: i64 = sqlx::query_scalar("SELECT count(*) FROM tickets")
            .fetch_one(&mut connection)
            .await?;
        if tickets > 0 {
            break;
        }
        sleep(POLL).await;
    }
    match drain::wait(&scene.db(), LIFE_LIMIT * 2).await?.is_empty() {
        true => Ok(()),
        false => Err(Failure::new("the desk did not finish its work")),
    }
}

/// Returns the request that creates a ticket.
fn create_request(scene: &Scene, what: &str) -> Request {
    let title = format!("{} {what}", SKILLS[0]);
    let body = json!({ "title": title, "description": "It stopped." });
    Request::post("/api/tickets", &body)
        .by(&scene.requesters[0].token)
        .key(what.to_owned())
}

/// Creates a ticket, and returns its id.
async fn create_ticket(api: Api, request: Request) -> Result<String, Failure> {
    let answer = api.send(&request).await;
    answer.body["ticket"]["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(answer.sentence("a ticket")))
}

/// Reads a ticket as the admin.
async fn read_ticket(scene: &Scene, api: &Api, id: &str) -> Answer {
    api.send(&Request::get(format!("/api/tickets/{id}")).by(&scene.admin.token))
        .await
}

/// Waits until the ticket is assigned, and returns it.
async fn wait_for_assignment(scene: &Scene, api: &Api, id: &str) -> Result<Value, Failure> {
    let deadline = Instant::now() + LIFE_LIMIT;
    loop {
        let ticket = read_ticket(scene, api, id).await.body["ticket"].take();
        if !assignee(&ticket).is_empty() {
            return Ok(ticket);
        }
        if Instant::now() >= deadline {
            return Err(Failure::new("the other ticket was not assigned"));
        }
        sleep(POLL).await;
    }
}

fn source(ticket: &Value) -> &str {
    ticket["analysis"]["source"].as_str().unwrap_or_default()
}

fn assignee(ticket: &Value) -> &str {
    ticket["assignedTo"]["id"].as_str().unwrap_or_default()
}
