//! `PUT /auth/update-skills`: what one can do, and how well.

use std::sync::Arc;

use axum::extract::State;

use crate::{
    answer::Answer,
    extract::{Input, SignedIn},
    problem::Problem,
    state::App,
    wire::{OneUser, User},
};

pub(crate) async fn set(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input,
) -> Result<Answer<OneUser>, Problem> {
    caller.actor()?;
    let (mut fields, expected) = input.update().await?;
    let skills = fields.skills("skills");
    fields.end()?;
    let changed = app
        .desk
        .users()
        .set_own_skills(&caller, &skills, expected)
        .await?;
    let user = User::new(&changed, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .message("saved")
        .version(changed.version))
}
