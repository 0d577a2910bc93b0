//! `GET /admin/mail`, `POST /admin/mail/{id}/retry` and `POST /admin/mail/retry`: mails and sending them again.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    backend::store::MailQuery,
    desk::DeskError,
    domain::{
        access::Actor,
        mail::{MailPlace, MailStatus},
        page::{decode_cursor, encode_cursor},
    },
};

use super::users::demand_admin;
use crate::{
    answer::Answer,
    extract::{Acting, Input, MailPath, Query},
    problem::Problem,
    state::App,
    wire::{Mail, Mails, OneMail, Retried},
};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Mails>, Problem> {
    demand_admin(&actor)?;
    let (query, limit, list) = mail_query(&actor, input.query())?;
    let page = app.desk.mails().list(&actor, &query, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let next_cursor = last.map(|last| encode_cursor(&list, &last.place()));
    Ok(Answer::of(Mails {
        mails: page.items.iter().map(Mail::new).collect(),
        next_cursor,
    }))
}

pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    MailPath(key): MailPath,
    input: Input,
) -> Result<Answer<OneMail>, Problem> {
    demand_admin(&actor)?;
    let key = key.ok_or(DeskError::NotFound)?;
    input.query().end()?;
    let mail = app.desk.mails().retry(&actor, &key).await?;
    let mail = Mail::new(&mail);
    Ok(Answer::of(OneMail { mail }).message("retried"))
}

/// Without a body, all dead mails are retried.
pub(crate) async fn retry_all(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Retried>, Problem> {
    demand_admin(&actor)?;
    let mut fields = input.fields_if_any().await?;
    let status: Option<MailStatus> = fields.word_if("status");
    let from = fields.moment_or_null_if("from").flatten();
    let to = fields.moment_or_null_if("to").flatten();
    fields.end()?;
    let retried = app.desk.mails().retry_all(&actor, status, from, to).await?;
    Ok(Answer::of(Retried { retried }).message("retried"))
}

/// Returns what is asked for, the size of the page, and the name of the list that its cursors belong to.
fn mail_query(actor: &Actor, mut query: Query) -> Result<(MailQuery, u32, String), Problem> {
    let status = query.text("status").and_then(|word| {
        let status = word.parse::<MailStatus>();
        status
            .map_err(|error| query.refuse("status", error.to_string()))
            .ok()
    });
    let (from, to) = (query.moment("from"), query.moment("to"));
    let limit = query.limit();
    let list = format!("mails/{:?}/{status:?}/{from:?}/{to:?}", actor.id());
    let after = query.text("cursor").and_then(|cursor| {
        let place = decode_cursor::<MailPlace>(&list, &cursor);
        place
            .map_err(|error| query.refuse("cursor", error.to_string()))
            .ok()
    });
    query.end()?;
    let query = MailQuery {
        status,
        from,
        to,
        after,
    };
    Ok((query, limit, list))
}
