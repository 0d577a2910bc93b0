//! Checks that everything that was acknowledged exists exactly once and unchanged.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::Value;
use tickmate::domain::event::Event;

use super::Evidence;
use crate::{
    failure::Failure,
    parent::{
        log::{Entries, TicketAck},
        report::Violations,
        scene::Scene,
        wire::{Api, Request},
    },
};

/// The maximum number of concurrent requests.
const MAX_CONCURRENT: usize = 8;

/// Reads each acknowledged ticket as its requester, and uses each acknowledged login.
pub(super) async fn by_api(
    scene: &Scene,
    api: &Api,
    violations: &mut Violations,
) -> Result<(), Failure> {
    let entries = scene.log.entries().clone();
    let mut replies: HashMap<&str, Vec<&str>> = HashMap::new();
    for reply in &entries.replies {
        let of_ticket = replies.entry(&reply.ticket).or_default();
        of_ticket.push(&reply.message);
    }
    let read = |ack: TicketAck| async move {
        let request = Request::get(format!("/api/tickets/{}", ack.id)).by(&ack.requester);
        (ack, api.send(&request).await)
    };
    let mut answers = stream::iter(entries.tickets.clone())
        .map(read)
        .buffer_unordered(MAX_CONCURRENT);
    while let Some((ack, answer)) = answers.next().await {
        if answer.status != StatusCode::OK {
            violations
                .lost
                .push(answer.sentence(&format!("reading ticket {}", ack.id)));
            continue;
        }
        let ticket = &answer.body["ticket"];
        if ticket["title"] != ack.title.as_str() {
            violations
                .lost
                .push(format!("ticket {} has another title", ack.id));
        }
        let status = ticket["status"].as_str();
        let acknowledged = entries.status.get(&ack.id).map(String::as_str);
        if status != acknowledged {
            violations.lost.push(format!(
                "ticket {} has the status {status:?}, but its last answer had {acknowledged:?}",
                ack.id
            ));
        }
        for message in replies.get(ack.id.as_str()).into_iter().flatten() {
            let count = count_replies(&ticket["replies"], message);
            if count != 1 {
                violations.lost.push(format!(
                    "the reply {message:?} was stored {count} times for ticket {}",
                    ack.id
                ));
            }
        }
    }
    for (address, account) in &entries.accounts {
        for token in &account.logins {
            let answer = api.send(&Request::get("/api/auth/user").by(token)).await;
            if answer.status != StatusCode::OK {
                violations
                    .lost
                    .push(answer.sentence(&format!("a login of {address}")));
            }
        }
    }
    Ok(())
}

fn count_replies(replies: &Value, message: &str) -> usize {
    let replies = replies.as_array().map(Vec::as_slice).unwrap_or_default();
    replies
        .iter()
        .filter(|reply| reply["message"] == message)
        .count()
}

/// Checks statuses and accounts in the store, and that nothing was stored twice under one key.
pub(super) fn by_store(scene: &Scene, evidence: &Evidence, violations: &mut Violations) {
    let entries: Entries = scene.log.entries().clone();
    violations.lost.extend(entries.unexpected);
    let mut titles: HashMap<&str, u32> = HashMap::new();
    for ticket in &evidence.tickets {
        *titles.entry(&ticket.title).or_default() += 1;
    }
    let twice = titles.into_iter().filter(|(_, times)| *times > 1);
    violations
        .lost
        .extend(twice.map(|(title, times)| format!("{title:?} was stored {times} times")));

    let by_ticket = evidence.by_ticket();
    for (id, steps) in &entries.steps {
        let events = id.parse().ok().and_then(|id| by_ticket.get(&id));
        let history = events.map_or_else(Vec::new, |events| statuses(events));
        if !is_subsequence(steps, &history) {
            violations.lost.push(format!(
                "the statuses {steps:?} of ticket {id} were acknowledged, but its history has {history:?}"
            ));
        }
    }
    for (address, account) in &entries.accounts {
        let user = evidence
            .users
            .iter()
            .find(|user| user.email.as_str() == address);
        match user {
            None => violations.lost.push(format!("the account of {address}")),
            Some(user) if account.verified && !user.email_verified => {
                violations
                    .lost
                    .push(format!("the verification of {address}"));
            }
            Some(_) => {}
        }
    }
}

/// Returns all statuses of a ticket, in order.
fn statuses(events: &[&Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| Some(event.facts.status?.as_str()))
        .map(str::to_owned)
        .collect()
}

/// Returns whether `history` contains `steps` in this order, possibly with other statuses in between.
fn is_subsequence(steps: &[&str], history: &[String]) -> bool {
    let mut history = history.iter();
    steps
        .iter()
        .all(|step| history.any(|status| status == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_must_be_in_order() {
        let history = ["open", "waiting", "in_progress", "resolved"].map(str::to_owned);
        for (steps, holds) in [
            (&["waiting", "resolved"][..], true),
            (&["resolved", "waiting"], false),
            (&["waiting", "waiting"], false),
            (&[], true),
        ] {
            assert_eq!(is_subsequence(steps, &history), holds, "{steps:?}");
        }
    }
}
