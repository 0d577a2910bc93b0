//! `GET /admin/users` and `PATCH /admin/users/{id}`: everybody's accounts.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::{DeskError, PersonPatch},
    domain::{access::Actor, id::UserId, page::encode_cursor, query::UserQuery, user::Role},
};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, Parameters, Update, UserPath},
    problem::Problem,
    requests::{
        Capacity, Commas, Cursor, Hours, InvalidInput, Limit, Optional, OptionalName, Patch,
        QueryFlag, RoleWord, Skills, place_after,
    },
    state::App,
    wire::{OneUser, User, Users},
};

/// Which users are asked for.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListUsers {
    #[deserr(default)]
    #[serde(default)]
    role: Commas<RoleWord>,
    /// Whether they may log in.
    #[deserr(default)]
    #[serde(default)]
    active: Optional<QueryFlag>,
    /// A part of the name, the address or the username.
    #[deserr(default)]
    #[serde(default)]
    q: Optional<OptionalName>,
    #[deserr(default)]
    #[serde(default)]
    limit: Limit,
    /// The `nextCursor` of the page before.
    #[deserr(default)]
    #[serde(default)]
    cursor: Optional<Cursor>,
}

/// What changes of a user. What is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InvalidInput, rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateUser {
    #[deserr(default)]
    #[serde(default)]
    role: Optional<RoleWord>,
    #[deserr(default)]
    #[serde(default)]
    skills: Optional<Skills>,
    /// How many open tickets the user takes; the most that the user can set.
    #[deserr(default)]
    #[serde(default)]
    capacity: Optional<Capacity>,
    /// `null` for always.
    #[deserr(default)]
    #[serde(default)]
    hours: Patch<Hours>,
    /// Whether the user may log in.
    #[deserr(default)]
    #[serde(default)]
    is_active: Optional<bool>,
    /// The same as `isActive`, for older clients.
    #[deserr(default)]
    #[serde(default)]
    active: Optional<bool>,
}

/// Lists users.
#[utoipa::path(
    get,
    path = "/admin/users",
    operation_id = "listUsers",
    tag = "admin",
    params(Parameters<ListUsers>),
    responses((status = OK, description = "A page of users.", body = Answer<Users>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<ListUsers>>,
) -> Result<Answer<Users>, Problem> {
    demand_admin(&actor)?;
    let Parameters(query) = input.parse().await?;
    let (query, list) = user_query(&actor, query)?;
    let page = app.desk.users().list(&actor, &query).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.id));
    let user = |user| User::new(user, app.settings.legacy_ids);
    Ok(Answer::of(Users {
        users: page.items.iter().map(user).collect(),
        next_cursor,
    }))
}

/// Changes a user.
#[utoipa::path(
    patch,
    path = "/admin/users/{id}",
    operation_id = "updateUser",
    tag = "admin",
    params(UserPath, IfMatch),
    request_body = Update<UpdateUser>,
    responses((status = OK, description = "The user as it is now.", body = Answer<OneUser>, headers(("ETag" = String, description = "The version of the user.")))),
    extensions(("x-roles" = json!(["admin"])), ("x-codes" = json!(["last_admin"]))),
)]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    UserPath(id): UserPath,
    input: Input<Update<UpdateUser>>,
) -> Result<Answer<OneUser>, Problem> {
    demand_admin(&actor)?;
    let id = id.ok_or(DeskError::NotFound)?;
    app.desk.users().get(&actor, id).await?;
    let Update { fields, expected } = input.parse().await?;
    let patch = fields.into_patch()?;
    let changed = app
        .desk
        .users()
        .update(&actor, id, &patch, expected)
        .await?;
    let user = User::new(&changed, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .message("saved")
        .version(changed.version))
}

pub(crate) fn demand_admin(actor: &Actor) -> Result<(), DeskError> {
    match actor.is_admin() {
        true => Ok(()),
        false => Err(DeskError::Forbidden("this is for admins")),
    }
}

/// Returns what is asked for, and the name of the list that its cursors belong to.
fn user_query(actor: &Actor, query: ListUsers) -> Result<(UserQuery, String), InvalidInput> {
    let roles: Vec<Role> = query.role.0.into_iter().map(|word| word.0).collect();
    let active = query.active.0.map(|flag| flag.0);
    let text: Option<String> = query.q.into();
    let text = text.filter(|text| !text.is_empty());
    let list = format!("users/{:?}/{roles:?}/{active:?}/{text:?}", actor.id());
    let after: Option<UserId> = place_after(&list, query.cursor)?;
    let query = UserQuery {
        roles,
        active,
        text,
        after,
        limit: query.limit.0,
    };
    Ok((query, list))
}

impl UpdateUser {
    fn into_patch(self) -> Result<PersonPatch, InvalidInput> {
        let (is_active, active) = (self.is_active.0, self.active.0);
        if is_active
            .zip(active)
            .is_some_and(|(one, other)| one != other)
        {
            let mut invalid = InvalidInput::default();
            invalid.add("active", "is another than isActive");
            return Err(invalid);
        }
        Ok(PersonPatch {
            role: self.role.0.map(|word| word.0),
            skills: self.skills.into(),
            capacity: self.capacity.into(),
            hours: self.hours.into(),
            active: is_active.or(active),
        })
    }
}
