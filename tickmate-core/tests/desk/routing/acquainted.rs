//! Requesters come back to whom they know.

use tickmate_core::{
    desk::{DeskSettings, TicketRef},
    domain::{
        access::Actor, decision::DecidedBy, routing::Policy, status::Status, time::Span, user::Role,
    },
};

use crate::desk::world::World;

/// Who is given a ticket that either could take, and why. It is finished at once.
async fn served(world: &World, asks: &Actor) -> (String, DecidedBy) {
    let ticket = world.ticket(asks, "t", &["Linux"]).await;
    world.run_until_idle().await;
    let of = TicketRef::Id(ticket.ticket.id);
    let explanation = world.desk.routing().explanation(of).await.unwrap();
    let name = explanation.assignee.unwrap().display_name().to_owned();
    let actor = world.login(&name).await.actor().unwrap();
    let done = world
        .desk
        .tickets()
        .set_status(&actor, of, Status::Resolved, None);
    done.await.unwrap();
    world.run_until_idle().await;
    let decided = explanation.decision.unwrap().decided;
    (name, decided.runner_up.unwrap().decided_by)
}

#[tokio::test]
async fn for_a_month_and_however_many_tickets_nobody_had_since() {
    let settings = DeskSettings {
        policy: Policy::named("sticky").unwrap(),
        ..DeskSettings::default()
    };
    let world = World::with(settings, None);
    world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.staff("ben", Role::Moderator, &["Linux"], 5).await;
    let ann = world.requester("ann").await;
    let (first, _) = served(&world, &ann).await;
    for n in 0..12 {
        world.ticket(&ann, &format!("nobody's {n}"), &[]).await;
    }
    world.run_until_idle().await;
    let known = (first.clone(), DecidedBy::Acquainted);
    assert_eq!(served(&world, &ann).await, known);
    world.pass(Span::days(31));
    let (other, by) = served(&world, &ann).await;
    assert_ne!(other, first);
    assert_eq!(by, DecidedBy::LastAssignment);
}
