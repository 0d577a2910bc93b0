//! Maps tickets to rows and rows to tickets.

use sqlx::{
    Sqlite,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        facts::TicketFacts,
        id::{TicketId, UserId},
        ticket::{Assignment, Queued, Ticket},
    },
};

use crate::sqlite::row::{Columns, int, json};

/// The columns that a ticket is read from.
macro_rules! ticket_columns {
    () => {
        "number, id, version, status, priority, category, kind, deadline, requester, assignee, seat, \
         assigned_by_human, assigned_tier, assigned_at, queued_since, queued_reason, notify_requester, rebalanced, \
         created_at, updated_at, begun_at, resolved_at, deleted_at, escalated_at, origin, set_by_human, \
         changed_by_person, required_skills, declined_by, title, assigned_reason, triage, decision, description"
    };
}
pub(super) use ticket_columns;

/// Selects the tickets for which a condition holds.
macro_rules! select_ticket {
    ($where:literal) => {
        concat!(
            "SELECT ",
            $crate::sqlite::tickets::row::ticket_columns!(),
            " FROM tickets WHERE ",
            $where
        )
    };
}
pub(super) use select_ticket;

/// The columns that are written, in the order of [`bind`]; the id comes last.
macro_rules! columns {
    () => {
        "version, status, priority, category, kind, deadline, requester, assignee, seat, assigned_by_human, \
         assigned_tier, assigned_at, queued_since, queued_reason, backlog_lane, triaged, held, unbegun, priority_rank, \
         deadline_key, notify_requester, rebalanced, created_at, updated_at, begun_at, resolved_at, deleted_at, \
         escalated_at, origin, set_by_human, changed_by_person, required_skills, declined_by, title, assigned_reason, \
         triage, decision, description"
    };
}
macro_rules! values {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
         $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38"
    };
}

pub(super) const BY_ID: &str = select_ticket!("id = $1");
pub(super) const BY_NUMBER: &str = select_ticket!("number = $1");
/// The inner statement uses the index on the creation time and sorts only numbers, so that no text of a ticket
/// outside the page is read.
pub(in crate::sqlite) const CREATED_BETWEEN: &str = select_ticket!(
    "number IN (SELECT number FROM tickets INDEXED BY tickets_created WHERE deleted_at IS NULL \
     AND created_at >= $1 AND created_at < $2 AND number > $3 ORDER BY number LIMIT $4) ORDER BY number"
);
pub(in crate::sqlite) const AFTER: &str = select_ticket!("number > $1 ORDER BY number LIMIT $2");
pub(super) const INSERT: &str = concat!(
    "INSERT INTO tickets (",
    columns!(),
    ", id) VALUES (",
    values!(),
    ", $39) RETURNING number"
);
pub(super) const UPDATE: &str = concat!(
    "UPDATE tickets SET (",
    columns!(),
    ") = (",
    values!(),
    ") WHERE id = $39"
);

/// Binds a ticket and its facts to `INSERT` or `UPDATE`.
pub(super) fn bind<'q>(
    statement: &'static str,
    ticket: &'q Ticket,
    facts: &'q TicketFacts,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let assignment = ticket.assignment.as_ref();
    Ok(sqlx::query(statement)
        .bind(int(ticket.version))
        .bind(ticket.status.as_str())
        .bind(ticket.priority.as_str())
        .bind(&ticket.category)
        .bind(&ticket.kind)
        .bind(ticket.deadline.map(|at| at.timestamp_micros()))
        .bind(ticket.requester.as_uuid())
        .bind(assignment.map(|assignment| assignment.to.as_uuid()))
        .bind(assignment.and_then(|assignment| assignment.seat.map(i64::from)))
        .bind(assignment.map(|assignment| assignment.by_human))
        .bind(assignment.and_then(|assignment| Some(assignment.tier?.as_str())))
        .bind(assignment.map(|assignment| assignment.at.timestamp_micros()))
        .bind(ticket.queued.map(|queued| queued.since.timestamp_micros()))
        .bind(ticket.queued.map(|queued| queued.reason.as_str()))
        .bind(facts.backlog_lane.as_deref())
        .bind(facts.is_triaged)
        .bind(facts.is_held)
        .bind(facts.is_unbegun)
        .bind(i64::from(facts.priority_rank))
        .bind(facts.deadline_key)
        .bind(ticket.notify_requester)
        .bind(ticket.rebalanced)
        .bind(ticket.created_at.timestamp_micros())
        .bind(ticket.updated_at.timestamp_micros())
        .bind(ticket.begun_at.map(|at| at.timestamp_micros()))
        .bind(ticket.resolved_at.map(|at| at.timestamp_micros()))
        .bind(ticket.deleted_at.map(|at| at.timestamp_micros()))
        .bind(ticket.escalated_at.map(|at| at.timestamp_micros()))
        .bind(&ticket.origin)
        .bind(json(&ticket.set_by_human)?)
        .bind(json(&ticket.changed_by_person)?)
        .bind(json(&ticket.required_skills)?)
        .bind(json(&ticket.declined_by)?)
        .bind(&ticket.title)
        .bind(assignment.and_then(|assignment| assignment.reason.as_deref()))
        .bind(ticket.triage.as_ref().map(json).transpose()?)
        .bind(ticket.decision.as_ref().map(json).transpose()?)
        .bind(&ticket.description)
        .bind(ticket.id.as_uuid()))
}

pub(super) fn ticket(row: &SqliteRow) -> Result<Ticket, StoreError> {
    let columns = Columns::of("tickets", row);
    Ok(Ticket {
        id: columns.id("id", TicketId::from_uuid)?,
        number: columns.number("number")?,
        title: columns.get("title")?,
        description: columns.get("description")?,
        status: columns.word("status")?,
        priority: columns.word("priority")?,
        category: columns.get("category")?,
        kind: columns.get("kind")?,
        deadline: columns.maybe_moment("deadline")?,
        required_skills: columns.json("required_skills")?,
        set_by_human: columns.json("set_by_human")?,
        changed_by_person: columns.json("changed_by_person")?,
        triage: columns.maybe_json("triage")?,
        requester: columns.id("requester", UserId::from_uuid)?,
        assignment: assignment(columns)?,
        queued: queued(columns)?,
        decision: columns.maybe_json("decision")?,
        rebalanced: columns.get("rebalanced")?,
        escalated_at: columns.maybe_moment("escalated_at")?,
        declined_by: columns.json("declined_by")?,
        notify_requester: columns.get("notify_requester")?,
        origin: columns.get("origin")?,
        version: columns.number("version")?,
        created_at: columns.moment("created_at")?,
        updated_at: columns.moment("updated_at")?,
        begun_at: columns.maybe_moment("begun_at")?,
        resolved_at: columns.maybe_moment("resolved_at")?,
        deleted_at: columns.maybe_moment("deleted_at")?,
    })
}

fn assignment(columns: Columns<'_>) -> Result<Option<Assignment>, StoreError> {
    let Some(to) = columns.maybe_id("assignee", UserId::from_uuid)? else {
        return Ok(None);
    };
    Ok(Some(Assignment {
        to,
        seat: columns.maybe_number("seat")?,
        by_human: columns.get("assigned_by_human")?,
        tier: columns.maybe_tag("assigned_tier")?,
        at: columns.moment("assigned_at")?,
        reason: columns.get("assigned_reason")?,
    }))
}

fn queued(columns: Columns<'_>) -> Result<Option<Queued>, StoreError> {
    match (
        columns.maybe_moment("queued_since")?,
        columns.maybe_tag("queued_reason")?,
    ) {
        (Some(since), Some(reason)) => Ok(Some(Queued { since, reason })),
        (None, None) => Ok(None),
        _ => Err(columns.corrupt("queued_reason")),
    }
}
