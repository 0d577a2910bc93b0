//! Lets tasks take turns: calls in memory yield like those that wait for a disk, so that concurrent ones interleave.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
};

/// Counts the calls between which tasks take turns.
#[derive(Debug, Default)]
pub(super) struct Turns(AtomicU64);

impl Turns {
    /// Yields to other tasks up to three times, depending on the number of the call.
    pub(super) async fn pass(&self) {
        let turn = self.0.fetch_add(1, Ordering::Relaxed);
        // The high bits of a product by a large odd number are well mixed.
        for _ in 0..turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 {
            yield_once().await;
        }
    }
}

/// Returns pending once, so that the executor may run other tasks.
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
