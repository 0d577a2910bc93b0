//! Tests the log entries for records that can't be read.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tickmate_core::{
    backend::store::{SystemStore, UserStore},
    conformance::fixtures::Fixtures,
    domain::user::Role,
};
use tracing::{
    Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

use crate::{damage, support::Desk};

/// The captured warnings of this thread, each with its message and fields.
#[derive(Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Captures warnings until the guard is dropped.
    fn capture() -> (Self, DefaultGuard) {
        let warnings = Self::default();
        let guard = tracing::subscriber::set_default(Capture(Arc::clone(&warnings.0)));
        // The thread of another test, which captures nothing, may have disabled the event for the whole process.
        tracing::callsite::rebuild_interest_cache();
        (warnings, guard)
    }

    /// Returns the warnings since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Capture(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn a_skipped_record_is_logged_once_with_its_table_and_id() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(5);
    let ann = desk.create_user(&mut make, Role::User).await;
    let bob = desk.create_user(&mut make, Role::User).await;
    let id = ann.id.as_uuid();
    let statement = format!(
        "UPDATE users SET skills = 'secret' WHERE id = x'{}'",
        id.simple()
    );
    damage(&desk, &statement).await;
    let (warnings, _guard) = Warnings::capture();
    for expected in [1, 0] {
        let found = desk.store.users(&[ann.id, bob.id]).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&bob));
        let lines = warnings.take();
        assert_eq!(lines.len(), expected, "{lines:?}");
        for line in lines {
            let parts = [
                "table=\"users\"",
                &format!("record=\"{id}\""),
                "users.skills",
            ];
            assert!(parts.iter().all(|part| line.contains(part)), "{line}");
            assert!(!line.contains("secret"), "{line}");
        }
        assert_eq!(desk.store.unreadable_records(), 1);
    }
}
