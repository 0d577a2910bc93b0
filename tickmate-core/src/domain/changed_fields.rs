//! The fields that differ between two states of a ticket or a user, by their names on the wire. A stale update conflicts
//! in these fields. A list (skills, hours) is one field.

use super::{ticket::Ticket, user::User};

/// A ticket's status.
pub const STATUS: &str = "status";
/// A ticket's assignee.
pub const ASSIGNED_TO: &str = "assignedTo";
/// Whether a ticket is deleted.
pub const DELETED_AT: &str = "deletedAt";

/// Every field of a ticket that users change.
pub const TICKET_FIELDS: [&str; 10] = [
    "title",
    "description",
    "category",
    "type",
    "priority",
    "deadline",
    "relatedSkills",
    STATUS,
    ASSIGNED_TO,
    DELETED_AT,
];

/// Returns the fields that differ between two states of a ticket, in the order of [`TICKET_FIELDS`].
pub fn of_ticket(before: &Ticket, after: &Ticket) -> Vec<&'static str> {
    let changed = [
        before.title != after.title,
        before.description != after.description,
        before.category != after.category,
        before.kind != after.kind,
        before.priority != after.priority,
        before.deadline != after.deadline,
        before.required_skills != after.required_skills,
        before.status != after.status,
        before.assignee() != after.assignee(),
        before.deleted_at != after.deleted_at,
    ];
    listed(TICKET_FIELDS, changed)
}

/// Returns the fields that differ between two states of a user. The shift is omitted: the desk computes it.
pub fn of_user(before: &User, after: &User) -> Vec<&'static str> {
    let names = [
        "email",
        "name",
        "username",
        "role",
        "skills",
        "capacity",
        "availability",
        "hours",
        "isActive",
    ];
    let capacity = |user: &User| (user.capacity, user.capacity_bound);
    let changed = [
        before.email != after.email,
        before.name != after.name,
        before.username != after.username,
        before.role != after.role,
        before.skills != after.skills,
        capacity(before) != capacity(after),
        before.availability != after.availability,
        before.hours != after.hours,
        before.active != after.active,
    ];
    listed(names, changed)
}

fn listed<const N: usize>(names: [&'static str; N], changed: [bool; N]) -> Vec<&'static str> {
    let changed = names
        .into_iter()
        .zip(changed)
        .filter(|(_, changed)| *changed);
    changed.map(|(name, _)| name).collect()
}
