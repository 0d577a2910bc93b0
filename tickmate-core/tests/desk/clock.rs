//! A clock that was ahead and is set back: what was written meanwhile waits for nothing.

use serde_json::json;
use tickmate_core::{
    backend::store::{EventStore, MailStore},
    desk::{AvailabilityPatch, DeskError, TicketView},
    domain::{
        hours::WorkingHours, mail::MailStatus, presence::Availability, time::Span, user::Role,
    },
};
use tracing::Level;

use super::{
    logs::Logs,
    mail_care::{admin, only},
    world::World,
};

const JUMPS: [Span; 2] = [Span::hours(2), Span::days(365)];

async fn lose_jobs(world: &World) {
    let events = world.store.pending_events(0, 100).await.unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    world.store.mark_relayed(&ids).await.unwrap();
}

async fn is_assigned(world: &World, ticket: &TicketView) -> bool {
    world.stored(ticket).await.assignment.is_some()
}

#[tokio::test]
async fn tickets_jobs_and_logins_of_the_future_are_good_at_once() {
    for jump in JUMPS {
        let world = World::new();
        world.pass(jump);
        let ann = world.requester("ann").await;
        world.staff("mia", Role::Moderator, &["Linux"], 9).await;
        let token = world.token("mia").await;
        let relayed = world.ticket(&ann, "relayed", &["Linux"]).await;
        world.desk.jobs().relay().await.unwrap();
        let pending = world.ticket(&ann, "pending", &["Linux"]).await;
        world.pass(-jump);
        let mia = world.desk.auth().authenticate(&token).await.unwrap();
        world.run_until_idle().await;
        for ticket in [&relayed, &pending] {
            let stored = world.stored(ticket).await;
            assert_eq!(stored.assignee(), Some(mia.user.id), "{stored:?}");
        }
        assert!(world.mailed("ann").contains(&"assigned_requester"));
        world.login("mia").await;
    }
}

#[tokio::test]
async fn a_login_of_the_future_is_logged_and_good_until_it_ends() {
    let world = World::new();
    world.staff("mia", Role::Moderator, &[], 9).await;
    world.pass(Span::hours(2));
    let token = world.token("mia").await;
    let (warnings, _guard) = Logs::capture(Level::WARN);
    warnings.take();
    // Clocks of processes may differ by so much.
    world.pass(-Span::seconds(4));
    world.desk.auth().authenticate(&token).await.unwrap();
    assert_eq!(warnings.take(), [""; 0]);
    world.pass(-Span::hours(1));
    let mia = world.desk.auth().authenticate(&token).await.unwrap();
    let lines = warnings.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the clock was set back"), "{lines:?}");
    let session = mia.session.unwrap().to_string();
    assert!(lines[0].contains(&session), "{lines:?}");
    assert!(!lines[0].contains(&token), "{lines:?}");

    // The session, which the store has, decides.
    world.desk.auth().logout(&mia).await.unwrap();
    let ended = world.desk.auth().authenticate(&token).await;
    assert!(
        matches!(ended, Err(DeskError::Unauthenticated)),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_ticket_of_the_future_whose_jobs_are_lost_is_found_by_the_first_sweep() {
    for jump in JUMPS {
        let world = World::new();
        world.staff("root", Role::Admin, &[], 5).await;
        let ann = world.requester("ann").await;
        world.pass(jump);
        let ticket = world.ticket(&ann, "lost", &[]).await;
        lose_jobs(&world).await;
        world.pass(-jump);
        assert_eq!(world.desk.jobs().sweep().await.unwrap().needing_triage, 1);
        world.run_until_idle().await;
        assert!(is_assigned(&world, &ticket).await);
    }
}

#[tokio::test]
async fn who_went_away_in_the_future_gives_back_at_the_first_sweep() {
    for jump in JUMPS {
        let world = World::new();
        let ann = world.requester("ann").await;
        world.staff("mia", Role::Moderator, &["Linux"], 5).await;
        let mia = world.login("mia").await;
        let ticket = world.ticket(&ann, "x", &["Linux"]).await;
        world.run_until_idle().await;
        world.pass(jump);
        let away = AvailabilityPatch::from(Availability::Away);
        world
            .desk
            .users()
            .set_availability(&mia, &away, None)
            .await
            .unwrap();
        world.pass(-jump);
        assert_eq!(world.desk.jobs().sweep().await.unwrap().requeued, 1);
        assert!(!is_assigned(&world, &ticket).await);
    }
}

#[tokio::test]
async fn a_shift_of_the_future_is_turned_by_the_first_sweep() {
    for jump in JUMPS {
        let world = World::new();
        let ann = world.requester("ann").await;
        world.staff("mia", Role::Moderator, &["Linux"], 5).await;
        let mia = world.login("mia").await;
        // On shift for the hours around the present moment, late on a Tuesday, and off two hours or a year later.
        let hours = json!({ "zone": "UTC", "week": { "tue": [["21:00", "24:00"]] } });
        let hours = WorkingHours::parse(&hours).unwrap();
        world.pass(jump);
        let patch = AvailabilityPatch {
            hours: Some(Some(hours)),
            ..AvailabilityPatch::default()
        };
        world
            .desk
            .users()
            .set_availability(&mia, &patch, None)
            .await
            .unwrap();
        let ticket = world.ticket(&ann, "x", &["Linux"]).await;
        world.run_until_idle().await;
        assert!(!is_assigned(&world, &ticket).await, "off shift");
        world.pass(-jump);
        world.desk.jobs().sweep().await.unwrap();
        world.run_until_idle().await;
        assert!(is_assigned(&world, &ticket).await, "on shift");
    }
}

#[tokio::test]
async fn mails_that_died_before_the_clock_was_set_back_are_sent_again() {
    let world = World::new();
    let (ann, admin) = (world.requester("ann").await, admin(&world).await);
    world.pass(Span::days(365));
    world.mailer.refuse_next(1);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    world.pass(-Span::days(365));
    let dead = only(&world, MailStatus::Dead).await;
    let retried = world.desk.mails().retry_all(&admin, None, None, None);
    assert_eq!(retried.await.unwrap(), 1);
    world.run_until_idle().await;
    let mail = world.store.mail(&dead.key).await.unwrap().unwrap();
    assert_eq!(mail.status, MailStatus::Sent);
}

#[tokio::test]
async fn an_outage_that_began_before_the_clock_was_set_back_is_shown() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.pass(Span::days(365));
    world.mailer.fail_settings_next(10_000);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    world.pass(-Span::days(365));
    let outage = world.desk.mails().figures().await.unwrap().outage;
    assert!(outage > Span::zero());
    for _ in 0..3 {
        world.pass(Span::hours(1));
        world.run_until_idle().await;
    }
    let since = world.desk.mails().outage().await.unwrap().unwrap();
    assert!(since < world.desk.now() && since > world.desk.now() - Span::hours(4));
}
