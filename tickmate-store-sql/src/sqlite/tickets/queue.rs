//! Reads the backlog by lanes, and the tickets that the sweep looks for.

use sqlx::sqlite::SqliteRow;
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::{TicketId, UserId},
        query::{BacklogHead, BacklogLane, Unbegun},
        skill::Skill,
        ticket::backlog_lane,
    },
};

use super::row::select_ticket;
use crate::sqlite::{row::Columns, unreadable::RowKey};

/// A lane is not a record. Logs identify its tickets by the key of the lane.
pub(super) const LANE_ROW: RowKey = RowKey {
    table: "tickets",
    column: "backlog_lane",
};

/// An assignee is read from tickets. Logs identify these tickets by the assignee.
pub(super) const HOLDER_ROW: RowKey = RowKey {
    table: "tickets",
    column: "person",
};

pub(super) fn holder(row: &SqliteRow) -> Result<UserId, StoreError> {
    Columns::of("tickets", row)
        .get("person")
        .map(UserId::from_uuid)
}

/// Jumps from the head of one lane to the head of the next, so the cost grows with the number of lanes, not of
/// tickets.
pub(in crate::sqlite) const HEADS: &str = "WITH RECURSIVE heads (number, lane, rank) AS ( \
       SELECT * FROM (SELECT number, backlog_lane, priority_rank FROM tickets WHERE backlog_lane IS NOT NULL \
         ORDER BY backlog_lane, priority_rank, number LIMIT 1) \
       UNION ALL \
       SELECT next.number, next.backlog_lane, next.priority_rank FROM heads JOIN tickets AS next ON next.number = \
         coalesce( \
           (SELECT number FROM tickets WHERE backlog_lane = heads.lane AND priority_rank > heads.rank \
            ORDER BY priority_rank, number LIMIT 1), \
           (SELECT number FROM tickets WHERE backlog_lane > heads.lane \
            ORDER BY backlog_lane, priority_rank, number LIMIT 1)) \
     ) \
     SELECT tickets.id, tickets.number, backlog_lane, priority_rank, priority, requester, created_at \
     FROM heads CROSS JOIN tickets ON tickets.number = heads.number";
pub(in crate::sqlite) const NEXT: &str = "SELECT id, number, backlog_lane, priority_rank, priority, requester, created_at \
     FROM tickets \
     WHERE backlog_lane = $1 AND priority_rank = $2 AND number > $3 ORDER BY number LIMIT 1";
/// Reads only the covering index.
pub(in crate::sqlite) const LANES: &str = "SELECT backlog_lane, priority, count(*) AS length, \
     min(created_at) AS oldest, sum(queued_reason = $1) AS nobody \
     FROM tickets WHERE backlog_lane IS NOT NULL GROUP BY backlog_lane, priority";
pub(in crate::sqlite) const UNBEGUN: &str = "SELECT id, number, required_skills, priority, assignee, created_at \
     FROM tickets WHERE unbegun = 1 ORDER BY priority_rank DESC, number LIMIT $1";
pub(in crate::sqlite) const NEEDING_TRIAGE: &str = select_ticket!(
    "number IN ( \
       SELECT number FROM (SELECT number FROM tickets WHERE triaged = 0 AND updated_at < $1 \
         ORDER BY updated_at, number LIMIT $3) \
       UNION ALL \
       SELECT number FROM (SELECT number FROM tickets WHERE triaged = 0 AND updated_at > $2 \
         ORDER BY updated_at, number LIMIT $3) \
     ) ORDER BY +updated_at, number LIMIT $3"
);
pub(in crate::sqlite) const NEEDING_TRIAGE_COUNT: &str =
    "SELECT count(*) FROM tickets WHERE triaged = 0";
pub(in crate::sqlite) const HELD: &str =
    select_ticket!("held = 1 AND assignee = $1 ORDER BY number");
/// Jumps from one assignee to the next, so the cost grows with the number of assignees, not of tickets.
pub(in crate::sqlite) const HOLDERS: &str = "WITH RECURSIVE holders (person) AS ( \
       SELECT min(assignee) FROM tickets WHERE held = 1 \
       UNION ALL \
       SELECT (SELECT min(assignee) FROM tickets WHERE held = 1 AND assignee > person) \
       FROM holders WHERE person IS NOT NULL \
     ) SELECT person FROM holders WHERE person IS NOT NULL";

/// The position of a ticket in the backlog: its lane, the rank of its priority, and its number.
pub(super) type Place = (String, i64, i64);

pub(super) fn place(row: &SqliteRow) -> Result<Place, StoreError> {
    let columns = Columns::of("tickets", row);
    Ok((
        columns.get("backlog_lane")?,
        columns.get("priority_rank")?,
        columns.get("number")?,
    ))
}

pub(super) fn head(row: &SqliteRow) -> Result<BacklogHead, StoreError> {
    let columns = Columns::of("tickets", row);
    Ok(BacklogHead {
        ticket: columns.id("id", TicketId::from_uuid)?,
        number: columns.number("number")?,
        lane: columns.get("backlog_lane")?,
        priority: columns.word("priority")?,
        requester: columns.id("requester", UserId::from_uuid)?,
        created_at: columns.moment("created_at")?,
    })
}

pub(super) fn lane(row: &SqliteRow) -> Result<BacklogLane, StoreError> {
    let columns = Columns::of("tickets", row);
    Ok(BacklogLane {
        lane: columns.get("backlog_lane")?,
        priority: columns.word("priority")?,
        length: columns.number("length")?,
        oldest: columns.moment("oldest")?,
        nobody: columns.number("nobody")?,
    })
}

pub(super) fn unbegun(row: &SqliteRow) -> Result<Unbegun, StoreError> {
    let columns = Columns::of("tickets", row);
    let skills: Vec<Skill> = columns.json("required_skills")?;
    Ok(Unbegun {
        ticket: columns.id("id", TicketId::from_uuid)?,
        number: columns.number("number")?,
        lane: backlog_lane(&skills),
        priority: columns.word("priority")?,
        assignee: columns.id("assignee", UserId::from_uuid)?,
        created_at: columns.moment("created_at")?,
    })
}
