//! `GET /tickets`: what the caller may see, filtered, sorted, page by page.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::{Desk, DeskError, ListQuery},
    domain::{
        access::Actor,
        id::UserId,
        query::{TicketFilter, TicketOrder},
        text::{CATEGORY, SKILL},
        words::WordQuery,
    },
};

use crate::{
    answer::Answer,
    extract::{Acting, Input, Query},
    problem::Problem,
    state::App,
    wire::{Ticket, Tickets},
};

/// The most characters of a search.
const MAX_SEARCH: usize = 1_000;

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Tickets>, Problem> {
    let mut query = input.query();
    let scopes = query.list("scope", |word| Ok::<_, DeskError>(word.to_owned()));
    let query = list_query(&app.desk, &actor, query, scopes).await?;
    page(&app, &actor, &query).await
}

/// `GET /tickets/assigned`: the same list of what is assigned to the caller.
pub(crate) async fn assigned(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input,
) -> Result<Answer<Tickets>, Problem> {
    let scopes = vec!["assigned".to_owned()];
    let query = list_query(&app.desk, &actor, input.query(), scopes).await?;
    page(&app, &actor, &query).await
}

async fn page(app: &App, actor: &Actor, query: &ListQuery) -> Result<Answer<Tickets>, Problem> {
    let (views, next_cursor) = app.desk.tickets().list(actor, query).await?;
    let ticket = |view| Ticket::new(view, app.settings.legacy_ids);
    Ok(Answer::of(Tickets {
        tickets: views.iter().map(ticket).collect(),
        next_cursor,
    }))
}

/// Reads what a list is asked for. A search without `sort` has the best matches first, then the newest.
async fn list_query(
    desk: &Desk,
    actor: &Actor,
    mut query: Query,
    scopes: Vec<String>,
) -> Result<ListQuery, Problem> {
    let search = query.text("q");
    if search
        .as_ref()
        .is_some_and(|search| search.chars().count() > MAX_SEARCH)
    {
        query.refuse("q", format!("must have at most {MAX_SEARCH} characters"));
    }
    let skills = query.texts("skill", SKILL);
    let filter = TicketFilter {
        status: query.words("status"),
        priority: query.words("priority"),
        category: query.texts("category", CATEGORY),
        skill: ids(desk, &skills).await?,
        assignee: people(&mut query, "assignedTo", actor),
        requester: people(&mut query, "createdBy", actor),
        created_from: query.moment("createdAfter"),
        created_before: query.moment("createdBefore"),
        words: WordQuery::default(),
    };
    let sort = sort(&mut query);
    let (order, descending) = sort.unwrap_or((TicketOrder::CreatedAt, true));
    let query_limit = query.limit();
    let cursor = query.text("cursor");
    query.end()?;
    Ok(ListQuery {
        scopes,
        filter,
        search,
        best_first: sort.is_none(),
        order,
        descending,
        cursor,
        limit: query_limit,
    })
}

/// The ids of the skills of these names.
async fn ids(desk: &Desk, names: &[String]) -> Result<Vec<String>, DeskError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let vocabulary = desk.vocabulary().await?;
    let skills = names.iter().map(|name| vocabulary.resolve(name).id);
    Ok(skills.collect())
}

/// Ids of people, or `me`.
fn people(query: &mut Query, name: &str, actor: &Actor) -> Vec<UserId> {
    query.list(name, |word| {
        let id = match word {
            "me" => actor.id(),
            id => id.parse().ok(),
        };
        id.ok_or("must be ids of people, or me")
    })
}

/// Reads the order and whether it descends; none where the caller sets none.
fn sort(query: &mut Query) -> Option<(TicketOrder, bool)> {
    let sort = query.text("sort")?;
    let (name, descending) = match sort.strip_prefix('-') {
        Some(name) => (name, true),
        None => (sort.as_str(), false),
    };
    let order = match name {
        "createdAt" => TicketOrder::CreatedAt,
        "updatedAt" => TicketOrder::UpdatedAt,
        "priority" => TicketOrder::Priority,
        "deadline" => TicketOrder::Deadline,
        _ => {
            let words = "createdAt, updatedAt, priority, deadline";
            query.refuse(
                "sort",
                format!("must be one of {words}, with - before it or not"),
            );
            TicketOrder::CreatedAt
        }
    };
    Some((order, descending))
}
