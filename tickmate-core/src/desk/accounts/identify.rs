//! Users of the host's own accounts: inserted or updated when the host identifies them, without a password.

use super::super::{Caller, Desk, DeskError, Users, writes::UserNext};
use crate::{
    backend::store::{UserCreated, UserKey},
    domain::{
        email::Email,
        event::{ActorId, Change, EventKind},
        text,
        user::{Role, User},
    },
};

/// The identity of a user, as the host's own login established it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The host's id of the user. It is stable and is never reused for another user.
    pub subject: String,
    /// The address, which the host has verified.
    pub email: String,
    /// The user's role at the desk.
    pub role: Role,
    /// The user's display name.
    pub name: Option<String>,
}

impl Users<'_> {
    /// Returns the caller that the host's own login identified. A user with an unknown subject is inserted; an account
    /// without a password that has the same address (an imported requester) is linked to the subject.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for an invalid subject or address; a conflict if the address belongs to another user;
    /// [`DeskError::Unauthenticated`] if an admin deactivated the user.
    pub async fn upsert_host_user(self, identified: &Identified) -> Result<Caller, DeskError> {
        let email: Email = identified
            .email
            .parse()
            .map_err(|_| DeskError::field("email", "must be an e-mail address"))?;
        let subject = text::REQUEST_KEY
            .check("subject", &identified.subject)
            .map_err(|error| vec![error])?;
        let name = identified
            .name
            .as_deref()
            .map(|name| text::one_line(name, 100));
        let known = match self
            .desk
            .store
            .user_by(&UserKey::Subject(subject.clone()))
            .await?
        {
            Some(user) => Some(user),
            None => self
                .desk
                .store
                .user_by(&UserKey::Email(email.clone()))
                .await?
                .filter(|user| user.password.is_none() && user.subject.is_none()),
        };
        let user = match known {
            Some(user) => {
                self.desk
                    .refresh(user, &subject, &email, identified.role, name.as_deref())
                    .await?
            }
            None => {
                let mut user = self.desk.blank_user(email, identified.role);
                user.name = name.unwrap_or_default();
                user.subject = Some(subject.clone());
                user.email_verified = true;
                self.desk.first_sight(user, &subject).await?
            }
        };
        match user.active {
            true => self.desk.caller(user, None).await,
            false => Err(DeskError::Unauthenticated),
        }
    }
}

impl Desk {
    /// Inserts a user. A concurrent request of the same user may have inserted it already.
    async fn first_sight(&self, user: User, subject: &str) -> Result<User, DeskError> {
        match self.insert_user(user, ActorId::System, false, false).await {
            Ok(UserCreated::Created(user)) => Ok(user),
            Ok(UserCreated::AdminExists) => {
                Err(DeskError::Internal("an unconditional insert was refused"))
            }
            Err(conflict @ DeskError::Conflict { .. }) => self
                .store
                .user_by(&UserKey::Subject(subject.to_owned()))
                .await?
                .ok_or(conflict),
            Err(other) => Err(other),
        }
    }

    async fn refresh(
        &self,
        user: User,
        subject: &str,
        email: &Email,
        role: Role,
        name: Option<&str>,
    ) -> Result<User, DeskError> {
        let refreshed = |user: &User| User {
            subject: Some(subject.to_owned()),
            email: email.clone(),
            email_verified: true,
            role,
            name: name.map_or_else(|| user.name.clone(), str::to_owned),
            ..user.clone()
        };
        if refreshed(&user) == user {
            return Ok(user);
        }
        self.change_user(ActorId::System, user.id, None, |user, _| {
            let after = refreshed(user);
            let changes = [
                Change::of("email", &user.email, &after.email),
                Change::of("name", &user.name, &after.name),
                Change::of("role", user.role, after.role),
            ];
            let changes = changes.into_iter().flatten().collect();
            Ok((after != *user).then(|| UserNext::new(after, EventKind::AccountChanged, changes)))
        })
        .await
    }
}
