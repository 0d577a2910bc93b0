//! Registration. The response is the same for known and unknown addresses; only the mail differs.

use crate::{
    desk::{Auth, Desk, DeskError, writes::UserNext},
    domain::{
        email::Email,
        event::{ActorId, Change, EventFacts, EventKind},
        field_versions::FieldVersions,
        id::UserId,
        presence::Availability,
        shift::Shift,
        skill::SkillInput,
        text::{self, FieldError, check_username},
        time::{Span, has_passed},
        token::TokenPurpose,
        user::{Role, User},
    },
};

use super::password::check_password;
use crate::backend::store::{NewUser, UserCreated, UserKey};

/// The input of a registration.
#[derive(Clone, Default)]
pub struct Registration {
    /// The e-mail address.
    pub email: String,
    /// The password: 8 to 128 characters.
    pub password: String,
    /// The display name.
    pub name: Option<String>,
    /// A short name for the login: 3 to 40 letters, digits, `.`, `_`, `-`.
    pub username: Option<String>,
    /// The user's skills. They count once the user joins the staff.
    pub skills: Vec<SkillInput>,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registration(…)")
    }
}

/// The minimum interval between notices of further registrations to the owner of an address.
const NOTICE_EVERY: Span = Span::days(1);

impl Auth<'_> {
    /// Creates an account, or notifies the owner of the address about the attempt if the address has an account.
    ///
    /// [`DeskError::Invalid`] names the invalid fields; a conflict if the username belongs to another user;
    /// [`DeskError::Overloaded`] if too many passwords wait to be hashed.
    pub async fn register(self, registration: Registration) -> Result<(), DeskError> {
        let mut user = self.desk.new_user(&registration).await?;
        if let Some(username) = &user.username
            && self
                .desk
                .store
                .user_by(&UserKey::Username(username.clone()))
                .await?
                .is_some()
        {
            return Err(DeskError::conflict(
                "username_taken",
                "this username is taken",
            ));
        }
        user.password = Some(self.desk.hash_password(registration.password).await?);
        user.tokens.push(
            self.desk
                .issue_token(TokenPurpose::VerifyEmail, user.created_at),
        );
        user.verification_mails.push(user.created_at);
        match self
            .desk
            .insert_user(user.clone(), ActorId::User(user.id), false, true)
            .await
        {
            Ok(_) => Ok(()),
            Err(DeskError::Conflict {
                code: "email_taken",
                ..
            }) => self.desk.notice_reuse(&user.email).await,
            Err(other) => Err(other),
        }
    }
}

impl Desk {
    /// Inserts a user together with its event.
    pub(super) async fn insert_user(
        &self,
        user: User,
        by: ActorId,
        only_without_admin: bool,
        mailed: bool,
    ) -> Result<UserCreated, DeskError> {
        let changes = Change::of("role", None::<Role>, user.role)
            .into_iter()
            .collect();
        let facts = EventFacts {
            role: Some(user.role),
            ..EventFacts::default()
        };
        let event = self.account_event(by, &user, EventKind::Registered, changes, facts, mailed);
        let created = self
            .store
            .create_user(&NewUser {
                user,
                event,
                only_without_admin,
            })
            .await?;
        self.committed();
        Ok(created)
    }

    /// Makes a user from a registration, without a password and not yet stored.
    pub(super) async fn new_user(&self, registration: &Registration) -> Result<User, DeskError> {
        let mut errors = Vec::new();
        let email = registration.email.parse::<Email>();
        let email = ok_or_collect(
            &mut errors,
            email.map_err(|error| FieldError::new("email", error.to_string())),
        );
        ok_or_collect(
            &mut errors,
            check_password("password", &registration.password, email.as_ref()),
        );
        let name = optional(registration.name.as_deref(), |name| {
            text::NAME.check("name", name)
        });
        let name = ok_or_collect(&mut errors, name).flatten();
        let username = ok_or_collect(
            &mut errors,
            optional(registration.username.as_deref(), check_username),
        )
        .flatten();
        let vocabulary = self.vocabulary().await?;
        let skills = &registration.skills;
        ok_or_collect(&mut errors, vocabulary.check_inputs("skills", skills));
        match email {
            Some(email) if errors.is_empty() => {
                let skills = vocabulary.resolve_inputs(skills, &[]);
                Ok(User {
                    name: name.unwrap_or_default(),
                    username,
                    skills,
                    ..self.blank_user(email, Role::User)
                })
            }
            _ => Err(errors.into()),
        }
    }

    /// Makes a user of whom only the address and the role are known.
    pub(super) fn blank_user(&self, email: Email, role: Role) -> User {
        let now = self.now();
        User {
            id: UserId::new(now, self.random_bytes()),
            email,
            name: String::new(),
            username: None,
            role,
            skills: Vec::new(),
            capacity: self.settings.default_capacity,
            capacity_bound: self.settings.default_capacity,
            availability: Availability::Online,
            available_since: now,
            hours: None,
            shift: Shift::open(now),
            active: true,
            email_verified: false,
            password: None,
            subject: None,
            tokens: Vec::new(),
            verification_mails: Vec::new(),
            changed_by_person: FieldVersions::default(),
            taken_notice_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    async fn notice_reuse(&self, email: &Email) -> Result<(), DeskError> {
        let Some(owner) = self.store.user_by(&UserKey::Email(email.clone())).await? else {
            return Ok(());
        };
        let noticed = self.change_user(ActorId::System, owner.id, None, |user, now| {
            let recently = user
                .taken_notice_at
                .is_some_and(|at| !has_passed(NOTICE_EVERY, at, now));
            if recently || !user.active {
                return Ok(None);
            }
            let user = User {
                taken_notice_at: Some(now),
                ..user.clone()
            };
            Ok(Some(UserNext::new(
                user,
                EventKind::AddressReused,
                Vec::new(),
            )))
        });
        noticed.await.map(|_| ())
    }
}

/// Returns the value, or adds the error to `errors`, so that all invalid fields are reported together.
pub(crate) fn ok_or_collect<T>(
    errors: &mut Vec<FieldError>,
    result: Result<T, FieldError>,
) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

/// Checks an optional text; an empty text counts as `None`.
pub(super) fn optional<T>(
    text: Option<&str>,
    check: impl FnOnce(&str) -> Result<T, FieldError>,
) -> Result<Option<T>, FieldError> {
    text.filter(|text| !text.trim().is_empty())
        .map(check)
        .transpose()
}
