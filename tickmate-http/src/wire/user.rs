//! A person's account.

use std::collections::BTreeMap;

use serde::Serialize;
use tickmate_core::domain::{hours::WorkingHours, user};
use utoipa::ToSchema;

use super::{Id, levels, moment, names};
use crate::requests::{AvailabilityWord, Hours, Moment, RoleWord};

/// A person's account, for admins and the person alone. Nothing of password, links and logins.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(flatten)]
    id: Id,
    email: String,
    name: String,
    #[schema(required)]
    username: Option<String>,
    #[schema(value_type = RoleWord)]
    role: &'static str,
    skills: Vec<String>,
    /// The levels of those skills that have one: 1 to 3.
    skill_levels: BTreeMap<String, u8>,
    capacity: u32,
    #[schema(value_type = AvailabilityWord)]
    availability: &'static str,
    #[schema(required, value_type = Option<Hours>)]
    hours: Option<WorkingHours>,
    on_shift: bool,
    #[schema(required, value_type = Option<Moment>)]
    shift_ends_at: Option<String>,
    is_active: bool,
    #[schema(value_type = Moment)]
    created_at: String,
}

/// One account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneUser {
    pub(crate) user: User,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Users {
    pub(crate) users: Vec<User>,
    #[schema(required)]
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
