//! A handler of events made of two closures.

use std::fmt;

use async_trait::async_trait;

use super::{Audience, EventHandler, EventNotice, HandlerError};

/// An [`EventHandler`] made of two closures, for hosts that need no type of their own.
///
/// ```
/// use tickmate_core::{
///     desk::{Audience, EventHandler, HandlerFn},
///     domain::event::EventKind,
/// };
///
/// let handler = HandlerFn::new(
///     "resolved",
///     Audience::Public,
///     |event| Vec::from_iter((event.kind == EventKind::Resolved).then(|| "log".to_owned())),
///     |event, target| async move {
///         println!("{target}: {:?} was resolved", event.subject);
///         Ok(())
///     },
/// );
/// assert_eq!(handler.name(), "resolved");
/// ```
pub struct HandlerFn<T, H> {
    name: String,
    audience: Audience,
    targets: T,
    handle: H,
}

impl<T, H, F> HandlerFn<T, H>
where
    T: Fn(&EventNotice) -> Vec<String> + Send + Sync,
    H: Fn(EventNotice, String) -> F + Send + Sync,
    F: Future<Output = Result<(), HandlerError>> + Send,
{
    /// Makes a handler with this name and audience: `targets` implements [`EventHandler::targets`], `handle` implements
    /// [`EventHandler::handle`].
    pub fn new(name: impl Into<String>, audience: Audience, targets: T, handle: H) -> Self {
        Self {
            name: name.into(),
            audience,
            targets,
            handle,
        }
    }
}

impl<T, H> fmt::Debug for HandlerFn<T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HandlerFn");
        debug.field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl<T, H, F> EventHandler for HandlerFn<T, H>
where
    T: Fn(&EventNotice) -> Vec<String> + Send + Sync,
    H: Fn(EventNotice, String) -> F + Send + Sync,
    F: Future<Output = Result<(), HandlerError>> + Send,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn audience(&self) -> Audience {
        self.audience
    }

    fn targets(&self, event: &EventNotice) -> Vec<String> {
        (self.targets)(event)
    }

    async fn handle(&self, event: &EventNotice, target: &str) -> Result<(), HandlerError> {
        (self.handle)(event.clone(), target.to_owned()).await
    }
}
