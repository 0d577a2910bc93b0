//! Lists of tickets: scopes, filters, orders, and pages.

use crate::{
    backend::store::{SeatMove, Store},
    conformance::{
        Outcome,
        fixtures::{AUTOMATIC, queue, skills},
        random::Random,
        scene::Scene,
    },
    domain::{
        id::UserId,
        priority::Priority,
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        status::Status,
        ticket::Ticket,
        time::Span,
    },
};

fn query(scopes: Vec<Scope>) -> TicketQuery {
    TicketQuery {
        scopes,
        filter: TicketFilter::default(),
        order: TicketOrder::CreatedAt,
        descending: false,
        after: None,
        limit: 100,
    }
}

async fn numbers(store: &dyn Store, query: &TicketQuery) -> Outcome<Vec<u64>> {
    let page = store.tickets(query).await?;
    Ok(page.items.iter().map(|ticket| ticket.number).collect())
}

/// Creates tickets of Ann and Bob: Bob's are 2 and 4; 3 and 4 are assigned to Max; 5 to 8 are in the backlog and require
/// `a`, `a` and `b`, no skill, and `c`.
async fn create_scoped_tickets(store: &dyn Store) -> Outcome<[UserId; 3]> {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let bob = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    for (requester, assigned) in [(ann, false), (bob, false), (ann, true), (bob, true)] {
        let ticket = scene.ticket(requester).await?;
        if assigned {
            scene.assign(&ticket, max, AUTOMATIC).await?;
        }
    }
    for needs in [&["a"][..], &["a", "b"], &[], &["c"]] {
        let ticket = scene.ticket_with(ann, |ticket| {
            queue(ticket);
            ticket.required_skills = skills(needs);
        });
        ticket.await?;
    }
    Ok([ann, bob, max])
}

/// Each scope shows its tickets, and no scope shows none.
pub async fn each_scope_shows_its_tickets(store: &dyn Store) -> Outcome {
    let [_, bob, max] = create_scoped_tickets(store).await?;
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    for (scopes, expected) in [
        (vec![], &[][..]),
        (vec![Scope::All], &[1, 2, 3, 4, 5, 6, 7, 8]),
        (vec![Scope::Own(bob)], &[2, 4]),
        (vec![Scope::Assigned(max)], &[3, 4]),
        (vec![Scope::Assigned(bob)], &[]),
        (vec![Scope::Queue(ids(&["a"]))], &[5]),
        (vec![Scope::Queue(ids(&["b", "a", "x"]))], &[5, 6]),
        (vec![Scope::Queue(ids(&[]))], &[]),
        (vec![Scope::WholeQueue], &[5, 6, 7, 8]),
    ] {
        let query = query(scopes);
        assert_eq!(
            numbers(store, &query).await?,
            expected,
            "{:?}",
            query.scopes
        );
    }
    Ok(())
}

/// An unknown skill is not required of moderators if the ticket also requires a known one.
pub async fn unknown_skills_count_only_without_known_ones(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for needs in [
        &["a", "x:foo"][..],
        &["x:foo"],
        &["a", "b", "x:foo"],
        &["x:bar", "x:foo"],
    ] {
        let ticket = scene.ticket_with(ann, |ticket| {
            queue(ticket);
            ticket.required_skills = skills(needs);
        });
        ticket.await?;
    }
    for (moderator_skills, expected) in [
        (&[][..], &[][..]),
        (&["a"], &[1]),
        (&["b"], &[]),
        (&["a", "b"], &[1, 3]),
        (&["x:foo"], &[2]),
        (&["x:bar"], &[]),
        (&["x:bar", "x:foo"], &[2, 4]),
        (&["a", "x:foo"], &[1, 2]),
    ] {
        let ids = moderator_skills.iter().map(|&id| id.to_owned()).collect();
        let found = numbers(store, &query(vec![Scope::Queue(ids)])).await?;
        assert_eq!(found, expected, "{moderator_skills:?}");
    }
    Ok(())
}

/// A ticket that is visible by several scopes is listed once.
pub async fn a_union_lists_each_ticket_once(store: &dyn Store) -> Outcome {
    let [_, bob, max] = create_scoped_tickets(store).await?;
    let two = vec![Scope::Own(bob), Scope::Assigned(max)];
    assert_eq!(numbers(store, &query(two)).await?, [2, 3, 4]);
    let skills = vec!["a".to_owned(), "b".to_owned()];
    let three = vec![Scope::Queue(skills), Scope::Own(bob), Scope::WholeQueue];
    assert_eq!(
        numbers(store, &query(three.clone())).await?,
        [2, 4, 5, 6, 7, 8]
    );
    let mut page = query([three, vec![Scope::All, Scope::All]].concat());
    page.limit = 8;
    assert_eq!(numbers(store, &page).await?, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(!store.tickets(&page).await?.more);
    Ok(())
}

/// Sets a filter.
type SetFilter = fn(&mut TicketFilter);

/// Checks which tickets each filter selects.
async fn check_filters(store: &dyn Store, table: &[(SetFilter, &[u64])]) -> Outcome {
    for (set_filter, expected) in table {
        let mut query = query(vec![Scope::All]);
        set_filter(&mut query.filter);
        let found = numbers(store, &query).await?;
        assert_eq!(found, *expected, "{:?}", query.filter);
    }
    Ok(())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Creates four tickets that differ in status, priority, category and skills.
async fn create_varied_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for (status, priority, category, needs) in [
        (Status::Open, Priority::Low, "Web", &["a"][..]),
        (Status::Waiting, Priority::High, "web", &["a", "b"]),
        (Status::Resolved, Priority::High, "50%_off", &["B"]),
        (Status::Closed, Priority::Urgent, "", &[]),
    ] {
        let ticket = scene.ticket_with(ann, |ticket| {
            (ticket.status, ticket.priority) = (status, priority);
            ticket.category = category.to_owned();
            ticket.required_skills = skills(needs);
        });
        ticket.await?;
    }
    Ok(())
}

/// Filters by status and by priority select tickets with any of the given values.
pub async fn filters_by_status_and_priority(store: &dyn Store) -> Outcome {
    create_varied_tickets(store).await?;
    let table: [(SetFilter, &[u64]); 4] = [
        (|f| f.status = vec![Status::Open, Status::Closed], &[1, 4]),
        (|f| f.status = vec![Status::InProgress], &[]),
        (|f| f.priority = vec![Priority::High], &[2, 3]),
        (|f| f.priority = Priority::ALL.to_vec(), &[1, 2, 3, 4]),
    ];
    check_filters(store, &table).await
}

/// Filters by category compare exactly, and those by skill select tickets with any of the ids.
pub async fn filters_by_category_and_skill(store: &dyn Store) -> Outcome {
    create_varied_tickets(store).await?;
    let table: [(SetFilter, &[u64]); 5] = [
        (|f| f.category = words(&["web", "%"]), &[2]),
        (|f| f.category = words(&["50%_off", ""]), &[3, 4]),
        (|f| f.category = words(&["we"]), &[]),
        (|f| f.skill = words(&["a", "b"]), &[1, 2]),
        (|f| f.skill = words(&["B", "x"]), &[3]),
    ];
    check_filters(store, &table).await
}

/// Several filters select the tickets that match all of them.
pub async fn all_filters_hold_at_once(store: &dyn Store) -> Outcome {
    create_varied_tickets(store).await?;
    let waiting: SetFilter = |f| {
        (f.status, f.priority) = (vec![Status::Waiting], vec![Priority::High]);
        (f.category, f.skill) = (words(&["web"]), words(&["b"]));
    };
    let nothing: SetFilter = |f| {
        (f.status, f.priority) = (vec![Status::Waiting], vec![Priority::Low]);
    };
    check_filters(store, &[(waiting, &[2]), (nothing, &[])]).await
}

/// Filters by requester and by assignee select tickets of any of the given users.
pub async fn filters_by_requester_and_assignee(store: &dyn Store) -> Outcome {
    let [ann, bob, max] = create_scoped_tickets(store).await?;
    for (requester, assignee, expected) in [
        (vec![bob], vec![], &[2, 4][..]),
        (vec![max, bob], vec![], &[2, 4]),
        (vec![], vec![max], &[3, 4]),
        (vec![], vec![ann], &[]),
        (vec![ann], vec![bob, max], &[3]),
    ] {
        let mut query = query(vec![Scope::All]);
        (query.filter.requester, query.filter.assignee) = (requester, assignee);
        assert_eq!(numbers(store, &query).await?, expected);
    }
    Ok(())
}

/// Filters by the moment of creation include their start and exclude their end.
pub async fn filters_by_moment(store: &dyn Store) -> Outcome {
    create_scoped_tickets(store).await?;
    let all = store.tickets(&query(vec![Scope::All])).await?.items;
    let (from, before) = (all[2].created_at, all[5].created_at);
    for (from, before, expected) in [
        (Some(from), None, &[3, 4, 5, 6, 7, 8][..]),
        (None, Some(before), &[1, 2, 3, 4, 5]),
        (Some(from), Some(before), &[3, 4, 5]),
        (Some(before), Some(from), &[]),
    ] {
        let mut query = query(vec![Scope::All]);
        (query.filter.created_from, query.filter.created_before) = (from, before);
        assert_eq!(numbers(store, &query).await?, expected);
    }
    Ok(())
}

/// Creates twelve tickets with many ties in every order.
async fn create_tied_tickets(store: &dyn Store) -> Outcome<Vec<Ticket>> {
    let mut scene = Scene::new(store);
    let mut random = Random::new(7);
    let ann = scene.requester().await?.id;
    let base = scene.make.now();
    let mut moment = |offset| base + Span::microseconds(random.below(3) as i64 + offset);
    let mut tickets = Vec::new();
    for number in 0..12 {
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.created_at = moment(0);
            ticket.updated_at = moment(10);
            ticket.deadline = (number % 3 != 0).then(|| moment(20));
            ticket.priority = Priority::ALL[number % 4];
        });
        tickets.push(ticket.await?);
    }
    Ok(tickets)
}

/// Every order sorts in both directions, with ties by number in the same direction and tickets without a deadline as the
/// latest; the joined pages are the list.
pub async fn every_order_sorts_both_ways(store: &dyn Store) -> Outcome {
    let tickets = create_tied_tickets(store).await?;
    for order in [
        TicketOrder::CreatedAt,
        TicketOrder::UpdatedAt,
        TicketOrder::Priority,
        TicketOrder::Deadline,
    ] {
        for descending in [false, true] {
            let mut expected: Vec<_> = tickets.iter().map(|one| order.place(one)).collect();
            expected.sort_unstable();
            if descending {
                expected.reverse();
            }
            let mut query = query(vec![Scope::All]);
            (query.order, query.descending, query.limit) = (order, descending, 5);
            let mut found = Vec::new();
            for more in [true, true, false] {
                let page = store.tickets(&query).await?;
                assert_eq!(page.more, more, "{order:?} {descending}");
                found.extend(page.items.iter().map(|ticket| order.place(ticket)));
                query.after = found.last().copied();
            }
            assert_eq!(found, expected, "{order:?} {descending}");
        }
    }
    Ok(())
}

/// Pages stay the same while tickets are added before them.
pub async fn pages_stay_in_place(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for _ in 0..7 {
        scene.ticket(ann).await?;
    }
    let mut query = query(vec![Scope::All]);
    (query.descending, query.limit) = (true, 3);
    let mut seen = Vec::new();
    loop {
        let page = store.tickets(&query).await?;
        seen.extend(page.items.iter().map(|ticket| ticket.number));
        query.after = page.items.last().map(|ticket| query.order.place(ticket));
        scene.ticket(ann).await?;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    Ok(())
}

/// A deleted ticket is in no list, and in the lists again when it is restored.
pub async fn deleted_tickets_are_in_no_list(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(3).await?.id;
    let now = scene.make.now();
    let delete = |ticket: &mut Ticket| ticket.deleted_at = Some(now);
    let waiting = scene.ticket_with(ann, queue).await?;
    let assigned = scene.ticket(ann).await?;
    let assigned = scene.assign(&assigned, max, AUTOMATIC).await?;
    let deleted = scene.change(&waiting, delete).await?;
    let mut deletion = scene.make.ticket_write(&assigned, delete);
    deletion.seat = SeatMove::Free;
    scene.write(&deletion).await?;
    let ann_scopes = [Scope::All, Scope::Own(ann)];
    let scopes = [
        ann_scopes.to_vec(),
        vec![Scope::Assigned(max), Scope::WholeQueue],
    ]
    .concat();
    for scope in scopes.clone() {
        assert!(numbers(store, &query(vec![scope])).await?.is_empty());
    }
    assert!(store.held_by(max).await?.is_empty());
    assert!(store.count_tickets(ann).await?.by_status.is_empty());
    let restored = scene.change(&deleted, |ticket| ticket.deleted_at = None);
    let number = restored.await?.number;
    assert_eq!(numbers(store, &query(scopes)).await?, [number]);
    Ok(())
}

/// The held tickets of a user are all that are assigned to the user and unfinished, waiting ones included.
pub async fn held_tickets_are_the_unfinished_ones(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let max = scene.moderator(9).await?.id;
    let eva = scene.moderator(9).await?.id;
    let mut expected = Vec::new();
    for status in Status::ALL {
        let ticket = scene.ticket(ann).await?;
        let ticket = scene.assign(&ticket, max, AUTOMATIC).await?;
        let ticket = match status.holds_seat() {
            true => {
                scene
                    .change(&ticket, |ticket| ticket.status = status)
                    .await?
            }
            false => scene.step(&ticket, status, SeatMove::Free).await?,
        };
        if !matches!(status, Status::Resolved | Status::Closed) {
            expected.push(ticket);
        }
    }
    let other = scene.ticket(ann).await?;
    scene.assign(&other, eva, AUTOMATIC).await?;
    let mut assigned = store.held_by(max).await?;
    assigned.sort_by_key(|ticket| ticket.number);
    assert_eq!(assigned, expected);
    Ok(())
}

/// Only the user's own tickets are counted, by status and by priority; zero counts are omitted.
pub async fn counts_are_of_the_requesters_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let bob = scene.requester().await?.id;
    for (requester, status, priority) in [
        (ann, Status::Open, Priority::Low),
        (ann, Status::Open, Priority::Urgent),
        (ann, Status::Closed, Priority::Low),
        (bob, Status::Waiting, Priority::High),
    ] {
        let ticket = scene.ticket_with(requester, |ticket| {
            (ticket.status, ticket.priority) = (status, priority);
        });
        ticket.await?;
    }
    let mut counts = store.count_tickets(ann).await?;
    counts.by_status.sort_unstable();
    counts.by_priority.sort_unstable();
    assert_eq!(counts.by_status, [(Status::Open, 2), (Status::Closed, 1)]);
    assert_eq!(
        counts.by_priority,
        [(Priority::Low, 2), (Priority::Urgent, 1)]
    );
    Ok(())
}
