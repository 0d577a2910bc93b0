//! A client: creates tickets and follows them, as requester and as assignee, and logs what was acknowledged.

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

/// The number of tickets that a client follows. When it is reached, tickets are resolved first.
const MAX_FOLLOWED: usize = 12;

/// Numbers the requests of all clients of this process, so that keys and texts are unique.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// A client that creates tickets and follows them.
pub(crate) struct Writer {
    api: Api,
    log: Arc<Log>,
    requester: Login,
    staff: Vec<Login>,
    rng: Rng,
    /// The ids of the tickets that the client follows.
    followed: Vec<String>,
}

/// A ticket as its requester sees it.
struct TicketView {
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

    /// Runs until it is stopped, and ends after its last request was answered.
    pub(crate) async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::SeqCst) {
            self.act().await;
            sleep(Duration::from_millis(self.rng.u64(20..80))).await;
        }
    }

    async fn act(&mut self) {
        let full = self.followed.len() >= MAX_FOLLOWED;
        let dice = self.rng.u32(..100);
        if self.followed.is_empty() || (dice < 35 && !full) {
            return self.create_ticket().await;
        }
        let index = self.rng.usize(..self.followed.len());
        let Some(ticket) = self.read_ticket(&self.followed[index].clone()).await else {
            return;
        };
        match (dice, ticket.assignee.clone()) {
            (0..50, _) if !full => {
                let requester = self.requester.clone();
                self.reply(&ticket, &requester).await;
            }
            (0..70, Some(assignee)) if !full => self.reply(&ticket, &assignee).await,
            (_, Some(assignee)) => self.change_status(index, &ticket, &assignee, full).await,
            (_, None) => {}
        }
    }

    async fn create_ticket(&mut self) {
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
            _ => self.log.record_unexpected(answer.sentence("a new ticket")),
        }
    }

    /// Reads a ticket and its assignee.
    async fn read_ticket(&self, id: &str) -> Option<TicketView> {
        let request = Request::get(format!("/api/tickets/{id}")).by(&self.requester.token);
        let answer = self.api.send(&request).await;
        if answer.status != StatusCode::OK {
            self.log
                .record_unexpected(answer.sentence(&format!("reading ticket {id}")));
            return None;
        }
        let assignee = answer.body["ticket"]["assignedTo"]["id"].as_str();
        Some(TicketView {
            id: id.to_owned(),
            status: status_in(&answer).to_owned(),
            assignee: assignee
                .and_then(|id| self.staff.iter().find(|login| login.id == id))
                .cloned(),
        })
    }

    async fn reply(&self, ticket: &TicketView, author: &Login) {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let message = format!("This is reply number {number}.");
        let body = json!({ "message": message, "visibility": "public" });
        let request = Request::post(format!("/api/tickets/{}/replies", ticket.id), &body)
            .by(&author.token)
            .key(format!("reply-{number}"));
        let answer = self.api.send(&request).await;
        if !answer.status.is_success() {
            return self
                .log
                .record_unexpected(answer.sentence(&format!("a reply to ticket {}", ticket.id)));
        }
        let mut entries = self.log.entries();
        entries.retried += usize::from(answer.retried);
        entries
            .status
            .insert(ticket.id.clone(), status_in(&answer).to_owned());
        entries.replies.push(ReplyAck {
            ticket: ticket.id.clone(),
            message,
        });
    }

    /// Changes the status of a ticket. The request has no key, because setting the same status again writes nothing.
    async fn change_status(
        &mut self,
        index: usize,
        ticket: &TicketView,
        actor: &Login,
        must_finish: bool,
    ) {
        let steps: &[&'static str] = match (ticket.status.as_str(), must_finish) {
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
            format!("/api/tickets/{}/status", ticket.id),
            &json!({ "status": to }),
        )
        .by(&actor.token);
        let answer = self.api.send(&request).await;
        if !answer.status.is_success() || status_in(&answer) != to {
            return self
                .log
                .record_unexpected(answer.sentence(&format!("{to} for ticket {}", ticket.id)));
        }
        let mut entries = self.log.entries();
        entries.retried += usize::from(answer.retried);
        entries.status.insert(ticket.id.clone(), to.to_owned());
        entries.steps.entry(ticket.id.clone()).or_default().push(to);
        if to == "closed" {
            self.followed.swap_remove(index);
        }
    }
}

fn status_in(answer: &Answer) -> &str {
    answer.body["ticket"]["status"].as_str().unwrap_or_default()
}
