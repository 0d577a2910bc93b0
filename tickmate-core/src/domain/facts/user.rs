//! The facts of users.

use crate::domain::{time::Timestamp, user::User};

/// The derived values of a user that stores index. They are written together with the user.
///
/// A store computes the facts of the user when it writes it, and answers every list by them. No query repeats the rule
/// behind a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFacts {
    /// [`User::is_active_staff`].
    pub is_active_staff: bool,
    /// [`User::is_active_admin`].
    pub is_active_admin: bool,
    /// [`User::takes_work`].
    pub takes_work: bool,
    /// [`User::shift_due`].
    pub shift_due: Option<Timestamp>,
    /// [`User::search_text`].
    pub search_text: String,
    /// The hashes of the one-time tokens, expired or not, in ascending order.
    pub token_hashes: Vec<String>,
}

impl User {
    /// Returns the text that contains [`UserQuery::search_part`](crate::domain::query::UserQuery::search_part) if the query
    /// finds this user: name, username and address, one on each line, with ASCII letters in lower case.
    pub fn search_text(&self) -> String {
        let username = self.username.as_deref().unwrap_or_default();
        let mut text = [&self.name, username, self.email.as_str()].join("\n");
        text.make_ascii_lowercase();
        text
    }

    /// Returns the values of this user that stores index.
    pub fn facts(&self) -> UserFacts {
        let mut token_hashes: Vec<String> =
            self.tokens.iter().map(|token| token.hash.clone()).collect();
        token_hashes.sort_unstable();
        UserFacts {
            is_active_staff: self.is_active_staff(),
            is_active_admin: self.is_active_admin(),
            takes_work: self.takes_work(),
            shift_due: self.shift_due(),
            search_text: self.search_text(),
            token_hashes,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        field_versions::FieldVersions,
        id::{TokenId, UserId},
        presence::Availability,
        query::UserQuery,
        shift::Shift,
        time::from_micros,
        token::{OneTimeToken, TokenPurpose},
        user::Role,
    };

    fn user(role: Role) -> User {
        User {
            id: UserId::new(at(1), [1; 10]),
            email: "ann@example.org".parse().unwrap(),
            name: "Ann".to_owned(),
            username: None,
            role,
            skills: Vec::new(),
            capacity: 3,
            capacity_bound: 3,
            availability: Availability::Online,
            available_since: at(1),
            hours: None,
            shift: Shift::open(at(1)),
            active: true,
            email_verified: true,
            password: None,
            subject: None,
            tokens: Vec::new(),
            verification_mails: Vec::new(),
            changed_by_person: FieldVersions::default(),
            taken_notice_at: None,
            created_at: at(1),
            updated_at: at(1),
            version: 1,
        }
    }

    fn at(micros: i64) -> Timestamp {
        from_micros(micros)
    }

    #[test]
    fn facts_follow_role_activity_and_shift() {
        // Role, active, availability, on shift; active staff, active admin, takes work.
        let online = Availability::Online;
        let table = [
            (Role::User, true, online, true, [false, false, false]),
            (Role::User, false, online, true, [false, false, false]),
            (Role::Moderator, true, online, true, [true, false, true]),
            (Role::Moderator, true, online, false, [true, false, false]),
            (
                Role::Moderator,
                true,
                Availability::Away,
                true,
                [true, false, false],
            ),
            (Role::Moderator, false, online, true, [false, false, false]),
            (Role::Admin, true, online, true, [true, true, true]),
            (Role::Admin, true, online, false, [true, true, false]),
            (
                Role::Admin,
                true,
                Availability::Away,
                true,
                [true, true, false],
            ),
            (Role::Admin, false, online, true, [false, false, false]),
        ];
        for (role, active, availability, on, expected) in table {
            for until in [None, Some(at(7))] {
                let user = User {
                    active,
                    availability,
                    shift: Shift {
                        on,
                        since: at(1),
                        until,
                    },
                    ..user(role)
                };
                let facts = user.facts();
                let flags = [
                    facts.is_active_staff,
                    facts.is_active_admin,
                    facts.takes_work,
                ];
                assert_eq!(flags, expected, "{user:?}");
                let due = until.filter(|_| active && role != Role::User);
                assert_eq!(facts.shift_due, due, "{user:?}");
            }
        }
    }

    #[test]
    fn each_token_is_indexed_in_the_order_of_the_hashes() {
        let token = |hash: &str| OneTimeToken {
            id: TokenId::new(at(1), [1; 10]),
            purpose: TokenPurpose::VerifyEmail,
            hash: hash.to_owned(),
            expires_at: at(1),
        };
        let mut user = user(Role::User);
        assert!(user.facts().token_hashes.is_empty());
        user.tokens = vec![token("b"), token("a")];
        assert_eq!(user.facts().token_hashes, ["a", "b"]);
    }

    #[test]
    fn the_search_text_is_the_names_and_the_address_in_lower_case() {
        let mut user = user(Role::User);
        user.name = "Zo\u{c9} Lee".to_owned();
        user.email = "Zoe@Example.org".parse().unwrap();
        let email = user.email.as_str().to_ascii_lowercase();
        user.username = None;
        assert_eq!(user.facts().search_text, format!("zo\u{c9} lee\n\n{email}"));
        user.username = Some("ZLee".to_owned());
        assert_eq!(
            user.facts().search_text,
            format!("zo\u{c9} lee\nzlee\n{email}")
        );
    }

    proptest! {
        /// A one-line part finds the user in any case of ASCII letters, and only if one of the fields contains it.
        #[test]
        fn a_user_is_found_by_parts_of_each_field(
            name in "[a-cA-C\u{e4}\u{c4} ]{0,6}",
            username in prop::option::of("[a-cA-C]{1,4}"),
            part in "[a-cA-C\u{e4}\u{c4}]{0,3}",
        ) {
            let user = User { name, username, ..user(Role::User) };
            let lower = part.to_ascii_lowercase();
            let fields = [&user.name, user.username.as_deref().unwrap_or(""), user.email.as_str()];
            let expected = fields.iter().any(|field| field.to_ascii_lowercase().contains(&lower));
            let query = UserQuery { text: Some(part), ..UserQuery::default() };
            let found = user.search_text().contains(&query.search_part().unwrap());
            prop_assert_eq!(found, expected);
        }
    }
}
