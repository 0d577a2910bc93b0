//! A store whose tampered methods go through a sabotage, all others straight to the store behind it.

use std::{collections::BTreeMap, sync::Arc};

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

use super::tamper::Tamper;

/// A store behind a sabotage.
pub(super) struct TamperedStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) tamper: Arc<dyn Tamper>,
}

macro_rules! call {
    (plain $self:ident $name:ident $($arg:ident),*) => {
        $self.inner.$name($($arg),*).await
    };
    (tampered $self:ident $name:ident $($arg:ident),*) => {
        $self.tamper.$name(&$self.inner, $($arg),*).await
    };
}

macro_rules! delegate {
    ($($role:ident {
        $($how:ident $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+
        $(; sync $figure:ident() -> $number:ty;)?
    })+) => {$(
        #[async_trait]
        impl $role for TamperedStore {$(
            async fn $name(&self, $($arg: $type),*) -> Result<$out, StoreError> {
                call!($how self $name $($arg),*)
            }
        )+
            $(fn $figure(&self) -> $number {
                self.inner.$figure()
            })?
        }
    )+};
}

delegate! {
    TicketStore {
        tampered create_ticket(new: &NewTicket) -> TicketCreated;
        tampered ticket(id: TicketId) -> Option<Ticket>;
        plain ticket_by_number(number: u64) -> Option<Ticket>;
        tampered write_ticket(write: &TicketWrite) -> TicketWritten;
        plain tickets(query: &TicketQuery) -> Page<Ticket>;
        plain search_tickets(query: &TicketQuery, from: Form) -> Page<FoundTicket>;
        plain count_tickets(requester: UserId) -> TicketCounts;
        plain ticket_with_replies(ticket: TicketRef, query: &ReplyQuery) -> Option<(Ticket, Page<Reply>)>;
        plain replies(ticket: TicketId, query: &ReplyQuery) -> Page<Reply>;
        plain reply(ticket: TicketId, id: ReplyId) -> Option<Reply>;
        plain held_by(person: UserId) -> Vec<Ticket>;
        plain backlog_heads() -> Vec<BacklogHead>;
        plain backlog_next(head: &BacklogHead) -> Option<BacklogHead>;
        plain backlog_lanes() -> Vec<BacklogLane>;
        plain unbegun(limit: u32) -> Vec<Unbegun>;
        plain created_between(from: Timestamp, to: Timestamp, after: u64, limit: u32) -> Vec<Ticket>;
        plain tickets_after(number: u64, limit: u32) -> Vec<Ticket>;
        plain needing_triage(before: Timestamp, ahead: Timestamp, limit: u32) -> Vec<Ticket>;
        plain count_needing_triage() -> u64;
        plain holders() -> Vec<UserId>;
    }
    UserStore {
        plain create_user(new: &NewUser) -> UserCreated;
        plain user(id: UserId) -> Option<User>;
        plain users(ids: &[UserId]) -> Vec<User>;
        plain user_by(key: &UserKey) -> Option<User>;
        plain write_user(write: &UserWrite) -> UserWritten;
        plain user_page(query: &UserQuery) -> Page<User>;
        plain has_admin() -> bool;
        plain roster() -> Vec<Staff>;
        plain staff(ids: &[UserId]) -> Vec<Staff>;
        plain due_shifts(now: Timestamp, ahead: Timestamp, limit: u32) -> Vec<User>;
    }
    SessionStore {
        plain create_session(session: &Session) -> ();
        plain session(id: SessionId) -> Option<(Session, User)>;
        plain touch_session(id: SessionId, at: Timestamp) -> ();
        plain end_session(id: SessionId) -> ();
        plain sessions(user: UserId) -> Vec<Session>;
    }
    EventStore {
        tampered pending_events(after: u64, limit: u32) -> Vec<Event>;
        plain mark_relayed(events: &[EventId]) -> ();
        plain events_after(seq: u64, limit: u32) -> Vec<Event>;
        plain last_seq() -> u64;
        plain assigned_since(since: Timestamp) -> Vec<(UserId, u64)>;
        plain event(id: EventId) -> Option<Event>;
        plain ticket_events(ticket: TicketId, after: u64, limit: u32) -> Page<Event>;
    }
    MailStore {
        tampered put_mail(mail: &Mail) -> Mail;
        plain mail(key: &MailKey) -> Option<Mail>;
        tampered update_mail(update: &MailUpdate) -> bool;
        plain count_mails(to: &Email, since: Timestamp) -> u64;
        plain thread(ticket: TicketId, to: &Email) -> Vec<MailKey>;
        plain mails(query: &MailQuery, limit: u32) -> Page<Mail>;
        plain mail_by_reference(reference: &str) -> Option<Mail>;
        plain requeue_mail(requeue: &MailRequeue) -> bool;
        plain report_delivery(key: &MailKey, report: &DeliveryReport) -> bool;
        plain mail_counts() -> BTreeMap<MailStatus, u64>;
    }
    SuppressionStore {
        plain suppress(suppression: &Suppression) -> Suppression;
        plain suppression(address: &Email) -> Option<Suppression>;
        plain unsuppress(address: &Email) -> bool;
        plain suppressions(after: Option<Email>, limit: u32) -> Page<Suppression>;
    }
    ModelStore {
        plain begin_call(call: &ModelCall, budget: &Budget, day: Date) -> bool;
        plain end_call(call: &ModelCall) -> ();
        plain answered_call(key: &str) -> Option<ModelCall>;
        plain model_calls(query: &CallQuery) -> Vec<ModelCall>;
        plain model_usage(from: Timestamp, to: Timestamp) -> Vec<UsageLine>;
        plain forget_calls(answers_before: Timestamp, calls_before: Timestamp) -> u64;
    }
    RulesStore {
        plain rules(kind: RulesKind) -> Option<RulesRecord>;
        plain write_rules(write: &RulesWrite) -> RulesWritten;
    }
    AttemptStore {
        plain attempt(key: &str, limit: &Limit, now: Timestamp) -> Attempt;
        plain forget_attempts(key: &str) -> ();
    }
    SystemStore {
        tampered value(name: &str) -> Option<String>;
        plain put_value(name: &str, value: Option<&str>) -> ();
        plain replace_value(name: &str, expected: Option<&str>, value: &str) -> bool;
        plain put_blob(group: &str, part: u32, bytes: &[u8], at: Timestamp) -> ();
        plain blob(group: &str, part: u32) -> Option<Vec<u8>>;
        plain blob_groups() -> Vec<BlobGroup>;
        plain remove_blobs(group: &str) -> u64;
        plain clean(
            now: Timestamp,
            idle_before: Timestamp,
            keys_before: Timestamp,
            attempts_before: Timestamp
        ) -> Cleaned;
        plain ping() -> ();
        ; sync unreadable_records() -> u64;
    }
}
