//! A person's account.

use serde::Serialize;
use tickmate_core::domain::user;

use super::{Id, moment};

/// A person's account. Nothing of password, links and logins.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(flatten)]
    id: Id,
    email: String,
    name: String,
    username: Option<String>,
    role: &'static str,
    skills: Vec<String>,
    capacity: u32,
    availability: &'static str,
    is_active: bool,
    created_at: String,
}

/// One account.
#[derive(Debug, Serialize)]
pub(crate) struct OneUser {
    pub(crate) user: User,
}

/// A page of accounts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Users {
    pub(crate) users: Vec<User>,
    pub(crate) next_cursor: Option<String>,
}

impl User {
    pub(crate) fn new(user: &user::User, legacy_ids: bool) -> Self {
        Self {
            id: Id::new(user.id, legacy_ids),
            email: user.email.to_string(),
            name: user.name.clone(),
            username: user.username.clone(),
            role: user.role.as_str(),
            skills: user.skills.iter().map(|skill| skill.name.clone()).collect(),
            capacity: user.capacity,
            availability: user.availability.as_str(),
            is_active: user.active,
            created_at: moment(user.created_at),
        }
    }
}
