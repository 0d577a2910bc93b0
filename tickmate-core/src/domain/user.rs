//! Users: requesters, moderators and admins.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    email::Email,
    field_versions::FieldVersions,
    hours::{HORIZON_DAYS, Holidays, WorkingHours},
    id::{TokenId, UserId},
    presence::{Availability, Presence},
    shift::Shift,
    skill::Skill,
    time::{Span, Timestamp, micros, micros_list, micros_or_none},
    token::{OneTimeToken, TokenPurpose},
};

/// The role of a user.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    ascii_case_insensitive,
    parse_err_ty = UnknownRole,
    parse_err_fn = unknown_role
)]
pub enum Role {
    /// Creates tickets.
    User,
    /// Answers assigned tickets.
    Moderator,
    /// Administers the desk, and answers tickets that no moderator can.
    Admin,
}

/// The error for a text that is not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of user, moderator, admin")]
pub struct UnknownRole;

impl Role {
    /// Every role, from the fewest rights to the most.
    pub const ALL: [Self; 3] = [Self::User, Self::Moderator, Self::Admin];

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns whether tickets can be assigned to users of this role.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Moderator | Self::Admin)
    }
}

const fn unknown_role(_: &str) -> UnknownRole {
    UnknownRole
}

/// A user of the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The id of the user.
    pub id: UserId,
    /// The address for mails; unique in the store.
    pub email: Email,
    /// The display name; may be empty.
    pub name: String,
    /// A short name to log in with; unique in the store without the case of letters, and never in the form of an address.
    pub username: Option<String>,
    /// The role.
    pub role: Role,
    /// The user's skills. They count for staff only.
    #[serde(default)]
    pub skills: Vec<Skill>,
    /// The most tickets that are assigned to the user automatically.
    pub capacity: u32,
    /// The largest capacity that the user may choose, set by an admin.
    pub capacity_bound: u32,
    /// The availability that the user has chosen.
    pub availability: Availability,
    /// Since when the user has this availability.
    #[serde(with = "micros")]
    pub available_since: Timestamp,
    /// The working hours; none: always.
    pub hours: Option<WorkingHours>,
    /// Whether the user is on shift now.
    pub shift: Shift,
    /// Whether the account is active. A user of an inactive one can neither log in nor be assigned a ticket.
    pub active: bool,
    /// Whether the user has proved to read mails to this address.
    pub email_verified: bool,
    /// The hash of the password; none for imported users and users of the host's own accounts.
    pub password: Option<PasswordHash>,
    /// The identity in the host's own accounts; unique in the store.
    pub subject: Option<String>,
    /// The tokens that may still be valid, at most one of each purpose.
    #[serde(default)]
    pub tokens: Vec<OneTimeToken>,
    /// When mails to verify the address were requested within the last day, oldest first.
    #[serde(default, with = "micros_list")]
    pub verification_mails: Vec<Timestamp>,
    /// The version of the last change of each field by a user.
    #[serde(default)]
    pub changed_by_person: FieldVersions,
    /// When the owner of the address was last notified that it was registered again.
    #[serde(default, with = "micros_or_none")]
    pub taken_notice_at: Option<Timestamp>,
    /// When the account was created.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When the account was last changed.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
    /// The number of changes, from 1.
    pub version: u64,
}

impl User {
    /// Returns whether tickets can be assigned to this user.
    pub const fn is_active_staff(&self) -> bool {
        self.active && self.role.is_staff()
    }

    /// Returns whether the user counts as an admin: at least one must always remain.
    pub const fn is_active_admin(&self) -> bool {
        self.active && matches!(self.role, Role::Admin)
    }

    /// Returns when the shift must be computed again; none for users who are not active staff, and for an open shift.
    pub fn shift_due(&self) -> Option<Timestamp> {
        self.shift.until.filter(|_| self.is_active_staff())
    }

    /// Returns whether tickets are assigned to this user automatically.
    pub fn takes_work(&self) -> bool {
        self.is_active_staff() && self.presence() == Presence::Present
    }

    /// Returns whether the user accepts work by availability and shift.
    pub const fn presence(&self) -> Presence {
        Presence::of(self.availability, self.shift.on)
    }

    /// Returns the shift at a moment by the user's working hours; without any it never ends.
    pub fn shift_at(&self, holidays: &Holidays, now: Timestamp) -> Shift {
        let Some(hours) = &self.hours else {
            return Shift::open(if self.shift.on { self.shift.since } else { now });
        };
        let window = hours.window_at(holidays, now);
        let is_unchanged = window.on == self.shift.on;
        Shift {
            on: window.on,
            since: match is_unchanged {
                true => self.shift.since,
                false => window.since.unwrap_or(now).min(now),
            },
            // Beyond the horizon, the search continues from there.
            until: Some(window.until.unwrap_or(now + Span::days(HORIZON_DAYS))),
        }
    }

    /// Returns whether a token is valid: it was neither used nor replaced, and has not expired.
    pub fn has_working_token(&self, id: TokenId, now: Timestamp) -> bool {
        let is_valid = |token: &OneTimeToken| token.id == id && now < token.expires_at;
        self.active && self.tokens.iter().any(is_valid)
    }

    /// Returns the user after the use of a token; none if no token of this purpose with this hash is valid.
    pub fn consume_token(&self, purpose: TokenPurpose, hash: &str, now: Timestamp) -> Option<Self> {
        let is_valid = |token: &OneTimeToken| {
            token.purpose == purpose && token.hash == hash && now < token.expires_at
        };
        if !self.active || !self.tokens.iter().any(is_valid) {
            return None;
        }
        let mut after = self.clone();
        if purpose.rule().single_use {
            after.tokens.retain(|token| token.purpose != purpose);
        }
        Some(after)
    }

    /// Returns the display name, or the part of the address before the `@` if it is empty.
    pub fn display_name(&self) -> &str {
        match self.name.is_empty() {
            true => self.email.local_part(),
            false => &self.name,
        }
    }
}

/// A password's hash in PHC form. `Debug` hides it; the storage form of a user contains it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a hash in PHC string form.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// Returns the PHC string, for stores and for verification.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
