//! What admins do with accounts: look them up, change them, make them.

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

/// What is to be changed of an account; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonPatch {
    /// What the person may do.
    pub role: Option<Role>,
    /// What the person can do; an empty list empties it.
    pub skills: Option<Vec<SkillInput>>,
    /// How many open tickets the person takes.
    pub capacity: Option<u32>,
    /// When the person works; `Some(None)` takes the hours away, so that the person always does.
    pub hours: Option<Option<WorkingHours>>,
    /// Whether the account is in use.
    pub active: Option<bool>,
}

/// Somebody to make an account for.
#[derive(Clone)]
pub struct NewPerson {
    /// Address, password, name and skills.
    pub registration: Registration,
    /// What the person may do.
    pub role: Role,
    /// How many open tickets the person takes; none: the desk's default.
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
    /// A page of people.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn list(self, actor: &Actor, query: &UserQuery) -> Result<Page<User>, DeskError> {
        demand_admin(actor)?;
        Ok(self.desk.store.user_page(query).await?)
    }

    /// One person, for admins.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::NotFound`].
    pub async fn get(self, actor: &Actor, id: UserId) -> Result<User, DeskError> {
        demand_admin(actor)?;
        self.desk.store.user(id).await?.ok_or(DeskError::NotFound)
    }

    /// The person of this address, for admins.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names `email` when it is no
    /// address; [`DeskError::NotFound`].
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

    /// Changes an account. What the person can't keep any more goes back to the queue. Other hours count from this
    /// write on.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin, and for the own role or state; [`DeskError::Stale`]
    /// when `expected` is not the stored version; a conflict where it would take the last admin away.
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
                // The sweep turns the shifts of staff alone: whoever joins may have an old one.
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

    /// Makes an account on behalf of whoever runs the process: admins by the command line, a team for a demo. The
    /// address counts as verified, and no mail is sent. This is no use case of the API.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names what can't be taken; a conflict where the address is taken.
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

    /// Makes the person of this address an active admin with this password, whether or not there is an account.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names what can't be taken.
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

    /// The person of this address; somebody unknown becomes an account without password.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] when it is no address.
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

/// What histories call the person's skills.
pub(super) fn labels(user: &User) -> Vec<String> {
    user.skills.iter().map(Skill::label).collect()
}
