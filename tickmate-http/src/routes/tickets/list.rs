//! `GET /tickets`: what the caller may see, filtered, sorted, page by page.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{
    desk::{Desk, DeskError, ListQuery},
    domain::{
        access::Actor,
        id::UserId,
        query::{TicketFilter, TicketOrder},
        words::WordQuery,
    },
};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Acting, Input, Parameters},
    problem::Problem,
    requests::{
        AnyText, Category, Commas, Cursor, Limit, Moment, Optional, PriorityWord, ScopeWord,
        SkillName, Sort, StatusWord, UserOrMe,
    },
    state::App,
    wire::{Ticket, Tickets},
};

/// The most characters of a search.
const MAX_SEARCH: usize = 1_000;

type Search = AnyText<0, MAX_SEARCH>;

/// Defines the query of a list of tickets, with these fields first.
macro_rules! list_query {
    ($(#[$attribute:meta])* $name:ident { $($fields:tt)* }) => {
        $(#[$attribute])*
        #[derive(Debug, Deserr, ToSchema)]
        #[deserr(rename_all = camelCase, deny_unknown_fields)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name {
            $($fields)*
            #[deserr(default)]
            #[serde(default)]
            status: Commas<StatusWord>,
            #[deserr(default)]
            #[serde(default)]
            priority: Commas<PriorityWord>,
            #[deserr(default)]
            #[serde(default)]
            category: Commas<Category>,
            /// Tickets that need one of these skills.
            #[deserr(default)]
            #[serde(default)]
            skill: Commas<SkillName>,
            /// Tickets of these assignees.
            #[deserr(default)]
            #[serde(default)]
            assigned_to: Commas<UserOrMe>,
            /// Tickets of these requesters.
            #[deserr(default)]
            #[serde(default)]
            created_by: Commas<UserOrMe>,
            /// From this moment on.
            #[deserr(default)]
            #[serde(default)]
            created_after: Optional<Moment>,
            /// Before this moment.
            #[deserr(default)]
            #[serde(default)]
            created_before: Optional<Moment>,
            /// Words of the title, the description or public replies, which must all be there.
            #[deserr(default)]
            #[serde(default)]
            q: Optional<Search>,
            /// Without it a search has the best matches first, and every other list the newest.
            #[deserr(default)]
            #[serde(default)]
            sort: Optional<Sort>,
            #[deserr(default)]
            #[serde(default)]
            limit: Limit,
            /// The `nextCursor` of the page before.
            #[deserr(default)]
            #[serde(default)]
            cursor: Optional<Cursor>,
        }

        impl $name {
            async fn into_query(
                self,
                desk: &Desk,
                actor: &Actor,
                scopes: Vec<String>,
            ) -> Result<ListQuery, Problem> {
                let filter = TicketFilter {
                    status: self.status.0.into_iter().map(|word| word.0).collect(),
                    priority: self.priority.0.into_iter().map(|word| word.0).collect(),
                    category: self.category.into_vec(),
                    skill: skill_ids(desk, &self.skill.into_vec()).await?,
                    assignee: users("assignedTo", &self.assigned_to, actor)?,
                    requester: users("createdBy", &self.created_by, actor)?,
                    created_from: self.created_after.into(),
                    created_before: self.created_before.into(),
                    words: WordQuery::default(),
                };
                let sort = self.sort.0;
                let Sort { order, descending } = sort.unwrap_or(Sort {
                    order: TicketOrder::CreatedAt,
                    descending: true,
                });
                Ok(ListQuery {
                    scopes,
                    filter,
                    search: self.q.into(),
                    best_first: sort.is_none(),
                    order,
                    descending,
                    cursor: self.cursor.into(),
                    limit: self.limit.0,
                })
            }
        }
    };
}

list_query! {
    /// Which tickets are asked for.
    ListTickets {
        /// Which part of what the caller may see; all of it without the parameter.
        #[deserr(default)]
        #[serde(default)]
        scope: Commas<ScopeWord>,
    }
}

list_query! {
    /// Which of the assigned tickets are asked for.
    ListAssigned {}
}

/// Lists tickets that the caller may see.
///
/// Users see their own tickets, moderators also those that are assigned to them or to nobody, admins all.
#[utoipa::path(
    get,
    path = "/tickets",
    operation_id = "listTickets",
    tag = "tickets",
    params(Parameters<ListTickets>),
    responses((status = OK, description = "A page of tickets.", body = Answer<Tickets>)),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<ListTickets>>,
) -> Result<Answer<Tickets>, Problem> {
    let Parameters(mut query) = input.parse().await?;
    let scopes = std::mem::take(&mut query.scope).into_vec();
    let query = query.into_query(&app.desk, &actor, scopes).await?;
    page(&app, &actor, &query).await
}

/// Lists the tickets that are assigned to the caller.
#[utoipa::path(
    get,
    path = "/tickets/assigned",
    operation_id = "listAssignedTickets",
    tag = "tickets",
    params(Parameters<ListAssigned>),
    responses((status = OK, description = "A page of tickets.", body = Answer<Tickets>)),
    extensions(("x-roles" = json!(["user", "moderator", "admin"]))),
)]
pub(crate) async fn assigned(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    input: Input<Parameters<ListAssigned>>,
) -> Result<Answer<Tickets>, Problem> {
    let Parameters(query) = input.parse().await?;
    let scopes = vec!["assigned".to_owned()];
    let query = query.into_query(&app.desk, &actor, scopes).await?;
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

/// Returns the ids of the skills with these names.
async fn skill_ids(desk: &Desk, names: &[String]) -> Result<Vec<String>, DeskError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let vocabulary = desk.vocabulary().await?;
    let skills = names.iter().map(|name| vocabulary.resolve(name).id);
    Ok(skills.collect())
}

/// Returns the ids of these users. `me` needs a caller who is a user.
fn users(field: &str, users: &Commas<UserOrMe>, actor: &Actor) -> Result<Vec<UserId>, DeskError> {
    let id = |user: &UserOrMe| match user {
        UserOrMe::User(id) => Some(*id),
        UserOrMe::Me => actor.id(),
    };
    let ids: Option<Vec<UserId>> = users.0.iter().map(id).collect();
    ids.ok_or_else(|| DeskError::field(field, "must be ids of users"))
}
