//! Stores the skills that a ticket requires, one row each.

use sqlx::SqliteConnection;
use tickmate_core::domain::facts::RequiredSkills;

use crate::sqlite::{
    row::{int, json},
    writer::UnitError,
};

const DELETE: &str = "DELETE FROM ticket_skills WHERE ticket = $1";
const INSERT: &str = "INSERT INTO ticket_skills (skill, ticket, asked) \
     SELECT value ->> 0, $1, value ->> 1 FROM json_each($2)";

/// Replaces the skills of the ticket with this number.
pub(super) async fn replace(
    skills: &RequiredSkills,
    ticket: u64,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    sqlx::query(DELETE)
        .bind(int(ticket))
        .execute(&mut *db)
        .await?;
    insert(skills, ticket, db).await
}

/// Inserts the skills of a new ticket.
pub(super) async fn insert(
    skills: &RequiredSkills,
    ticket: u64,
    db: &mut SqliteConnection,
) -> Result<(), UnitError> {
    let rows: Vec<(&str, u8)> = skills
        .iter()
        .map(|(id, asked)| (id, asked.into()))
        .collect();
    if !rows.is_empty() {
        sqlx::query(INSERT)
            .bind(int(ticket))
            .bind(json(&rows)?)
            .execute(db)
            .await?;
    }
    Ok(())
}
