//! Whatever was acknowledged is there, once, as it was acknowledged.

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

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// Reads each acknowledged ticket as its requester, and uses each acknowledged login.
pub(super) async fn by_api(
    scene: &Scene,
    api: &Api,
    found: &mut Violations,
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
        .buffer_unordered(AT_ONCE);
    while let Some((ack, answer)) = answers.next().await {
        if answer.status != StatusCode::OK {
            found
                .lost
                .push(answer.sentence(&format!("reading ticket {}", ack.id)));
            continue;
        }
        let ticket = &answer.body["ticket"];
        if ticket["title"] != ack.title.as_str() {
            found.lost.push(format!("ticket {} is another one", ack.id));
        }
        let status = ticket["status"].as_str();
        let told = entries.status.get(&ack.id).map(String::as_str);
        if status != told {
            found.lost.push(format!(
                "ticket {} is {status:?}, and its last answer said {told:?}",
                ack.id
            ));
        }
        for message in replies.get(ack.id.as_str()).into_iter().flatten() {
            let times = times(&ticket["replies"], message);
            if times != 1 {
                found.lost.push(format!(
                    "the reply {message:?} stands {times} times below ticket {}",
                    ack.id
                ));
            }
        }
    }
    for (address, account) in &entries.accounts {
        for token in &account.logins {
            let answer = api.send(&Request::get("/api/auth/user").by(token)).await;
            if answer.status != StatusCode::OK {
                found
                    .lost
                    .push(answer.sentence(&format!("a login of {address}")));
            }
        }
    }
    Ok(())
}

fn times(replies: &Value, message: &str) -> usize {
    let replies = replies.as_array().map(Vec::as_slice).unwrap_or_default();
    replies
        .iter()
        .filter(|reply| reply["message"] == message)
        .count()
}

/// Looks for steps, accounts, and for what was written twice under one key.
pub(super) fn by_store(scene: &Scene, evidence: &Evidence, found: &mut Violations) {
    let entries: Entries = scene.log.entries().clone();
    found.lost.extend(entries.unexpected);
    let mut titles: HashMap<&str, u32> = HashMap::new();
    for ticket in &evidence.tickets {
        *titles.entry(&ticket.title).or_default() += 1;
    }
    let twice = titles.into_iter().filter(|(_, times)| *times > 1);
    found
        .lost
        .extend(twice.map(|(title, times)| format!("{title:?} was stored {times} times")));

    let by_ticket = evidence.by_ticket();
    for (id, steps) in &entries.steps {
        let events = id.parse().ok().and_then(|id| by_ticket.get(&id));
        let taken = events.map_or_else(Vec::new, |events| statuses(events));
        if !is_within(steps, &taken) {
            found.lost.push(format!(
                "ticket {id} was told {steps:?}, and its history has {taken:?}"
            ));
        }
    }
    for (address, account) in &entries.accounts {
        let user = evidence
            .users
            .iter()
            .find(|user| user.email.as_str() == address);
        match user {
            None => found.lost.push(format!("the account of {address}")),
            Some(user) if account.verified && !user.email_verified => {
                found.lost.push(format!("the verification of {address}"));
            }
            Some(_) => {}
        }
    }
}

/// Every status that a ticket took, in its order.
fn statuses(events: &[&Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| Some(event.facts.status?.as_str()))
        .map(str::to_owned)
        .collect()
}

/// Whether these steps were taken in this order, whatever came between.
fn is_within(steps: &[&str], taken: &[String]) -> bool {
    let mut taken = taken.iter();
    steps.iter().all(|step| taken.any(|status| status == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_must_come_in_their_order() {
        let taken = ["open", "waiting", "in_progress", "resolved"].map(str::to_owned);
        for (steps, holds) in [
            (&["waiting", "resolved"][..], true),
            (&["resolved", "waiting"], false),
            (&["waiting", "waiting"], false),
            (&[], true),
        ] {
            assert_eq!(is_within(steps, &taken), holds, "{steps:?}");
        }
    }
}
