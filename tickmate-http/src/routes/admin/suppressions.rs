//! `GET` and `POST /admin/mail/suppressions`, `DELETE /admin/mail/suppressions/{address}`: addresses that get no mail.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::DeskError,
    domain::{
        email::Email,
        page::{decode_cursor, encode_cursor},
    },
};

use super::users::demand_admin;
use crate::{
    answer::{Answer, Nothing},
    extract::{Acting, AddressPath, Input},
    problem::Problem,
    state::App,
    wire::{OneSuppression, Suppression, Suppressions},
};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Suppressions>, Problem> {
    demand_admin(&actor)?;
    let mut query = input.query();
    let limit = query.limit();
    let list = format!("suppressions/{:?}", actor.id());
    let after = query.text("cursor").and_then(|cursor| {
        let place = decode_cursor::<Email>(&list, &cursor);
        place
            .map_err(|error| query.refuse("cursor", error.to_string()))
            .ok()
    });
    query.end()?;
    let page = app.desk.mails().suppressions(&actor, after, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.address));
    Ok(Answer::of(Suppressions {
        suppressions: page.items.iter().map(Suppression::new).collect(),
        next_cursor,
    }))
}

pub(crate) async fn add(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<OneSuppression>, Problem> {
    demand_admin(&actor)?;
    let mut fields = input.fields().await?;
    let address: Option<Email> = fields.word("address");
    let reason = fields.text_if("reason");
    fields.end()?;
    // The field was needed: without it reading ended above.
    let address = address.ok_or(DeskError::NotFound)?;
    let entry = app
        .desk
        .mails()
        .suppress(&actor, address, reason.as_deref())
        .await?;
    let suppression = Suppression::new(&entry);
    Ok(Answer::of(OneSuppression { suppression }).message("saved"))
}

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    AddressPath(address): AddressPath,
    input: Input,
) -> Result<Answer<Nothing>, Problem> {
    demand_admin(&actor)?;
    let address = address.ok_or(DeskError::NotFound)?;
    input.query().end()?;
    app.desk.mails().unsuppress(&actor, &address).await?;
    Ok(Answer::of(Nothing {}).message("removed"))
}
