//! `POST /auth/first-admin`: the first admin, by the code that was printed at the start. Not there once one exists.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tickmate_core::desk::{DeskError, FirstAdmin, Registration};

use crate::{
    answer::Answer,
    extract::{Input, Network},
    problem::Problem,
    state::App,
    wire::{OneUser, User},
};

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Network(network): Network,
    input: Input,
) -> Result<Answer<OneUser>, Problem> {
    if app.desk.auth().has_admin().await? {
        return Err(DeskError::NotFound.into());
    }
    let mut fields = input.fields().await?;
    let first = FirstAdmin {
        code: fields.text("code"),
        registration: Registration {
            email: fields.text("email"),
            password: fields.text("password"),
            name: fields.text_if("name"),
            ..Registration::default()
        },
        network,
    };
    fields.end()?;
    let admin = app.desk.auth().create_first_admin(first).await?;
    let user = User::new(&admin, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .status(StatusCode::CREATED)
        .message("the first admin was made")
        .version(admin.version))
}
