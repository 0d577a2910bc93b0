//! The lifecycle of a ticket: pure functions from the present state to the next one.

#[cfg(test)]
mod tests;

use super::{
    changed_fields::{self, ASSIGNED_TO},
    decision::{AssigneeChoice, Cause, NotAssigned},
    event::{Change, EventFacts, EventKind},
    facts::RequiredSkills,
    field::Field,
    id::UserId,
    priority::Priority,
    reply::Visibility,
    seat::{SeatBound, SeatMove},
    skill::Skill,
    status::Status,
    ticket::{Assignment, Queued, Ticket},
    time::Timestamp,
};

/// The next state of a ticket, with the move of its seat and its event.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// The next state, with the next version.
    pub ticket: Ticket,
    /// The move of the seat.
    pub seat: SeatMove,
    /// The kind of the event.
    pub kind: EventKind,
    /// The changed fields, for display.
    pub changes: Vec<Change>,
    /// What the rules need to know about the change.
    pub facts: EventFacts,
}

impl Next {
    /// Creates the step to a state that the caller derived from the ticket.
    pub fn new(
        before: &Ticket,
        mut after: Ticket,
        seat: SeatMove,
        kind: EventKind,
        now: Timestamp,
    ) -> Self {
        after.version = before.version + 1;
        after.updated_at = now;
        if !after.is_assignable() {
            after.queued = None;
        }
        if after.status == Status::InProgress {
            after.begun_at = after.begun_at.or(Some(now));
        }
        let changes = changes(before, &after);
        let facts = facts(before, &after);
        Self {
            ticket: after,
            seat,
            kind,
            changes,
            facts,
        }
    }

    /// Records that a user takes this step: the fields that it changes count as changed by a user at its version.
    pub fn by_person(mut self, before: &Ticket) -> Self {
        let changed = changed_fields::of_ticket(before, &self.ticket);
        let version = self.ticket.version;
        self.ticket.changed_by_person.record(changed, version);
        self
    }

    /// Changes the step for a ticket whose assignee left: the ticket is unassigned and routed again.
    pub fn without_assignee(self, before: &Ticket, now: Timestamp) -> Self {
        let mut ticket = self.ticket;
        let is_by_person = ticket.changed_by_person != before.changed_by_person;
        ticket
            .changed_by_person
            .clone_from(&before.changed_by_person);
        ticket.assignment = None;
        ticket.begun_at = before.begun_at;
        if ticket.status == Status::InProgress {
            ticket.status = Status::Open;
        }
        let extra: Vec<Change> = self
            .changes
            .into_iter()
            .filter(|change| change.field == "visibility")
            .collect();
        let mut next = Self::new(before, ticket, SeatMove::Free, self.kind, now);
        next.changes.extend(extra);
        next.facts.reply_visibility = self.facts.reply_visibility;
        next.facts.stated_fields.extend(self.facts.stated_fields);
        if is_by_person {
            // The desk unassigned the ticket; the user made the other changes.
            let mut changed = changed_fields::of_ticket(before, &next.ticket);
            changed.retain(|field| *field != ASSIGNED_TO);
            let version = next.ticket.version;
            next.ticket.changed_by_person.record(changed, version);
        }
        next
    }
}

/// Changes the status. The caller has checked that the step is allowed.
pub fn set_status(ticket: &Ticket, to: Status, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    after.status = to;
    after.resolved_at = match to {
        Status::Resolved => Some(now),
        Status::Closed => ticket.resolved_at,
        _ => None,
    };
    let kind = match (ticket.status, to) {
        (Status::Resolved | Status::Closed, Status::Open) => EventKind::Reopened,
        (_, Status::Open) => EventKind::Paused,
        (Status::Waiting, Status::InProgress) => EventKind::Resumed,
        (_, Status::InProgress) => EventKind::Begun,
        (_, Status::Waiting) => EventKind::Waiting,
        (_, Status::Resolved) => EventKind::Resolved,
        (_, Status::Closed) => EventKind::Closed,
    };
    let seat = seat_for(ticket, &after);
    Next::new(ticket, after, seat, kind, now)
}

/// Adds a reply and takes the step that follows from it: the first public reply of the assignee begins the work; a reply
/// of the requester ends the waiting, or reopens a resolved ticket.
pub fn reply(ticket: &Ticket, author: UserId, visibility: Visibility, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    let is_public = visibility.is_public();
    if ticket.requester == author && is_public {
        match ticket.status {
            Status::Waiting if ticket.assignment.is_some() => after.status = Status::InProgress,
            Status::Waiting | Status::Resolved => after.status = Status::Open,
            Status::Open | Status::InProgress | Status::Closed => {}
        }
    } else if ticket.assignee() == Some(author) && is_public && ticket.status == Status::Open {
        after.status = Status::InProgress;
    }
    if after.status == Status::Open {
        after.resolved_at = None;
    }
    let seat = seat_for(ticket, &after);
    let mut next = Next::new(ticket, after, seat, EventKind::Replied, now);
    next.changes
        .extend(Change::of("visibility", None::<&str>, visibility.as_str()));
    next.facts.reply_visibility = Some(visibility);
    next
}

/// Assigns the ticket as the router chose. `ahead` is how many tickets the user may have in addition to the one in progress.
pub fn assign_automatically(
    ticket: &Ticket,
    choice: &AssigneeChoice,
    ahead: u32,
    now: Timestamp,
) -> Next {
    let assignment = Assignment {
        to: choice.to,
        seat: None,
        by_human: false,
        tier: Some(choice.why.tier),
        at: now,
        reason: Some(choice.why.sentence(|_| None)),
    };
    let mut after = ticket.clone();
    after.assignment = Some(assignment);
    after.rebalanced |= choice.why.cause == Cause::Rebalance;
    after.decision = Some(choice.why.clone());
    Next::new(
        ticket,
        after,
        SeatMove::Take(SeatBound::Automatic { ahead }),
        EventKind::Assigned,
        now,
    )
}

/// Assigns the ticket as a human chose. The ticket takes a seat within this bound if its status needs one.
pub fn assign_by_human(ticket: &Ticket, to: UserId, bound: SeatBound, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    after.assignment = Some(Assignment {
        to,
        seat: None,
        by_human: true,
        tier: None,
        at: now,
        reason: None,
    });
    let seat = match ticket.status.holds_seat() {
        true => SeatMove::Take(bound),
        false => SeatMove::Free,
    };
    Next::new(ticket, after, seat, EventKind::Assigned, now)
}

/// Unassigns a ticket: it is open again, unless it waits for its requester. If the assignee `declined` it, that is
/// recorded.
pub fn unassign(ticket: &Ticket, declined: bool, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    if let Some(assignment) = after.assignment.take().filter(|_| declined)
        && !after.declined_by.contains(&assignment.to)
    {
        after.declined_by.push(assignment.to);
    }
    if after.status == Status::InProgress {
        after.status = Status::Open;
    }
    Next::new(ticket, after, SeatMove::Free, EventKind::Unassigned, now)
}

/// Puts a ticket into the backlog because the router found no assignee.
pub fn queue(ticket: &Ticket, hold: &NotAssigned, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    let since = ticket.queued.map_or(now, |queued| queued.since);
    after.queued = Some(Queued {
        since,
        reason: hold.reason,
    });
    after.decision = Some(hold.why.clone());
    Next::new(ticket, after, SeatMove::Keep, EventKind::Queued, now)
}

/// Raises the priority of a ticket that has waited for long.
pub fn escalate(ticket: &Ticket, priority: Priority, now: Timestamp) -> Next {
    let mut after = ticket.clone();
    after.priority = priority;
    after.escalated_at = Some(now);
    Next::new(ticket, after, SeatMove::Keep, EventKind::Edited, now)
}

/// Returns the move of the seat for a change of only the status.
const fn seat_for(before: &Ticket, after: &Ticket) -> SeatMove {
    let is_assigned = after.assignment.is_some();
    match (before.status.holds_seat(), after.status.holds_seat()) {
        (true, true) | (false, false) => SeatMove::Keep,
        (true, false) => SeatMove::Free,
        (false, true) if is_assigned => SeatMove::Take(SeatBound::Unbounded),
        (false, true) => SeatMove::Keep,
    }
}

/// Returns what the rules need to know about a change.
fn facts(before: &Ticket, after: &Ticket) -> EventFacts {
    let [offered_before, offered_after] = match [before, after].map(offered) {
        [before, after] if before == after => [Vec::new(), Vec::new()],
        changed => changed,
    };
    let skills_changed = before.required_skills != after.required_skills;
    let learned_fields = [
        (Field::Category, before.category != after.category),
        (Field::Priority, before.priority != after.priority),
        (Field::Type, before.kind != after.kind),
        (Field::Skill, skills_changed),
    ];
    EventFacts {
        offered_before,
        offered_after,
        was_deleted: before.deleted_at.is_some(),
        previous_assignee: before
            .assignee()
            .filter(|previous| after.assignee() != Some(*previous)),
        status: (before.status != after.status).then_some(after.status),
        skills_changed,
        fields_changed: !changed_fields::of_ticket(before, after).is_empty(),
        stated_fields: learned_fields
            .into_iter()
            .filter_map(|(field, is_changed)| is_changed.then_some(field))
            .collect(),
        is_imported: after.origin.is_some() && before.triage.is_none() && after.triage.is_some(),
        ..EventFacts::default()
    }
}

/// Returns the skills by which moderators see an unassigned ticket; empty for other tickets.
fn offered(ticket: &Ticket) -> Vec<String> {
    match ticket.is_assignable() {
        true => RequiredSkills::of(&ticket.required_skills).asked().to_vec(),
        false => Vec::new(),
    }
}

/// Returns the differences that users and clients see, under the names on the wire.
fn changes(before: &Ticket, after: &Ticket) -> Vec<Change> {
    let names = |ticket: &Ticket| {
        ticket
            .required_skills
            .iter()
            .map(Skill::label)
            .collect::<Vec<_>>()
    };
    let summary = |ticket: &Ticket| ticket.triage.as_ref().map(|triage| triage.summary.clone());
    let source = |ticket: &Ticket| ticket.triage.as_ref().map(|triage| triage.source);
    let queued = |ticket: &Ticket| ticket.queued.map(|queued| queued.reason);
    let reason = |ticket: &Ticket| {
        ticket
            .assignment
            .as_ref()
            .and_then(|assignment| assignment.reason.clone())
    };
    let is_reassigned = before.assignee() != after.assignee();
    [
        Change::of("title", &before.title, &after.title),
        Change::of_text("description", &before.description, &after.description),
        Change::of("status", before.status, after.status),
        Change::of("priority", before.priority, after.priority),
        Change::of("category", &before.category, &after.category),
        Change::of("type", &before.kind, &after.kind),
        Change::of("deadline", before.deadline, after.deadline),
        Change::of("relatedSkills", names(before), names(after)),
        Change::of("summary", summary(before), summary(after)),
        Change::of("source", source(before), source(after)),
        Change::of("assignedTo", before.assignee(), after.assignee()),
        Change::of("reason", reason(before), reason(after)).filter(|_| is_reassigned),
        Change::of("queue", queued(before), queued(after)),
        Change::of("deletedAt", before.deleted_at, after.deleted_at),
    ]
    .into_iter()
    .flatten()
    .collect()
}
