//! Users, tickets, events and mails for tests. Ids and moments derive from a seed, so that each run creates the same.

use serde_json::json;

use super::random::Random;
use crate::{
    backend::store::{
        NewTicket, NewUser, RequestKey, RulesRecord, RulesWrite, SeatBound, SeatMove, TermsChange,
        TicketWrite, UserWrite,
    },
    domain::{
        decision::QueueReason,
        desk_rules::RulesKind,
        event::{ActorId, Change, Event, EventFacts, EventKind, Parties, Subject},
        field_versions::FieldVersions,
        id::{EventId, ReplyId, SessionId, TicketId, UserId},
        mail::{Mail, MailKey, MailKind, MailStatus},
        presence::Availability,
        priority::Priority,
        reply::{Reply, Visibility},
        session::Session,
        shift::Shift,
        skill::Skill,
        status::Status,
        ticket::{Assignment, HumanFields, Queued, Ticket},
        time::{Span, Timestamp, from_micros},
        user::{Role, User},
        words::Tokenizer,
    },
};

/// An automatic claim that is bounded only by the capacity.
pub const AUTOMATIC: SeatBound = SeatBound::Automatic { ahead: u32::MAX };

/// Creates objects for tests. Two instances with the same seed create the same objects, in the order of the calls.
#[derive(Debug, Clone)]
pub struct Fixtures {
    random: Random,
    at: Timestamp,
    people: u32,
    seed: u64,
}

impl Fixtures {
    /// Creates fixtures from a seed. Ids of different seeds differ.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            at: Timestamp::UNIX_EPOCH,
            people: 0,
            seed,
        }
    }

    /// Returns a moment, each a second and a microsecond after the one before, from September 2026 on.
    pub fn now(&mut self) -> Timestamp {
        if self.at == Timestamp::UNIX_EPOCH {
            self.at = from_micros(1_788_220_800_000_001);
        }
        self.at += Span::microseconds(1_000_001);
        self.at
    }

    /// Creates an active, verified, online user with a unique address and a capacity of 3.
    pub fn person(&mut self, role: Role) -> User {
        self.people += 1;
        let now = self.now();
        let address = format!("person{}.{}@example.org", self.people, self.seed);
        User {
            id: UserId::new(now, self.random.bytes()),
            email: parse_email(&address),
            name: format!("Person {}", self.people),
            username: None,
            role,
            skills: Vec::new(),
            capacity: 3,
            capacity_bound: 3,
            availability: Availability::Online,
            available_since: now,
            hours: None,
            shift: Shift::open(now),
            active: true,
            email_verified: true,
            password: None,
            subject: None,
            tokens: Vec::new(),
            verification_mails: Vec::new(),
            changed_by_person: FieldVersions::default(),
            taken_notice_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// Creates the insert of a user.
    pub fn new_user(&mut self, user: User) -> NewUser {
        NewUser {
            event: self.event(Subject::User(user.id), 1, EventKind::Registered),
            user,
            only_without_admin: false,
        }
    }

    /// Creates a change of a user: the next version, its event, and the changes of `change`.
    pub fn user_write(&mut self, user: &User, change: impl FnOnce(&mut User)) -> UserWrite {
        let mut user = user.clone();
        user.version += 1;
        user.updated_at = self.now();
        change(&mut user);
        UserWrite {
            event: self.event(
                Subject::User(user.id),
                user.version,
                EventKind::AccountChanged,
            ),
            user,
            end_sessions: false,
        }
    }

    /// Creates an open, unassigned ticket, not yet seen by triage and router.
    pub fn ticket(&mut self, requester: UserId) -> Ticket {
        let now = self.now();
        Ticket {
            id: TicketId::new(now, self.random.bytes()),
            number: 0,
            title: "The printer is on fire".to_owned(),
            description: "It smokes since this morning.".to_owned(),
            status: Status::Open,
            priority: Priority::Medium,
            category: "hardware".to_owned(),
            kind: None,
            deadline: None,
            required_skills: Vec::new(),
            set_by_human: HumanFields::default(),
            triage: None,
            requester,
            assignment: None,
            queued: None,
            notify_requester: true,
            decision: None,
            rebalanced: false,
            escalated_at: None,
            changed_by_person: FieldVersions::default(),
            declined_by: Vec::new(),
            origin: None,
            version: 1,
            created_at: now,
            updated_at: now,
            begun_at: None,
            resolved_at: None,
            deleted_at: None,
        }
    }

    /// Creates the insert of a ticket.
    pub fn new_ticket(&mut self, ticket: Ticket) -> NewTicket {
        let texts = [ticket.title.as_str(), ticket.description.as_str()];
        NewTicket {
            terms: Tokenizer::default().terms(texts),
            event: self.ticket_event(&ticket, EventKind::Created),
            ticket,
            key: None,
        }
    }

    /// Creates a change of a ticket that keeps its seat: the next version, its event, and the changes of `change`.
    pub fn ticket_write(
        &mut self,
        ticket: &Ticket,
        change: impl FnOnce(&mut Ticket),
    ) -> TicketWrite {
        let before = ticket;
        let mut ticket = ticket.clone();
        ticket.version += 1;
        ticket.updated_at = self.now();
        change(&mut ticket);
        TicketWrite {
            terms: TermsChange::between(before, &ticket, None, &Tokenizer::default()),
            event: self.ticket_event(&ticket, EventKind::Edited),
            ticket,
            seat: SeatMove::Keep,
            reply: None,
            key: None,
        }
    }

    /// Creates the assignment of a ticket to a user who takes it on a seat.
    pub fn assign(&mut self, ticket: &Ticket, to: UserId, bound: SeatBound) -> TicketWrite {
        let at = self.now();
        let mut write = self.ticket_write(ticket, |ticket| {
            ticket.queued = None;
            ticket.assignment = Some(Assignment {
                to,
                seat: None,
                by_human: bound == SeatBound::Unbounded,
                tier: None,
                at,
                reason: None,
            });
        });
        write.event.kind = EventKind::Assigned;
        write.event.parties.assignee = Some(to);
        write.seat = SeatMove::Take(bound);
        write
    }

    /// Creates a change of a ticket's status with this move of its seat.
    pub fn step(&mut self, ticket: &Ticket, status: Status, seat: SeatMove) -> TicketWrite {
        let mut write = self.ticket_write(ticket, |ticket| {
            ticket.status = status;
            ticket.resolved_at = (status == Status::Resolved).then_some(ticket.updated_at);
        });
        write.seat = seat;
        write
    }

    /// Creates a public reply.
    pub fn reply(&mut self, ticket: TicketId, author: UserId, message: &str) -> Reply {
        let created_at = self.now();
        Reply {
            id: ReplyId::new(created_at, self.random.bytes()),
            ticket,
            author,
            visibility: Visibility::Public,
            message: message.to_owned(),
            created_at,
        }
    }

    /// Creates a change of a ticket that only adds a reply.
    pub fn reply_write(&mut self, ticket: &Ticket, reply: Reply) -> TicketWrite {
        let mut write = self.ticket_write(ticket, |_| {});
        write.event.kind = EventKind::Replied;
        write.event.reply = Some(reply.id);
        write.event.facts.reply_visibility = Some(reply.visibility);
        let tokenizer = Tokenizer::default();
        write.terms = TermsChange::between(ticket, &write.ticket, Some(&reply), &tokenizer);
        write.reply = Some(reply);
        write
    }

    /// Creates a request key.
    pub fn key(&mut self, actor: UserId, route: &str, key: &str) -> RequestKey {
        RequestKey {
            actor,
            route: route.to_owned(),
            key: key.to_owned(),
            fingerprint: "5f".repeat(32),
            at: self.now(),
        }
    }

    /// Creates a session that was just used and expires after 30 days.
    pub fn session(&mut self, user: UserId) -> Session {
        let now = self.now();
        Session {
            id: SessionId::new(now, self.random.bytes()),
            user,
            created_at: now,
            last_used_at: now,
            expires_at: now + Span::days(30),
        }
    }

    /// Creates a queued mail with a unique key.
    pub fn mail(&mut self, to: &User, ticket: Option<TicketId>) -> Mail {
        let now = self.now();
        Mail {
            key: MailKey {
                event: EventId::new(now, self.random.bytes()),
                kind: MailKind::Reply,
                to: to.id,
            },
            to: to.email.clone(),
            to_name: to.name.clone(),
            subject: "[#1] The printer is on fire".to_owned(),
            text: "Hello,\n\nsomebody wrote a reply.\n".to_owned(),
            html: "<p>Hello,</p>".to_owned(),
            ticket,
            references: Vec::new(),
            token: None,
            status: MailStatus::Queued,
            unanswered_since: None,
            reference: None,
            reason: None,
            delivery: None,
            retries: 0,
            created_at: now,
            queued_at: now,
            updated_at: now,
        }
    }

    /// Creates a change of the rules of one kind to this version. It must be reapplied if the version is even.
    pub fn rules_write(&mut self, kind: RulesKind, version: u64, text: &str) -> RulesWrite {
        let mut event = self.event(Subject::Desk, version, EventKind::RulesChanged);
        event.facts = EventFacts {
            rules: Some(kind),
            must_reapply: version.is_multiple_of(2),
            ..EventFacts::default()
        };
        RulesWrite {
            kind,
            record: RulesRecord {
                version,
                text: text.to_owned(),
            },
            event,
        }
    }

    /// Creates an event of a ticket by the desk itself.
    pub fn ticket_event(&mut self, ticket: &Ticket, kind: EventKind) -> Event {
        let mut event = self.event(Subject::Ticket(ticket.id), ticket.version, kind);
        event.parties = Parties {
            requester: Some(ticket.requester),
            assignee: ticket.assignee(),
            notify_requester: ticket.notify_requester,
        };
        event
    }

    /// Creates an event by the desk itself.
    pub fn event(&mut self, subject: Subject, version: u64, kind: EventKind) -> Event {
        let at = self.now();
        Event {
            id: EventId::new(at, self.random.bytes()),
            seq: 0,
            subject,
            version,
            kind,
            by: ActorId::System,
            at,
            changes: vec![Change {
                field: "touched".to_owned(),
                from: json!(null),
                to: json!(version),
            }],
            facts: EventFacts::default(),
            parties: Parties::default(),
            reply: None,
        }
    }
}

/// Puts a ticket into the backlog.
pub fn queue(ticket: &mut Ticket) {
    ticket.queued = Some(Queued {
        since: ticket.created_at,
        reason: QueueReason::Full,
    });
}

/// Creates skills with these ids.
pub fn skills(ids: &[&str]) -> Vec<Skill> {
    let skill = |id: &&str| Skill::new(*id, id.to_uppercase());
    ids.iter().map(skill).collect()
}

/// Parses a valid address.
pub(super) fn parse_email(address: &str) -> crate::domain::email::Email {
    match address.parse() {
        Ok(email) => email,
        Err(error) => panic!("{address}: {error}"),
    }
}
