//! Commands on accounts and sessions.

use super::{Machine, call_both, select, select_one};
use crate::{
    backend::store::{UserCreated, UserKey},
    conformance::fixtures::{parse_email, skills},
    domain::{
        presence::Availability,
        shift::Shift,
        time::Span,
        token::{OneTimeToken, TokenPurpose},
        user::{Role, User},
    },
};

/// The skills of users and tickets, including an unknown one.
pub(super) const SKILLS: [&[&str]; 6] = [
    &[],
    &["a"],
    &["b"],
    &["a", "b"],
    &["x:odd"],
    &["a", "x:odd"],
];

impl Machine<'_> {
    pub(super) async fn create_user(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let mut user = self.make.person(select_one(Role::ALL, a));
        user.skills = skills(select_one(SKILLS, b));
        user.capacity = u32::from(c % 3);
        user.username =
            select_one([None, None, Some("Ann"), Some("ann"), Some("bob")], c).map(str::to_owned);
        user.subject = select_one([None, None, None, Some("s1"), Some("s2")], b).map(str::to_owned);
        if d % 8 == 1 {
            user.email = parse_email("shared@example.org");
        }
        if let Some(&known) = select(&self.users, a / 4)
            && d % 16 == 9
        {
            // Sometimes the shared address is another user's: then both the id and the address are taken.
            user.id = known;
        }
        let id = user.id;
        self.remember_keys(&user);
        let mut new = self.make.new_user(user);
        new.only_without_admin = d.is_multiple_of(8);
        let created = call_both!(self, store => store.create_user(&new));
        if let Ok(UserCreated::Created(_)) = created {
            self.users.push(id);
        }
        call_both!(self, store => store.user(id)).ok();
        Ok(())
    }

    pub(super) async fn write_user(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let Some(user) = self.user(a).await else {
            return Ok(());
        };
        let now = self.make.now();
        let mut write = self.make.user_write(&user, |user: &mut User| match b % 9 {
            0 => user.role = select_one(Role::ALL, c),
            1 => user.active = c.is_multiple_of(2),
            2 => user.availability = select_one(Availability::ALL, c),
            3 => user.capacity = u32::from(c % 4),
            4 => user.skills = skills(select_one(SKILLS, c)),
            5 => user.username = select_one([None, Some("ann"), Some("BOB")], c).map(str::to_owned),
            6 => {
                user.shift = Shift {
                    on: c.is_multiple_of(2),
                    since: now,
                    until: (!c.is_multiple_of(3)).then(|| now + Span::hours(1)),
                };
            }
            7 => {
                user.tokens = vec![OneTimeToken {
                    id: crate::domain::id::TokenId::new(now, [c; 10]),
                    purpose: TokenPurpose::VerifyEmail,
                    hash: format!("{:02x}", user.version).repeat(2) + &user.id.to_string(),
                    expires_at: now,
                }];
            }
            _ => user.email = parse_email("shared@example.org"),
        });
        write.end_sessions = d.is_multiple_of(4);
        match d % 32 {
            1 | 9 | 17 | 25 => write.user.version += 1,
            31 => write.user.id = self.unknown_user(),
            _ => {}
        }
        self.remember_keys(&write.user);
        call_both!(self, store => store.write_user(&write)).ok();
        for key in keys(&user).into_iter().chain(keys(&write.user)) {
            call_both!(self, store => store.user_by(&key)).ok();
        }
        Ok(())
    }

    /// Finds a user by a unique value that a user has, had or was refused, sometimes with another case of its letters.
    pub(super) async fn find_user(&self, a: u8, b: u8) -> Result<(), String> {
        let Some(key) = select(&self.user_keys, a) else {
            return Ok(());
        };
        let key = match key {
            _ if b.is_multiple_of(2) => key.clone(),
            UserKey::Email(email) => UserKey::Email(parse_email(&email.as_str().to_uppercase())),
            UserKey::Username(name) => UserKey::Username(name.to_uppercase()),
            UserKey::Subject(subject) => UserKey::Subject(subject.to_uppercase()),
            UserKey::Token(hash) => UserKey::Token(hash.to_uppercase()),
        };
        call_both!(self, store => store.user_by(&key)).ok();
        Ok(())
    }

    /// Compares the users of all unique values that were written or refused.
    pub(super) async fn compare_user_keys(&self) -> Result<(), String> {
        for key in &self.user_keys {
            call_both!(self, store => store.user_by(key)).ok();
        }
        Ok(())
    }

    fn remember_keys(&mut self, user: &User) {
        for key in keys(user) {
            if !self.user_keys.contains(&key) {
                self.user_keys.push(key);
            }
        }
    }

    pub(super) async fn session(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let now = self.make.now();
        match (b % 4, select(&self.sessions, c).copied()) {
            (0, Some(id)) => {
                call_both!(self, store => store.touch_session(id, now)).ok();
            }
            (1, Some(id)) => {
                call_both!(self, store => store.end_session(id)).ok();
            }
            _ => {
                let Some(&user) = select(&self.users, a) else {
                    return Ok(());
                };
                let mut session = self.make.session(user);
                if let Some(&known) = select(&self.sessions, c)
                    && b % 32 == 31
                {
                    session.id = known;
                }
                call_both!(self, store => store.create_session(&session)).ok();
                if !self.sessions.contains(&session.id) {
                    self.sessions.push(session.id);
                }
            }
        }
        Ok(())
    }
}

/// Returns the unique values of a user.
fn keys(user: &User) -> Vec<UserKey> {
    let mut keys = vec![UserKey::Email(user.email.clone())];
    keys.extend(user.username.clone().map(UserKey::Username));
    keys.extend(user.subject.clone().map(UserKey::Subject));
    let hashes = user.tokens.iter().map(|token| token.hash.clone());
    keys.extend(hashes.map(UserKey::Token));
    keys
}
