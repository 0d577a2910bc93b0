//! A day without the provider: no ticket waits, nobody storms it, and all is refined when it is back.

use std::sync::Arc;

use tickmate_core::{
    desk::{DeskSettings, TicketView},
    domain::{analysis::TriageSource, time::Span, user::Role},
    memory::FailingLlm,
};

use super::{super::world::World, sure};

/// How many minutes the outage lasts, and how often a ticket comes.
const OUTAGE: u32 = 24 * 60;
const EVERY: u32 = 10;

async fn minute(world: &World) {
    world.pass(Span::minutes(1));
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
}

async fn source(world: &World, ticket: &TicketView) -> Option<TriageSource> {
    let triage = world.stored(ticket).await.triage;
    triage.map(|triage| triage.source)
}

#[tokio::test]
async fn twenty_four_hours_without_the_provider() {
    let llm = Arc::new(FailingLlm::unavailable(sure("away")));
    let world = World::asking(DeskSettings::default(), vec![Arc::clone(&llm) as _]);
    world.staff("root", Role::Admin, &[], 500).await;
    let ann = world.requester("ann").await;
    let mut tickets = Vec::new();
    let mut most_a_minute = 0;
    for number in 0..OUTAGE {
        if number % EVERY == 0 {
            let title = format!("The VPN is broken again, number {number}");
            tickets.push(world.ticket(&ann, &title, &[]).await);
            world.run_until_idle().await;
        }
        let before = llm.asked();
        if number % EVERY == 0 {
            for _ in 0..15 {
                world.pass(Span::seconds(1));
                world.run_until_idle().await;
            }
        }
        minute(&world).await;
        most_a_minute = most_a_minute.max(llm.asked() - before);
        if number % EVERY == 0 {
            let ticket = world.stored(&tickets[tickets.len() - 1]).await;
            // A moment later it was read and somebody has it.
            assert_eq!(
                ticket.triage.as_ref().map(|t| t.source),
                Some(TriageSource::Embedded)
            );
            assert!(ticket.triage.is_some_and(|triage| triage.needs_review));
            assert!(ticket.assignment.is_some());
        }
    }
    // A rest of ten minutes between two tries, after the first few.
    let tries = llm.asked();
    assert!(tries <= u64::from(OUTAGE / 10) + 10, "{tries} tries");
    assert!(most_a_minute <= 4, "{most_a_minute} in a minute");

    llm.recover();
    let mut after = 0;
    let mut most_a_minute = 0;
    loop {
        let before = llm.asked();
        minute(&world).await;
        most_a_minute = most_a_minute.max(llm.asked() - before);
        after += 1;
        let mut left = 0;
        for ticket in &tickets {
            left += usize::from(source(&world, ticket).await != Some(TriageSource::Model));
        }
        if left == 0 {
            break;
        }
        assert!(
            after < 3 * 60,
            "{left} tickets are not refined after three hours"
        );
    }
    // Each ticket was asked about once, and not all at once.
    assert!(llm.asked() - tries <= tickets.len() as u64 + 2);
    assert!(most_a_minute <= 20, "{most_a_minute} in a minute");
    for ticket in &tickets {
        let ticket = world.stored(ticket).await;
        assert!(ticket.triage.is_some_and(|triage| !triage.needs_review));
        assert_eq!(ticket.required_skills[0].name, "Linux");
    }
}
