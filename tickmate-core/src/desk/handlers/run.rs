//! Runs one delivery of an event handler.

use super::EventNotice;
use crate::{
    desk::{Desk, JobError},
    domain::{id::EventId, time::Span},
};

/// The delay after which a delivery of an unknown handler is due again, so that a process that knows the handler can
/// claim it.
const UNKNOWN_RETRY: Span = Span::seconds(30);

impl Desk {
    /// Delivers an event to a target of a handler.
    pub(in crate::desk) async fn handle_event(
        &self,
        event: EventId,
        handler: &str,
        target: &str,
    ) -> Result<(), JobError> {
        let known = self.handlers.iter().find(|known| known.name == handler);
        let Some(known) = known else {
            return Err(JobError::UnknownHandler {
                handler: handler.to_owned(),
                retry_at: self.now() + UNKNOWN_RETRY,
            });
        };
        let event = self.store.event(event).await?;
        let event = event.ok_or(JobError::Obsolete("the event is not there"))?;
        let Some(notice) = EventNotice::for_audience(event, known.audience) else {
            return Ok(());
        };
        let handled = known.handler.handle(&notice, target).await;
        handled.map_err(|source| JobError::Handler {
            retry_at: source.next_attempt(self.now()),
            source,
        })
    }
}
