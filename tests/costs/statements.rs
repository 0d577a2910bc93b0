//! Counts the SQL statements that a process executes, by what sqlx logs of them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tracing::{
    Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// The target under which sqlx logs each statement that it executed.
const TARGET: &str = "sqlx::query";

/// How many statements were executed.
#[derive(Clone, Default)]
pub(crate) struct Statements(Arc<AtomicUsize>);

impl Statements {
    /// Counts the statements of this process from now on.
    pub(crate) fn count() -> Self {
        let statements = Self::default();
        tracing::subscriber::set_global_default(Counter(statements.clone()))
            .expect("no other test of this process sets a subscriber");
        statements
    }

    /// Returns the statements since the last time, and forgets them.
    pub(crate) fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

struct Counter(Statements);

/// What the log says of a statement.
#[derive(Default)]
struct Statement {
    /// Whether it sets up a connection: the pool opens one more when it likes.
    is_setting: bool,
}

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.is_setting |= format!("{value:?}").contains("PRAGMA");
        }
    }
}

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET && *metadata.level() == Level::TRACE
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        if !statement.is_setting {
            self.0.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
