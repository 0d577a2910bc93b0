//! A person's account.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::domain::{hours::WorkingHours, user};

use super::{Id, levels, moment, names};

/// A person's account, for admins and the person alone. Nothing of password, links and logins.
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
    skill_levels: BTreeMap<String, u8>,
    capacity: u32,
    availability: &'static str,
    hours: Option<WorkingHours>,
    on_shift: bool,
    shift_ends_at: Option<String>,
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
            skills: names(&user.skills),
            skill_levels: levels(&user.skills),
            capacity: user.capacity,
            availability: user.availability.as_str(),
            hours: user.hours.clone(),
            on_shift: user.shift.on,
            shift_ends_at: user.shift.ends().map(moment),
            is_active: user.active,
            created_at: moment(user.created_at),
        }
    }
}
