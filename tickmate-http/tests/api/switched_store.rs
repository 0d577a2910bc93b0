//! A store with switches: writes fail as on a full disk, searches wait as on a slow one.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use tickmate_core::{
    backend::store::{
        AttemptStore, BlobGroup, Cleaned, EventStore, MailQuery, MailRequeue, MailStore,
        MailUpdate, ModelStore, NewTicket, NewUser, RulesRecord, RulesStore, RulesWrite,
        RulesWritten, SessionStore, Store, StoreError, SuppressionStore, SystemStore,
        TicketCreated, TicketStore, TicketWrite, TicketWritten, UserCreated, UserKey, UserStore,
        UserWrite, UserWritten, WriteHealth,
    },
    domain::{
        delivery::DeliveryReport,
        desk_rules::RulesKind,
        email::Email,
        event::Event,
        id::{EventId, ReplyId, SessionId, TicketId, UserId},
        limit::{Attempt, Limit},
        mail::{Mail, MailKey, MailStatus},
        models::{Budget, CallQuery, ModelCall, UsageLine},
        page::Page,
        query::{
            BacklogHead, BacklogLane, FoundTicket, TicketCounts, TicketQuery, Unbegun, UserQuery,
        },
        reply::{Reply, ReplyQuery},
        routing::Staff,
        session::Session,
        suppression::Suppression,
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::{Date, Timestamp},
        user::User,
        words::Form,
    },
};
use tokio::sync::watch;

/// A store over another, with a switch that makes each write fail and one that makes each search wait.
pub(crate) struct SwitchedStore {
    inner: Arc<dyn Store>,
    is_full: AtomicBool,
    health: WriteHealth,
    blocks_searches: watch::Sender<bool>,
    waiting_searches: AtomicUsize,
}

impl SwitchedStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            is_full: AtomicBool::new(false),
            health: WriteHealth::default(),
            blocks_searches: watch::Sender::new(false),
            waiting_searches: AtomicUsize::new(0),
        }
    }

    /// Makes the storage full, or gives it room again.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    /// Makes searches by words wait, or lets those that wait go on.
    pub(crate) fn block_searches(&self, blocks: bool) {
        self.blocks_searches.send_replace(blocks);
    }

    /// Returns how many searches have come to wait so far.
    pub(crate) fn waiting_searches(&self) -> usize {
        self.waiting_searches.load(Ordering::Relaxed)
    }

    async fn wait_for_searches(&self) -> Result<(), StoreError> {
        let mut blocks = self.blocks_searches.subscribe();
        if *blocks.borrow_and_update() {
            self.waiting_searches.fetch_add(1, Ordering::Relaxed);
        }
        let opened = blocks.wait_for(|blocks| !blocks).await;
        opened.map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(())
    }

    /// Runs a write, or fails in place of it.
    async fn write<T>(
        &self,
        write: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let result = match self.is_full.load(Ordering::Relaxed) {
            true => Err(StoreError::StorageFull("no room is left".into())),
            false => write.await,
        };
        self.health.note(&result);
        result
    }
}

macro_rules! call {
    (read $self:ident $name:ident $($arg:ident),*) => {
        $self.inner.$name($($arg),*).await
    };
    (write $self:ident $name:ident $($arg:ident),*) => {
        $self.write($self.inner.$name($($arg),*)).await
    };
}

macro_rules! delegate {
    ($($role:ident {
        $($how:ident $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+
        $(; $($own:item)+)?
    })+) => {$(
        #[async_trait]
        impl $role for SwitchedStore {$(
            async fn $name(&self, $($arg: $type),*) -> Result<$out, StoreError> {
                call!($how self $name $($arg),*)
            }
        )+
            $($($own)+)?
        }
    )+};
}

delegate! {
    TicketStore {
        write create_ticket(new: &NewTicket) -> TicketCreated;
        read ticket(id: TicketId) -> Option<Ticket>;
        read ticket_by_number(number: u64) -> Option<Ticket>;
        write write_ticket(write: &TicketWrite) -> TicketWritten;
        read count_tickets(requester: UserId) -> TicketCounts;
        read ticket_with_replies(ticket: TicketRef, query: &ReplyQuery) -> Option<(Ticket, Page<Reply>)>;
        read replies(ticket: TicketId, query: &ReplyQuery) -> Page<Reply>;
        read reply(ticket: TicketId, id: ReplyId) -> Option<Reply>;
        read held_by(person: UserId) -> Vec<Ticket>;
        read backlog_heads() -> Vec<BacklogHead>;
        read backlog_next(head: &BacklogHead) -> Option<BacklogHead>;
        read backlog_lanes() -> Vec<BacklogLane>;
        read unbegun(limit: u32) -> Vec<Unbegun>;
        read created_between(from: Timestamp, to: Timestamp, after: u64, limit: u32) -> Vec<Ticket>;
        read tickets_after(number: u64, limit: u32) -> Vec<Ticket>;
        read needing_triage(before: Timestamp, ahead: Timestamp, limit: u32) -> Vec<Ticket>;
        read count_needing_triage() -> u64;
        read holders() -> Vec<UserId>;
        ;
        async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError> {
            if !query.filter.words.is_empty() {
                self.wait_for_searches().await?;
            }
            self.inner.tickets(query).await
        }

        async fn search_tickets(
            &self,
            query: &TicketQuery,
            from: Form,
        ) -> Result<Page<FoundTicket>, StoreError> {
            self.wait_for_searches().await?;
            self.inner.search_tickets(query, from).await
        }
    }
    UserStore {
        write create_user(new: &NewUser) -> UserCreated;
        read user(id: UserId) -> Option<User>;
        read users(ids: &[UserId]) -> Vec<User>;
        read user_by(key: &UserKey) -> Option<User>;
        write write_user(write: &UserWrite) -> UserWritten;
        read user_page(query: &UserQuery) -> Page<User>;
        read has_admin() -> bool;
        read roster() -> Vec<Staff>;
        read staff(ids: &[UserId]) -> Vec<Staff>;
        read due_shifts(now: Timestamp, ahead: Timestamp, limit: u32) -> Vec<User>;
    }
    SessionStore {
        write create_session(session: &Session) -> ();
        read session(id: SessionId) -> Option<(Session, User)>;
        write touch_session(id: SessionId, at: Timestamp) -> ();
        write end_session(id: SessionId) -> ();
        read sessions(user: UserId) -> Vec<Session>;
    }
    EventStore {
        read pending_events(after: u64, limit: u32) -> Vec<Event>;
        write mark_relayed(events: &[EventId]) -> ();
        read events_after(seq: u64, limit: u32) -> Vec<Event>;
        read last_seq() -> u64;
        read assigned_since(since: Timestamp) -> Vec<(UserId, u64)>;
        read event(id: EventId) -> Option<Event>;
        read ticket_events(ticket: TicketId, after: u64, limit: u32) -> Page<Event>;
    }
    MailStore {
        write put_mail(mail: &Mail) -> Mail;
        read mail(key: &MailKey) -> Option<Mail>;
        write update_mail(update: &MailUpdate) -> bool;
        read count_mails(to: &Email, since: Timestamp) -> u64;
        read thread(ticket: TicketId, to: &Email) -> Vec<MailKey>;
        read mails(query: &MailQuery, limit: u32) -> Page<Mail>;
        read mail_by_reference(reference: &str) -> Option<Mail>;
        write requeue_mail(requeue: &MailRequeue) -> bool;
        write report_delivery(key: &MailKey, report: &DeliveryReport) -> bool;
        read mail_counts() -> BTreeMap<MailStatus, u64>;
    }
    SuppressionStore {
        write suppress(suppression: &Suppression) -> Suppression;
        read suppression(address: &Email) -> Option<Suppression>;
        write unsuppress(address: &Email) -> bool;
        read suppressions(after: Option<Email>, limit: u32) -> Page<Suppression>;
    }
    ModelStore {
        write begin_call(call: &ModelCall, budget: &Budget, day: Date) -> bool;
        write end_call(call: &ModelCall) -> ();
        read answered_call(key: &str) -> Option<ModelCall>;
        read model_calls(query: &CallQuery) -> Vec<ModelCall>;
        read model_usage(from: Timestamp, to: Timestamp) -> Vec<UsageLine>;
        write forget_calls(answers_before: Timestamp, calls_before: Timestamp) -> u64;
    }
    RulesStore {
        read rules(kind: RulesKind) -> Option<RulesRecord>;
        write write_rules(write: &RulesWrite) -> RulesWritten;
    }
    AttemptStore {
        write attempt(key: &str, limit: &Limit, now: Timestamp) -> Attempt;
        write forget_attempts(key: &str) -> ();
    }
    SystemStore {
        read value(name: &str) -> Option<String>;
        write put_value(name: &str, value: Option<&str>) -> ();
        write replace_value(name: &str, expected: Option<&str>, value: &str) -> bool;
        write put_blob(group: &str, part: u32, bytes: &[u8], at: Timestamp) -> ();
        read blob(group: &str, part: u32) -> Option<Vec<u8>>;
        read blob_groups() -> Vec<BlobGroup>;
        write remove_blobs(group: &str) -> u64;
        write clean(
            now: Timestamp,
            idle_before: Timestamp,
            keys_before: Timestamp,
            attempts_before: Timestamp
        ) -> Cleaned;
        ;
        fn unreadable_records(&self) -> u64 {
            self.inner.unreadable_records()
        }

        async fn ping(&self) -> Result<(), StoreError> {
            let now = tokio::time::Instant::now().into_std();
            let probe = self.put_value("probe", Some("0"));
            self.health.confirm(now, probe).await?;
            self.inner.ping().await
        }
    }
}
