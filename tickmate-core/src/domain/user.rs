//! People: who asks, who answers, who looks after the desk.

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

/// What a person may do.
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
    /// Asks.
    User,
    /// Answers what is assigned.
    Moderator,
    /// Looks after the desk, and answers what nobody else can.
    Admin,
}

/// A word that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of user, moderator, admin")]
pub struct UnknownRole;

impl Role {
    /// Every role, least rights first.
    pub const ALL: [Self; 3] = [Self::User, Self::Moderator, Self::Admin];

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether tickets can be assigned to people of this role.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Moderator | Self::Admin)
    }
}

const fn unknown_role(_: &str) -> UnknownRole {
    UnknownRole
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// Where mails go; unique in the store.
    pub email: Email,
    /// How the person is called; may be empty.
    pub name: String,
    /// A short name to log in by; unique in the store in any case of letters, and never of the form of an address.
    pub username: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// What the person can do. Counts for staff only.
    #[serde(default)]
    pub skills: Vec<Skill>,
    /// How many tickets the person is given automatically at most.
    pub capacity: u32,
    /// The most that the person may set it to: what an admin gave.
    pub capacity_bound: u32,
    /// Whether the person takes work now.
    pub availability: Availability,
    /// Since when.
    #[serde(with = "micros")]
    pub available_since: Timestamp,
    /// When the person works; none: always.
    pub hours: Option<WorkingHours>,
    /// Whether that is so now.
    pub shift: Shift,
    /// Whether the account is in use. An inactive one can neither log in nor be assigned anything.
    pub active: bool,
    /// Whether the person proved to read mails to this address.
    pub email_verified: bool,
    /// The hash of the password; none for imported people and those of a host's own accounts.
    pub password: Option<PasswordHash>,
    /// Who this is in the host's own accounts; unique in the store.
    pub subject: Option<String>,
    /// The tokens that may still work, at most one of each purpose.
    #[serde(default)]
    pub tokens: Vec<OneTimeToken>,
    /// When mails to verify the address were asked for within the last day, oldest first.
    #[serde(default, with = "micros_list")]
    pub verification_mails: Vec<Timestamp>,
    /// At which version a person last changed each field.
    #[serde(default)]
    pub changed_by_person: FieldVersions,
    /// When the owner of the address was last told that somebody registered it again.
    #[serde(default, with = "micros_or_none")]
    pub taken_notice_at: Option<Timestamp>,
    /// When the account was made.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "micros")]
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u64,
}

impl User {
    /// Whether tickets can be assigned to this person at all.
    pub const fn is_active_staff(&self) -> bool {
        self.active && self.role.is_staff()
    }

    /// Whether this user is one of the admins of whom one must always remain.
    pub const fn is_active_admin(&self) -> bool {
        self.active && matches!(self.role, Role::Admin)
    }

    /// Returns when the shift must be computed again; none for users that are not active staff, and for an open shift.
    pub fn shift_due(&self) -> Option<Timestamp> {
        self.shift.until.filter(|_| self.is_active_staff())
    }

    /// Whether tickets are assigned to this user automatically.
    pub fn takes_work(&self) -> bool {
        self.is_active_staff() && self.presence() == Presence::Present
    }

    /// Whether the person takes work, as far as availability and shift decide.
    pub const fn presence(&self) -> Presence {
        Presence::of(self.availability, self.shift.on)
    }

    /// The shift at a moment, by the person's hours: without any it goes on for ever.
    pub fn shift_at(&self, holidays: &Holidays, now: Timestamp) -> Shift {
        let Some(hours) = &self.hours else {
            return Shift::open(if self.shift.on { self.shift.since } else { now });
        };
        let window = hours.window_at(holidays, now);
        let unchanged = window.on == self.shift.on;
        Shift {
            on: window.on,
            since: match unchanged {
                true => self.shift.since,
                false => window.since.unwrap_or(now).min(now),
            },
            // What lies beyond the horizon is looked for from there.
            until: Some(window.until.unwrap_or(now + Span::days(HORIZON_DAYS))),
        }
    }

    /// Returns whether a token can be used: it was neither used nor replaced, and has not expired.
    pub fn has_working_token(&self, id: TokenId, now: Timestamp) -> bool {
        let works = |token: &OneTimeToken| token.id == id && now < token.expires_at;
        self.active && self.tokens.iter().any(works)
    }

    /// Returns the user after a token was used; none where no token of this purpose with this hash works.
    pub fn consume_token(&self, purpose: TokenPurpose, hash: &str, now: Timestamp) -> Option<Self> {
        let works = |token: &OneTimeToken| {
            token.purpose == purpose && token.hash == hash && now < token.expires_at
        };
        if !self.active || !self.tokens.iter().any(works) {
            return None;
        }
        let mut after = self.clone();
        if purpose.rule().single_use {
            after.tokens.retain(|token| token.purpose != purpose);
        }
        Some(after)
    }

    /// How to call the person: the name, else what stands before the `@`.
    pub fn display_name(&self) -> &str {
        match self.name.is_empty() {
            true => self.email.local_part(),
            false => &self.name,
        }
    }
}

/// A password's hash in PHC form. `Debug` hides it; the storage form of a user holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a hash in PHC string form.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for stores and for verifying.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
