//! `GET` and `POST /admin/mail/suppressions`, `DELETE /admin/mail/suppressions/{address}`: addresses that get no mail.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::DeskError,
    domain::{email::Email, page::encode_cursor},
};
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    extract::{Acting, AddressPath, Body, Input, Parameters},
    problem::Problem,
    requests::{self, AnyText, NoFields, Optional, Page, place_after},
    state::App,
    wire::{OneSuppression, Suppression, Suppressions},
};

/// An address that gets no mail.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressAddress {
    address: requests::Email,
    /// Why, for other admins.
    #[deserr(default)]
    #[serde(default)]
    reason: Optional<AnyText<0, 200>>,
}

/// Lists the addresses that get no mail.
#[utoipa::path(
    get,
    path = "/admin/mail/suppressions",
    operation_id = "listSuppressions",
    tag = "admin",
    params(Parameters<Page>),
    responses((status = OK, description = "A page of the list.", body = Answer<Suppressions>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<Page>>,
) -> Result<Answer<Suppressions>, Problem> {
    demand_admin(&actor)?;
    let Parameters(Page { limit, cursor }) = input.parse().await?;
    let list = format!("suppressions/{:?}", actor.id());
    let after: Option<Email> = place_after(&list, cursor)?;
    let page = app
        .desk
        .mails()
        .suppressions(&actor, after, limit.0)
        .await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.address));
    Ok(Answer::of(Suppressions {
        suppressions: page.items.iter().map(Suppression::new).collect(),
        next_cursor,
    }))
}

/// Sends no more mail to an address.
///
/// An address that is on the list keeps its entry.
#[utoipa::path(
    post,
    path = "/admin/mail/suppressions",
    operation_id = "suppressAddress",
    tag = "admin",
    request_body = SuppressAddress,
    responses((status = OK, description = "The entry.", body = Answer<OneSuppression>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Body<SuppressAddress>>,
) -> Result<Answer<OneSuppression>, Problem> {
    demand_admin(&actor)?;
    let Body(SuppressAddress { address, reason }) = input.parse().await?;
    let (address, reason): (Email, Option<String>) = (address.into(), reason.into());
    let entry = app
        .desk
        .mails()
        .suppress(&actor, address, reason.as_deref())
        .await?;
    let suppression = Suppression::new(&entry);
    Ok(Answer::of(OneSuppression { suppression }).message("saved"))
}

/// Sends mail to an address again.
#[utoipa::path(
    delete,
    path = "/admin/mail/suppressions/{address}",
    operation_id = "unsuppressAddress",
    tag = "admin",
    params(AddressPath, Parameters<NoFields>),
    responses((status = OK, description = "The address is off the list.", body = Answer<Nothing>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    AddressPath(address): AddressPath,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    let address = address.ok_or(DeskError::NotFound)?;
    input.parse().await?;
    app.desk.mails().unsuppress(&actor, &address).await?;
    Ok(Answer::of(Nothing {}).message("removed"))
}
