//! Checks that every mail that an event requires reached its mailbox once.

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

pub(super) fn check(scene: &Scene, evidence: &Evidence, violations: &mut Violations) {
    let mailroom = scene.peer.mailroom();
    for key in &mailroom.conflicts {
        violations
            .mailed_twice
            .push(format!("the key {key} was used for two different mails"));
    }
    let delivered = DeliveryCounts::count(&mailroom.deliveries);
    for (name, ids) in &delivered.ids {
        if ids.len() > 1 {
            violations
                .mailed_twice
                .push(format!("{name} has {} message ids", ids.len()));
        }
    }
    let addresses: HashMap<UserId, &str> = evidence
        .users
        .iter()
        .map(|user| (user.id, user.email.as_str()))
        .collect();
    for key in evidence.events.iter().flat_map(required_mails) {
        let address = addresses.get(&key.to).copied().unwrap_or_default();
        let name = name(key.kind.as_str(), &key.event.to_string(), address);
        let status = evidence.mails.get(&key).copied();
        let times = delivered.times.get(&name).copied().unwrap_or(0);
        check_mail(scene.mail(), &name, status, times, violations);
    }
}

/// Checks that a mail was delivered once. A provider without keys may have delivered it more than once if the desk
/// reports that the outcome is uncertain.
fn check_mail(
    mode: MailMode,
    name: &str,
    status: Option<MailStatus>,
    times: u32,
    violations: &mut Violations,
) {
    let status_word = status.map_or("missing", |status| status.as_str());
    let has_ended = matches!(status, Some(MailStatus::Sent | MailStatus::Uncertain));
    let may_repeat = mode == MailMode::SmtpLike && status == Some(MailStatus::Uncertain);
    let sentence = format!("{name} is {status_word}, and was delivered {times} times");
    match times {
        2.. if !may_repeat => violations.mailed_twice.push(sentence),
        1.. if has_ended => {}
        _ => violations.stuck.push(sentence),
    }
}

/// Returns the mails that an event requires.
fn required_mails(event: &Event) -> Vec<MailKey> {
    consequences(event)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|new| match new.job {
            Job::Mail { mail, .. } => Some(mail),
            _ => None,
        })
        .collect()
}

/// The deliveries, by event, kind and recipient.
#[derive(Default)]
struct DeliveryCounts<'d> {
    times: HashMap<String, u32>,
    /// The different message ids.
    ids: HashMap<String, HashSet<&'d str>>,
}

impl<'d> DeliveryCounts<'d> {
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

/// Returns the name of a mail in reports. It contains the address of the recipient, which never changes during a run.
fn name(kind: &str, event: &str, address: &str) -> String {
    format!("the mail {kind} of {event} to {address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_delivered_once_unless_it_is_uncertain() {
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
            let mut violations = Violations::default();
            check_mail(mode, "a mail", status, times, &mut violations);
            let counted = (violations.mailed_twice.len(), violations.stuck.len());
            assert_eq!(counted, figures, "{mode:?} {status:?} {times}");
        }
    }
}
