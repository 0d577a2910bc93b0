//! Lists of the tickets that the actor may see: filtered, sorted, and paged.

use serde::{Deserialize, Serialize};

use super::{
    super::{Desk, DeskError, Tickets, secret::sha256_hex},
    TicketView,
};
use crate::domain::{
    access::Actor,
    id::UserId,
    page::{MAX_LIMIT, decode_cursor, encode_cursor},
    query::{Scope, TicketCounts, TicketFilter, TicketOrder, TicketPlace, TicketQuery},
    ticket::Ticket,
    user::Role,
    words::Form,
};

/// Selects the tickets of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// The scopes, a subset of what the actor may see: `own`, `assigned`, `queue`, `all`; empty selects everything.
    pub scopes: Vec<String>,
    /// Further conditions. [`Tickets::list`] sets its words from `search`.
    pub filter: TicketFilter,
    /// The words that must all occur in the ticket: in its title, its description or its public replies. Blank or
    /// `None` selects any ticket. A text without a letter or digit matches nothing.
    pub search: Option<String>,
    /// Whether tickets that contain the words exactly as written come before those that match without diacritics, and
    /// these before those that match by stems. Tickets of the same form of match are sorted by `order`.
    pub best_first: bool,
    /// The sort key.
    pub order: TicketOrder,
    /// Whether to sort in descending order.
    pub descending: bool,
    /// The cursor of the previous page.
    pub cursor: Option<String>,
    /// The maximum number of tickets: 1 to 100.
    pub limit: u32,
}

/// A place in a list, after which a page starts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct ListPlace {
    /// The form in which the ticket matched, in a list with the best matches first.
    form: Option<Form>,
    place: TicketPlace,
}

/// Figures about a requester's tickets.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The number of tickets of each kind.
    pub counts: TicketCounts,
    /// The latest tickets.
    pub latest: Vec<TicketView>,
}

/// The number of latest tickets in a summary.
const LATEST: u32 = 5;

impl Tickets<'_> {
    /// Returns a page of the tickets that the actor may see, and the cursor of the next one.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] for an invalid scope, cursor or limit; [`DeskError::Forbidden`] for a scope that the
    /// actor does not have; [`DeskError::Overloaded`] for a search that took too long, or while as many run as
    /// [`SearchSettings::concurrency`](crate::desk::SearchSettings::concurrency) allows.
    pub async fn list(
        self,
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
        let cursor = query.cursor.as_deref();
        let after = cursor
            .map(|cursor| decode_cursor::<ListPlace>(&list, cursor))
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let search = query.search.as_deref().unwrap_or_default();
        let words = self.desk.tokenizer.query(search);
        if words.is_empty() && !search.trim().is_empty() {
            return Ok((Vec::new(), None));
        }
        let store_query = TicketQuery {
            scopes,
            filter: TicketFilter {
                words,
                ..query.filter.clone()
            },
            order: query.order,
            descending: query.descending,
            after: after.map(|after| after.place),
            limit: query.limit,
        };
        let (items, next) = self.desk.page(store_query, after, query.best_first).await?;
        let next = next.map(|next| encode_cursor(&list, &next));
        Ok((self.desk.views(actor, items).await?, next))
    }

    /// Returns figures about the actor's own tickets.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn summary(self, actor: &Actor) -> Result<Summary, DeskError> {
        let me = person(actor)?;
        let counts = self.desk.store.count_tickets(me).await?;
        let latest = TicketQuery {
            scopes: vec![Scope::Own(me)],
            filter: TicketFilter::default(),
            order: TicketOrder::CreatedAt,
            descending: true,
            after: None,
            limit: LATEST,
        };
        let latest = self.desk.store.tickets(&latest).await?.items;
        Ok(Summary {
            counts,
            latest: self.desk.views(actor, latest).await?,
        })
    }
}

impl Desk {
    /// Reads a page of a list, and the position after which the next one starts.
    async fn page(
        &self,
        query: TicketQuery,
        after: Option<ListPlace>,
        best_first: bool,
    ) -> Result<(Vec<Ticket>, Option<ListPlace>), DeskError> {
        let _search = match query.filter.words.is_empty() {
            true => None,
            false => Some(self.searches.start()?),
        };
        if !best_first || query.filter.words.is_empty() {
            let page = self.store.tickets(&query).await?;
            let next = page.items.last().filter(|_| page.more);
            let next = next.map(|last| ListPlace {
                form: None,
                place: query.order.place(last),
            });
            return Ok((page.items, next));
        }
        let from = after.and_then(|after| after.form).unwrap_or(Form::Exact);
        let page = self.store.search_tickets(&query, from).await?;
        let next = page.items.last().filter(|_| page.more);
        let next = next.map(|last| ListPlace {
            form: Some(last.form),
            place: query.order.place(&last.ticket),
        });
        let tickets = page.items.into_iter().map(|found| found.ticket);
        Ok((tickets.collect(), next))
    }
}

fn person(actor: &Actor) -> Result<UserId, DeskError> {
    actor.id().ok_or(DeskError::Forbidden("this is for people"))
}

/// Returns the actor's scopes, or the requested ones among them.
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

/// Returns the name that a cursor is bound to: the reader, the selection, and its order.
fn list_name(actor: &Actor, scopes: &[Scope], query: &ListQuery) -> String {
    #[derive(Serialize)]
    struct Name<'a>(
        Option<String>,
        &'a [Scope],
        &'a TicketFilter,
        &'a Option<String>,
        TicketOrder,
        [bool; 2],
    );
    let name = Name(
        actor.id().map(|id| id.to_string()),
        scopes,
        &query.filter,
        &query.search,
        query.order,
        [query.descending, query.best_first],
    );
    let hash = sha256_hex(&serde_json::to_vec(&name).unwrap_or_default());
    hash.chars().take(16).collect()
}
