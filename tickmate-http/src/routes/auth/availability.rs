//! `PUT /auth/availability`: whether a member of staff takes work now, how much, and at what times.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::desk::{AvailabilityPatch, DeskError};

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
    if !caller.actor()?.is_staff() {
        return Err(DeskError::Forbidden("this is for staff").into());
    }
    let (mut fields, expected) = input.update().await?;
    let patch = AvailabilityPatch {
        availability: fields.word_if("availability"),
        capacity: fields.whole_number_if("capacity"),
        hours: fields.hours_or_null_if(),
    };
    fields.end()?;
    let changed = app
        .desk
        .users()
        .set_availability(&caller, &patch, expected)
        .await?;
    let user = User::new(&changed, app.settings.legacy_ids);
    Ok(Answer::of(OneUser { user })
        .message("saved")
        .version(changed.version))
}
