//! Tests rows that can't be read: every list skips them and continues after them, and reading the record itself is an
//! error.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test that ends here has failed")]

mod desk;
mod logs;
mod models;
#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use sqlx::{AssertSqlSafe, ConnectOptions, sqlite::SqliteConnectOptions};
use support::{Desk, create, tickets, unknown_requester};
use tickmate_core::{
    backend::{
        queue::{AfterError, ClaimRequest, JobLeases, JobQueue, Wanted},
        store::{
            EventStore, MailQuery, MailStore, SessionStore, StoreError, SystemStore, TicketStore,
            TicketWritten, UserStore,
        },
    },
    conformance::fixtures::{AUTOMATIC, Fixtures, queue, skills},
    domain::{
        id::{EventId, LeaseId, UserId},
        job::{Job, JobKey, NewJob},
        job_class::{JobClass, PerClass},
        mail::MailStatus,
        priority::Priority,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery, UserQuery},
        reply::{Reply, ReplyQuery},
        ticket::Ticket,
        ticket_ref::TicketRef,
        time::{Timestamp, from_micros},
        user::{Role, User},
        words::{Form, Tokenizer},
    },
};

/// Damages rows with a connection of its own, bypassing the store.
async fn damage(desk: &Desk, statement: &str) {
    let options = SqliteConnectOptions::new().filename(&desk.path);
    let mut connection = options.connect().await.unwrap();
    let sql = AssertSqlSafe(statement.to_owned());
    let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

/// Damages the tickets with these numbers.
async fn damage_tickets(desk: &Desk, numbers: &[u64]) {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let numbers = numbers.join(", ");
    let statement = format!("UPDATE tickets SET set_by_human = '?' WHERE number IN ({numbers})");
    damage(desk, &statement).await;
}

fn is_corrupt<T>(read: &Result<T, StoreError>) -> bool {
    matches!(read, Err(StoreError::Corrupt { .. }))
}

async fn create_tickets(
    desk: &Desk,
    count: usize,
    change: impl Fn(usize, &mut Ticket),
) -> Vec<Ticket> {
    let mut make = Fixtures::new(1);
    let mut stored = Vec::new();
    for (index, mut new) in tickets(&mut make, unknown_requester(), count)
        .into_iter()
        .enumerate()
    {
        change(index, &mut new.ticket);
        stored.push(create(&desk.store, &new).await.unwrap());
    }
    stored
}

fn numbers(tickets: &[Ticket]) -> Vec<u64> {
    tickets.iter().map(|ticket| ticket.number).collect()
}

fn query(order: TicketOrder, descending: bool, scopes: Vec<Scope>, limit: u32) -> TicketQuery {
    TicketQuery {
        scopes,
        filter: TicketFilter::default(),
        order,
        descending,
        after: None,
        limit,
    }
}

/// Returns the ticket numbers of all pages. Each page starts after the last ticket of the one before.
async fn list_all_pages(desk: &Desk, mut query: TicketQuery) -> Vec<u64> {
    let mut found = Vec::new();
    loop {
        let page = desk.store.tickets(&query).await.unwrap();
        found.extend(numbers(&page.items));
        assert!(page.items.len() == query.limit as usize || !page.more);
        let Some(last) = page.items.last().filter(|_| page.more) else {
            return found;
        };
        query.after = Some(query.order.place(last));
    }
}

#[tokio::test]
async fn a_page_of_tickets_continues_after_damaged_ones() {
    // Damaged are: the first ticket, the last of a page, the row beyond a page, a whole page and more, the end, and
    // most.
    let cases: [&[u64]; 6] = [
        &[1],
        &[3],
        &[4],
        &[2, 3, 4, 5, 6, 7, 8, 9],
        &[11, 12],
        &[1, 2, 3, 5, 6, 7, 9, 10, 11, 12],
    ];
    for damaged in cases {
        let desk = Desk::new().await;
        create_tickets(&desk, 12, |index, ticket| {
            ticket.priority = Priority::ALL[index % 2];
            ticket.queued = None;
            if index % 3 == 0 {
                queue(ticket);
            }
        })
        .await;
        damage_tickets(&desk, damaged).await;
        let mut readable: Vec<u64> = (1..=12)
            .filter(|number| !damaged.contains(number))
            .collect();
        for limit in [1, 2, 3, 20] {
            let union = vec![Scope::WholeQueue, Scope::Own(unknown_requester())];
            for scopes in [vec![Scope::All], union] {
                let up = query(TicketOrder::CreatedAt, false, scopes.clone(), limit);
                assert_eq!(
                    list_all_pages(&desk, up).await,
                    readable,
                    "{damaged:?} by {limit}"
                );
                let down = query(TicketOrder::UpdatedAt, true, scopes.clone(), limit);
                readable.reverse();
                assert_eq!(
                    list_all_pages(&desk, down).await,
                    readable,
                    "{damaged:?} by {limit}"
                );
                readable.reverse();
                let priority = query(TicketOrder::Priority, false, scopes, limit);
                let mut by_priority = readable.clone();
                by_priority.sort_by_key(|number| ((number - 1) % 2, *number));
                assert_eq!(
                    list_all_pages(&desk, priority).await,
                    by_priority,
                    "{damaged:?} by {limit}"
                );
            }
        }
        assert_eq!(desk.store.unreadable_records(), damaged.len() as u64);
        for number in 1..=12 {
            let ticket = desk.store.ticket_by_number(number).await;
            assert_eq!(is_corrupt(&ticket), damaged.contains(&number));
        }
    }
}

#[tokio::test]
async fn a_search_continues_after_damaged_tickets() {
    let damaged = [1, 4, 5, 6, 7, 12];
    let desk = Desk::new().await;
    let mut make = Fixtures::new(1);
    // Tickets with an odd number match by a form of the word, those with an even number by the word itself.
    for index in 0..12 {
        let mut ticket = make.ticket(unknown_requester());
        ticket.title = ["printer", "printers"][index % 2].to_owned();
        let new = make.new_ticket(ticket);
        create(&desk.store, &new).await.unwrap();
    }
    damage_tickets(&desk, &damaged).await;
    for limit in [1, 2, 3, 20] {
        let scopes = vec![Scope::All, Scope::Own(unknown_requester())];
        let mut query = query(TicketOrder::CreatedAt, false, scopes, limit);
        query.filter.words = Tokenizer::default().query("printers");
        let (mut numbers, mut from) = (Vec::new(), Form::ALL[0]);
        loop {
            let page = desk.store.search_tickets(&query, from).await.unwrap();
            numbers.extend(page.items.iter().map(|hit| hit.ticket.number));
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            from = last.form;
            query.after = Some(query.order.place(&last.ticket));
        }
        assert_eq!(numbers, [2, 8, 10, 3, 9, 11], "by {limit}");
        query.after = None;
        assert_eq!(
            list_all_pages(&desk, query).await,
            [2, 3, 8, 9, 10, 11],
            "by {limit}"
        );
    }
    assert_eq!(desk.store.unreadable_records(), damaged.len() as u64);
}

#[tokio::test]
async fn walks_of_tickets_skip_damaged_ones() {
    let desk = Desk::new().await;
    let stored = create_tickets(&desk, 9, |_, _| {}).await;
    damage_tickets(&desk, &[1, 2, 3, 6]).await;
    let [from, to] = [stored[0].created_at, Timestamp::MAX_UTC];
    let first = desk.store.tickets_after(0, 2).await.unwrap();
    assert_eq!(numbers(&first), [4, 5]);
    let next = desk.store.tickets_after(5, 2).await.unwrap();
    assert_eq!(numbers(&next), [7, 8]);
    let between = desk.store.created_between(from, to, 0, 3).await.unwrap();
    assert_eq!(numbers(&between), [4, 5, 7]);
    let waiting = desk.store.needing_triage(to, to, 4).await.unwrap();
    assert_eq!(numbers(&waiting), [4, 5, 7, 8]);
    assert!(desk.store.tickets_after(9, 2).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lane_continues_after_a_damaged_head() {
    let desk = Desk::new().await;
    create_tickets(&desk, 6, |index, ticket| {
        ticket.required_skills = skills(&[["a", "b"][index % 2]]);
        queue(ticket);
    })
    .await;
    damage(
        &desk,
        "UPDATE tickets SET requester = x'00' WHERE number IN (1, 3, 4, 6)",
    )
    .await;
    let mut heads = desk.store.backlog_heads().await.unwrap();
    heads.sort_by_key(|head| head.number);
    let numbers: Vec<u64> = heads.iter().map(|head| head.number).collect();
    assert_eq!(numbers, [2, 5]);
    assert_eq!(desk.store.backlog_next(&heads[0]).await.unwrap(), None);
    // A lane with a damaged key hides no other lane.
    damage(
        &desk,
        "UPDATE tickets SET backlog_lane = CAST(x'ff' AS TEXT) WHERE number IN (1, 3, 5)",
    )
    .await;
    let heads = desk.store.backlog_heads().await.unwrap();
    let numbers: Vec<u64> = heads.iter().map(|head| head.number).collect();
    assert_eq!(numbers, [2]);
    damage(&desk, "UPDATE tickets SET requester = x'00'").await;
    assert!(desk.store.backlog_heads().await.unwrap().is_empty());
    // Since then, nothing has read the last ticket of the damaged lane.
    assert_eq!(desk.store.unreadable_records(), 5);
}

#[tokio::test]
async fn assigned_tickets_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(7);
    let max = desk.create_user(&mut make, Role::Moderator).await;
    let stored = create_tickets(&desk, 3, |_, _| {}).await;
    for ticket in &stored {
        let write = make.assign(ticket, max.id, AUTOMATIC);
        let written = desk.store.write_ticket(&write).await.unwrap();
        assert!(matches!(written, TicketWritten::Written(_)));
    }
    damage_tickets(&desk, &[2]).await;
    let held = desk.store.held_by(max.id).await.unwrap();
    assert_eq!(numbers(&held), [1, 3]);
    damage(
        &desk,
        "UPDATE tickets SET required_skills = '?' WHERE number = 1",
    )
    .await;
    let unbegun = desk.store.unbegun(2).await.unwrap();
    let unbegun: Vec<u64> = unbegun.iter().map(|ticket| ticket.number).collect();
    assert_eq!(unbegun, [2, 3]);
    damage(
        &desk,
        "UPDATE tickets SET assignee = x'07' WHERE number = 3",
    )
    .await;
    assert_eq!(desk.store.holders().await.unwrap(), [max.id]);
}

fn ids(users: &[User]) -> Vec<UserId> {
    users.iter().map(|user| user.id).collect()
}

#[tokio::test]
async fn users_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(2);
    let mut all = Vec::new();
    for _ in 0..7 {
        all.push(desk.create_user(&mut make, Role::Moderator).await);
    }
    all.sort_by_key(|user| user.id);
    for index in [1, 2, 4] {
        let id = all[index].id.as_uuid().simple();
        let statement = format!("UPDATE users SET skills = '?' WHERE id = x'{id}'");
        damage(&desk, &statement).await;
    }
    let readable: Vec<UserId> = [0, 3, 5, 6].map(|index: usize| all[index].id).to_vec();
    for limit in 1..=5 {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let query = UserQuery {
                after,
                limit,
                ..UserQuery::default()
            };
            let page = desk.store.user_page(&query).await.unwrap();
            listed.extend(ids(&page.items));
            after = page.items.last().map(|user| user.id);
            if !page.more {
                break;
            }
        }
        assert_eq!(listed, readable, "by {limit}");
    }
    let mut roster: Vec<UserId> = desk
        .store
        .roster()
        .await
        .unwrap()
        .iter()
        .map(|staff| staff.id)
        .collect();
    roster.sort_unstable();
    assert_eq!(roster, readable);
    assert_eq!(desk.store.staff(&ids(&all)).await.unwrap().len(), 4);
    let mut by_id = ids(&desk.store.users(&ids(&all)).await.unwrap());
    by_id.sort_unstable();
    assert_eq!(by_id, readable);
    assert_eq!(desk.store.unreadable_records(), 3);
    assert!(is_corrupt(&desk.store.user(all[1].id).await));
    assert!(desk.store.user(all[0].id).await.is_ok());
}

#[tokio::test]
async fn events_and_replies_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(3);
    let mut ticket = create_tickets(&desk, 1, |_, _| {}).await.remove(0);
    for _ in 0..5 {
        let reply = make.reply(ticket.id, unknown_requester(), "Hello");
        let write = make.reply_write(&ticket, reply);
        ticket = match desk.store.write_ticket(&write).await.unwrap() {
            TicketWritten::Written(ticket) => ticket,
            other => panic!("{other:?}"),
        };
    }
    damage(
        &desk,
        "UPDATE events SET changes = '?' WHERE seq IN (1, 3, 4)",
    )
    .await;
    damage(
        &desk,
        "UPDATE replies SET visibility = '?' WHERE place IN (1, 5)",
    )
    .await;
    let seqs = |events: Vec<tickmate_core::domain::event::Event>| -> Vec<u64> {
        events.iter().map(|event| event.seq).collect()
    };
    assert_eq!(seqs(desk.store.events_after(0, 2).await.unwrap()), [2, 5]);
    assert_eq!(seqs(desk.store.pending_events(2, 9).await.unwrap()), [5, 6]);
    let page = desk.store.ticket_events(ticket.id, 0, 2).await.unwrap();
    assert!(page.more);
    assert_eq!(seqs(page.items), [2, 5]);
    let page = desk.store.ticket_events(ticket.id, 5, 2).await.unwrap();
    assert!(!page.more);
    assert_eq!(seqs(page.items), [6]);
    let query = ReplyQuery {
        internal: true,
        before: None,
        limit: 2,
    };
    let page = desk.store.replies(ticket.id, &query).await.unwrap();
    assert!(page.more && page.items.len() == 2, "{page:?}");
    let last = ReplyQuery {
        before: page.items.last().map(Reply::place),
        ..query
    };
    let rest = desk.store.replies(ticket.id, &last).await.unwrap();
    assert!(!rest.more && rest.items.len() == 1, "{rest:?}");
    let ticket_with_replies = desk
        .store
        .ticket_with_replies(TicketRef::Id(ticket.id), &query);
    assert_eq!(ticket_with_replies.await.unwrap().unwrap().1, page);
    assert_eq!(desk.store.unreadable_records(), 5);
}

#[tokio::test]
async fn mails_and_sessions_are_listed_without_damaged_ones() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(4);
    let ann = desk.create_user(&mut make, Role::User).await;
    let mut mails = Vec::new();
    for _ in 0..4 {
        let mail = make.mail(&ann, None);
        mails.push(desk.store.put_mail(&mail).await.unwrap());
        desk.store
            .create_session(&make.session(ann.id))
            .await
            .unwrap();
    }
    let newest = mails[3].key.event.as_uuid().simple();
    damage(
        &desk,
        &format!("UPDATE mails SET earlier = '?' WHERE event = x'{newest}'"),
    )
    .await;
    damage(
        &desk,
        "UPDATE sessions SET last_used_at = 9223372036854775807 WHERE rowid = 2",
    )
    .await;
    let query = MailQuery::of_status(MailStatus::Queued);
    let mails_found = desk.store.mails(&query, 3);
    let keys: Vec<_> = mails_found
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|mail| mail.key)
        .collect();
    assert_eq!(keys, [2, 1, 0].map(|index: usize| mails[index].key));
    assert!(is_corrupt(&desk.store.mail(&mails[3].key).await));
    // The counts skip a status of a newer version.
    damage(
        &desk,
        "INSERT INTO mail_counts (status, mails) VALUES ('paused', 7)",
    )
    .await;
    let counts = desk.store.mail_counts().await.unwrap();
    assert_eq!(counts.values().sum::<u64>(), 4);
    assert_eq!(desk.store.sessions(ann.id).await.unwrap().len(), 3);
}

#[tokio::test]
async fn damaged_jobs_do_not_block_other_jobs() {
    let desk = Desk::new().await;
    let jobs = desk.store.queue(Arc::new(|| from_micros(1_000_000)));
    let new = |version: u64| {
        let key = JobKey::new(format!("train:{version}"));
        NewJob::new(key, Job::Train { version }, from_micros(0))
    };
    let all: Vec<NewJob> = (1..=6).map(new).collect();
    jobs.enqueue(&all).await.unwrap();
    damage(&desk, "UPDATE jobs SET errors = -1 WHERE key = 'train:2'").await;
    let lease = LeaseId::new(from_micros(0), [1; 10]);
    let request = ClaimRequest {
        lease,
        duration: Duration::from_secs(60),
        wanted: Wanted::Unsuspected(PerClass::of(|_| 6)),
        max_crashes: 5,
    };
    let claimed = jobs.claim(&request).await.unwrap();
    assert_eq!(claimed.len(), 5);
    for job in &claimed {
        jobs.start(&job.key, lease).await.unwrap();
        jobs.fail(&job.key, lease, "no", AfterError::Die)
            .await
            .unwrap();
    }
    damage(
        &desk,
        "UPDATE jobs SET cause = 'exploded' WHERE key IN ('train:5', 'train:6')",
    )
    .await;
    let page = jobs.dead(None, 2).await.unwrap();
    let keys: Vec<&str> = page.items.iter().map(|job| job.key.as_str()).collect();
    assert_eq!(keys, ["train:4", "train:3"]);
    assert!(page.more);
    let keys: Vec<JobKey> = all.iter().map(|new| new.key.clone()).collect();
    assert_eq!(jobs.deaths(&keys).await.unwrap().len(), 3);
    assert_eq!(desk.store.unreadable_records(), 3);
}

#[tokio::test]
async fn a_job_of_an_unknown_kind_is_counted_and_left_for_a_newer_version() {
    let desk = Desk::new().await;
    let jobs = desk.store.queue(Arc::new(|| from_micros(1_000_000)));
    let new = |version: u64| {
        let key = JobKey::new(format!("train:{version}"));
        NewJob::new(key, Job::Train { version }, from_micros(0))
    };
    jobs.enqueue(&[new(1), new(2)]).await.unwrap();
    let newer =
        r#"UPDATE jobs SET kind = 'dream', payload = '{"kind": "dream"}' WHERE key = 'train:1'"#;
    damage(&desk, newer).await;
    let keys = vec![new(1).key, new(2).key];
    for wanted in [
        Wanted::Keys(keys.clone()),
        Wanted::Unsuspected(PerClass::of(|_| 6)),
        Wanted::Suspects {
            most: 6,
            classes: JobClass::ALL.to_vec(),
        },
    ] {
        let request = ClaimRequest {
            lease: LeaseId::new(from_micros(0), [1; 10]),
            duration: Duration::from_secs(60),
            wanted,
            max_crashes: 5,
        };
        let claimed = jobs.claim(&request).await.unwrap();
        assert!(claimed.iter().all(|job| job.key == keys[1]));
    }
    assert!(jobs.overdue(from_micros(9), 9).await.unwrap().is_empty());
    assert_eq!(jobs.clean(from_micros(2_000_000)).await.unwrap(), 0);
    let depth = jobs.depth().await.unwrap();
    assert_eq!((depth.ready, depth.unknown, depth.leased), (1, 1, 1));
    let dead = "UPDATE jobs SET state = 'dead', cause = 'errors', ended_at = 1, round = NULL WHERE key = 'train:1'";
    damage(&desk, dead).await;
    let dead = jobs.deaths(&keys).await.unwrap();
    assert_eq!((dead[0].kind.as_str(), &dead[0].job), ("dream", &None));
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_does_not_block_the_counts() {
    let desk = Desk::new().await;
    let jobs = desk.store.queue(Arc::new(|| from_micros(1_000_000)));
    let new = |number: u8| {
        let job = Job::HandleEvent {
            event: EventId::new(from_micros(0), [number; 10]),
            handler: "hooks".to_owned(),
            target: "all".to_owned(),
        };
        NewJob::new(JobKey::new(format!("handle:{number}")), job, from_micros(0))
    };
    jobs.enqueue(&[new(1), new(2), new(3)]).await.unwrap();
    for (key, payload) in [("handle:1", "{"), ("handle:2", r#"{"handler": 7}"#)] {
        damage(
            &desk,
            &format!("UPDATE jobs SET payload = '{payload}' WHERE key = '{key}'"),
        )
        .await;
    }
    let waiting = jobs.waiting_deliveries().await.unwrap();
    assert_eq!(waiting, BTreeMap::from([("hooks".to_owned(), 1)]));
}
