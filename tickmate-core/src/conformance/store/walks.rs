//! Walks, page by page: all tickets, and those of a period.

use crate::{
    backend::store::Store,
    conformance::{Outcome, scene::Scene},
    domain::{
        status::Status,
        ticket::Ticket,
        time::{Span, Timestamp},
    },
};

fn numbers(tickets: &[Ticket]) -> Vec<u64> {
    tickets.iter().map(|ticket| ticket.number).collect()
}

/// All tickets come by number, page by page, including deleted and finished ones.
pub async fn every_ticket_is_walked_by_number(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    assert!(store.tickets_after(0, 9).await?.is_empty());
    let mut all = Vec::new();
    for status in Status::ALL {
        // A later ticket has an earlier moment of creation.
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.status = status;
            ticket.created_at -= Span::days(all.len() as i64);
        });
        all.push(ticket.await?);
    }
    let delete = |ticket: &mut Ticket| ticket.deleted_at = Some(ticket.updated_at);
    all[2] = scene.change(&all[2], delete).await?;
    assert_eq!(store.tickets_after(0, 9).await?, all);
    let mut walked = Vec::new();
    for size in [2, 2, 1, 0] {
        let after = walked.last().map_or(0, |ticket: &Ticket| ticket.number);
        let page = store.tickets_after(after, 2).await?;
        assert_eq!(page.len(), size);
        walked.extend(page);
    }
    assert_eq!(walked, all);
    assert!(store.tickets_after(0, 0).await?.is_empty());
    assert!(store.tickets_after(u64::MAX, 9).await?.is_empty());
    Ok(())
}

/// The tickets of a period, including its first moment and not its last, come by number, in any state except deleted.
pub async fn the_tickets_of_a_period_come_by_number(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let from = scene.make.now();
    let to = from + Span::hours(1);
    let tick = Span::microseconds(1);
    let mut all = Vec::new();
    for (place, at) in [
        to - tick,
        from,
        from - tick,
        to,
        from + Span::minutes(9),
        from + tick,
        from + tick,
    ]
    .into_iter()
    .enumerate()
    {
        let ticket = scene.ticket_with(ann, |ticket| {
            ticket.created_at = at;
            ticket.status = Status::ALL[place % 5];
        });
        all.push(ticket.await?);
    }
    let delete = |ticket: &mut Ticket| ticket.deleted_at = Some(ticket.updated_at);
    scene.change(&all[4], delete).await?;
    let expected_tickets = [0, 1, 5, 6].map(|place| all[place].clone());
    assert_eq!(
        store.created_between(from, to, 0, 9).await?,
        expected_tickets
    );
    for (after, limit, expected) in [
        (0, 1, &[1][..]),
        (1, 2, &[2, 6]),
        (2, 9, &[6, 7]),
        (6, 9, &[7]),
        (7, 9, &[]),
        (0, 0, &[]),
        (u64::MAX, 9, &[]),
    ] {
        let page = store.created_between(from, to, after, limit).await?;
        assert_eq!(numbers(&page), expected, "{limit} after {after}");
    }
    for (from, to) in [(from, from), (to, from), (to + tick, to + tick * 2)] {
        assert!(store.created_between(from, to, 0, 9).await?.is_empty());
    }
    let ever = Timestamp::UNIX_EPOCH + Span::days(365 * 8_000);
    let every = store.created_between(Timestamp::UNIX_EPOCH, ever, 0, 9);
    assert_eq!(numbers(&every.await?), [1, 2, 3, 4, 6, 7]);
    Ok(())
}
