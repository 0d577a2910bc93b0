//! `PUT /auth/availability`: whether a member of staff takes work now, how much, and at what times.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::desk::{AvailabilityPatch, DeskError};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Input, SignedIn, Update},
    problem::Problem,
    requests::{AvailabilityWord, Capacity, Hours, InvalidInput, Optional, Patch},
    state::App,
    wire::{OneUser, User},
};

/// What a member of staff changes of the own work. What is left out stays.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InvalidInput, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAvailability {
    #[deserr(default)]
    #[serde(default)]
    availability: Optional<AvailabilityWord>,
    /// How many open tickets the caller takes: at most what an admin allowed.
    #[deserr(default)]
    #[serde(default)]
    capacity: Optional<Capacity>,
    /// `null` for always.
    #[deserr(default)]
    #[serde(default)]
    hours: Patch<Hours>,
}

/// Sets whether, how much and when the caller takes work.
#[utoipa::path(
    put,
    path = "/auth/availability",
    operation_id = "setAvailability",
    tag = "accounts",
    params(IfMatch),
    request_body = Update<SetAvailability>,
    responses((status = OK, description = "The user as it is now.", body = Answer<OneUser>, headers(("ETag" = String, description = "The version of the user.")))),
    extensions(("x-roles" = json!(["moderator", "admin"]))),
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    SignedIn(caller): SignedIn,
    input: Input<Update<SetAvailability>>,
) -> Result<Answer<OneUser>, Problem> {
    if !caller.actor()?.is_staff() {
        return Err(DeskError::Forbidden("this is for staff").into());
    }
    let Update { fields, expected } = input.parse().await?;
    let patch = AvailabilityPatch {
        availability: fields.availability.0.map(|word| word.0),
        capacity: fields.capacity.into(),
        hours: fields.hours.into(),
    };
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
