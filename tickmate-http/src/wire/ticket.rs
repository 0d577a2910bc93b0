//! A ticket, as its reader may see it.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::{
    desk::{TicketDetail, TicketView},
    domain::ticket::Queued,
};
use utoipa::ToSchema;

use super::{Id, Reply, analysis::Staff, levels, moment, names, person::Person};
use crate::requests::{Moment, PriorityWord, QueueReasonWord, StatusWord};

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ticket {
    #[serde(flatten)]
    id: Id,
    number: u64,
    title: String,
    description: String,
    #[schema(value_type = StatusWord)]
    status: &'static str,
    #[schema(value_type = PriorityWord)]
    priority: &'static str,
    category: String,
    #[serde(rename = "type")]
    #[schema(required)]
    kind: Option<String>,
    /// What the ticket says in short; null until it was read.
    #[schema(required)]
    summary: Option<String>,
    related_skills: Vec<String>,
    /// The levels of those skills that need one: 1 to 3.
    skill_levels: BTreeMap<String, u8>,
    #[schema(required, value_type = Option<Moment>)]
    deadline: Option<String>,
    created_by: Person,
    #[schema(required)]
    assigned_to: Option<Person>,
    /// Since when and why the ticket has no assignee; null if it has one.
    #[schema(required)]
    queue: Option<Queue>,
    version: u64,
    #[schema(value_type = Moment)]
    created_at: String,
    #[schema(value_type = Moment)]
    updated_at: String,
    #[serde(flatten)]
    staff: Option<Staff>,
}

/// Since when and why nobody has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketQueue)]
pub(super) struct Queue {
    #[schema(value_type = Moment)]
    since: String,
    #[schema(value_type = QueueReasonWord)]
    reason: &'static str,
}

/// A ticket with the latest replies that its reader may see, oldest first, and the cursor of those before them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketWithReplies {
    #[serde(flatten)]
    ticket: Ticket,
    replies: Vec<Reply>,
    #[schema(required)]
    replies_cursor: Option<String>,
}

/// One ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneTicket<T> {
    pub(crate) ticket: T,
}

/// A page of tickets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tickets {
    pub(crate) tickets: Vec<Ticket>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

impl Ticket {
    pub(crate) fn new(view: &TicketView, legacy_ids: bool) -> Self {
        let ticket = &view.ticket;
        let skills = &ticket.required_skills;
        let triage = ticket.triage.as_ref();
        Self {
            id: Id::new(ticket.id, legacy_ids),
            number: ticket.number,
            title: ticket.title.clone(),
            description: ticket.description.clone(),
            status: ticket.status.as_str(),
            priority: ticket.priority.as_str(),
            category: ticket.category.clone(),
            kind: ticket.kind.clone(),
            summary: triage.map(|triage| triage.summary.clone()),
            related_skills: names(skills),
            skill_levels: levels(skills),
            deadline: ticket.deadline.map(moment),
            created_by: Person::new(&view.requester, legacy_ids),
            assigned_to: view
                .assignee
                .as_ref()
                .map(|assignee| Person::new(assignee, legacy_ids)),
            queue: ticket.queued.map(Queue::new),
            version: ticket.version,
            created_at: moment(ticket.created_at),
            updated_at: moment(ticket.updated_at),
            staff: view.internal.then(|| Staff::new(triage)),
        }
    }
}

impl TicketWithReplies {
    pub(crate) fn new(detail: &TicketDetail, legacy_ids: bool) -> Self {
        let replies = detail.replies.iter();
        Self {
            ticket: Ticket::new(&detail.view, legacy_ids),
            replies: replies.map(|reply| Reply::new(reply, legacy_ids)).collect(),
            replies_cursor: detail.replies_cursor.clone(),
        }
    }
}

impl Queue {
    pub(super) fn new(queued: Queued) -> Self {
        Self {
            since: moment(queued.since),
            reason: queued.reason.as_str(),
        }
    }
}
