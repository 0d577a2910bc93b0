//! SQLite returns the same ticket lists as the in-memory store, for any query.
#![cfg(feature = "sqlite")]

mod support;

use support::{Random, open};
use tickmate_core::{
    backend::store::{TicketCreated, TicketStore, TicketWritten},
    conformance::fixtures::{Fixtures, queue, skills},
    domain::{
        id::UserId,
        page::Page,
        priority::Priority,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        reply::Visibility,
        status::Status,
        ticket::{Assignment, Ticket},
        time::{Span, from_micros},
        words::{Form, Tokenizer, WordQuery},
    },
    memory::MemoryStore,
};

const WORDS: [&str; 8] = [
    "vpn",
    "Drucker",
    "ÄRGER",
    "don't",
    "c++",
    "日本語",
    "up-to-date",
    "null",
];
const SKILLS: [&str; 4] = ["a", "b", "c", "x:%"];

fn users() -> Vec<UserId> {
    (1..=3)
        .map(|n| UserId::new(from_micros(0), [n; 10]))
        .collect()
}

/// Randomizes the fields of a ticket. There are few distinct times and deadlines, so many are equal.
fn randomize(ticket: &mut Ticket, random: &mut Random) {
    let now = from_micros(1_000_000);
    let text = |random: &mut Random| {
        (0..3)
            .map(|_| random.pick(&WORDS))
            .collect::<Vec<_>>()
            .join(" ")
    };
    ticket.created_at = now + Span::seconds(random.below(4) as i64);
    ticket.updated_at = now + Span::seconds(random.below(4) as i64);
    ticket.deadline = random.pick(&[None, Some(now), Some(now + Span::days(1))]);
    ticket.priority = random.pick(&Priority::ALL);
    ticket.status = random.pick(&Status::ALL);
    ticket.category = random.pick(&["hardware", "billing", "it's"]).to_owned();
    ticket.title = text(random);
    ticket.description = text(random);
    let chosen: Vec<&str> = SKILLS
        .into_iter()
        .filter(|_| random.below(3) == 0)
        .collect();
    ticket.required_skills = skills(&chosen);
    match random.below(4) {
        0 => queue(ticket),
        1 => {
            ticket.assignment = Some(Assignment {
                to: random.pick(&users()),
                seat: None,
                by_human: false,
                tier: None,
                at: now,
                reason: None,
            });
        }
        _ => {}
    }
    if random.below(10) == 0 {
        ticket.deleted_at = Some(now);
    }
}

fn random_subset<T: Clone>(values: &[T], random: &mut Random) -> Vec<T> {
    match random.below(3) {
        0 => values
            .iter()
            .filter(|_| random.below(2) == 0)
            .cloned()
            .collect(),
        _ => Vec::new(),
    }
}

fn random_query(random: &mut Random) -> TicketQuery {
    let now = from_micros(1_000_000);
    let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<String>>();
    let scopes = [
        Scope::All,
        Scope::Own(random.pick(&users())),
        Scope::Assigned(random.pick(&users())),
        Scope::Queue(owned(&["a", "b"])),
        Scope::Queue(owned(&SKILLS)),
        Scope::Queue(Vec::new()),
        Scope::WholeQueue,
    ];
    let scopes = (0..=random.below(3))
        .map(|_| random.pick(&scopes))
        .collect();
    let words = random.pick(&[
        "vpn",
        "ärger",
        "don",
        "t",
        "c",
        "日本語",
        "date",
        "drucker",
        "urgent",
        "missing",
        "C++",
        "c#",
        "Arger drucker",
        "druckern",
        "本",
    ]);
    let tokenizer = Tokenizer::default();
    TicketQuery {
        scopes,
        filter: TicketFilter {
            status: random_subset(&Status::ALL, random),
            priority: random_subset(&Priority::ALL, random),
            category: random_subset(&owned(&["hardware", "it's", "x"]), random),
            skill: random_subset(&owned(&SKILLS), random),
            assignee: random_subset(&users(), random),
            requester: random_subset(&users(), random),
            created_from: random.pick(&[None, None, Some(now + Span::seconds(1))]),
            created_before: random.pick(&[None, None, Some(now + Span::seconds(3))]),
            words: match random.below(6) {
                0 | 1 => WordQuery::default(),
                2 => tokenizer.query("vpn t"),
                _ => tokenizer.query(words),
            },
        },
        order: random.pick(&[
            TicketOrder::CreatedAt,
            TicketOrder::UpdatedAt,
            TicketOrder::Priority,
            TicketOrder::Deadline,
        ]),
        descending: random.below(2) == 0,
        after: None,
        limit: 1 + random.below(7) as u32,
    }
}

#[tokio::test]
async fn every_list_equals_that_of_the_memory_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = open(&folder.path().join("desk.db")).await;
    let memory = MemoryStore::new();
    let mut make = Fixtures::new(1);
    let mut random = Random::new(42);
    for _ in 0..150 {
        let mut ticket = make.ticket(random.pick(&users()));
        randomize(&mut ticket, &mut random);
        let new = make.new_ticket(ticket);
        let TicketCreated::Created(ticket) = memory.create_ticket(&new).await.unwrap() else {
            panic!("not created in memory");
        };
        let created = file.create_ticket(&new).await.unwrap();
        assert_eq!(created, TicketCreated::Created(ticket.clone()));
        let edit = make.ticket_write(&ticket, |ticket| randomize(ticket, &mut random));
        let TicketWritten::Written(ticket) = memory.write_ticket(&edit).await.unwrap() else {
            panic!("not written in memory");
        };
        let written = file.write_ticket(&edit).await.unwrap();
        assert_eq!(written, TicketWritten::Written(ticket.clone()));
        let mut reply = make.reply(ticket.id, random.pick(&users()), random.pick(&WORDS));
        reply.visibility = random.pick(&[Visibility::Public, Visibility::Internal]);
        let write = make.reply_write(&ticket, reply);
        let TicketWritten::Written(ticket) = memory.write_ticket(&write).await.unwrap() else {
            panic!("not written in memory");
        };
        let written = file.write_ticket(&write).await.unwrap();
        assert_eq!(written, TicketWritten::Written(ticket));
    }
    let (mut listed, mut matches) = (0, 0);
    for _ in 0..600 {
        let mut query = random_query(&mut random);
        loop {
            let expected: Page<Ticket> = memory.tickets(&query).await.unwrap();
            let page = file.tickets(&query).await.unwrap();
            let numbers = |page: &Page<Ticket>| -> Vec<u64> {
                page.items.iter().map(|ticket| ticket.number).collect()
            };
            assert_eq!(numbers(&page), numbers(&expected), "{query:?}");
            assert_eq!(page, expected, "{query:?}");
            listed += page.items.len();
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            query.after = Some(query.order.place(last));
        }
        let mut from = random.pick(&Form::ALL);
        query.after = None;
        loop {
            let expected = memory.search_tickets(&query, from).await.unwrap();
            let page = file.search_tickets(&query, from).await.unwrap();
            assert_eq!(page, expected, "from {from:?} {query:?}");
            matches += page.items.len();
            let Some(last) = page.items.last().filter(|_| page.more) else {
                break;
            };
            from = last.form;
            query.after = Some(query.order.place(&last.ticket));
        }
    }
    assert!(matches > 500, "too few matches: {matches}");
    assert!(listed > 2_000, "too few tickets: {listed}");
    for requester in users() {
        let counts = file.count_tickets(requester).await.unwrap();
        assert_eq!(counts, memory.count_tickets(requester).await.unwrap());
    }
}
