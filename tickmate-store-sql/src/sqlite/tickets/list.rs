//! Lists tickets: one indexed keyset query for each scope, all in one statement so that they see one snapshot, merged
//! here.

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

/// Returns the statement for a page: the first rows of each scope, up to the limit.
pub(in crate::sqlite) fn statement(
    query: &TicketQuery,
    matches: MatchCount,
    limit: i64,
) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(select_ticket!("number IN ("));
    push_numbers(&mut sql, query, query.after, None, matches, limit);
    sql.push(")");
    sql
}

/// Returns the statement for a page ordered by match quality: the first rows of each form, up to the limit. SQLite
/// stops at the limit of the union, so worse forms are not searched once the page is full.
pub(in crate::sqlite) fn search_statement(
    query: &TicketQuery,
    from: Form,
    matches: MatchCount,
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
        push_numbers(&mut sql, query, after, Some(form), matches, limit);
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

/// Appends the selects of ticket numbers: the first of each scope, up to the limit, in no particular order.
fn push_numbers(
    sql: &mut QueryBuilder<Sqlite>,
    query: &TicketQuery,
    after: Option<TicketPlace>,
    form: Option<Form>,
    matches: MatchCount,
    limit: i64,
) {
    let mut union = "";
    for scope in &query.scopes {
        for part in parts(query.order, after, scope) {
            sql.push(union);
            sql.push("SELECT number FROM (SELECT number FROM tickets WHERE deleted_at IS NULL");
            push_scope(sql, scope);
            push_filter(sql, scope, &query.filter);
            push_words(sql, &query.filter.words, form, matches);
            push_part(sql, part, scope, query, limit);
            sql.push(")");
            union = " UNION ";
        }
    }
}

/// Merges the rows of all scopes into a page.
pub(super) fn merge(query: &TicketQuery, mut tickets: Vec<Ticket>) -> Page<Ticket> {
    tickets.sort_unstable_by_key(|ticket| query.order.place(ticket));
    if query.descending {
        tickets.reverse();
    }
    Page::cut(tickets, query.limit)
}

/// Merges the rows of all forms into a page.
pub(super) fn merge_matches(
    query: &TicketQuery,
    mut matches: Vec<FoundTicket>,
) -> Page<FoundTicket> {
    matches.sort_unstable_by_key(|hit| query.order.place(&hit.ticket));
    if query.descending {
        matches.reverse();
    }
    matches.sort_by_key(|hit| hit.form);
    Page::cut(matches, query.limit)
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

/// Returns a form's rank; the best is the smallest.
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

/// Sums the counts by status and by priority, without those that are zero.
pub(super) fn sum_counts(counts: &[(Status, Priority, u64)]) -> TicketCounts {
    let of = |counts: &dyn Fn(&(Status, Priority, u64)) -> bool,
              all: &[(Status, Priority, u64)]| {
        all.iter()
            .filter(|count| counts(count))
            .map(|count| count.2)
            .sum::<u64>()
    };
    let by_status = Status::ALL.map(|status| (status, of(&|count| count.0 == status, counts)));
    let by_priority =
        Priority::ALL.map(|priority| (priority, of(&|count| count.1 == priority, counts)));
    TicketCounts {
        by_status: by_status.into_iter().filter(|(_, n)| *n > 0).collect(),
        by_priority: by_priority.into_iter().filter(|(_, n)| *n > 0).collect(),
    }
}

fn push_scope(sql: &mut QueryBuilder<Sqlite>, scope: &Scope) {
    match scope {
        Scope::All => {}
        Scope::Own(user) => {
            sql.push(" AND requester = ").push_bind(user.as_uuid());
        }
        Scope::Assigned(user) => {
            sql.push(" AND assignee = ").push_bind(user.as_uuid());
        }
        Scope::WholeQueue => {
            sql.push(" AND backlog_lane IS NOT NULL");
        }
        Scope::Queue(skills) => {
            // Yields no row, and so NULL, where no skill is required.
            sql.push(" AND backlog_lane IS NOT NULL AND (SELECT min(skill IN (");
            push_list(sql, skills.iter().cloned());
            sql.push(")) FROM ticket_skills WHERE ticket = number AND asked = 1) = 1");
        }
    }
}

fn push_filter(sql: &mut QueryBuilder<Sqlite>, scope: &Scope, filter: &TicketFilter) {
    if !filter.status.is_empty() {
        // Finished tickets are many: for them, a scan in list order fills a page sooner than the index on status.
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

/// How many tickets match the words of a search, before any other filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum MatchCount {
    /// At most [`FEW`]: reading and sorting them is cheapest.
    Few,
    /// More than [`FEW`]: scanning the tickets in list order until a page is full is cheapest.
    Many,
}

/// The maximum number of matches that count as few.
pub(super) const FEW: i64 = 1_000;
/// Counts the matches of a search, up to one more than [`FEW`].
pub(in crate::sqlite) const COUNT_MATCHES: &str = "SELECT count(*) FROM \
     (SELECT 1 FROM ticket_words WHERE ticket_words MATCH $1 LIMIT 1001)";

/// Returns the full-text expression for tickets with all words of a query, each in this form or a better one.
pub(super) fn match_expression(query: &WordQuery, form: Form) -> String {
    // Quotes make the index take the text as one term.
    let term = |term: &str| format!("\"{}\"", term.replace('"', "\"\""));
    let word = |word: &QueryWord| {
        let terms: Vec<String> = word.terms(form).map(term).collect();
        format!("({})", terms.join(" OR "))
    };
    let words: Vec<String> = query.words().iter().map(word).collect();
    words.join(" AND ")
}

/// Restricts the rows to tickets that match the words: in this form and no better one, or in any form.
fn push_words(
    sql: &mut QueryBuilder<Sqlite>,
    query: &WordQuery,
    form: Option<Form>,
    matches: MatchCount,
) {
    if query.is_empty() {
        return;
    }
    // The `+` keeps SQLite from starting at the matches.
    sql.push(match matches {
        MatchCount::Few => " AND number IN (",
        MatchCount::Many => " AND +number IN (",
    });
    sql.push("SELECT rowid FROM ticket_words WHERE ticket_words MATCH ");
    let worst = form.unwrap_or(Form::Stem);
    sql.push_bind(match_expression(query, worst)).push(")");
    if let Some(better) = form.and_then(Form::better) {
        sql.push(" AND +number NOT IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ");
        sql.push_bind(match_expression(query, better)).push(")");
    }
}

/// The start of a part of a page, in list order.
#[derive(Clone, Copy)]
enum Part {
    /// At the beginning of the list.
    First,
    /// After this position.
    After(TicketPlace),
    /// After this position, with the same key.
    Same(TicketPlace),
    /// With a key beyond that of this position.
    Beyond(TicketPlace),
}

/// Returns the parts that make up a scope's page. A following page with keys that may be equal takes two index
/// searches; as a single search, SQLite would reread all equal keys.
fn parts(order: TicketOrder, after: Option<TicketPlace>, scope: &Scope) -> Vec<Part> {
    match after {
        None => vec![Part::First],
        Some(place) if is_indexed(order, scope) => {
            vec![Part::Same(place), Part::Beyond(place)]
        }
        Some(place) => vec![Part::After(place)],
    }
}

/// Returns whether an index yields this scope's tickets in this order. Otherwise the tickets of the scope are sorted.
fn is_indexed(order: TicketOrder, scope: &Scope) -> bool {
    matches!(scope, Scope::All) || order == TicketOrder::CreatedAt
}

/// Returns the column that a list is sorted by.
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

/// Appends the start of the part, the order and the limit. The `+` keeps SQLite from using an index of the column
/// where the index of the scope is better.
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
        // A bound that is always true makes SQLite search the index of the order.
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
