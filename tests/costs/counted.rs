//! A store that counts the calls of each method before it passes them on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tickmate::{
    backend::store::{
        AttemptStore, BlobGroup, Cleaned, EventStore, MailQuery, MailRequeue, MailStore,
        MailUpdate, ModelStore, NewTicket, NewUser, RulesRecord, RulesStore, RulesWrite,
        RulesWritten, SessionStore, Store, StoreError, SuppressionStore, SystemStore,
        TicketCreated, TicketStore, TicketWrite, TicketWritten, UserCreated, UserKey, UserStore,
        UserWrite, UserWritten,
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

/// How often each method of a store was called.
pub(crate) type Calls = BTreeMap<&'static str, usize>;

/// A store whose calls are counted.
pub(crate) struct CountedStore {
    inner: Arc<dyn Store>,
    calls: Mutex<Calls>,
}

impl CountedStore {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            calls: Mutex::default(),
        }
    }

    /// Returns the calls since the last time, and forgets them.
    pub(crate) fn take_calls(&self) -> Calls {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn count(&self, method: &'static str) {
        *self.calls.lock().unwrap().entry(method).or_default() += 1;
    }
}

macro_rules! counted {
    ($($role:ident {
        $($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+
        $(; sync $figure:ident() -> $number:ty;)?
    })+) => {$(
        #[async_trait]
        impl $role for CountedStore {$(
            async fn $name(&self, $($arg: $type),*) -> Result<$out, StoreError> {
                self.count(stringify!($name));
                self.inner.$name($($arg),*).await
            }
        )+
            $(fn $figure(&self) -> $number {
                self.inner.$figure()
            })?
        }
    )+};
}

counted! {
    TicketStore {
        create_ticket(new: &NewTicket) -> TicketCreated;
        ticket(id: TicketId) -> Option<Ticket>;
        ticket_by_number(number: u64) -> Option<Ticket>;
        write_ticket(write: &TicketWrite) -> TicketWritten;
        tickets(query: &TicketQuery) -> Page<Ticket>;
        search_tickets(query: &TicketQuery, from: Form) -> Page<FoundTicket>;
        count_tickets(requester: UserId) -> TicketCounts;
        ticket_with_replies(ticket: TicketRef, query: &ReplyQuery) -> Option<(Ticket, Page<Reply>)>;
        replies(ticket: TicketId, query: &ReplyQuery) -> Page<Reply>;
        reply(ticket: TicketId, id: ReplyId) -> Option<Reply>;
        held_by(person: UserId) -> Vec<Ticket>;
        backlog_heads() -> Vec<BacklogHead>;
        backlog_next(head: &BacklogHead) -> Option<BacklogHead>;
        backlog_lanes() -> Vec<BacklogLane>;
        unbegun(limit: u32) -> Vec<Unbegun>;
        created_between(from: Timestamp, to: Timestamp, after: u64, limit: u32) -> Vec<Ticket>;
        tickets_after(number: u64, limit: u32) -> Vec<Ticket>;
        needing_triage(before: Timestamp, ahead: Timestamp, limit: u32) -> Vec<Ticket>;
        count_needing_triage() -> u64;
        holders() -> Vec<UserId>;
    }
    UserStore {
        create_user(new: &NewUser) -> UserCreated;
        user(id: UserId) -> Option<User>;
        users(ids: &[UserId]) -> Vec<User>;
        user_by(key: &UserKey) -> Option<User>;
        write_user(write: &UserWrite) -> UserWritten;
        user_page(query: &UserQuery) -> Page<User>;
        has_admin() -> bool;
        roster() -> Vec<Staff>;
        staff(ids: &[UserId]) -> Vec<Staff>;
        due_shifts(now: Timestamp, ahead: Timestamp, limit: u32) -> Vec<User>;
    }
    SessionStore {
        create_session(session: &Session) -> ();
        session(id: SessionId) -> Option<(Session, User)>;
        touch_session(id: SessionId, at: Timestamp) -> ();
        end_session(id: SessionId) -> ();
        sessions(user: UserId) -> Vec<Session>;
    }
    EventStore {
        pending_events(after: u64, limit: u32) -> Vec<Event>;
        mark_relayed(events: &[EventId]) -> ();
        events_after(seq: u64, limit: u32) -> Vec<Event>;
        last_seq() -> u64;
        assigned_since(since: Timestamp) -> Vec<(UserId, u64)>;
        event(id: EventId) -> Option<Event>;
        ticket_events(ticket: TicketId, after: u64, limit: u32) -> Page<Event>;
    }
    MailStore {
        put_mail(mail: &Mail) -> Mail;
        mail(key: &MailKey) -> Option<Mail>;
        update_mail(update: &MailUpdate) -> bool;
        count_mails(to: &Email, since: Timestamp) -> u64;
        thread(ticket: TicketId, to: &Email) -> Vec<MailKey>;
        mails(query: &MailQuery, limit: u32) -> Page<Mail>;
        mail_by_reference(reference: &str) -> Option<Mail>;
        requeue_mail(requeue: &MailRequeue) -> bool;
        report_delivery(key: &MailKey, report: &DeliveryReport) -> bool;
        mail_counts() -> BTreeMap<MailStatus, u64>;
    }
    SuppressionStore {
        suppress(suppression: &Suppression) -> Suppression;
        suppression(address: &Email) -> Option<Suppression>;
        unsuppress(address: &Email) -> bool;
        suppressions(after: Option<Email>, limit: u32) -> Page<Suppression>;
    }
    ModelStore {
        begin_call(call: &ModelCall, budget: &Budget, day: Date) -> bool;
        end_call(call: &ModelCall) -> ();
        answered_call(key: &str) -> Option<ModelCall>;
        model_calls(query: &CallQuery) -> Vec<ModelCall>;
        model_usage(from: Timestamp, to: Timestamp) -> Vec<UsageLine>;
        forget_calls(answers_before: Timestamp, calls_before: Timestamp) -> u64;
    }
    RulesStore {
        rules(kind: RulesKind) -> Option<RulesRecord>;
        write_rules(write: &RulesWrite) -> RulesWritten;
    }
    AttemptStore {
        attempt(key: &str, limit: &Limit, now: Timestamp) -> Attempt;
        forget_attempts(key: &str) -> ();
    }
    SystemStore {
        value(name: &str) -> Option<String>;
        put_value(name: &str, value: Option<&str>) -> ();
        replace_value(name: &str, expected: Option<&str>, value: &str) -> bool;
        put_blob(group: &str, part: u32, bytes: &[u8], at: Timestamp) -> ();
        blob(group: &str, part: u32) -> Option<Vec<u8>>;
        blob_groups() -> Vec<BlobGroup>;
        remove_blobs(group: &str) -> u64;
        clean(
            now: Timestamp,
            idle_before: Timestamp,
            keys_before: Timestamp,
            attempts_before: Timestamp
        ) -> Cleaned;
        ping() -> ();
        ; sync unreadable_records() -> u64;
    }
}
