//! `GET /admin/mail`, `POST /admin/mail/{id}/retry` and `POST /admin/mail/retry`: mails and sending them again.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    backend::store::MailQuery,
    desk::DeskError,
    domain::{access::Actor, mail::MailPlace, page::encode_cursor},
};
use utoipa::ToSchema;

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Input, MailPath, OptionalBody, Parameters},
    problem::Problem,
    requests::{
        Cursor, InvalidInput, Limit, MailStatusWord, Moment, NoFields, Optional, Patch, place_after,
    },
    state::App,
    wire::{Mail, Mails, OneMail, Retried},
};

/// Which mails are asked for.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListMails {
    #[deserr(default)]
    #[serde(default)]
    status: Optional<MailStatusWord>,
    /// Changed from this moment on.
    #[deserr(default)]
    #[serde(default)]
    from: Optional<Moment>,
    /// Changed before this moment.
    #[deserr(default)]
    #[serde(default)]
    to: Optional<Moment>,
    #[deserr(default)]
    #[serde(default)]
    limit: Limit,
    /// The `nextCursor` of the page before.
    #[deserr(default)]
    #[serde(default)]
    cursor: Optional<Cursor>,
}

/// Which mails are sent again. All dead ones without a field.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RetryMails {
    #[deserr(default)]
    #[serde(default)]
    #[schema(value_type = RetriedStatus)]
    status: Optional<MailStatusWord>,
    /// Changed from this moment on.
    #[deserr(default)]
    #[serde(default)]
    from: Patch<Moment>,
    /// Changed before this moment.
    #[deserr(default)]
    #[serde(default)]
    to: Patch<Moment>,
}

/// The statuses of mails that can be sent again.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it documents the words, which the core checks")]
enum RetriedStatus {
    Dead,
    Uncertain,
    Suppressed,
}

/// Lists mails, never their texts.
#[utoipa::path(
    get,
    path = "/admin/mail",
    operation_id = "listMails",
    tag = "admin",
    params(Parameters<ListMails>),
    responses((status = OK, description = "A page of mails.", body = Answer<Mails>)),
    extensions(("x-roles" = json!(["admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<ListMails>>,
) -> Result<Answer<Mails>, Problem> {
    demand_admin(&actor)?;
    let Parameters(query) = input.parse().await?;
    let limit = query.limit.0;
    let (query, list) = mail_query(&actor, query)?;
    let page = app.desk.mails().list(&actor, &query, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.place()));
    Ok(Answer::of(Mails {
        mails: page.items.iter().map(Mail::new).collect(),
        next_cursor,
    }))
}

/// Sends a mail again.
#[utoipa::path(
    post,
    path = "/admin/mail/{id}/retry",
    operation_id = "retryMail",
    tag = "admin",
    params(MailPath, Parameters<NoFields>),
    responses((status = OK, description = "The mail as it is now.", body = Answer<OneMail>)),
    extensions(("x-roles" = json!(["admin"])), ("x-codes" = json!(["mail_sent"]))),
)]
pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    MailPath(key): MailPath,
    input: Input<Parameters<NoFields>>,
) -> Result<Answer<OneMail>, Problem> {
    demand_admin(&actor)?;
    let key = key.ok_or(DeskError::NotFound)?;
    input.parse().await?;
    let mail = app.desk.mails().retry(&actor, &key).await?;
    let mail = Mail::new(&mail);
    Ok(Answer::of(OneMail { mail }).message("retried"))
}

/// Sends mails again.
///
/// Without a body, all dead mails are sent again.
#[utoipa::path(
    post,
    path = "/admin/mail/retry",
    operation_id = "retryMails",
    tag = "admin",
    request_body = RetryMails,
    responses((status = OK, description = "How many mails are sent again.", body = Answer<Retried>)),
    extensions(("x-roles" = json!(["admin"])), ("x-codes" = json!(["mail_sent"])), ("x-optional-body" = json!(true))),
)]
pub(crate) async fn retry_all(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<OptionalBody<RetryMails>>,
) -> Result<Answer<Retried>, Problem> {
    demand_admin(&actor)?;
    let OptionalBody(fields) = input.parse().await?;
    let (status, from, to) = fields.map_or((None, None, None), |fields| {
        let status = fields.status.0.map(|word| word.0);
        let (from, to) = (fields.from.set(), fields.to.set());
        (status, from.map(Into::into), to.map(Into::into))
    });
    let retried = app.desk.mails().retry_all(&actor, status, from, to).await?;
    Ok(Answer::of(Retried { retried }).message("retried"))
}

/// Returns what is asked for, and the name of the list that its cursors belong to.
fn mail_query(actor: &Actor, query: ListMails) -> Result<(MailQuery, String), InvalidInput> {
    let status = query.status.0.map(|word| word.0);
    let (from, to) = (query.from.moment(), query.to.moment());
    let list = format!("mails/{:?}/{status:?}/{from:?}/{to:?}", actor.id());
    let after: Option<MailPlace> = place_after(&list, query.cursor)?;
    let query = MailQuery {
        status,
        from,
        to,
        after,
    };
    Ok((query, list))
}
