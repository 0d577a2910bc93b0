//! Every mail that an event calls for reached its mailbox, once.

use std::collections::{HashMap, HashSet};

use tickmate::domain::{
    consequences::consequences,
    event::Event,
    id::UserId,
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
    for (name, ids) in &delivered.ids {
        if ids.len() > 1 {
            found
                .mailed_twice
                .push(format!("{name} has {} message ids", ids.len()));
        }
    }
    let addresses: HashMap<UserId, &str> = evidence
        .users
        .iter()
        .map(|user| (user.id, user.email.as_str()))
        .collect();
    for key in evidence.events.iter().flat_map(called_for) {
        let address = addresses.get(&key.to).copied().unwrap_or_default();
        let name = name(key.kind.as_str(), &key.event.to_string(), address);
        let status = evidence.mails.get(&key).copied();
        let times = delivered.times.get(&name).copied().unwrap_or(0);
        judge(scene.mail(), &name, status, times, found);
    }
}

/// A mail must have arrived once. A provider that knows no keys may have got it more than once, if the desk says
/// that it is not certain.
fn judge(
    mode: MailMode,
    name: &str,
    status: Option<MailStatus>,
    times: u32,
    found: &mut Violations,
) {
    let told = status.map_or("not there", |status| status.as_str());
    let is_ended = matches!(status, Some(MailStatus::Sent | MailStatus::Uncertain));
    let may_repeat = mode == MailMode::SmtpLike && status == Some(MailStatus::Uncertain);
    let sentence = format!("{name} is {told}, and arrived {times} times");
    match times {
        2.. if !may_repeat => found.mailed_twice.push(sentence),
        1.. if is_ended => {}
        _ => found.stuck.push(sentence),
    }
}

/// The mails that an event calls for.
fn called_for(event: &Event) -> Vec<MailKey> {
    consequences(event)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|new| match new.job {
            Job::Mail { mail, .. } => Some(mail),
            _ => None,
        })
        .collect()
}

/// What arrived, by event, kind and recipient.
#[derive(Default)]
struct Delivered<'d> {
    times: HashMap<String, u32>,
    /// The message ids.
    ids: HashMap<String, HashSet<&'d str>>,
}

impl<'d> Delivered<'d> {
    fn count(deliveries: &'d [Delivery]) -> Self {
        let mut counts = Self::default();
        for delivery in deliveries {
            let name = name(&delivery.kind, &delivery.event, &delivery.address);
            *counts.times.entry(name.clone()).or_default() += 1;
            counts
                .ids
                .entry(name)
                .or_default()
                .insert(&delivery.message_id);
        }
        counts
    }
}

/// What a mail is called here. The recipient goes by the address, which nobody changes in a run.
fn name(kind: &str, event: &str, address: &str) -> String {
    format!("the mail {kind} of {event} to {address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_right_and_more_must_be_uncertain() {
        use MailMode::{ResendLike, SmtpLike};
        for (mode, status, times, figures) in [
            (ResendLike, Some(MailStatus::Sent), 1, (0, 0)),
            (ResendLike, Some(MailStatus::Uncertain), 1, (0, 0)),
            (ResendLike, Some(MailStatus::Uncertain), 2, (1, 0)),
            (SmtpLike, Some(MailStatus::Uncertain), 2, (0, 0)),
            (SmtpLike, Some(MailStatus::Sent), 2, (1, 0)),
            (SmtpLike, Some(MailStatus::Sent), 0, (0, 1)),
            (SmtpLike, Some(MailStatus::Dead), 1, (0, 1)),
            (ResendLike, None, 0, (0, 1)),
        ] {
            let mut found = Violations::default();
            judge(mode, "a mail", status, times, &mut found);
            let counted = (found.mailed_twice.len(), found.stuck.len());
            assert_eq!(counted, figures, "{mode:?} {status:?} {times}");
        }
    }
}
