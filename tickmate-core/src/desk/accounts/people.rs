//! Administration of accounts: lookup, changes, and creation.

use super::{
    super::{Desk, DeskError, Users, authorize::demand_admin, writes::UserNext},
    password::check_password,
    register::Registration,
};
use crate::{
    backend::store::{UserCreated, UserKey},
    domain::{
        access::Actor,
        changed_fields,
        email::Email,
        event::{ActorId, Change, EventKind},
        hours::WorkingHours,
        id::UserId,
        page::Page,
        query::UserQuery,
        skill::{Skill, SkillInput},
        text,
        user::{Role, User},
    },
};

/// A change to an account; fields that are `None` stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonPatch {
    /// The role.
    pub role: Option<Role>,
    /// The skills; an empty list removes all.
    pub skills: Option<Vec<SkillInput>>,
    /// The maximum number of open tickets that the user accepts.
    pub capacity: Option<u32>,
    /// The working hours; `Some(None)` removes them, so that the user always works.
    pub hours: Option<Option<WorkingHours>>,
    /// Whether the account is active.
    pub active: Option<bool>,
}

/// A user to create an account for.
#[derive(Clone)]
pub struct NewPerson {
    /// Address, password, name and skills.
    pub registration: Registration,
    /// The role.
    pub role: Role,
    /// The maximum number of open tickets; `None` uses the desk's default.
    pub capacity: Option<u32>,
}

impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPerson")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Users<'_> {
    /// Returns a page of users.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn list(self, actor: &Actor, query: &UserQuery) -> Result<Page<User>, DeskError> {
        demand_admin(actor)?;
        Ok(self.desk.store.user_page(query).await?)
    }

    /// Returns one user, for admins.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::NotFound`] for an unknown user.
    pub async fn get(self, actor: &Actor, id: UserId) -> Result<User, DeskError> {
        demand_admin(actor)?;
        self.desk.store.user(id).await?.ok_or(DeskError::NotFound)
    }

    /// Returns the user with this address, for admins.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names `email` if it is not a
    /// valid address; [`DeskError::NotFound`] for an unknown user.
    pub async fn get_by_email(self, actor: &Actor, email: &str) -> Result<User, DeskError> {
        demand_admin(actor)?;
        let email: Email = email
            .parse()
            .map_err(|_| DeskError::field("email", "must be an e-mail address"))?;
        let found = self
            .desk
            .store
            .user_by(&UserKey::Email(email.clone()))
            .await?;
        found.ok_or(DeskError::NotFound)
    }

    /// Changes an account. Tickets that the user can't keep return to the backlog. New working hours apply from this
    /// write on.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin, and for a change of the actor's own role or active
    /// state; [`DeskError::Stale`] if `expected` is not the stored version; a conflict if the change would remove the
    /// last admin.
    pub async fn update(
        self,
        actor: &Actor,
        id: UserId,
        patch: &PersonPatch,
        expected: Option<u64>,
    ) -> Result<User, DeskError> {
        demand_admin(actor)?;
        let rules = self.desk.rules().await?;
        if let Some(skills) = &patch.skills {
            let checked = rules.vocabulary.check_inputs("skills", skills);
            checked.map_err(|error| vec![error])?;
        }
        self.desk.check_capacity(patch.capacity)?;
        let own = actor.id() == Some(id);
        let own_role = patch.role.is_some_and(|role| Some(role) != actor.role());
        if own && (own_role || patch.active == Some(false)) {
            return Err(DeskError::Forbidden(
                "you may not change your own role or state",
            ));
        }
        let by = actor.id().map_or(ActorId::System, ActorId::User);
        self.desk
            .change_user(by, id, expected, |user, now| {
                let mut after = user.clone();
                after.role = patch.role.unwrap_or(user.role);
                after.capacity = patch.capacity.unwrap_or(user.capacity);
                after.capacity_bound = patch.capacity.unwrap_or(user.capacity_bound);
                after.active = patch.active.unwrap_or(user.active);
                if let Some(skills) = &patch.skills {
                    after.skills = rules.vocabulary.resolve_inputs(skills, &user.skills);
                }
                if let Some(hours) = &patch.hours {
                    after.hours.clone_from(hours);
                }
                // The sweep updates the shifts of staff only, so that a user who joins the staff may have an outdated
                // one.
                let joins = after.is_active_staff() && !user.is_active_staff();
                if joins || after.hours != user.hours {
                    after.shift = after.shift_at(&rules.set.holidays, now);
                }
                let changes: Vec<Change> = [
                    Change::of("role", user.role, after.role),
                    Change::of("skills", labels(user), labels(&after)),
                    Change::of("capacity", user.capacity, after.capacity),
                    Change::of("hours", &user.hours, &after.hours),
                    Change::of("onShift", user.shift.on, after.shift.on),
                    Change::of("isActive", user.active, after.active),
                ]
                .into_iter()
                .flatten()
                .collect();
                let end_sessions = user.active && !after.active;
                let next = UserNext {
                    end_sessions,
                    ..UserNext::new(after, EventKind::AccountChanged, changes)
                };
                let is_changed = next.user.shift != user.shift
                    || !changed_fields::of_user(user, &next.user).is_empty();
                Ok(is_changed.then_some(next))
            })
            .await
    }

    /// Creates an account on behalf of the operator of the process: admins on the command line, a team for a demo. The
    /// address counts as verified, and no mail is sent. The API does not expose this use case.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the invalid fields; a conflict if the address is in use.
    pub async fn install(self, person: NewPerson) -> Result<User, DeskError> {
        let mut user = self.desk.new_user(&person.registration).await?;
        self.desk.check_capacity(person.capacity)?;
        user.password = Some(
            self.desk
                .hash_password(person.registration.password)
                .await?,
        );
        user.role = person.role;
        user.capacity = person.capacity.unwrap_or(user.capacity);
        user.capacity_bound = user.capacity;
        user.email_verified = true;
        self.desk.inserted(user).await
    }

    /// Makes the user with this address an active admin with this password, and creates the account if it does not
    /// exist.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the invalid fields.
    pub async fn install_admin(self, email: &str, password: String) -> Result<User, DeskError> {
        let registration = Registration {
            email: email.to_owned(),
            password: password.clone(),
            ..Registration::default()
        };
        let blank = self.desk.new_user(&registration).await?;
        let Some(known) = self
            .desk
            .store
            .user_by(&UserKey::Email(blank.email.clone()))
            .await?
        else {
            return self
                .desk
                .users()
                .install(NewPerson {
                    registration,
                    role: Role::Admin,
                    capacity: None,
                })
                .await;
        };
        check_password("password", &password, Some(&blank.email)).map_err(|error| vec![error])?;
        let hash = self.desk.hash_password(password).await?;
        self.desk
            .change_user(ActorId::System, known.id, None, |user, _| {
                let mut after = user.clone();
                after.role = Role::Admin;
                after.active = true;
                after.email_verified = true;
                after.password = Some(hash.clone());
                let changes = [
                    Change::of("role", user.role, Role::Admin),
                    Change::of("isActive", user.active, true),
                ];
                let changes = changes.into_iter().flatten().collect();
                Ok(Some(UserNext {
                    end_sessions: true,
                    ..UserNext::new(after, EventKind::AccountChanged, changes)
                }))
            })
            .await
    }

    /// Returns the user with this address, and creates an account without a password for an unknown address.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] if the address is not valid.
    pub async fn requester_by_email(
        self,
        email: &str,
        name: Option<&str>,
    ) -> Result<User, DeskError> {
        let email: Email = email
            .parse()
            .map_err(|_| DeskError::field("requester", "must be an e-mail address"))?;
        if let Some(user) = self
            .desk
            .store
            .user_by(&UserKey::Email(email.clone()))
            .await?
        {
            return Ok(user);
        }
        let mut user = self.desk.blank_user(email.clone(), Role::User);
        user.name = name
            .map(|name| text::one_line(name, 100))
            .unwrap_or_default();
        match self.desk.inserted(user).await {
            Err(DeskError::Conflict {
                code: "email_taken",
                ..
            }) => self
                .desk
                .store
                .user_by(&UserKey::Email(email.clone()))
                .await?
                .ok_or(DeskError::NotFound),
            other => other,
        }
    }
}

impl Desk {
    async fn inserted(&self, user: User) -> Result<User, DeskError> {
        match self
            .insert_user(user, ActorId::System, false, false)
            .await?
        {
            UserCreated::Created(user) => Ok(user),
            UserCreated::AdminExists => {
                Err(DeskError::Internal("an unconditional insert was refused"))
            }
        }
    }
}

/// Returns the names of the user's skills as histories show them.
pub(super) fn labels(user: &User) -> Vec<String> {
    user.skills.iter().map(Skill::label).collect()
}
