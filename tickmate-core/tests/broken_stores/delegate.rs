//! A store around the one in memory that passes each call on, but for what its fault changes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tickmate_core::{
    backend::store::{
        AttemptStore, BlobGroup, Cleaned, EventStore, MailQuery, MailRequeue, MailStore,
        MailUpdate, ModelStore, NewTicket, NewUser, RulesRecord, RulesStore, RulesWrite,
        RulesWritten, SessionStore, StoreError, SuppressionStore, SystemStore, TicketCreated,
        TicketStore, TicketWrite, TicketWritten, UserCreated, UserKey, UserStore, UserWrite,
        UserWritten,
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

use crate::BrokenStore;

type Stored<T> = Result<T, StoreError>;

/// Implements roles of the store: what stands in the first braces, and calls that are passed on.
macro_rules! delegate {
    ($($role:ident { $($own:tt)* } { $(fn $method:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+ })+) => {$(
        #[async_trait]
        impl $role for BrokenStore {
            $($own)*
            $(async fn $method(&self, $($arg: $type),*) -> Stored<$answer> {
                self.inner.$method($($arg),*).await
            })+
        }
    )+};
}

delegate! {
    TicketStore {
        async fn ticket(&self, id: TicketId) -> Stored<Option<Ticket>> {
            self.settled_ticket(id).await
        }

        async fn write_ticket(&self, write: &TicketWrite) -> Stored<TicketWritten> {
            self.write_or_overbook(write).await
        }
    } {
        fn create_ticket(new: &NewTicket) -> TicketCreated;
        fn ticket_by_number(number: u64) -> Option<Ticket>;
        fn tickets(query: &TicketQuery) -> Page<Ticket>;
        fn search_tickets(query: &TicketQuery, from: Form) -> Page<FoundTicket>;
        fn count_tickets(requester: UserId) -> TicketCounts;
        fn ticket_with_replies(ticket: TicketRef, query: &ReplyQuery) -> Option<(Ticket, Page<Reply>)>;
        fn replies(ticket: TicketId, query: &ReplyQuery) -> Page<Reply>;
        fn reply(ticket: TicketId, id: ReplyId) -> Option<Reply>;
        fn held_by(person: UserId) -> Vec<Ticket>;
        fn backlog_heads() -> Vec<BacklogHead>;
        fn backlog_next(head: &BacklogHead) -> Option<BacklogHead>;
        fn backlog_lanes() -> Vec<BacklogLane>;
        fn unbegun(limit: u32) -> Vec<Unbegun>;
        fn created_between(from: Timestamp, to: Timestamp, after: u64, limit: u32) -> Vec<Ticket>;
        fn tickets_after(number: u64, limit: u32) -> Vec<Ticket>;
        fn needing_triage(before: Timestamp, ahead: Timestamp, limit: u32) -> Vec<Ticket>;
        fn count_needing_triage() -> u64;
        fn holders() -> Vec<UserId>;
    }
    UserStore {} {
        fn create_user(new: &NewUser) -> UserCreated;
        fn user(id: UserId) -> Option<User>;
        fn users(ids: &[UserId]) -> Vec<User>;
        fn user_by(key: &UserKey) -> Option<User>;
        fn write_user(write: &UserWrite) -> UserWritten;
        fn user_page(query: &UserQuery) -> Page<User>;
        fn has_admin() -> bool;
        fn roster() -> Vec<Staff>;
        fn staff(ids: &[UserId]) -> Vec<Staff>;
        fn due_shifts(now: Timestamp, ahead: Timestamp, limit: u32) -> Vec<User>;
    }
    SessionStore {} {
        fn create_session(session: &Session) -> ();
        fn session(id: SessionId) -> Option<(Session, User)>;
        fn touch_session(id: SessionId, at: Timestamp) -> ();
        fn end_session(id: SessionId) -> ();
        fn sessions(user: UserId) -> Vec<Session>;
    }
    EventStore {
        async fn events_after(&self, seq: u64, limit: u32) -> Stored<Vec<Event>> {
            Ok(self.ordered(self.inner.events_after(seq, limit).await?))
        }
    } {
        fn pending_events(after: u64, limit: u32) -> Vec<Event>;
        fn mark_relayed(events: &[EventId]) -> ();
        fn last_seq() -> u64;
        fn assigned_since(since: Timestamp) -> Vec<(UserId, u64)>;
        fn event(id: EventId) -> Option<Event>;
        fn ticket_events(ticket: TicketId, after: u64, limit: u32) -> Page<Event>;
    }
    MailStore {} {
        fn put_mail(mail: &Mail) -> Mail;
        fn mail(key: &MailKey) -> Option<Mail>;
        fn update_mail(update: &MailUpdate) -> bool;
        fn count_mails(to: &Email, since: Timestamp) -> u64;
        fn thread(ticket: TicketId, to: &Email) -> Vec<MailKey>;
        fn mails(query: &MailQuery, limit: u32) -> Page<Mail>;
        fn mail_by_reference(reference: &str) -> Option<Mail>;
        fn requeue_mail(requeue: &MailRequeue) -> bool;
        fn report_delivery(key: &MailKey, report: &DeliveryReport) -> bool;
        fn mail_counts() -> BTreeMap<MailStatus, u64>;
    }
    SuppressionStore {} {
        fn suppress(suppression: &Suppression) -> Suppression;
        fn suppression(address: &Email) -> Option<Suppression>;
        fn unsuppress(address: &Email) -> bool;
        fn suppressions(after: Option<Email>, limit: u32) -> Page<Suppression>;
    }
    ModelStore {} {
        fn begin_call(call: &ModelCall, budget: &Budget, day: Date) -> bool;
        fn end_call(call: &ModelCall) -> ();
        fn answered_call(key: &str) -> Option<ModelCall>;
        fn model_calls(query: &CallQuery) -> Vec<ModelCall>;
        fn model_usage(from: Timestamp, to: Timestamp) -> Vec<UsageLine>;
        fn forget_calls(answers_before: Timestamp, calls_before: Timestamp) -> u64;
    }
    RulesStore {} {
        fn rules(kind: RulesKind) -> Option<RulesRecord>;
        fn write_rules(write: &RulesWrite) -> RulesWritten;
    }
    AttemptStore {} {
        fn attempt(key: &str, limit: &Limit, now: Timestamp) -> Attempt;
        fn forget_attempts(key: &str) -> ();
    }
    SystemStore {
        fn unreadable_records(&self) -> u64 {
            self.inner.unreadable_records()
        }
    } {
        fn value(name: &str) -> Option<String>;
        fn put_value(name: &str, value: Option<&str>) -> ();
        fn replace_value(name: &str, expected: Option<&str>, value: &str) -> bool;
        fn put_blob(group: &str, part: u32, bytes: &[u8], at: Timestamp) -> ();
        fn blob(group: &str, part: u32) -> Option<Vec<u8>>;
        fn blob_groups() -> Vec<BlobGroup>;
        fn remove_blobs(group: &str) -> u64;
        fn clean(
            now: Timestamp,
            idle_before: Timestamp,
            keys_before: Timestamp,
            attempts_before: Timestamp
        ) -> Cleaned;
        fn ping() -> ();
    }
}
