//! Sabotages: each breaks one rule on purpose behind one of the back-end traits, and the harness must catch it.

mod ack_before_commit;
mod blind_claim;
mod early_enqueue;
mod handlers_move_first;
mod key_from_attempt;
mod mailer;
mod mark_before_send;
mod queue;
mod relay_marks_first;
mod store;
mod tamper;

use std::sync::Arc;

use clap::ValueEnum;
use tickmate::backend::{mailer::Mailer, queue::JobLeases, store::Store};

use self::{mailer::TamperedMailer, queue::TamperedQueue, store::TamperedStore, tamper::Tamper};

/// The rules that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sabotage {
    /// Events are marked as relayed before their jobs are enqueued.
    RelayMarksFirst,
    /// The router treats an assigned ticket as unassigned, and its write ignores the version.
    BlindClaim,
    /// The key of a mail changes with each attempt.
    KeyFromAttempt,
    /// A ticket is acknowledged before it is stored.
    AckBeforeCommit,
    /// A mail is marked as sent before it is sent.
    MarkBeforeSend,
    /// Enqueueing returns before the jobs are stored.
    EarlyEnqueue,
    /// The position of the event handler moves before its deliveries are enqueued.
    HandlersMoveFirst,
}

/// The back ends of a desk.
pub(crate) struct Seams {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Arc<dyn JobLeases>,
    pub(crate) mailer: Arc<dyn Mailer>,
}

impl Sabotage {
    /// Returns the name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// Returns the back ends with the rule broken.
    pub(crate) fn apply(self, seams: Seams) -> Seams {
        let tamper: Arc<dyn Tamper> = match self {
            Self::RelayMarksFirst => Arc::new(relay_marks_first::RelayMarksFirst),
            Self::BlindClaim => Arc::new(blind_claim::BlindClaim::default()),
            Self::KeyFromAttempt => Arc::new(key_from_attempt::KeyFromAttempt),
            Self::AckBeforeCommit => Arc::new(ack_before_commit::AckBeforeCommit),
            Self::MarkBeforeSend => Arc::new(mark_before_send::MarkBeforeSend),
            Self::EarlyEnqueue => Arc::new(early_enqueue::EarlyEnqueue),
            Self::HandlersMoveFirst => Arc::new(handlers_move_first::HandlersMoveFirst),
        };
        Seams {
            store: Arc::new(TamperedStore {
                inner: seams.store,
                tamper: Arc::clone(&tamper),
            }),
            queue: Arc::new(TamperedQueue {
                inner: seams.queue,
                tamper: Arc::clone(&tamper),
            }),
            mailer: Arc::new(TamperedMailer {
                inner: seams.mailer,
                tamper,
            }),
        }
    }
}
