//! Checks that every event reached the event handler at least once.

use super::Evidence;
use crate::parent::{report::Violations, scene::Scene};

pub(super) fn check(scene: &Scene, evidence: &Evidence, violations: &mut Violations) {
    let handled = scene.peer.handled_events();
    for event in &evidence.events {
        if !handled.contains(&event.id.to_string()) {
            violations.stuck.push(format!(
                "the event {} ({}) never reached the event handler",
                event.id,
                event.kind.as_str()
            ));
        }
    }
}
