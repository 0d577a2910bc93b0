//! What the audit log of a desk contains, and what happens while it can't be written.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stand outside of test functions"
)]

use std::{
    io::{self, ErrorKind, Write},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tickmate::{
    backend::store::{EventStore, StoreError},
    desk::{Desk, DeskError, Identified, TicketDraft},
    domain::{access::Actor, id::TicketId, user::Role},
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
    testing::{self, TestHost},
};
use tickmate_custom_store::AuditedStore;

/// A log in memory. After `fails_with` is set, it writes half of each line and fails.
#[derive(Clone, Default)]
struct MemoryLog(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    fails_with: Option<ErrorKind>,
    /// Whether half of the current line is written.
    is_half_written: bool,
}

impl Write for MemoryLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = self.0.lock().unwrap();
        let Some(kind) = content.fails_with else {
            content.bytes.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        if std::mem::replace(&mut content.is_half_written, true) {
            content.is_half_written = false;
            return Err(kind.into());
        }
        content.bytes.extend_from_slice(&bytes[..bytes.len() / 2]);
        Ok(bytes.len() / 2)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MemoryLog {
    fn fail_with(&self, kind: Option<ErrorKind>) {
        self.0.lock().unwrap().fails_with = kind;
    }

    /// Returns the whole lines.
    fn lines(&self) -> Vec<Value> {
        let content = self.0.lock().unwrap();
        let text = std::str::from_utf8(&content.bytes).unwrap();
        let lines = text.lines();
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

struct Audited {
    desk: Desk,
    store: MemoryStore,
    log: MemoryLog,
}

impl Audited {
    fn new() -> Self {
        let host = TestHost::new(1);
        let store = MemoryStore::new();
        let log = MemoryLog::default();
        let audited = AuditedStore::new(store.clone(), log.clone());
        let queue = MemoryQueue::new(host.clock());
        let builder = Desk::builder(audited, MemoryMailer::new(), queue);
        let builder = builder.host(host).secret(testing::secret());
        Self {
            desk: builder.build().unwrap(),
            store,
            log,
        }
    }

    async fn requester(&self) -> Actor {
        let identified = Identified {
            subject: "ann".to_owned(),
            email: "ann@example.org".to_owned(),
            role: Role::User,
            name: None,
        };
        let user = self.desk.users().upsert_host_user(&identified).await;
        user.unwrap().actor().unwrap()
    }

    async fn create_ticket(&self, actor: &Actor) -> Result<TicketId, DeskError> {
        let draft = TicketDraft {
            title: "The printer jams".to_owned(),
            description: "Every second page.".to_owned(),
            ..TicketDraft::default()
        };
        let submitted = self.desk.tickets().create(actor, &draft, None).await?;
        Ok(submitted.outcome.ticket.id)
    }

    /// Returns the ids of the stored events, in their order.
    async fn stored_events(&self) -> Vec<Value> {
        let events = self.store.events_after(0, 100).await.unwrap();
        events
            .iter()
            .map(|event| serde_json::to_value(event.id).unwrap())
            .collect()
    }
}

fn events(lines: &[Value]) -> Vec<Value> {
    lines.iter().map(|line| line["event"].clone()).collect()
}

#[tokio::test]
async fn each_change_has_a_line_and_reads_have_none() {
    let audited = Audited::new();
    let ann = audited.requester().await;
    let ticket = audited.create_ticket(&ann).await.unwrap();
    audited.desk.tickets().get(&ann, ticket).await.unwrap();

    let lines = audited.log.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(events(&lines), audited.stored_events().await);
    assert!(lines[0]["subject"]["user"].is_string(), "{lines:?}");
    assert!(lines[1]["subject"]["ticket"].is_string(), "{lines:?}");
    assert_eq!(lines[1]["kind"], "created");
    assert_eq!(lines[1]["by"]["user"], lines[0]["subject"]["user"]);
    let text = format!("{lines:?}");
    assert!(
        !text.contains("printer") && !text.contains("ann@"),
        "{text}"
    );
}

#[tokio::test]
async fn nothing_changes_while_the_log_cannot_be_written() {
    let audited = Audited::new();
    let ann = audited.requester().await;
    let before = audited.stored_events().await;
    for kind in [ErrorKind::StorageFull, ErrorKind::BrokenPipe] {
        audited.log.fail_with(Some(kind));
        let refused = audited.create_ticket(&ann).await.unwrap_err();
        assert!(
            matches!(
                (&refused, kind),
                (
                    DeskError::Store(StoreError::StorageFull(_)),
                    ErrorKind::StorageFull
                ) | (DeskError::Store(StoreError::Unavailable(_)), _)
            ),
            "{refused:?}"
        );
        assert_eq!(audited.stored_events().await, before, "{kind}");
    }
    audited.log.fail_with(None);
    audited.create_ticket(&ann).await.unwrap();
    // The lines after the torn ones are whole again.
    let lines = audited.log.lines();
    assert_eq!(events(&lines), audited.stored_events().await);
}
