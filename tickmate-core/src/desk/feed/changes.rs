//! Notifications of changes, for any number of listeners of one process.

use std::{
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use futures_channel::mpsc;
use futures_util::Stream;

/// A stream of notifications: something may have changed since the last one. It ends with the desk.
///
/// Notifications that were not received are merged into one. Dropping the stream unsubscribes.
#[must_use = "a stream that is dropped is unsubscribed"]
pub struct Changes(mpsc::Receiver<()>);

impl Stream for Changes {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

/// The subscribers of change notifications.
#[derive(Default)]
pub(in crate::desk) struct Listeners(Mutex<Vec<mpsc::Sender<()>>>);

impl Listeners {
    /// Adds a listener.
    pub(in crate::desk) fn subscribe(&self) -> Changes {
        // The capacity is 0, since each sender adds one slot to the buffer.
        let (sender, receiver) = mpsc::channel(0);
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.retain(|sender| !sender.is_closed());
        senders.push(sender);
        Changes(receiver)
    }

    /// Notifies every listener that has received its last notification.
    pub(in crate::desk) fn notify(&self) {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.retain_mut(|sender| match sender.try_send(()) {
            Ok(()) => true,
            Err(error) => error.is_full(),
        });
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn listeners_are_notified_once_until_they_look_and_leave_when_dropped() {
        let listeners = Listeners::default();
        let mut one = listeners.subscribe();
        let other = listeners.subscribe();
        assert_eq!(one.next().now_or_never(), None);
        for _ in 0..3 {
            listeners.notify();
        }
        assert_eq!(one.next().now_or_never(), Some(Some(())));
        assert_eq!(one.next().now_or_never(), None);
        drop(other);
        listeners.notify();
        assert_eq!(listeners.0.lock().unwrap().len(), 1);
        assert_eq!(one.next().now_or_never(), Some(Some(())));
        drop(listeners);
        assert_eq!(one.next().now_or_never(), Some(None));
    }
}
