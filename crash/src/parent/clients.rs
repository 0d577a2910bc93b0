//! A client: writes tickets and follows them, as requester and as whoever has them, and logs what was acknowledged.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::sleep;

use super::{
    log::{Log, ReplyAck, TicketAck},
    scene::{Login, SKILLS, Scene},
    wire::{Answer, Api, Request},
};

/// A client follows so many tickets; those beyond are resolved first.
const FOLLOWED: usize = 12;

/// Numbers requests over all clients of a process, so that no two have the same key or text.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// A client.
pub(crate) struct Writer {
    api: Api,
    log: Arc<Log>,
    requester: Login,
    staff: Vec<Login>,
    rng: Rng,
    /// The ids of the tickets that it follows.
    followed: Vec<String>,
}

/// A ticket as its requester sees it.
struct Seen {
    id: String,
    status: String,
    assignee: Option<Login>,
}

impl Writer {
    pub(crate) fn new(scene: &Scene, api: Api, number: usize, rng: Rng) -> Self {
        let mut staff = scene.moderators.clone();
        staff.push(scene.admin.clone());
        Self {
            api,
            log: Arc::clone(&scene.log),
            requester: scene.requesters[number % scene.requesters.len()].clone(),
            staff,
            rng,
            followed: Vec::new(),
        }
    }

    /// Works until it is told to stop, and ends once its last request was answered.
    pub(crate) async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::SeqCst) {
            self.act().await;
            sleep(Duration::from_millis(self.rng.u64(20..80))).await;
        }
    }

    async fn act(&mut self) {
        let full = self.followed.len() >= FOLLOWED;
        let dice = self.rng.u32(..100);
        if self.followed.is_empty() || (dice < 35 && !full) {
            return self.create().await;
        }
        let index = self.rng.usize(..self.followed.len());
        let Some(seen) = self.look(&self.followed[index].clone()).await else {
            return;
        };
        match (dice, seen.assignee.clone()) {
            (0..50, _) if !full => {
                let requester = self.requester.clone();
                self.reply(&seen, &requester).await;
            }
            (0..70, Some(assignee)) if !full => self.reply(&seen, &assignee).await,
            (_, Some(assignee)) => self.step(index, &seen, &assignee, full).await,
            (_, None) => {}
        }
    }

    async fn create(&mut self) {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let word = match self.rng.u32(..20) {
            0..8 => SKILLS[0],
            8..14 => SKILLS[1],
            14..18 => SKILLS[2],
            _ => "Something",
        };
        let title = format!("{word} stopped, number {number}");
        let body = json!({ "title": title, "description": "It stopped. Please have a look." });
        let request = Request::post("/api/tickets", &body)
            .by(&self.requester.token)
            .key(format!("create-{number}"));
        let answer = self.api.send(&request).await;
        match answer.body["ticket"]["id"].as_str() {
            Some(id) if answer.status.is_success() => {
                let mut entries = self.log.entries();
                entries.retried += usize::from(answer.retried);
                entries
                    .status
                    .insert(id.to_owned(), status_in(&answer).to_owned());
                entries.tickets.push(TicketAck {
                    id: id.to_owned(),
                    title,
                    requester: self.requester.token.clone(),
                });
                self.followed.push(id.to_owned());
            }
            _ => self.log.unexpected(answer.sentence("a new ticket")),
        }
    }

    /// The ticket as it is, and who has it.
    async fn look(&self, id: &str) -> Option<Seen> {
        let request = Request::get(format!("/api/tickets/{id}")).by(&self.requester.token);
        let answer = self.api.send(&request).await;
        if answer.status != StatusCode::OK {
            self.log
                .unexpected(answer.sentence(&format!("reading ticket {id}")));
            return None;
        }
        let assignee = answer.body["ticket"]["assignedTo"]["id"].as_str();
        Some(Seen {
            id: id.to_owned(),
            status: status_in(&answer).to_owned(),
            assignee: assignee
                .and_then(|id| self.staff.iter().find(|one| one.id == id))
                .cloned(),
        })
    }

    async fn reply(&self, seen: &Seen, author: &Login) {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let message = format!("This is reply number {number}.");
        let body = json!({ "message": message, "visibility": "public" });
        let request = Request::post(format!("/api/tickets/{}/replies", seen.id), &body)
            .by(&author.token)
            .key(format!("reply-{number}"));
        let answer = self.api.send(&request).await;
        if !answer.status.is_success() {
            return self
                .log
                .unexpected(answer.sentence(&format!("a reply to ticket {}", seen.id)));
        }
        let mut entries = self.log.entries();
        entries.retried += usize::from(answer.retried);
        entries
            .status
            .insert(seen.id.clone(), status_in(&answer).to_owned());
        entries.replies.push(ReplyAck {
            ticket: seen.id.clone(),
            message,
        });
    }

    /// Takes a step of the status machine. It has no key: the same status again writes nothing.
    async fn step(&mut self, index: usize, seen: &Seen, actor: &Login, hurry: bool) {
        let steps: &[&'static str] = match (seen.status.as_str(), hurry) {
            ("open" | "in_progress" | "waiting", true) => &["resolved"],
            ("open", false) => &["in_progress", "waiting", "resolved", "resolved"],
            ("in_progress", false) => &["open", "waiting", "resolved", "resolved"],
            ("waiting", false) => &["in_progress", "resolved"],
            ("resolved", true) => &["closed"],
            ("resolved", false) => &["open", "closed"],
            _ => return,
        };
        let to = steps[self.rng.usize(..steps.len())];
        let request = Request::patch(
            format!("/api/tickets/{}/status", seen.id),
            &json!({ "status": to }),
        )
        .by(&actor.token);
        let answer = self.api.send(&request).await;
        if !answer.status.is_success() || status_in(&answer) != to {
            return self
                .log
                .unexpected(answer.sentence(&format!("{to} for ticket {}", seen.id)));
        }
        let mut entries = self.log.entries();
        entries.retried += usize::from(answer.retried);
        entries.status.insert(seen.id.clone(), to.to_owned());
        entries.steps.entry(seen.id.clone()).or_default().push(to);
        if to == "closed" {
            self.followed.swap_remove(index);
        }
    }
}

fn status_in(answer: &Answer) -> &str {
    answer.body["ticket"]["status"].as_str().unwrap_or_default()
}
