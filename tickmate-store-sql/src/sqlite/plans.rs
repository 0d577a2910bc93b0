//! Tests the query plans: no statement that runs often may scan a whole table.

use sqlx::{AssertSqlSafe, Row};
use tickmate_core::domain::{
    id::UserId,
    query::{Scope, TicketFilter, TicketOrder, TicketPlace, TicketQuery},
    status::Status,
    time::from_micros,
    words::{Form, Tokenizer},
};

use super::{
    SqliteSettings, SqliteStore, events, jobs, mails, models, suppressions, system,
    tickets::{self, MatchCount, list_statement, search_statement},
    users,
};

/// Indexes with few rows (the backlog, open jobs, the staff): a scan of one of them is cheap.
const SMALL_INDEXES: [&str; 13] = [
    "tickets_backlog",
    "tickets_backlog_figures",
    "tickets_unbegun",
    "tickets_needing_triage",
    "tickets_held",
    "jobs_waiting",
    "jobs_scheduled",
    "jobs_line",
    "jobs_requester",
    "jobs_suspect",
    "jobs_leased",
    "jobs_dead",
    "users_active_staff",
];

/// The tables that grow, and the alias of one of them in a statement.
const GROWING_TABLES: [&str; 9] = [
    "tickets",
    "next",
    "jobs",
    "events",
    "replies",
    "users",
    "model_calls",
    "mails",
    "suppressions",
];

struct Plans {
    store: SqliteStore,
    _folder: tempfile::TempDir,
}

impl Plans {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings::new(folder.path().join("desk.db"));
        Self {
            store: SqliteStore::open(&settings).await.unwrap(),
            _folder: folder,
        }
    }

    /// Returns the steps of SQLite's plan for a statement.
    async fn steps_of(&self, statement: &str) -> Vec<String> {
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = sqlx::query(sql).fetch_all(self.store.readers()).await;
        let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error}"));
        rows.iter().map(|row| row.get("detail")).collect()
    }

    /// Returns the steps of all statements of a text. Fails if one of them scans a growing table, or an index over
    /// all of its rows.
    async fn check(&self, text: &str) -> Vec<String> {
        let mut steps = Vec::new();
        for statement in text.split("; ") {
            steps.extend(self.check_one(statement).await);
        }
        steps
    }

    async fn check_one(&self, statement: &str) -> Vec<String> {
        let steps = self.steps_of(statement).await;
        for step in &steps {
            let whole = GROWING_TABLES.iter().any(|table| {
                step == &format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} "))
            });
            let small = SMALL_INDEXES
                .iter()
                .any(|index| step.ends_with(&format!(" INDEX {index}")));
            assert!(!whole || small, "{statement}\n{steps:#?}");
        }
        steps
    }

    async fn list(&self, query: &TicketQuery) -> Vec<String> {
        let statement = list_statement(query, MatchCount::Many, 21);
        self.check(statement.sql().as_str()).await
    }
}

/// Returns queries for the first page and for a following page of a list, in each order and direction.
fn pages(scopes: &[Scope]) -> Vec<TicketQuery> {
    let mut pages = Vec::new();
    let place = TicketPlace { key: 2, number: 9 };
    for (order, _) in ORDERS {
        for descending in [false, true] {
            for after in [None, Some(place)] {
                pages.push(TicketQuery {
                    scopes: scopes.to_vec(),
                    filter: TicketFilter::default(),
                    order,
                    descending,
                    after,
                    limit: 20,
                });
            }
        }
    }
    pages
}

const ORDERS: [(TicketOrder, &str); 4] = [
    (TicketOrder::CreatedAt, "tickets_created"),
    (TicketOrder::UpdatedAt, "tickets_updated"),
    (TicketOrder::Priority, "tickets_priority"),
    (TicketOrder::Deadline, "tickets_deadline"),
];

fn scopes() -> [(Scope, &'static str); 4] {
    let ann = UserId::new(from_micros(0), [1; 10]);
    [
        (Scope::Own(ann), "tickets_requester"),
        (Scope::Assigned(ann), "tickets_assignee"),
        (
            Scope::Queue(vec!["a".to_owned(), "b".to_owned()]),
            "tickets_backlog",
        ),
        (Scope::WholeQueue, "tickets_backlog"),
    ]
}

fn has_sort(steps: &[String]) -> bool {
    steps
        .iter()
        .any(|step| step.contains("TEMP B-TREE FOR ORDER BY"))
}

#[tokio::test]
async fn every_ticket_is_listed_by_the_index_of_each_order() {
    let plans = Plans::new().await;
    for query in pages(&[Scope::All]) {
        let (_, index) = ORDERS
            .into_iter()
            .find(|(order, _)| *order == query.order)
            .unwrap();
        let steps = plans.list(&query).await;
        let matching: Vec<_> = steps.iter().filter(|step| step.contains(index)).collect();
        match query.after {
            None => assert_eq!(matching.len(), 1, "{steps:#?}"),
            Some(_) => {
                let beyond = if query.descending { "<" } else { ">" };
                let next = format!(" AND rowid{beyond}?)");
                assert!(
                    matching.len() == 2 && matching[0].ends_with(&next),
                    "{steps:#?}"
                );
            }
        }
        assert!(!has_sort(&steps), "{query:?}: {steps:#?}");
    }
}

#[tokio::test]
async fn each_scope_is_listed_by_an_index() {
    let plans = Plans::new().await;
    for (scope, index) in scopes() {
        for query in pages(&[scope]) {
            let steps = plans.list(&query).await;
            let uses_index = steps.iter().any(|step| step.contains(index));
            assert!(uses_index, "{query:?}: {steps:#?}");
            if query.order == TicketOrder::CreatedAt {
                assert!(!has_sort(&steps), "{query:?}: {steps:#?}");
            }
        }
    }
}

#[tokio::test]
async fn filters_and_unions_use_indexes() {
    let plans = Plans::new().await;
    let ann = UserId::new(from_micros(0), [1; 10]);
    let changes: [fn(&mut TicketFilter, UserId); 7] = [
        |filter, _| filter.status = vec![Status::Open, Status::Waiting],
        |filter, _| filter.status = vec![Status::Closed],
        |filter, _| filter.skill = vec!["a".to_owned()],
        |filter, ann| filter.assignee = vec![ann],
        |filter, ann| filter.requester = vec![ann, ann],
        |filter, _| filter.words = Tokenizer::default().query("vpn down"),
        |filter, _| filter.created_from = Some(from_micros(1)),
    ];
    let mut all: Vec<Scope> = scopes().into_iter().map(|(scope, _)| scope).collect();
    all.push(Scope::All);
    for change in changes {
        for mut query in pages(&all) {
            change(&mut query.filter, ann);
            let steps = plans.list(&query).await;
            assert!(!steps.is_empty());
        }
    }
}

/// Few matches are read by their ticket numbers; many matches are probed during a scan in list order.
#[tokio::test]
async fn searches_start_from_few_matches_or_from_the_list_order() {
    let plans = Plans::new().await;
    let query = Tokenizer::default().query("Müllers Printer");
    for from in [None, Some(Form::Exact), Some(Form::Folded)] {
        for mut page in pages(&[Scope::All]) {
            page.filter.words = query.clone();
            for (matches, step) in [
                (
                    MatchCount::Few,
                    "SEARCH tickets USING INTEGER PRIMARY KEY (rowid=?)",
                ),
                (MatchCount::Many, "SEARCH tickets USING INDEX tickets_"),
            ] {
                let statement = match from {
                    None => list_statement(&page, matches, 21),
                    Some(from) => search_statement(&page, from, matches, 21),
                };
                let steps = plans.check(statement.sql().as_str()).await;
                let inner = steps.iter().any(|one| one.starts_with(step));
                assert!(inner, "{step} for {page:?}\n{steps:#?}");
            }
        }
    }
    let counted = plans.steps_of(tickets::COUNT_MATCHES).await;
    assert!(counted.iter().all(|step| !step.contains(" tickets")));
}

#[tokio::test]
async fn routing_jobs_and_events_are_found_by_an_index() {
    let plans = Plans::new().await;
    for (statement, index) in [
        (users::ROSTER, "users_active_staff"),
        (users::ROSTER, "tickets_seat"),
        (users::STAFF, "sqlite_autoindex_users_1 (id=?)"),
        (users::STAFF, "tickets_seat"),
        (
            users::ROSTER,
            "COVERING INDEX events_assigned_to (assigned_to=?)",
        ),
        (
            users::STAFF,
            "COVERING INDEX events_assigned_to (assigned_to=?)",
        ),
        (users::DUE_SHIFTS, "users_shift (shift_due<?)"),
        (users::DUE_SHIFTS, "users_shift_since (shift_since>?)"),
        (tickets::CLAIMANT, "tickets_seat"),
        (tickets::HEADS, "tickets_backlog"),
        (tickets::NEXT, "tickets_backlog"),
        (tickets::LANES, "COVERING INDEX tickets_backlog_figures"),
        (tickets::UNBEGUN, "tickets_unbegun"),
        (
            tickets::CREATED_BETWEEN,
            "tickets_created (created_at>? AND created_at<?)",
        ),
        (tickets::AFTER, "INTEGER PRIMARY KEY"),
        (
            tickets::NEEDING_TRIAGE,
            "tickets_needing_triage (updated_at<?)",
        ),
        (
            tickets::NEEDING_TRIAGE,
            "tickets_needing_triage (updated_at>?)",
        ),
        (tickets::NEEDING_TRIAGE_COUNT, "tickets_needing_triage"),
        (tickets::HELD, "tickets_held"),
        (tickets::HOLDERS, "tickets_held"),
        (
            tickets::REPLIES,
            "replies_ticket (ticket=? AND (created_at,id)<(?,?))",
        ),
        (
            tickets::PUBLIC_REPLIES,
            "replies_public (ticket=? AND (created_at,id)<(?,?))",
        ),
        (
            tickets::WITH_REPLIES,
            "replies_ticket (ticket=? AND (created_at,id)<(?,?))",
        ),
        (
            tickets::WITH_PUBLIC_REPLIES,
            "replies_public (ticket=? AND (created_at,id)<(?,?))",
        ),
        (jobs::CLAIM, "jobs_leased"),
        (jobs::CLAIM, "jobs_waiting"),
        (jobs::CLAIM, "jobs_scheduled"),
        (jobs::CLAIM, "jobs_requester"),
        (jobs::CLAIM, "jobs_line (class=? AND "),
        (jobs::CLAIM_SUSPECTS, "jobs_suspect"),
        (jobs::CLAIM_KEYS, "sqlite_autoindex_jobs_1"),
        (jobs::OVERDUE, "jobs_leased"),
        (jobs::NEXT_DUE, "jobs_waiting"),
        (jobs::NEXT_DUE, "jobs_line"),
        (jobs::NEXT_DUE, "jobs_suspect"),
        (jobs::NEXT_DUE, "jobs_leased"),
        (jobs::DEAD, "jobs_dead"),
        (jobs::DEAD_AFTER, "jobs_dead ((ended_at,key)<(?,?))"),
        (mails::ALL, "mails_updated (updated_at>? AND updated_at<?)"),
        (mails::ALL_AFTER, "mails_updated ("),
        (mails::OF_STATUS, "mails_status (status=? AND updated_at>?"),
        (mails::OF_STATUS_AFTER, "mails_status (status=? AND "),
        (mails::BY_REFERENCE, "mails_reference (reference=?)"),
        (suppressions::LIST, "PRIMARY KEY (address>?)"),
        (jobs::CLEAN, "jobs_done"),
        (events::PENDING, "events_pending"),
        (events::AFTER, "INTEGER PRIMARY KEY"),
        (events::ASSIGNED, "COVERING INDEX events_assigned (at>?"),
        (events::OF_TICKET, "events_ticket"),
        (events::RELAYED, "sqlite_autoindex_events_1"),
    ] {
        let steps = plans.check(statement).await;
        let is_used = steps.iter().any(|step| step.contains(index));
        assert!(is_used, "{index} for {statement}\n{steps:#?}");
    }
}

#[tokio::test]
async fn calls_of_models_are_found_by_an_index() {
    let plans = Plans::new().await;
    for (statement, index) in [
        (models::KNOWN, "sqlite_autoindex_model_calls_1 (id=?)"),
        (models::END, "sqlite_autoindex_model_calls_1 (id=?)"),
        (models::PLACE, "sqlite_autoindex_model_calls_1 (id=?)"),
        (models::OPEN, "sqlite_autoindex_model_calls_1 (id=?)"),
        (
            models::PAGE,
            "model_calls_begun (begun_at>? AND (begun_at,id)<(?,?))",
        ),
        (
            models::USAGE,
            "model_calls_begun (begun_at>? AND begun_at<?",
        ),
        (models::ANSWERED, "model_calls_answered (key=?"),
        (models::FORGET_CALLS, "model_calls_begun (begun_at<?"),
        (models::FORGET_ANSWERS, "model_calls_answers (begun_at<?"),
    ] {
        let steps = plans.check(statement).await;
        let is_used = steps.iter().any(|step| step.contains(index));
        assert!(is_used, "{index} for {statement}\n{steps:#?}");
    }
}

#[tokio::test]
async fn statements_in_index_order_are_not_sorted() {
    let plans = Plans::new().await;
    for statement in [
        jobs::DEAD,
        jobs::DEAD_AFTER,
        mails::ALL,
        mails::ALL_AFTER,
        mails::OF_STATUS,
        mails::OF_STATUS_AFTER,
        mails::BY_REFERENCE,
        suppressions::LIST,
        tickets::HEADS,
        tickets::NEXT,
        tickets::LANES,
        tickets::UNBEGUN,
        tickets::AFTER,
        tickets::REPLIES,
        tickets::PUBLIC_REPLIES,
        tickets::WITH_REPLIES,
        tickets::WITH_PUBLIC_REPLIES,
        models::PAGE,
        models::ANSWERED,
    ] {
        let steps = plans.steps_of(statement).await;
        let has_sort = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(!has_sort, "{statement}\n{steps:#?}");
    }
}

#[tokio::test]
async fn groups_of_blobs_are_listed_without_their_bytes() {
    let plans = Plans::new().await;
    let steps = plans.steps_of(system::BLOB_GROUPS).await;
    assert_eq!(steps, ["SCAN blobs USING COVERING INDEX blobs_name"]);
    let steps = plans.steps_of(system::BLOB).await;
    let search = "SEARCH blobs USING INDEX sqlite_autoindex_blobs_1 (name=? AND part=?)";
    assert_eq!(steps, [search]);
}

#[tokio::test]
async fn the_last_event_is_found_without_a_scan() {
    let plans = Plans::new().await;
    assert_eq!(plans.steps_of(events::LAST).await, ["SEARCH events"]);
}

#[tokio::test]
async fn jobs_are_counted_in_their_indexes() {
    let plans = Plans::new().await;
    let steps = plans.steps_of(jobs::DEPTH).await;
    let counts: Vec<_> = steps.iter().filter(|step| step.contains("jobs")).collect();
    assert_eq!(counts.len(), 7, "{steps:#?}");
    for step in counts {
        assert!(step.contains(" INDEX jobs_"), "{step}");
    }
    let steps = plans.steps_of(jobs::WAITING_DELIVERIES).await;
    let counts: Vec<_> = steps.iter().filter(|step| step.contains("jobs")).collect();
    assert_eq!(counts.len(), 2, "{steps:#?}");
    for step in counts {
        assert!(step.contains(" INDEX jobs_"), "{step}");
    }
}
