//! `GET /admin/users` and `PATCH /admin/users/{id}`: everybody's accounts.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::{DeskError, PersonPatch},
    domain::{
        access::Actor,
        id::UserId,
        page::{decode_cursor, encode_cursor},
        query::UserQuery,
        text::NAME,
        user::Role,
    },
};

use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input, Query, UserPath},
    problem::Problem,
    state::App,
    wire::{OneUser, User, Users},
};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Users>, Problem> {
    demand_admin(&actor)?;
    let (query, list) = user_query(&actor, input.query())?;
    let page = app.desk.users().list(&actor, &query).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.id));
    let user = |user| User::new(user, app.settings.legacy_ids);
    Ok(Answer::of(Users {
        users: page.items.iter().map(user).collect(),
        next_cursor,
    }))
}

pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    UserPath(id): UserPath,
    input: Input,
) -> Result<Answer<OneUser>, Problem> {
    demand_admin(&actor)?;
    let id = id.ok_or(DeskError::NotFound)?;
    app.desk.users().get(&actor, id).await?;
    let (fields, expected) = input.update().await?;
    let patch = person_patch(fields)?;
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

/// What is asked for, and the name of the list that its cursors belong to.
fn user_query(actor: &Actor, mut query: Query) -> Result<(UserQuery, String), Problem> {
    let roles: Vec<Role> = query.words("role");
    let active = query.flag("active");
    let text = query.text("q").filter(|text| !text.trim().is_empty());
    let text = text.and_then(|text| {
        let checked = NAME.check("q", &text);
        checked
            .map_err(|error| query.refuse("q", error.message))
            .ok()
    });
    let limit = query.limit();
    let list = format!("users/{:?}/{roles:?}/{active:?}/{text:?}", actor.id());
    let after = query.text("cursor").and_then(|cursor| {
        let place = decode_cursor::<UserId>(&list, &cursor);
        place
            .map_err(|error| query.refuse("cursor", error.to_string()))
            .ok()
    });
    query.end()?;
    let query = UserQuery {
        roles,
        active,
        text,
        after,
        limit,
    };
    Ok((query, list))
}

fn person_patch(mut fields: Fields) -> Result<PersonPatch, Problem> {
    let role = fields.word_if("role");
    let skills = fields.skills_if("skills");
    let capacity = fields.whole_number_if("capacity");
    let hours = fields.hours_or_null_if();
    let is_active = fields.flag_if("isActive");
    let active = fields.flag_if("active");
    if let (Some(one), Some(other)) = (is_active, active)
        && one != other
    {
        fields.refuse("active", "is another than isActive");
    }
    fields.end()?;
    Ok(PersonPatch {
        role,
        skills,
        capacity,
        hours,
        active: is_active.or(active),
    })
}
