//! `GET /auth/user`: who one is, verified or not. With `?email=` admins see who somebody else is.

use std::sync::Arc;

use axum::extract::State;

use crate::{
    answer::Answer,
    extract::{Input, SignedIn},
    problem::Problem,
    routes::admin::users::demand_admin,
    state::App,
    wire::{OneUser, User},
};

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input,
) -> Result<Answer<OneUser>, Problem> {
    let mut query = input.query();
    let user = match query.text("email") {
        None => {
            query.end()?;
            caller.user
        }
        Some(email) => {
            let actor = caller.actor()?;
            demand_admin(&actor)?;
            query.end()?;
            app.desk.users().get_by_email(&actor, &email).await?
        }
    };
    let version = user.version;
    let user = User::new(&user, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user }).version(version))
}
