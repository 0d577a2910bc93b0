//! Every mail that an event calls for reached its mailbox, once.

use std::collections::{HashMap, HashSet};

use tickmate::domain::{
    consequences::consequences,
    job::Job,
    mail::{MailKey, MailStatus},
};

use super::Evidence;
use crate::{
    args::MailMode,
    parent::{peer::Delivery, report::Violations, scene::Scene},
};

pub(super) fn check(scene: &Scene, evidence: &Evidence, found: &mut Violations) {
    let mailroom = scene.peer.mailroom();
    for key in &mailroom.conflicts {
        found
            .mailed_twice
            .push(format!("the key {key} came with two mails"));
    }
    let delivered = Delivered::count(&mailroom.deliveries);
    for (id, times) in &delivered.by_message_id {
        if *times > 1 && scene.mail() == MailMode::ResendLike {
            found
                .mailed_twice
                .push(format!("the mail {id} was delivered {times} times"));
        }
    }
    for (name, ids) in &delivered.ids {
        if ids.len() > 1 {
            found
                .mailed_twice
                .push(format!("the mail {name} has {} message ids", ids.len()));
        }
    }
    for key in evidence.events.iter().flat_map(called_for) {
        let status = evidence.mails.get(&key);
        let times = delivered.times.get(&name(&key)).copied().unwrap_or(0);
        match (status, times) {
            (Some(MailStatus::Sent | MailStatus::Uncertain), 1) => {}
            (Some(MailStatus::Uncertain), 2..) => {}
            // More than one under a key is told above.
            (Some(MailStatus::Sent), 2..) if scene.mail() == MailMode::ResendLike => {}
            (Some(MailStatus::Sent), 2..) => found.mailed_twice.push(format!(
                "the mail {} was delivered {times} times, and is not uncertain",
                name(&key)
            )),
            (status, times) => {
                let status = status.map_or("not there", |status| status.as_str());
                found.stuck.push(format!(
                    "the mail {} is {status}, and was delivered {times} times",
                    name(&key)
                ));
            }
        }
    }
}

/// The mails that an event calls for.
fn called_for(event: &tickmate::domain::event::Event) -> Vec<MailKey> {
    consequences(event)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|new| match new.job {
            Job::Mail { mail } => Some(mail),
            _ => None,
        })
        .collect()
}

/// What arrived.
#[derive(Default)]
struct Delivered<'d> {
    /// By event, kind and recipient.
    times: HashMap<String, u32>,
    /// The message ids by event, kind and recipient.
    ids: HashMap<String, HashSet<&'d str>>,
    by_message_id: HashMap<&'d str, u32>,
}

impl<'d> Delivered<'d> {
    fn count(deliveries: &'d [Delivery]) -> Self {
        let mut counts = Self::default();
        for delivery in deliveries {
            let Delivery {
                event,
                kind,
                recipient,
                message_id,
                ..
            } = delivery;
            let name = format!("{kind} of {event} to {recipient}");
            *counts.times.entry(name.clone()).or_default() += 1;
            counts.ids.entry(name).or_default().insert(message_id);
            *counts.by_message_id.entry(message_id).or_default() += 1;
        }
        counts
    }
}

fn name(key: &MailKey) -> String {
    format!("{} of {} to {}", key.kind.as_str(), key.event, key.to)
}
