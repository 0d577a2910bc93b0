//! Creates a ticket.

use super::{
    super::{Desk, DeskError, Tickets, accounts::ok_or_collect, secret::sha256_hex},
    TicketView,
};
use crate::{
    backend::store::{NewTicket, RequestKey, TicketCreated},
    domain::{
        access::Actor,
        event::{ActorId, Change, Event, EventFacts, EventKind, Parties, Subject},
        field_versions::FieldVersions,
        id::{EventId, TicketId, UserId},
        priority::Priority,
        skill::SkillInput,
        status::Status,
        text::{self, FieldError},
        ticket::{HumanFields, Ticket},
        time::Timestamp,
        words::Terms,
    },
    failpoint,
};

/// The input of a new ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketDraft {
    /// The title, on one line.
    pub title: String,
    /// The description of the problem.
    pub description: String,
    /// The category; `None` leaves it to triage.
    pub category: Option<String>,
    /// The kind of the ticket; `None` leaves it to triage.
    pub kind: Option<String>,
    /// The priority; `None` leaves it to triage.
    pub priority: Option<Priority>,
    /// When the requester needs an answer.
    pub deadline: Option<Timestamp>,
    /// The required skills; an empty list leaves them to triage.
    pub skills: Vec<SkillInput>,
}

/// The idempotency key of a request: a repeated request has no second effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    /// The key that the client chose: 1 to 255 characters.
    pub key: String,
    /// The bytes of the request body.
    pub body: Vec<u8>,
}

/// The outcome of a request that may have been repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted<T> {
    /// The outcome, the same for each repetition.
    pub outcome: T,
    /// Whether the request is a repetition, so that nothing was written.
    pub replayed: bool,
}

/// The category of a ticket that was not triaged yet.
pub(in crate::desk) const NO_CATEGORY: &str = "general";

impl Tickets<'_> {
    /// Creates a ticket. It is durable when the call returns; triage, routing and mails follow.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the invalid fields; [`DeskError::KeyReused`] if the idempotency key was used for
    /// another request.
    pub async fn create(
        self,
        actor: &Actor,
        draft: &TicketDraft,
        request: Option<RequestId>,
    ) -> Result<Submitted<TicketView>, DeskError> {
        let requester = actor
            .id()
            .ok_or(DeskError::Forbidden("tickets are written by people"))?;
        let ticket = self.desk.drafted(draft, requester).await?;
        let key = request
            .map(|request| request_key(requester, "tickets.create", &request, ticket.created_at))
            .transpose()?;
        let event = self.desk.created_event(&ticket, ActorId::User(requester));
        let new = NewTicket {
            terms: self.desk.ticket_terms(&ticket),
            ticket,
            event,
            key,
        };
        failpoint::hit("ticket.before_create");
        let (ticket, replayed) = match self.desk.store.create_ticket(&new).await? {
            TicketCreated::Created(ticket) => {
                failpoint::hit("ticket.after_create");
                self.desk.committed();
                (ticket, false)
            }
            TicketCreated::Replayed {
                id,
                number,
                created_at,
            } => {
                // The request is the same, so the original ticket can be computed from it.
                (
                    Ticket {
                        id,
                        number,
                        created_at,
                        updated_at: created_at,
                        ..new.ticket
                    },
                    true,
                )
            }
            TicketCreated::KeyReused => return Err(DeskError::KeyReused),
            TicketCreated::Known(_) => {
                return Err(DeskError::Internal("a ticket without origin was known"));
            }
        };
        Ok(Submitted {
            outcome: self.desk.view(actor, ticket).await?,
            replayed,
        })
    }
}

impl Desk {
    /// Makes the ticket of a draft, not yet stored.
    pub(in crate::desk) async fn drafted(
        &self,
        draft: &TicketDraft,
        requester: UserId,
    ) -> Result<Ticket, DeskError> {
        let mut errors: Vec<FieldError> = Vec::new();
        let title = ok_or_collect(&mut errors, text::TITLE.check("title", &draft.title));
        let description = ok_or_collect(
            &mut errors,
            text::BODY.check("description", &draft.description),
        );
        let category = draft
            .category
            .as_deref()
            .map(|category| text::CATEGORY.check("category", category));
        let category = category.and_then(|category| ok_or_collect(&mut errors, category));
        let kind = draft.kind.as_deref();
        let kind = kind.map(|kind| text::CATEGORY.check("type", kind));
        let kind = kind.and_then(|kind| ok_or_collect(&mut errors, kind));
        let vocabulary = self.vocabulary().await?;
        let skills = &draft.skills;
        ok_or_collect(
            &mut errors,
            vocabulary.check_inputs("relatedSkills", skills),
        );
        let (Some(title), Some(description), true) = (title, description, errors.is_empty()) else {
            return Err(errors.into());
        };
        let required_skills = vocabulary.resolve_inputs(skills, &[]);
        let now = self.now();
        Ok(Ticket {
            id: TicketId::new(now, self.random_bytes()),
            number: 0,
            title,
            description,
            status: Status::Open,
            priority: draft.priority.unwrap_or_default(),
            set_by_human: HumanFields {
                priority: draft.priority.is_some(),
                category: category.is_some(),
                kind: kind.is_some(),
                skills: !required_skills.is_empty(),
            },
            changed_by_person: FieldVersions::default(),
            category: category.unwrap_or_else(|| NO_CATEGORY.to_owned()),
            kind,
            deadline: draft.deadline,
            required_skills,
            triage: None,
            requester,
            assignment: None,
            queued: None,
            decision: None,
            rebalanced: false,
            escalated_at: None,
            declined_by: Vec::new(),
            notify_requester: true,
            origin: None,
            version: 1,
            created_at: now,
            updated_at: now,
            begun_at: None,
            resolved_at: None,
            deleted_at: None,
        })
    }

    /// Returns the search terms of a ticket without replies.
    pub(super) fn ticket_terms(&self, ticket: &Ticket) -> Terms {
        let texts = [ticket.title.as_str(), ticket.description.as_str()];
        self.tokenizer.terms(texts)
    }

    /// Makes the event of a ticket's creation.
    pub(super) fn created_event(&self, ticket: &Ticket, by: ActorId) -> Event {
        let changes = [
            Change::of("title", None::<&str>, &ticket.title),
            Change::of("status", None::<&str>, ticket.status),
        ];
        Event {
            id: EventId::new(ticket.created_at, self.random_bytes()),
            seq: 0,
            subject: Subject::Ticket(ticket.id),
            version: ticket.version,
            kind: EventKind::Created,
            by,
            at: ticket.created_at,
            changes: changes.into_iter().flatten().collect(),
            facts: EventFacts {
                status: Some(ticket.status),
                ..EventFacts::default()
            },
            parties: Parties {
                requester: Some(ticket.requester),
                assignee: None,
                notify_requester: ticket.notify_requester,
            },
            reply: None,
        }
    }
}

/// Makes the stored form of an idempotency key.
pub(super) fn request_key(
    actor: UserId,
    route: &str,
    request: &RequestId,
    at: Timestamp,
) -> Result<RequestKey, DeskError> {
    let key = text::REQUEST_KEY
        .check("Idempotency-Key", &request.key)
        .map_err(|error| vec![error])?;
    Ok(RequestKey {
        actor,
        route: route.to_owned(),
        key,
        fingerprint: sha256_hex(&request.body),
        at,
    })
}
