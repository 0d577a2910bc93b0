//! People of a host's own accounts: inserted or refreshed on sight, never asked for a password.

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

/// Who somebody is, as the host's own login says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The host's id of the person: stable, and never given to another.
    pub subject: String,
    /// The address, which the host vouches for.
    pub email: String,
    /// What the person may do at the desk.
    pub role: Role,
    /// How the person is called.
    pub name: Option<String>,
}

impl Users<'_> {
    /// The caller whom the host's own login found. Somebody seen for the first time is inserted; an account
    /// without password of the same address (an imported requester) becomes that person's.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for a subject or an address that can't be taken; a conflict where the address
    /// belongs to somebody else; [`DeskError::Unauthenticated`] where an admin deactivated the person.
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
    /// Inserts a person. Another request of the same person may have been faster.
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
