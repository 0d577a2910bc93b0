//! Reads users and finds them by their keys.

use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::UserId,
        presence::{Availability, Presence},
        query::UserQuery,
        routing::Staff,
        shift::Shift,
        user::{PasswordHash, User},
    },
};

use crate::sqlite::row::Columns;

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, version, role, active, availability, available_since, shift_on, shift_since, \
             shift_until, capacity, email_verified, taken_notice_at, created_at, updated_at, email, username, subject, name, password, skills, tokens, \
             verification_mails, capacity_bound, hours, changed_by_person FROM users WHERE ",
            $where
        )
    };
}

pub(super) const BY_ID: &str = select!("id = $1");
pub(super) const BY_IDS: &str = select!("id IN (SELECT unhex(value) FROM json_each($1))");
pub(super) const BY_EMAIL: &str = select!("email = $1");
/// The column ignores the case of ASCII letters.
pub(super) const BY_USERNAME: &str = select!("username = $1");
pub(super) const BY_SUBJECT: &str = select!("subject = $1");
pub(super) const BY_TOKEN: &str = select!("id = (SELECT person FROM user_tokens WHERE hash = $1)");
pub(super) const HAS_ADMIN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE active_admin = 1)";
macro_rules! select_staff {
    ($where:literal) => {
        concat!(
            "SELECT id, role, skills, capacity, availability, shift_on, shift_since, shift_until, \
             (SELECT count(*) FROM tickets WHERE assignee = users.id AND seat IS NOT NULL) AS seats, \
             (SELECT max(seq) FROM events WHERE assigned_to = users.id) AS last_assignment \
             FROM users WHERE ",
            $where
        )
    };
}

pub(in crate::sqlite) const ROSTER: &str = select_staff!("active_staff = 1");
/// The `+` keeps SQLite from using the index of the staff, because the ids select fewer rows.
pub(in crate::sqlite) const STAFF: &str =
    select_staff!("id IN (SELECT unhex(value) FROM json_each($1)) AND +active_staff = 1");
pub(in crate::sqlite) const DUE_SHIFTS: &str = select!(
    "id IN ( \
       SELECT id FROM (SELECT id FROM users WHERE shift_due <= $1 ORDER BY shift_due, id LIMIT $3) \
       UNION ALL \
       SELECT id FROM (SELECT id FROM users WHERE shift_due IS NOT NULL AND shift_since > $2 \
         ORDER BY +shift_due, id LIMIT $3) \
     ) ORDER BY +shift_due, id LIMIT $3"
);

/// Returns the statement for a page of users, up to this limit.
pub(super) fn page(query: &UserQuery, limit: i64) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(select!("id > "));
    sql.push_bind(
        query
            .after
            .map_or(Vec::new(), |id| id.as_uuid().as_bytes().to_vec()),
    );
    if !query.roles.is_empty() {
        sql.push(" AND role IN (");
        let mut roles = sql.separated(", ");
        for role in &query.roles {
            roles.push_bind(role.as_str());
        }
        sql.push(")");
    }
    if let Some(active) = query.active {
        sql.push(" AND active = ").push_bind(active);
    }
    if let Some(part) = query.search_part() {
        sql.push(" AND instr(search_text, ")
            .push_bind(part)
            .push(") > 0");
    }
    sql.push(" ORDER BY id LIMIT ").push_bind(limit);
    sql
}

pub(in crate::sqlite) fn user(row: &SqliteRow) -> Result<User, StoreError> {
    let columns = Columns::of("users", row);
    Ok(User {
        id: columns.id("id", UserId::from_uuid)?,
        email: columns.word("email")?,
        name: columns.get("name")?,
        username: columns.get("username")?,
        role: columns.word("role")?,
        skills: columns.json("skills")?,
        capacity: columns.number("capacity")?,
        capacity_bound: columns.number("capacity_bound")?,
        availability: columns.word("availability")?,
        available_since: columns.moment("available_since")?,
        hours: columns.maybe_json("hours")?,
        shift: shift(columns)?,
        active: columns.get("active")?,
        email_verified: columns.get("email_verified")?,
        password: columns
            .get::<Option<String>>("password")?
            .map(PasswordHash::new),
        subject: columns.get("subject")?,
        tokens: columns.json("tokens")?,
        verification_mails: columns.json("verification_mails")?,
        changed_by_person: columns.json("changed_by_person")?,
        taken_notice_at: columns.maybe_moment("taken_notice_at")?,
        created_at: columns.moment("created_at")?,
        updated_at: columns.moment("updated_at")?,
        version: columns.number("version")?,
    })
}

pub(super) fn staff(row: &SqliteRow) -> Result<Staff, StoreError> {
    let columns = Columns::of("users", row);
    let availability: Availability = columns.word("availability")?;
    let shift = shift(columns)?;
    Ok(Staff {
        id: columns.id("id", UserId::from_uuid)?,
        role: columns.word("role")?,
        skills: columns.json("skills")?,
        capacity: columns.number("capacity")?,
        active: columns.number("seats")?,
        presence: Presence::of(availability, shift.on),
        shift_ends: shift.ends(),
        last_assignment: columns.maybe_number("last_assignment")?.unwrap_or(0),
    })
}

fn shift(columns: Columns<'_>) -> Result<Shift, StoreError> {
    Ok(Shift {
        on: columns.get("shift_on")?,
        since: columns.moment("shift_since")?,
        until: columns.maybe_moment("shift_until")?,
    })
}
