//! `GET /auth/user`: who one is, verified or not.

use std::sync::Arc;

use axum::extract::State;

use crate::{
    answer::Answer,
    extract::{Input, SignedIn},
    problem::Problem,
    state::App,
    wire::{OneUser, User},
};

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input,
) -> Result<Answer<OneUser>, Problem> {
    input.query().end()?;
    let user = User::new(&caller.user, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user }).version(caller.user.version))
}
