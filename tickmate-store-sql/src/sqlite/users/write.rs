//! Creates and changes users.

use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};
use tickmate_core::{
    backend::store::{NewUser, StoreError, Unique, UserCreated, UserWrite, UserWritten},
    domain::{
        facts::UserFacts,
        id::UserId,
        user::{PasswordHash, User},
    },
};

use super::read::{BY_ID, HAS_ADMIN, user};
use crate::sqlite::{
    events,
    row::{int, json},
    writer::UnitError,
};

/// The columns that are written, in the order of [`bind`]; the id comes last.
macro_rules! columns {
    () => {
        "version, role, active, availability, available_since, shift_on, shift_since, shift_until, capacity, \
         email_verified, taken_notice_at, created_at, updated_at, email, username, subject, name, password, skills, \
         tokens, verification_mails, capacity_bound, hours, changed_by_person, active_staff, active_admin, takes_work, \
         shift_due, search_text"
    };
}
macro_rules! values {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         $21, $22, $23, $24, $25, $26, $27, $28, $29"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO users (",
    columns!(),
    ", id) VALUES (",
    values!(),
    ", $30)"
);
const UPDATE: &str = concat!(
    "UPDATE users SET (",
    columns!(),
    ") = (",
    values!(),
    ") WHERE id = $30"
);
/// Finds the first unique value that a user with another id already has.
const CONFLICT: &str = "SELECT min(CASE WHEN email = $2 THEN 1 WHEN username = $3 THEN 2 ELSE 3 END) \
     FROM users WHERE id IS NOT $1 AND (email = $2 OR username = $3 OR subject = $4)";
const OTHER_ADMIN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE active_admin = 1 AND id <> $1)";
const INSERT_TOKEN: &str = "INSERT INTO user_tokens (hash, person) VALUES ($1, $2)";

pub(super) async fn create(
    new: &NewUser,
    db: &mut SqliteConnection,
) -> Result<UserCreated, UnitError> {
    if new.only_without_admin && sqlx::query_scalar(HAS_ADMIN).fetch_one(&mut *db).await? {
        return Ok(UserCreated::AdminExists);
    }
    refuse_conflict(&new.user, None, db).await?;
    let facts = new.user.facts();
    bind(INSERT, &new.user, &facts)?.execute(&mut *db).await?;
    insert_tokens(&new.user, &facts, db).await?;
    events::insert(&new.event, db).await?;
    Ok(UserCreated::Created(new.user.clone()))
}

pub(super) async fn change(
    write: &UserWrite,
    db: &mut SqliteConnection,
) -> Result<UserWritten, UnitError> {
    let id = write.user.id.as_uuid();
    let stored = sqlx::query(BY_ID).bind(id).fetch_optional(&mut *db).await?;
    let Some(stored) = stored else {
        return Ok(UserWritten::Stale);
    };
    let stored = user(&stored)?;
    if stored.version.checked_add(1) != Some(write.user.version) {
        return Ok(UserWritten::Stale);
    }
    let facts = write.user.facts();
    if stored.is_active_admin() && !facts.is_active_admin {
        let other: bool = sqlx::query_scalar(OTHER_ADMIN)
            .bind(id)
            .fetch_one(&mut *db)
            .await?;
        if !other {
            return Ok(UserWritten::LastAdmin);
        }
    }
    refuse_conflict(&write.user, Some(write.user.id), db).await?;
    bind(UPDATE, &write.user, &facts)?.execute(&mut *db).await?;
    if stored.facts().token_hashes != facts.token_hashes {
        sqlx::query("DELETE FROM user_tokens WHERE person = $1")
            .bind(id)
            .execute(&mut *db)
            .await?;
        insert_tokens(&write.user, &facts, db).await?;
    }
    if write.end_sessions {
        sqlx::query("DELETE FROM sessions WHERE person = $1")
            .bind(id)
            .execute(&mut *db)
            .await?;
    }
    events::insert(&write.event, db).await?;
    Ok(UserWritten::Written(write.user.clone()))
}

/// Inserts all tokens of a user that has none in the index.
async fn insert_tokens(
    user: &User,
    facts: &UserFacts,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    for hash in &facts.token_hashes {
        sqlx::query(INSERT_TOKEN)
            .bind(hash)
            .bind(user.id.as_uuid())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

async fn refuse_conflict(
    user: &User,
    own: Option<UserId>,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    let conflict: Option<i64> = sqlx::query_scalar(CONFLICT)
        .bind(own.map(|id| id.as_uuid()))
        .bind(user.email.as_str())
        .bind(&user.username)
        .bind(&user.subject)
        .fetch_one(db)
        .await?;
    let unique = match conflict {
        None => return Ok(()),
        Some(1) => Unique::Email,
        Some(2) => Unique::Username,
        Some(_) => Unique::Subject,
    };
    Err(UnitError::Refused(StoreError::Taken(unique)))
}

fn bind<'q>(
    statement: &'static str,
    user: &'q User,
    facts: &'q UserFacts,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    Ok(sqlx::query(statement)
        .bind(int(user.version))
        .bind(user.role.as_str())
        .bind(user.active)
        .bind(user.availability.as_str())
        .bind(user.available_since.timestamp_micros())
        .bind(user.shift.on)
        .bind(user.shift.since.timestamp_micros())
        .bind(user.shift.until.map(|at| at.timestamp_micros()))
        .bind(i64::from(user.capacity))
        .bind(user.email_verified)
        .bind(user.taken_notice_at.map(|at| at.timestamp_micros()))
        .bind(user.created_at.timestamp_micros())
        .bind(user.updated_at.timestamp_micros())
        .bind(user.email.as_str())
        .bind(&user.username)
        .bind(&user.subject)
        .bind(&user.name)
        .bind(user.password.as_ref().map(PasswordHash::expose))
        .bind(json(&user.skills)?)
        .bind(json(&user.tokens)?)
        .bind(json(&user.verification_mails)?)
        .bind(i64::from(user.capacity_bound))
        .bind(user.hours.as_ref().map(json).transpose()?)
        .bind(json(&user.changed_by_person)?)
        .bind(facts.is_active_staff)
        .bind(facts.is_active_admin)
        .bind(facts.takes_work)
        .bind(facts.shift_due.map(|at| at.timestamp_micros()))
        .bind(&facts.search_text)
        .bind(user.id.as_uuid()))
}
