//! The state that the service of a connection shares with its stream.

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
    /// Records that a request arrived.
    pub(super) fn begin_answer(&self) {
        self.phase.store(ANSWERING, Ordering::Relaxed);
    }

    /// Records that the last byte of the answer was passed to hyper, which may still buffer it.
    pub(super) fn end_answer(&self) {
        self.phase.store(ANSWERED, Ordering::Relaxed);
    }

    /// Records that everything in hyper's buffer was written.
    pub(super) fn flushed(&self) {
        let phase = &self.phase;
        // It fails, as it should, in each other phase.
        let _phase = phase.compare_exchange(ANSWERED, IDLE, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether no request is in progress, so that what hyper writes is an answer of its own.
    pub(super) fn is_idle(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == IDLE
    }

    /// Records that part of a request will not be read.
    pub(super) fn leave_input_unread(&self) {
        self.has_unread_input.store(true, Ordering::Relaxed);
    }

    /// Returns whether part of a request was not read. The operating system resets such a connection when it is closed,
    /// and the client may never receive the answer.
    pub(super) fn has_unread_input(&self) -> bool {
        self.has_unread_input.load(Ordering::Relaxed)
    }

    /// Aborts the connection: data that the operating system buffers for it is discarded.
    pub(super) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Relaxed);
    }

    /// Returns whether the connection is aborted.
    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Relaxed)
    }
}
