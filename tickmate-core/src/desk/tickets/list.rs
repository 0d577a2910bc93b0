//! Lists of tickets: what the actor may see, filtered, sorted, page by page.

use serde::Serialize;

use super::{
    super::{Desk, DeskError, secret::sha256_hex},
    TicketView,
};
use crate::domain::{
    access::Actor,
    id::UserId,
    page::{MAX_LIMIT, Page, decode_cursor, encode_cursor},
    query::{Scope, TicketCounts, TicketFilter, TicketOrder, TicketPlace, TicketQuery},
    user::Role,
};

/// Which tickets are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// Of what the actor may see, which part; empty: all of it. Words: `own`, `assigned`, `queue`, `all`.
    pub scopes: Vec<String>,
    /// What must hold beside.
    pub filter: TicketFilter,
    /// Sorted by what.
    pub order: TicketOrder,
    /// Largest first.
    pub descending: bool,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// How many at most: 1 to 100.
    pub limit: u32,
}

/// What somebody asked, in figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many of each kind.
    pub counts: TicketCounts,
    /// The latest ones.
    pub latest: Vec<TicketView>,
}

/// How many of the latest tickets a summary shows.
const LATEST: u32 = 5;

impl Desk {
    /// A page of what the actor may see, and the cursor of the next one.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for a scope, cursor or limit that can't be taken; [`DeskError::Forbidden`] for a
    /// scope that is not the actor's.
    pub async fn tickets(
        &self,
        actor: &Actor,
        query: &ListQuery,
    ) -> Result<(Vec<TicketView>, Option<String>), DeskError> {
        if !(1..=MAX_LIMIT).contains(&query.limit) {
            return Err(DeskError::field(
                "limit",
                format!("must be 1 to {MAX_LIMIT}"),
            ));
        }
        let scopes = scopes(actor, &query.scopes)?;
        let list = list_name(actor, &scopes, query);
        let after = query
            .cursor
            .as_deref()
            .map(|cursor| decode_cursor::<TicketPlace>(&list, cursor));
        let after = after
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let store_query = TicketQuery {
            scopes,
            filter: query.filter.clone(),
            order: query.order,
            descending: query.descending,
            after,
            limit: query.limit,
        };
        let Page { items, more } = self.store.tickets(&store_query).await?;
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| encode_cursor(&list, &query.order.place(last)));
        Ok((self.views(actor, items).await?, next))
    }

    /// What the actor asked, in figures.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn summary(&self, actor: &Actor) -> Result<Summary, DeskError> {
        let me = person(actor)?;
        let counts = self.store.count_tickets(me).await?;
        let latest = TicketQuery {
            scopes: vec![Scope::Own(me)],
            filter: TicketFilter::default(),
            order: TicketOrder::CreatedAt,
            descending: true,
            after: None,
            limit: LATEST,
        };
        let latest = self.store.tickets(&latest).await?.items;
        Ok(Summary {
            counts,
            latest: self.views(actor, latest).await?,
        })
    }
}

fn person(actor: &Actor) -> Result<UserId, DeskError> {
    actor.id().ok_or(DeskError::Forbidden("this is for people"))
}

/// The scopes that the actor has, or those of them that were asked for.
fn scopes(actor: &Actor, asked: &[String]) -> Result<Vec<Scope>, DeskError> {
    let me = person(actor)?;
    let role = actor.role().unwrap_or(Role::User);
    let queue = match role {
        Role::Admin => Scope::WholeQueue,
        Role::User | Role::Moderator => Scope::Queue(actor.skills().to_vec()),
    };
    if asked.is_empty() {
        return Ok(match role {
            Role::User => vec![Scope::Own(me)],
            Role::Moderator => vec![Scope::Own(me), Scope::Assigned(me), queue],
            Role::Admin => vec![Scope::All],
        });
    }
    let scope = |word: &String| match (word.as_str(), role) {
        ("own", _) => Ok(Scope::Own(me)),
        ("assigned", _) => Ok(Scope::Assigned(me)),
        ("queue", Role::Moderator | Role::Admin) => Ok(queue.clone()),
        ("all", Role::Admin) => Ok(Scope::All),
        ("queue" | "all", _) => Err(DeskError::Forbidden("you may not see this list")),
        _ => Err(DeskError::field(
            "scope",
            "must be some of own, assigned, queue, all",
        )),
    };
    asked.iter().map(scope).collect()
}

/// What a cursor is bound to: the reader, what the list holds, and its order.
fn list_name(actor: &Actor, scopes: &[Scope], query: &ListQuery) -> String {
    #[derive(Serialize)]
    struct Name<'a>(
        Option<String>,
        &'a [Scope],
        &'a TicketFilter,
        TicketOrder,
        bool,
    );
    let name = Name(
        actor.id().map(|id| id.to_string()),
        scopes,
        &query.filter,
        query.order,
        query.descending,
    );
    let hash = sha256_hex(&serde_json::to_vec(&name).unwrap_or_default());
    hash.chars().take(16).collect()
}
