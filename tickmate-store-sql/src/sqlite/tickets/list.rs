//! Lists of tickets: one indexed keyset query a scope, all in one statement so that they see one state, merged here.

use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};
use tickmate_core::{
    backend::store::StoreError,
    domain::{
        id::UserId,
        page::Page,
        priority::Priority,
        query::{
            FoundTicket, Scope, TicketCounts, TicketFilter, TicketOrder, TicketPlace, TicketQuery,
        },
        status::Status,
        ticket::Ticket,
        words::{Form, QueryWord, WordQuery},
    },
};

use super::row::{select_ticket, ticket, ticket_columns};
use crate::sqlite::row::{Columns, int};

pub(super) const COUNTS: &str = "SELECT status, priority, count(*) AS tickets FROM tickets \
     WHERE requester = $1 AND deleted_at IS NULL GROUP BY status, priority";

/// Returns the statement of a page: the first rows of each scope, up to the limit.
pub(in crate::sqlite) fn statement(
    query: &TicketQuery,
    found: Found,
    limit: i64,
) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(select_ticket!("number IN ("));
    push_numbers(&mut sql, query, query.after, None, found, limit);
    sql.push(")");
    sql
}

/// Returns the statement of a page with the best first: of each form the first rows, up to the limit. SQLite stops at the
/// limit of the union, so that a worse form is not looked for once the page is full.
pub(in crate::sqlite) fn search_statement(
    query: &TicketQuery,
    from: Form,
    found: Found,
    limit: i64,
) -> QueryBuilder<Sqlite> {
    let (column, direction) = (column(query.order), direction(query));
    let mut sql = QueryBuilder::new("WITH found (number, form) AS MATERIALIZED (");
    let mut union = "";
    let forms = query.filter.words.forms().filter(|form| *form >= from);
    for form in forms {
        sql.push(union);
        sql.push(format_args!("SELECT number, {} FROM (", rank(form)));
        sql.push("SELECT number FROM tickets WHERE number IN (");
        let after = query.after.filter(|_| form == from);
        push_numbers(&mut sql, query, after, Some(form), found, limit);
        sql.push(format_args!(
            ") ORDER BY +{column}{direction}, number{direction} LIMIT "
        ));
        sql.push_bind(limit).push(")");
        union = " UNION ALL ";
    }
    sql.push(" LIMIT ").push_bind(limit).push(concat!(
        ") SELECT ",
        ticket_columns!(),
        ", form FROM found JOIN tickets USING (number)"
    ));
    sql
}

/// Pushes the selects of the numbers of tickets: of each scope the first, up to the limit, in no order.
fn push_numbers(
    sql: &mut QueryBuilder<Sqlite>,
    query: &TicketQuery,
    after: Option<TicketPlace>,
    form: Option<Form>,
    found: Found,
    limit: i64,
) {
    let mut union = "";
    for scope in &query.scopes {
        for part in parts(query.order, after, scope) {
            sql.push(union);
            sql.push("SELECT number FROM (SELECT number FROM tickets WHERE deleted_at IS NULL");
            push_scope(sql, scope);
            push_filter(sql, scope, &query.filter);
            push_words(sql, &query.filter.words, form, found);
            push_part(sql, part, scope, query, limit);
            sql.push(")");
            union = " UNION ";
        }
    }
}

/// The page out of what the scopes gave.
pub(super) fn merge(query: &TicketQuery, mut tickets: Vec<Ticket>) -> Page<Ticket> {
    tickets.sort_unstable_by_key(|ticket| query.order.place(ticket));
    if query.descending {
        tickets.reverse();
    }
    Page::cut(tickets, query.limit)
}

/// The page out of what the forms gave.
pub(super) fn merge_found(query: &TicketQuery, mut found: Vec<FoundTicket>) -> Page<FoundTicket> {
    found.sort_unstable_by_key(|found| query.order.place(&found.ticket));
    if query.descending {
        found.reverse();
    }
    found.sort_by_key(|found| found.form);
    Page::cut(found, query.limit)
}

/// Reads a row of [`search_statement`].
pub(super) fn found_ticket(row: &SqliteRow) -> Result<FoundTicket, StoreError> {
    let rank: i64 = Columns::of("tickets", row).get("form")?;
    let form = Form::ALL.into_iter().find(|form| self::rank(*form) == rank);
    Ok(FoundTicket {
        form: form.unwrap_or(Form::Stem),
        ticket: ticket(row)?,
    })
}

/// A form as a number, the best the smallest.
const fn rank(form: Form) -> i64 {
    match form {
        Form::Exact => 0,
        Form::Folded => 1,
        Form::Stem => 2,
    }
}

pub(super) fn count(row: &SqliteRow) -> Result<(Status, Priority, u64), StoreError> {
    let columns = Columns::of("tickets", row);
    Ok((
        columns.word("status")?,
        columns.word("priority")?,
        columns.number("tickets")?,
    ))
}

/// How many of each, without those of which there are none.
pub(super) fn sum(counts: &[(Status, Priority, u64)]) -> TicketCounts {
    let of = |counts: &dyn Fn(&(Status, Priority, u64)) -> bool,
              all: &[(Status, Priority, u64)]| {
        all.iter()
            .filter(|count| counts(count))
            .map(|count| count.2)
            .sum::<u64>()
    };
    let by_status = Status::ALL.map(|status| (status, of(&|count| count.0 == status, counts)));
    let by_priority = Priority::ALL.map(|one| (one, of(&|count| count.1 == one, counts)));
    TicketCounts {
        by_status: by_status.into_iter().filter(|(_, n)| *n > 0).collect(),
        by_priority: by_priority.into_iter().filter(|(_, n)| *n > 0).collect(),
    }
}

fn push_scope(sql: &mut QueryBuilder<Sqlite>, scope: &Scope) {
    match scope {
        Scope::All => {}
        Scope::Own(person) => {
            sql.push(" AND requester = ").push_bind(person.as_uuid());
        }
        Scope::Assigned(person) => {
            sql.push(" AND assignee = ").push_bind(person.as_uuid());
        }
        Scope::WholeQueue => {
            sql.push(" AND backlog_lane IS NOT NULL");
        }
        Scope::Queue(skills) => {
            // No row, and so null, where nothing is asked.
            sql.push(" AND backlog_lane IS NOT NULL AND (SELECT min(skill IN (");
            push_list(sql, skills.iter().cloned());
            sql.push(")) FROM ticket_skills WHERE ticket = number AND asked = 1) = 1");
        }
    }
}

fn push_filter(sql: &mut QueryBuilder<Sqlite>, scope: &Scope, filter: &TicketFilter) {
    if !filter.status.is_empty() {
        // Of those that are over there are many: there, the list's own order finds a page sooner than the status.
        let few = filter.status.iter().all(|status| status.is_unfinished());
        let by_status = few && matches!(scope, Scope::All);
        sql.push(if by_status {
            " AND status IN ("
        } else {
            " AND +status IN ("
        });
        push_list(sql, filter.status.iter().map(|status| status.as_str()));
        sql.push(")");
    }
    if !filter.priority.is_empty() {
        sql.push(" AND priority IN (");
        push_list(
            sql,
            filter.priority.iter().map(|priority| priority.as_str()),
        );
        sql.push(")");
    }
    if !filter.category.is_empty() {
        sql.push(" AND category IN (");
        push_list(sql, filter.category.iter().cloned());
        sql.push(")");
    }
    if !filter.skill.is_empty() {
        sql.push(" AND number IN (SELECT ticket FROM ticket_skills WHERE skill IN (");
        push_list(sql, filter.skill.iter().cloned());
        sql.push("))");
    }
    if !filter.assignee.is_empty() {
        sql.push(" AND assignee IN (");
        push_list(sql, filter.assignee.iter().map(UserId::as_uuid));
        sql.push(")");
    }
    if !filter.requester.is_empty() {
        sql.push(" AND requester IN (");
        push_list(sql, filter.requester.iter().map(UserId::as_uuid));
        sql.push(")");
    }
    if let Some(from) = filter.created_from {
        sql.push(" AND created_at >= ")
            .push_bind(from.timestamp_micros());
    }
    if let Some(before) = filter.created_before {
        sql.push(" AND created_at < ")
            .push_bind(before.timestamp_micros());
    }
}

/// How many tickets a search finds, before any other filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Found {
    /// At most [`FEW`]: it is cheapest to read them and sort them.
    Few,
    /// More: it is cheapest to walk the tickets in their order until a page is full.
    Many,
}

/// Up to how many tickets are few.
pub(super) const FEW: i64 = 1_000;
/// Counts the tickets of a search, no further than to one above [`FEW`].
pub(in crate::sqlite) const COUNT_FOUND: &str = "SELECT count(*) FROM \
     (SELECT 1 FROM ticket_words WHERE ticket_words MATCH $1 LIMIT 1001)";

/// The expression of the full-text index that finds the tickets with all words of a query, each in this form or a better
/// one.
pub(super) fn match_expression(query: &WordQuery, form: Form) -> String {
    // In quotes a term is nothing but a term to the index.
    let term = |term: &str| format!("\"{}\"", term.replace('"', "\"\""));
    let word = |word: &QueryWord| {
        let terms: Vec<String> = word.terms(form).map(term).collect();
        format!("({})", terms.join(" OR "))
    };
    let words: Vec<String> = query.words().iter().map(word).collect();
    words.join(" AND ")
}

/// Limits the rows to tickets in which the words are found: by this form and no better one, or by any.
fn push_words(sql: &mut QueryBuilder<Sqlite>, query: &WordQuery, form: Option<Form>, found: Found) {
    if query.is_empty() {
        return;
    }
    // A column with a `+` is not looked for by the tickets found.
    sql.push(match found {
        Found::Few => " AND number IN (",
        Found::Many => " AND +number IN (",
    });
    sql.push("SELECT rowid FROM ticket_words WHERE ticket_words MATCH ");
    let worst = form.unwrap_or(Form::Stem);
    sql.push_bind(match_expression(query, worst)).push(")");
    if let Some(better) = form.and_then(Form::better) {
        sql.push(" AND +number NOT IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ");
        sql.push_bind(match_expression(query, better)).push(")");
    }
}

/// Where in its order a part of a page begins.
#[derive(Clone, Copy)]
enum Part {
    /// At the very beginning.
    First,
    /// After this place, whatever the key.
    After(TicketPlace),
    /// After this place, with the same key.
    Same(TicketPlace),
    /// With a key beyond the one of this place.
    Beyond(TicketPlace),
}

/// What a scope's page is put together from. A page that goes on where keys may be equal is two searches in an
/// index; SQLite would make one of them that reads all equal keys again.
fn parts(order: TicketOrder, after: Option<TicketPlace>, scope: &Scope) -> Vec<Part> {
    match after {
        None => vec![Part::First],
        Some(place) if is_indexed(order, scope) => {
            vec![Part::Same(place), Part::Beyond(place)]
        }
        Some(place) => vec![Part::After(place)],
    }
}

/// Whether an index gives this scope's tickets in this order. Where none does, what a scope shows is sorted.
fn is_indexed(order: TicketOrder, scope: &Scope) -> bool {
    matches!(scope, Scope::All) || order == TicketOrder::CreatedAt
}

/// The column that a list is sorted by.
const fn column(order: TicketOrder) -> &'static str {
    match order {
        TicketOrder::CreatedAt => "created_at",
        TicketOrder::UpdatedAt => "updated_at",
        TicketOrder::Priority => "priority_rank",
        TicketOrder::Deadline => "deadline_key",
    }
}

const fn direction(query: &TicketQuery) -> &'static str {
    match query.descending {
        true => " DESC",
        false => "",
    }
}

/// Where the part begins, and the order. A column with a `+` is not looked for in an index: there the scope is the
/// better one.
fn push_part(
    sql: &mut QueryBuilder<Sqlite>,
    part: Part,
    scope: &Scope,
    query: &TicketQuery,
    limit: i64,
) {
    let column = column(query.order);
    let plus = match is_indexed(query.order, scope) {
        true => "",
        false => "+",
    };
    let direction = direction(query);
    let (beyond, start) = match query.descending {
        true => ("<", i64::MAX),
        false => (">", i64::MIN),
    };
    match part {
        // A bound that holds for all, so that the order's index is the one that is searched.
        Part::First => {
            sql.push(format_args!(" AND {plus}{column} {beyond}= "));
            sql.push_bind(start);
        }
        Part::After(place) => {
            sql.push(format_args!(" AND ({plus}{column}, number) {beyond} ("));
            sql.push_bind(place.key).push(", ");
            sql.push_bind(int(place.number)).push(")");
        }
        Part::Same(place) => {
            sql.push(format_args!(" AND {plus}{column} = "));
            sql.push_bind(place.key);
            sql.push(format_args!(" AND number {beyond} "));
            sql.push_bind(int(place.number));
        }
        Part::Beyond(place) => {
            sql.push(format_args!(" AND {plus}{column} {beyond} "));
            sql.push_bind(place.key);
        }
    }
    sql.push(format_args!(
        " ORDER BY {plus}{column}{direction}, number{direction} LIMIT "
    ));
    sql.push_bind(limit);
}

fn push_list<T>(sql: &mut QueryBuilder<Sqlite>, values: impl Iterator<Item = T>)
where
    T: sqlx::Encode<'static, Sqlite> + sqlx::Type<Sqlite> + 'static,
{
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value);
    }
}
