//! Commands on accounts and sessions.

use super::{Machine, both, one, picked};
use crate::{
    backend::store::UserCreated,
    conformance::fixtures::{parsed, skills},
    domain::{
        presence::Availability,
        shift::Shift,
        time::Span,
        token::{OneTimeToken, TokenPurpose},
        user::{Role, User},
    },
};

/// Sets of skills of users and tickets, an unknown one among them.
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
        let mut user = self.make.person(one(Role::ALL, a));
        user.skills = skills(one(SKILLS, b));
        user.capacity = u32::from(c % 3);
        user.username =
            one([None, None, Some("Ann"), Some("ann"), Some("bob")], c).map(str::to_owned);
        user.subject = one([None, None, None, Some("s1"), Some("s2")], b).map(str::to_owned);
        if d % 8 == 1 {
            user.email = parsed("shared@example.org");
        }
        let id = user.id;
        let mut new = self.make.new_user(user);
        new.only_without_admin = d.is_multiple_of(8);
        let created = both!(self, store => store.create_user(&new));
        if let Ok(UserCreated::Created(_)) = created {
            self.users.push(id);
        }
        Ok(())
    }

    pub(super) async fn write_user(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let Some(user) = self.user(a).await else {
            return Ok(());
        };
        let now = self.make.now();
        let mut write = self.make.user_write(&user, |user: &mut User| match b % 9 {
            0 => user.role = one(Role::ALL, c),
            1 => user.active = c.is_multiple_of(2),
            2 => user.availability = one(Availability::ALL, c),
            3 => user.capacity = u32::from(c % 4),
            4 => user.skills = skills(one(SKILLS, c)),
            5 => user.username = one([None, Some("ann"), Some("BOB")], c).map(str::to_owned),
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
            _ => user.email = parsed("shared@example.org"),
        });
        write.end_sessions = d.is_multiple_of(4);
        if d % 8 == 1 {
            write.user.version += 1;
        }
        both!(self, store => store.write_user(&write)).ok();
        Ok(())
    }

    pub(super) async fn session(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let now = self.make.now();
        match (b % 4, picked(&self.sessions, c).copied()) {
            (0, Some(id)) => {
                both!(self, store => store.touch_session(id, now)).ok();
            }
            (1, Some(id)) => {
                both!(self, store => store.end_session(id)).ok();
            }
            _ => {
                let Some(&user) = picked(&self.users, a) else {
                    return Ok(());
                };
                let session = self.make.session(user);
                both!(self, store => store.create_session(&session)).ok();
                self.sessions.push(session.id);
            }
        }
        Ok(())
    }
}
