//! Mocks of the four traits by `mockall`, for tests that say what each call answers. For tests that only need
//! something that works there is [`crate::memory`].
//!
//! ```
//! use std::sync::Arc;
//! use tickmate_core::{
//!     backend::{llm::Llm, mailer::Mailer, queue::JobQueue, store::{Store, StoreError}},
//!     domain::job::QueueDepth,
//!     mock::{MockJobQueue, MockLlm, MockMailer, MockStore},
//! };
//!
//! let mut store = MockStore::new();
//! store.expect_ping().times(1).returning(|| Err(StoreError::Overloaded));
//! let mut queue = MockJobQueue::new();
//! queue.expect_depth().returning(|| Ok(QueueDepth::default()));
//! let mut llm = MockLlm::new();
//! llm.expect_complete().never();
//! let mut mailer = MockMailer::new();
//! mailer.expect_send().withf(|mail| mail.subject.starts_with("[#1]")).never();
//!
//! let store: Arc<dyn Store> = Arc::new(store);
//! let queue: Arc<dyn JobQueue> = Arc::new(queue);
//! let llm: Arc<dyn Llm> = Arc::new(llm);
//! let mailer: Arc<dyn Mailer> = Arc::new(mailer);
//! # futures_executor(async {
//! assert!(store.ping().await.is_err_and(|error| error.is_transient()));
//! assert!(queue.depth().await.is_ok_and(|depth| depth.dead == 0));
//! # });
//! # drop((llm, mailer));
//! # fn futures_executor(test: impl Future<Output = ()>) {
//! #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
//! # }
//! ```

use std::collections::BTreeMap;

use async_trait::async_trait;
use mockall::mock;

use crate::{
    backend::{
        llm::{Completion, Llm, LlmError, ModelId, Prompt},
        mailer::{MailError, Mailer, OutgoingMail, Receipt},
        queue::{JobQueue, QueueError},
        store::{
            AttemptStore, BlobGroup, Cleaned, EventStore, MailQuery, MailRequeue, MailStore,
            MailUpdate, ModelStore, NewTicket, NewUser, RulesRecord, RulesStore, RulesWrite,
            RulesWritten, SessionStore, StoreError, SuppressionStore, SystemStore, TicketCreated,
            TicketStore, TicketWrite, TicketWritten, UserCreated, UserKey, UserStore, UserWrite,
            UserWritten,
        },
    },
    domain::{
        delivery::DeliveryReport,
        desk_rules::RulesKind,
        email::Email,
        event::Event,
        id::{EventId, ReplyId, SessionId, TicketId, UserId},
        job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
        limit::{Attempt, Limit},
        mail::{Mail, MailKey, MailStatus},
        models::{Budget, CallQuery, ModelCall, UsageLine},
        page::Page,
        query::{BacklogHead, BacklogLane, TicketCounts, TicketQuery, Unbegun, UserQuery},
        reply::{Reply, ReplyQuery},
        routing::Staff,
        session::Session,
        suppression::Suppression,
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::{Date, Timestamp},
        user::User,
    },
};

mock! {
    /// A [`Store`](crate::backend::store::Store): all of its roles.
    pub Store {
        /// Answers [`SystemStore::value`].
        pub fn value(&self, name: &str) -> Result<Option<String>, StoreError>;
        /// Answers [`SystemStore::put_value`], the value owned: `mockall` can't mock an optional reference.
        pub fn put_value(&self, name: &str, value: Option<String>) -> Result<(), StoreError>;
        /// Answers [`SystemStore::replace_value`], the expected value owned likewise.
        pub fn replace_value(
            &self,
            name: &str,
            expected: Option<String>,
            value: &str,
        ) -> Result<bool, StoreError>;
        /// Answers [`SystemStore::put_blob`].
        pub fn put_blob(
            &self,
            group: &str,
            part: u32,
            bytes: &[u8],
            at: Timestamp,
        ) -> Result<(), StoreError>;
        /// Answers [`SystemStore::blob`].
        pub fn blob(&self, group: &str, part: u32) -> Result<Option<Vec<u8>>, StoreError>;
        /// Answers [`SystemStore::blob_groups`].
        pub fn blob_groups(&self) -> Result<Vec<BlobGroup>, StoreError>;
        /// Answers [`SystemStore::remove_blobs`].
        pub fn remove_blobs(&self, group: &str) -> Result<u64, StoreError>;
        /// Answers [`SystemStore::clean`].
        pub fn clean(
            &self,
            now: Timestamp,
            idle_before: Timestamp,
            keys_before: Timestamp,
            attempts_before: Timestamp,
        ) -> Result<Cleaned, StoreError>;
        /// Answers [`SystemStore::unreadable_records`].
        pub fn unreadable_records(&self) -> u64;
        /// Answers [`SystemStore::ping`].
        pub fn ping(&self) -> Result<(), StoreError>;
    }

    #[async_trait]
    impl TicketStore for Store {
        async fn create_ticket(&self, new: &NewTicket) -> Result<TicketCreated, StoreError>;
        async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError>;
        async fn ticket_by_number(&self, number: u64) -> Result<Option<Ticket>, StoreError>;
        async fn write_ticket(&self, write: &TicketWrite) -> Result<TicketWritten, StoreError>;
        async fn tickets(&self, query: &TicketQuery) -> Result<Page<Ticket>, StoreError>;
        async fn count_tickets(&self, requester: UserId) -> Result<TicketCounts, StoreError>;
        async fn ticket_with_replies(
            &self,
            ticket: TicketRef,
            query: &ReplyQuery,
        ) -> Result<Option<(Ticket, Page<Reply>)>, StoreError>;
        async fn replies(&self, ticket: TicketId, query: &ReplyQuery) -> Result<Page<Reply>, StoreError>;
        async fn reply(&self, ticket: TicketId, id: ReplyId) -> Result<Option<Reply>, StoreError>;
        async fn held_by(&self, person: UserId) -> Result<Vec<Ticket>, StoreError>;
        async fn backlog_heads(&self) -> Result<Vec<BacklogHead>, StoreError>;
        async fn backlog_next(&self, head: &BacklogHead) -> Result<Option<BacklogHead>, StoreError>;
        async fn backlog_lanes(&self) -> Result<Vec<BacklogLane>, StoreError>;
        async fn unbegun(&self, limit: u32) -> Result<Vec<Unbegun>, StoreError>;
        async fn created_between(
            &self,
            from: Timestamp,
            to: Timestamp,
            after: u64,
            limit: u32,
        ) -> Result<Vec<Ticket>, StoreError>;
        async fn tickets_after(&self, number: u64, limit: u32) -> Result<Vec<Ticket>, StoreError>;
        async fn needing_triage(&self, before: Timestamp, limit: u32) -> Result<Vec<Ticket>, StoreError>;
        async fn count_needing_triage(&self) -> Result<u64, StoreError>;
        async fn holders(&self) -> Result<Vec<UserId>, StoreError>;
    }

    #[async_trait]
    impl UserStore for Store {
        async fn create_user(&self, new: &NewUser) -> Result<UserCreated, StoreError>;
        async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
        async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
        async fn user_by(&self, key: &UserKey) -> Result<Option<User>, StoreError>;
        async fn write_user(&self, write: &UserWrite) -> Result<UserWritten, StoreError>;
        async fn user_page(&self, query: &UserQuery) -> Result<Page<User>, StoreError>;
        async fn has_admin(&self) -> Result<bool, StoreError>;
        async fn roster(&self) -> Result<Vec<Staff>, StoreError>;
        async fn staff(&self, ids: &[UserId]) -> Result<Vec<Staff>, StoreError>;
        async fn due_shifts(&self, now: Timestamp, limit: u32) -> Result<Vec<User>, StoreError>;
    }

    #[async_trait]
    impl SessionStore for Store {
        async fn create_session(&self, session: &Session) -> Result<(), StoreError>;
        async fn session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError>;
        async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
        async fn end_session(&self, id: SessionId) -> Result<(), StoreError>;
        async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError>;
    }

    #[async_trait]
    impl EventStore for Store {
        async fn pending_events(&self, after: u64, limit: u32) -> Result<Vec<Event>, StoreError>;
        async fn mark_relayed(&self, events: &[EventId]) -> Result<(), StoreError>;
        async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError>;
        async fn last_seq(&self) -> Result<u64, StoreError>;
        async fn assigned_since(&self, since: Timestamp) -> Result<Vec<(UserId, u64)>, StoreError>;
        async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError>;
        async fn ticket_events(
            &self,
            ticket: TicketId,
            after: u64,
            limit: u32,
        ) -> Result<Page<Event>, StoreError>;
    }

    #[async_trait]
    impl MailStore for Store {
        async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError>;
        async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError>;
        async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError>;
        async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError>;
        async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError>;
        async fn mails(&self, query: &MailQuery, limit: u32) -> Result<Page<Mail>, StoreError>;
        async fn mail_by_reference(&self, reference: &str) -> Result<Option<Mail>, StoreError>;
        async fn requeue_mail(&self, requeue: &MailRequeue) -> Result<bool, StoreError>;
        async fn report_delivery(
            &self,
            key: &MailKey,
            report: &DeliveryReport,
        ) -> Result<bool, StoreError>;
        async fn mail_counts(&self) -> Result<BTreeMap<MailStatus, u64>, StoreError>;
    }

    #[async_trait]
    impl SuppressionStore for Store {
        async fn suppress(&self, suppression: &Suppression) -> Result<Suppression, StoreError>;
        async fn suppression(&self, address: &Email) -> Result<Option<Suppression>, StoreError>;
        async fn unsuppress(&self, address: &Email) -> Result<bool, StoreError>;
        async fn suppressions(
            &self,
            after: Option<Email>,
            limit: u32,
        ) -> Result<Page<Suppression>, StoreError>;
    }

    #[async_trait]
    impl ModelStore for Store {
        async fn begin_call(
            &self,
            call: &ModelCall,
            budget: &Budget,
            day: Date,
        ) -> Result<bool, StoreError>;
        async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError>;
        async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError>;
        async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError>;
        async fn model_usage(
            &self,
            from: Timestamp,
            to: Timestamp,
        ) -> Result<Vec<UsageLine>, StoreError>;
        async fn forget_calls(
            &self,
            answers_before: Timestamp,
            calls_before: Timestamp,
        ) -> Result<u64, StoreError>;
    }

    #[async_trait]
    impl RulesStore for Store {
        async fn rules(&self, kind: RulesKind) -> Result<Option<RulesRecord>, StoreError>;
        async fn write_rules(&self, write: &RulesWrite) -> Result<RulesWritten, StoreError>;
    }

    #[async_trait]
    impl AttemptStore for Store {
        async fn attempt(
            &self,
            key: &str,
            limit: &Limit,
            now: Timestamp,
        ) -> Result<Attempt, StoreError>;
        async fn forget_attempts(&self, key: &str) -> Result<(), StoreError>;
    }
}

#[async_trait]
impl SystemStore for MockStore {
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        Self::value(self, name)
    }

    async fn put_value(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        Self::put_value(self, name, value.map(str::to_owned))
    }

    async fn replace_value(
        &self,
        name: &str,
        expected: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        Self::replace_value(self, name, expected.map(str::to_owned), value)
    }

    async fn put_blob(
        &self,
        group: &str,
        part: u32,
        bytes: &[u8],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        Self::put_blob(self, group, part, bytes, at)
    }

    async fn blob(&self, group: &str, part: u32) -> Result<Option<Vec<u8>>, StoreError> {
        Self::blob(self, group, part)
    }

    async fn blob_groups(&self) -> Result<Vec<BlobGroup>, StoreError> {
        Self::blob_groups(self)
    }

    async fn remove_blobs(&self, group: &str) -> Result<u64, StoreError> {
        Self::remove_blobs(self, group)
    }

    async fn clean(
        &self,
        now: Timestamp,
        idle_before: Timestamp,
        keys_before: Timestamp,
        attempts_before: Timestamp,
    ) -> Result<Cleaned, StoreError> {
        Self::clean(self, now, idle_before, keys_before, attempts_before)
    }

    fn unreadable_records(&self) -> u64 {
        Self::unreadable_records(self)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Self::ping(self)
    }
}

mock! {
    /// An [`Llm`].
    pub Llm {}

    #[async_trait]
    impl Llm for Llm {
        fn identity(&self) -> ModelId;
        async fn complete(&self, prompt: &Prompt) -> Result<Completion, LlmError>;
    }
}

mock! {
    /// A [`Mailer`].
    pub Mailer {}

    #[async_trait]
    impl Mailer for Mailer {
        async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError>;
    }
}

mock! {
    /// A [`JobQueue`].
    pub JobQueue {}

    #[async_trait]
    impl JobQueue for JobQueue {
        async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError>;
        async fn dead(
            &self,
            after: Option<DeadPlace>,
            limit: u32,
        ) -> Result<Page<DeadJob>, QueueError>;
        async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError>;
        async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError>;
        async fn depth(&self) -> Result<QueueDepth, QueueError>;
        async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError>;
        async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError>;
        async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError>;
        async fn ping(&self) -> Result<(), QueueError>;
    }
}
