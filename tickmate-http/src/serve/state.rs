//! What the service of a connection and its stream tell each other.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

const IDLE: u8 = 0;
const ANSWERING: u8 = 1;
const ANSWERED: u8 = 2;

/// The state of a connection: its service writes it, and its stream reads it.
#[derive(Debug, Default)]
pub(super) struct ConnectionState {
    phase: AtomicU8,
    has_unread_input: AtomicBool,
    is_aborted: AtomicBool,
}

impl ConnectionState {
    /// A request arrived.
    pub(super) fn begin_answer(&self) {
        self.phase.store(ANSWERING, Ordering::Relaxed);
    }

    /// The last byte of the answer was handed over; it may still wait in hyper.
    pub(super) fn end_answer(&self) {
        self.phase.store(ANSWERED, Ordering::Relaxed);
    }

    /// Everything that hyper had was written.
    pub(super) fn flushed(&self) {
        let phase = &self.phase;
        // It fails, as it should, in each other phase.
        let _phase = phase.compare_exchange(ANSWERED, IDLE, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether no request is in progress, so that what hyper writes is an answer of its own.
    pub(super) fn is_idle(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == IDLE
    }

    /// Some of a request will not be read.
    pub(super) fn leave_input_unread(&self) {
        self.has_unread_input.store(true, Ordering::Relaxed);
    }

    /// Whether some of a request was not read. The operating system resets such a connection when it is closed, and
    /// the client may never see the answer.
    pub(super) fn has_unread_input(&self) -> bool {
        self.has_unread_input.load(Ordering::Relaxed)
    }

    /// The connection is given up: what the operating system holds for it is of no use.
    pub(super) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Relaxed);
    }

    /// Whether the connection is given up.
    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Relaxed)
    }
}
