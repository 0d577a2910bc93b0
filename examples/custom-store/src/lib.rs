//! A store of one's own: [`AuditedStore`] writes a line to an audit log before each change, and leaves the rest to the store
//! that it wraps.
//!
//! It is a wrapper and not a whole database: `delegate_store!` passes every method on, and five of them are replaced. A
//! store that keeps the data itself implements each role of [`Store`] instead, as `tickmate-store-sql` does. Both are done
//! when they pass the conformance suite: see `tests/conformance.rs`.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;
use tickmate::{
    backend::store::{
        NewTicket, NewUser, RulesWrite, RulesWritten, Store, StoreError, TicketCreated,
        TicketWrite, TicketWritten, UserCreated, UserWrite, UserWritten,
    },
    delegate_store,
    domain::event::Event,
};

/// A store that logs who changes which ticket, account or rules, in a place that the desk does not read or clean up.
///
/// Each change that has an event is logged as one line of JSON with the event's id: its object, its version, its kind, its
/// author and its time, without the changed texts. The line is written *before* the change, so there is no change without a
/// line. A line without a change is possible, where the change was refused or the process was killed in between; then the
/// desk's history has no event with this id.
///
/// While the log can't be written, changes are refused and nothing is stored. Calls without an event (mails, sessions,
/// sweeps) are not logged.
///
/// ```
/// use std::fs::OpenOptions;
/// use tickmate::memory::MemoryStore;
/// use tickmate_custom_store::AuditedStore;
///
/// fn audited() -> std::io::Result<AuditedStore> {
///     let log = OpenOptions::new().create(true).append(true).open("audit.jsonl")?;
///     Ok(AuditedStore::new(MemoryStore::new(), log))
/// }
/// ```
pub struct AuditedStore {
    inner: Arc<dyn Store>,
    log: Mutex<Log>,
}

/// The audit log.
struct Log {
    writer: Box<dyn Write + Send>,
    /// Whether the last write failed, so that the log may end in a part of a line.
    is_torn: bool,
}

impl AuditedStore {
    /// Wraps a store. `log` should write without a long wait, since a change waits for it: a file opened for appending does.
    /// Each line is flushed, but not synced: it survives the process, and not a power failure.
    pub fn new(inner: impl Store + 'static, log: impl Write + Send + 'static) -> Self {
        Self {
            inner: Arc::new(inner),
            log: Mutex::new(Log {
                writer: Box::new(log),
                is_torn: false,
            }),
        }
    }

    async fn create_ticket_logged(&self, new: &NewTicket) -> Result<TicketCreated, StoreError> {
        self.log(&new.event)?;
        self.inner.create_ticket(new).await
    }

    async fn write_ticket_logged(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
        self.log(&write.event)?;
        self.inner.write_ticket(write).await
    }

    async fn create_user_logged(&self, new: &NewUser) -> Result<UserCreated, StoreError> {
        self.log(&new.event)?;
        self.inner.create_user(new).await
    }

    async fn write_user_logged(&self, write: &UserWrite) -> Result<UserWritten, StoreError> {
        self.log(&write.event)?;
        self.inner.write_user(write).await
    }

    async fn write_rules_logged(&self, write: &RulesWrite) -> Result<RulesWritten, StoreError> {
        self.log(&write.event)?;
        self.inner.write_rules(write).await
    }

    /// Writes the line of an event.
    ///
    /// # Errors
    /// [`StoreError::StorageFull`] or [`StoreError::Unavailable`] with the error of the log. Both are transient, so the desk
    /// repeats a job's change later.
    fn log(&self, event: &Event) -> Result<(), StoreError> {
        // No await while the lock is held, so a caller that drops its future never leaves a part of a line.
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(event).map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                StoreError::StorageFull(Box::new(error))
            }
            _ => StoreError::Unavailable(Box::new(error)),
        })
    }
}

impl Log {
    fn append(&mut self, event: &Event) -> io::Result<()> {
        let line = json!({
            "event": event.id,
            "at": event.at,
            "by": event.by,
            "kind": event.kind,
            "subject": event.subject,
            "version": event.version,
        });
        // A line starts on a line of its own, even after a part of one.
        let start = if self.is_torn { "\n" } else { "" };
        self.is_torn = true;
        // One write a line: processes that append to the same file then don't mix their lines.
        self.writer
            .write_all(format!("{start}{line}\n").as_bytes())?;
        self.writer.flush()?;
        self.is_torn = false;
        Ok(())
    }
}

delegate_store! {
    AuditedStore => inner;
    replace {
        create_ticket => create_ticket_logged,
        write_ticket => write_ticket_logged,
        create_user => create_user_logged,
        write_user => write_user_logged,
        write_rules => write_rules_logged,
    }
}

impl fmt::Debug for AuditedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditedStore").finish_non_exhaustive()
    }
}
