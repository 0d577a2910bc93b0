//! Every event reached the event handler, at least once.

use super::Evidence;
use crate::parent::{report::Violations, scene::Scene};

pub(super) fn check(scene: &Scene, evidence: &Evidence, found: &mut Violations) {
    let handled = scene.peer.handled();
    for event in &evidence.events {
        if !handled.contains(&event.id.to_string()) {
            found.stuck.push(format!(
                "the event {} ({}) never reached the event handler",
                event.id,
                event.kind.as_str()
            ));
        }
    }
}
