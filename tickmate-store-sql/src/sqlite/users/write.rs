//! How accounts are made and changed.

use sqlx::{Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};
use tickmate_core::{
    backend::store::{NewUser, StoreError, Unique, UserCreated, UserWrite, UserWritten},
    domain::user::{PasswordHash, Role, User},
};

use super::read::{BY_ID, HAS_ADMIN, user};
use crate::sqlite::{
    events,
    row::{int, json},
    writer::UnitError,
};

/// What is written, in the order of [`bind`]; the id comes last.
macro_rules! columns {
    () => {
        "version, role, active, availability, available_since, shift_on, shift_since, shift_until, capacity, \
         email_verified, taken_notice_at, created_at, updated_at, email, username, subject, name, password, skills, \
         tokens, verification_mails, capacity_bound, hours, changed_by_person"
    };
}
macro_rules! values {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         $21, $22, $23, $24"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO users (",
    columns!(),
    ", id) VALUES (",
    values!(),
    ", $25)"
);
const UPDATE: &str = concat!(
    "UPDATE users SET (",
    columns!(),
    ") = (",
    values!(),
    ") WHERE id = $25"
);
/// The first field whose value somebody else has.
const TAKEN: &str = "SELECT min(CASE WHEN email = $2 THEN 1 WHEN username = $3 THEN 2 ELSE 3 END) \
     FROM users WHERE id <> $1 AND (email = $2 OR username = $3 OR subject = $4)";
const OTHER_ADMIN: &str =
    "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND active = 1 AND id <> $1)";

pub(super) async fn create(
    new: &NewUser,
    db: &mut SqliteConnection,
) -> Result<UserCreated, UnitError> {
    if new.only_without_admin && sqlx::query_scalar(HAS_ADMIN).fetch_one(&mut *db).await? {
        return Ok(UserCreated::AdminExists);
    }
    refuse_taken(&new.user, db).await?;
    bind(INSERT, &new.user)?.execute(&mut *db).await?;
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
    if is_active_admin(&stored) && !is_active_admin(&write.user) {
        let other: bool = sqlx::query_scalar(OTHER_ADMIN)
            .bind(id)
            .fetch_one(&mut *db)
            .await?;
        if !other {
            return Ok(UserWritten::LastAdmin);
        }
    }
    refuse_taken(&write.user, db).await?;
    bind(UPDATE, &write.user)?.execute(&mut *db).await?;
    if write.end_sessions {
        sqlx::query("DELETE FROM sessions WHERE person = $1")
            .bind(id)
            .execute(&mut *db)
            .await?;
    }
    events::insert(&write.event, db).await?;
    Ok(UserWritten::Written(write.user.clone()))
}

fn is_active_admin(user: &User) -> bool {
    user.active && user.role == Role::Admin
}

async fn refuse_taken(user: &User, db: &mut SqliteConnection) -> Result<(), UnitError> {
    let taken: Option<i64> = sqlx::query_scalar(TAKEN)
        .bind(user.id.as_uuid())
        .bind(user.email.as_str())
        .bind(&user.username)
        .bind(&user.subject)
        .fetch_one(db)
        .await?;
    let unique = match taken {
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
        .bind(user.id.as_uuid()))
}
