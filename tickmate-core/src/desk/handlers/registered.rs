//! A handler that is registered with a desk, and the deliveries that it requests.

use std::{
    collections::BTreeSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Audience, EventHandler, EventNotice, Start};
use crate::{
    desk::BuildError,
    domain::{
        digest::sha256_hex,
        event::Event,
        id::EventId,
        job::{Job, JobKey, NewJob},
    },
};

/// The maximum length of a handler's name in bytes.
const MAX_NAME: usize = 60;
/// The maximum length of a target's name in bytes.
const MAX_TARGET: usize = 80;

/// A handler, with the values that it returned when the desk was built: reading them later could panic and stop the
/// relay to the other handlers.
#[derive(Clone)]
pub(in crate::desk) struct Registered {
    pub(super) name: String,
    pub(super) audience: Audience,
    pub(super) start: Start,
    pub(super) handler: Arc<dyn EventHandler>,
}

/// The reason why the deliveries of an event can't be enqueued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TargetsError {
    #[error("the handler panicked")]
    Panicked,
    #[error("the name of a target has {0} bytes, not 1 to {MAX_TARGET}")]
    Name(usize),
}

impl Registered {
    /// Reads name, audience and start of the handlers, and validates the names.
    pub(in crate::desk) fn all(
        handlers: Vec<Arc<dyn EventHandler>>,
    ) -> Result<Vec<Self>, BuildError> {
        let mut names = BTreeSet::new();
        let mut all = Vec::with_capacity(handlers.len());
        for handler in handlers {
            let name = handler.name().to_owned();
            if !is_name(&name) {
                return Err(BuildError::HandlerName(name));
            }
            if !names.insert(name.clone()) {
                return Err(BuildError::HandlerTwice(name));
            }
            all.push(Self {
                name,
                audience: handler.audience(),
                start: handler.start(),
                handler,
            });
        }
        Ok(all)
    }

    /// Returns the name of the stored value that holds the position.
    pub(super) fn position_name(&self) -> String {
        format!("handler.{}", self.name)
    }

    /// Returns the deliveries of an event, under keys made of the event, the handler and the target.
    pub(super) fn deliveries(&self, event: Event) -> Result<Vec<NewJob>, TargetsError> {
        let (run_at, requester) = (event.at, event.parties.requester);
        let Some(notice) = EventNotice::for_audience(event, self.audience) else {
            return Ok(Vec::new());
        };
        let targets = catch_unwind(AssertUnwindSafe(|| self.handler.targets(&notice)))
            .map_err(|_panic| TargetsError::Panicked)?;
        let targets: BTreeSet<String> = targets.into_iter().collect();
        let delivery = |target: String| match target.len() {
            1..=MAX_TARGET => Ok(NewJob {
                requester,
                ..NewJob::new(
                    self.key(notice.id, &target),
                    Job::HandleEvent {
                        event: notice.id,
                        handler: self.name.clone(),
                        target,
                    },
                    run_at,
                )
            }),
            length => Err(TargetsError::Name(length)),
        };
        targets.into_iter().map(delivery).collect()
    }

    /// Returns the key of a delivery. A target that is not valid in a key is replaced by its digest.
    fn key(&self, event: EventId, target: &str) -> JobKey {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:@".contains(&byte);
        let target = match target.bytes().all(is_plain) {
            true => target.to_owned(),
            false => sha256_hex(target.as_bytes()),
        };
        JobKey::new(format!("handle.{event}.{}.{target}", self.name))
    }
}

/// Returns whether a handler may have this name.
fn is_name(name: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_allowed)
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registered").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_words() {
        for name in ["a", "web-hooks_2", &"x".repeat(60)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "A", "a b", "a.b", "ä", &"x".repeat(61)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
