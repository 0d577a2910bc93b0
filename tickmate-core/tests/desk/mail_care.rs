//! Mails that do not arrive at once: outages, limits of the provider, bounces, the suppression list, retries.

use tickmate_core::{
    backend::{
        queue::JobQueue,
        store::{MailQuery, MailStore, SuppressionStore, UserKey, UserStore},
    },
    conformance::fixtures::Fixtures,
    desk::{DeadJobQuery, DeskError},
    domain::{
        access::Actor,
        delivery::Delivery,
        mail::{Mail, MailStatus},
        retry::RetryPolicy,
        time::Span,
        user::Role,
    },
    memory::MemoryMailer,
};
use tracing::Level;

use super::{logs::Logs, world::World};

pub(super) async fn admin(world: &World) -> Actor {
    world.staff("root", Role::Admin, &[], 50).await;
    world.login("root").await.actor().unwrap()
}

async fn of_status(world: &World, status: MailStatus) -> Vec<Mail> {
    let query = MailQuery::of_status(status);
    world.store.mails(&query, 1_000).await.unwrap().items
}

/// The only mail of this status.
pub(super) async fn only(world: &World, status: MailStatus) -> Mail {
    let mut mails = of_status(world, status).await;
    assert_eq!(mails.len(), 1, "{status:?}");
    mails.pop().unwrap()
}

#[tokio::test]
async fn mails_outlast_days_without_a_usable_provider() {
    let world = World::new();
    let ann = world.requester("ann").await;
    assert_eq!(world.desk.mails().outage().await.unwrap(), None);
    world.mailer.fail_settings_next(10_000);
    world.ticket(&ann, "x", &[]).await;
    let begun = world.desk.now();
    let tries = u64::from(RetryPolicy::default().max_errors) * 3;
    while world.mailer.sends() < tries || world.desk.now() < begun + Span::days(4) {
        world.run_until_idle().await;
        world.pass(Span::hours(1));
    }
    assert!(world.mailer.accepted().is_empty());
    let waiting = only(&world, MailStatus::Queued).await;
    assert!(
        waiting
            .reason
            .is_some_and(|reason| reason.contains("login"))
    );
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
    let since = world.desk.mails().outage().await.unwrap().unwrap();
    assert!(since < begun + Span::minutes(1));
    let outage = world.desk.mails().figures().await.unwrap().outage;
    assert!(outage > Span::days(3));
}

#[tokio::test]
async fn each_try_that_the_settings_fail_is_logged_as_an_error() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let (errors, _guard) = Logs::capture(Level::ERROR);
    world.mailer.fail_settings_next(3);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    errors.take();
    for sends in 2..=3 {
        world.pass(Span::minutes(1));
        world.run_until_idle().await;
        assert_eq!(world.mailer.sends(), sends);
        let lines = errors.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("check the settings"), "{lines:?}");
        assert!(lines[0].contains("refusal of the login"), "{lines:?}");
        assert!(!lines[0].contains("ann@example.org"), "{lines:?}");
    }
    world.pass(Span::minutes(2));
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), ["received"]);
    assert_eq!(errors.take(), [""; 0]);
}

#[tokio::test]
async fn an_outage_ends_with_the_next_accepted_mail() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.mailer.fail_settings_next(12);
    for title in ["a", "b", "c"] {
        world.ticket(&ann, title, &[]).await;
    }
    for _ in 0..200 {
        world.run_until_idle().await;
        world.pass(Span::minutes(1));
    }
    assert_eq!(world.mailed("ann"), ["received"; 3]);
    assert_eq!(of_status(&world, MailStatus::Sent).await.len(), 3);
    assert_eq!(world.desk.mails().outage().await.unwrap(), None);
}

#[tokio::test]
async fn an_outage_ends_where_a_mail_fails_for_another_reason() {
    let failures: [fn(&MemoryMailer, usize); 4] = [
        MemoryMailer::fail_next,
        MemoryMailer::lose_next_answers,
        MemoryMailer::throttle_next,
        MemoryMailer::refuse_next,
    ];
    for fail in failures {
        let world = World::new();
        let ann = world.requester("ann").await;
        world.mailer.fail_settings_next(1);
        fail(&world.mailer, 1);
        world.ticket(&ann, "x", &[]).await;
        world.run_until_idle().await;
        assert!(world.desk.mails().outage().await.unwrap().is_some());
        world.pass(Span::minutes(1));
        world.run_until_idle().await;
        assert_eq!(world.mailer.sends(), 2);
        assert_eq!(world.desk.mails().outage().await.unwrap(), None);
    }
}

#[tokio::test]
async fn throttled_mails_arrive_and_cost_no_try() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.mailer.throttle_next(12);
    for title in ["a", "b", "c", "d"] {
        world.ticket(&ann, title, &[]).await;
    }
    let begun = world.desk.now();
    world.run_until_idle().await;
    world.pass(Span::seconds(59));
    world.run_until_idle().await;
    assert_eq!(
        world.mailer.sends(),
        1,
        "none comes before the minute that was asked for"
    );
    assert!(world.desk.mails().figures().await.unwrap().pause > Span::zero());
    for _ in 0..300 {
        world.pass(Span::minutes(7));
        world.run_until_idle().await;
    }
    assert!(world.desk.now() < begun + Span::days(3));
    assert_eq!(world.mailed("ann"), ["received"; 4]);
    assert_eq!(world.desk.mails().outage().await.unwrap(), None);
}

#[tokio::test]
async fn a_limit_holds_up_the_mails_of_every_process() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.mailer.throttle_next(1);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    let other = World::sharing(&world);
    other.ticket(&ann, "y", &[]).await;
    other.run_until_idle().await;
    assert_eq!((world.mailer.sends(), other.mailer.sends()), (1, 0));
    assert!(other.desk.mails().pause().await.unwrap() > Span::seconds(50));
    assert_eq!(of_status(&world, MailStatus::Queued).await.len(), 2);
    for _ in 0..30 {
        world.pass(Span::minutes(1));
        world.run_until_idle().await;
        other.run_until_idle().await;
    }
    assert_eq!(world.mailed("ann"), ["received"]);
    assert_eq!(other.mailed("ann"), ["received"]);
    assert_eq!(other.desk.mails().pause().await.unwrap(), Span::zero());
}

#[tokio::test]
async fn every_mail_arrives_where_the_provider_accepts_one_a_minute() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let _admin = admin(&world).await;
    world.run_until_idle().await;
    for title in ["a", "b", "c", "d"] {
        world.ticket(&ann, title, &["Zeppelins"]).await;
    }
    let before = world.mailer.sends();
    for _ in 0..240 {
        world.mailer.limit_to(Some(1));
        world.run_until_idle().await;
        world.pass(Span::minutes(1));
    }
    let sent = of_status(&world, MailStatus::Sent).await.len() as u64;
    assert_eq!(sent, 12);
    for status in [MailStatus::Queued, MailStatus::Dead, MailStatus::Uncertain] {
        assert_eq!(of_status(&world, status).await, [], "{status:?}");
    }
    let sends = world.mailer.sends() - before;
    assert!(sends <= 3 * sent, "{sends} tries for {sent} mails");

    // Back to speed, since nothing was limited for a while.
    world.mailer.limit_to(None);
    for title in ["e", "f", "g", "h"] {
        world.ticket(&ann, title, &["Zeppelins"]).await;
    }
    for _ in 0..15 {
        world.run_until_idle().await;
        world.pass(Span::minutes(1));
    }
    assert_eq!(of_status(&world, MailStatus::Sent).await.len(), 24);
    assert_eq!(world.desk.mails().pause().await.unwrap(), Span::zero());
}

#[tokio::test]
async fn a_throttled_mail_is_given_up_after_days() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let admin = admin(&world).await;
    world.run_until_idle().await;
    world.mailer.throttle_next(10_000);
    world.ticket(&ann, "x", &["Zeppelins"]).await;
    for _ in 0..24 * 6 {
        world.run_until_idle().await;
        world.pass(Span::hours(1));
    }
    world.desk.jobs().sweep().await.unwrap();
    let dead = of_status(&world, MailStatus::Dead).await;
    assert!(!dead.is_empty());
    assert!(dead.iter().all(|mail| mail.reason.is_some()));
    assert!(
        !world
            .desk
            .jobs()
            .dead(&admin, None, 100)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn reports_of_the_provider_are_folded_and_suppress_addresses() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    let mail = only(&world, MailStatus::Sent).await;
    let reference = mail.reference.clone().unwrap();
    let at = world.desk.now();
    let mails = world.desk.mails();
    let note = async |delivery, reason: Option<&str>| {
        let noted = mails.note_delivery(&reference, delivery, reason, at);
        noted.await.unwrap()
    };
    assert!(note(Delivery::Delivered, None).await);
    assert!(!note(Delivery::Delayed, None).await);
    assert!(world.store.suppression(&mail.to).await.unwrap().is_none());
    assert!(note(Delivery::Bounced, Some("550 5.1.1\r\nunknown")).await);
    let entry = world.store.suppression(&mail.to).await.unwrap().unwrap();
    assert_eq!(entry.reason, "bounced: 550 5.1.1 unknown");
    let stored = world.store.mail(&mail.key).await.unwrap().unwrap();
    let report = stored.delivery.unwrap();
    assert_eq!((report.delivery, report.at), (Delivery::Bounced, at));
    assert_eq!(stored.status, MailStatus::Sent);

    // A report that comes again does not undo what an admin did since.
    let admin = admin(&world).await;
    mails.unsuppress(&admin, &mail.to).await.unwrap();
    assert!(!note(Delivery::Bounced, None).await);
    assert!(world.store.suppression(&mail.to).await.unwrap().is_none());
    assert!(note(Delivery::Complained, None).await);
    assert!(world.store.suppression(&mail.to).await.unwrap().is_some());

    let unknown = mails
        .note_delivery("elsewhere", Delivery::Bounced, None, at)
        .await;
    assert!(matches!(unknown, Err(DeskError::NotFound)), "{unknown:?}");
    let empty = mails.note_delivery(" ", Delivery::Bounced, None, at).await;
    assert!(matches!(empty, Err(DeskError::NotFound)), "{empty:?}");
}

#[tokio::test]
async fn a_suppressed_address_gets_no_mail_until_it_is_taken_off() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let admin = admin(&world).await;
    let address: tickmate_core::domain::email::Email = "Ann@Example.org".parse().unwrap();
    let entry = world
        .desk
        .mails()
        .suppress(&admin, address.clone(), Some(" asked us to "));
    assert_eq!(entry.await.unwrap().reason, "asked us to");
    world.ticket(&ann, "x", &["Zeppelins"]).await;
    world.run_until_idle().await;
    assert!(world.mailed("ann").is_empty());
    let held = of_status(&world, MailStatus::Suppressed).await;
    let held: Vec<&Mail> = held.iter().filter(|mail| mail.to == address).collect();
    assert!(!held.is_empty());
    for mail in &held {
        let reason = mail.reason.clone().unwrap_or_default();
        assert!(
            reason.ends_with("suppression list: asked us to"),
            "{reason}"
        );
    }
    let listed = world
        .desk
        .mails()
        .suppressions(&admin, None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(listed.len(), 1);
    world
        .desk
        .mails()
        .unsuppress(&admin, &address)
        .await
        .unwrap();
    let again = world.desk.mails().unsuppress(&admin, &address).await;
    assert!(matches!(again, Err(DeskError::NotFound)), "{again:?}");
    for mail in &held {
        world.desk.mails().retry(&admin, &mail.key).await.unwrap();
    }
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann").len(), held.len());
    assert!(of_status(&world, MailStatus::Suppressed).await.is_empty());
}

#[tokio::test]
async fn a_link_to_a_suppressed_address_is_not_sent_either() {
    let world = World::new();
    let admin = admin(&world).await;
    let address = "new@example.org".parse().unwrap();
    world
        .desk
        .mails()
        .suppress(&admin, address, None)
        .await
        .unwrap();
    let registration = tickmate_core::desk::Registration {
        email: "new@example.org".to_owned(),
        password: super::world::PASSWORD.to_owned(),
        ..Default::default()
    };
    world.desk.auth().register(registration).await.unwrap();
    world.run_until_idle().await;
    assert!(world.mailed("new").is_empty());
    only(&world, MailStatus::Suppressed).await;
}

#[tokio::test]
async fn a_refused_mail_is_retried_by_one_call() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let admin = admin(&world).await;
    world.mailer.refuse_next(1);
    world.ticket(&ann, "x", &["Zeppelins"]).await;
    world.run_until_idle().await;
    let dead = only(&world, MailStatus::Dead).await;
    let query = MailQuery::of_status(MailStatus::Dead);
    let listed = world.desk.mails().list(&admin, &query, 10).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&dead));
    let before = world.mailer.sends();
    let waiting = world.desk.mails().retry(&admin, &dead.key).await.unwrap();
    assert_eq!((waiting.status, waiting.retries), (MailStatus::Queued, 1));
    // Asked for twice it is sent once.
    world.desk.mails().retry(&admin, &dead.key).await.unwrap();
    world.run_until_idle().await;
    assert_eq!(world.mailer.sends(), before + 1);
    let sent = world.store.mail(&dead.key).await.unwrap().unwrap();
    assert_eq!((sent.status, sent.retries), (MailStatus::Sent, 1));
    assert_eq!((&sent.text, sent.created_at), (&dead.text, dead.created_at));
    let again = world.desk.mails().retry(&admin, &dead.key).await;
    assert!(
        matches!(
            again,
            Err(DeskError::Conflict {
                code: "mail_sent",
                ..
            })
        ),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_mail_refused_again_and_again_is_retried_each_time() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let admin = admin(&world).await;
    world.mailer.refuse_next(4);
    world.ticket(&ann, "x", &["Zeppelins"]).await;
    world.run_until_idle().await;
    let mut retries = 0;
    while let Some(dead) = of_status(&world, MailStatus::Dead).await.first() {
        world.desk.mails().retry(&admin, &dead.key).await.unwrap();
        world.run_until_idle().await;
        retries += 1;
        assert!(retries < 10);
    }
    assert!(retries >= 3);
    assert!(world.mailed("ann").contains(&"received"));
}

#[tokio::test]
async fn a_mail_whose_job_died_is_listed_and_gets_its_job_back() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world
        .mailer
        .fail_next(RetryPolicy::default().max_errors as usize);
    world.ticket(&ann, "x", &[]).await;
    for _ in 0..72 {
        world.run_until_idle().await;
        world.pass(Span::hours(1));
    }
    assert_eq!(world.queue.depth().await.unwrap().dead, 1);
    let admin = admin(&world).await;
    world.desk.jobs().sweep().await.unwrap();
    let dead = only(&world, MailStatus::Dead).await;
    let retried = world.desk.mails().retry_all(&admin, None, None, None);
    assert_eq!(retried.await.unwrap(), 1);
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
    // The sweep leaves it alone although its job was dead a moment ago.
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let sent = world.store.mail(&dead.key).await.unwrap().unwrap();
    assert_eq!(sent.status, MailStatus::Sent);
}

#[tokio::test]
async fn the_job_of_a_retry_that_dies_again_and_again_is_replayed() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let admin = admin(&world).await;
    world.mailer.refuse_next(1);
    world.ticket(&ann, "x", &["Zeppelins"]).await;
    world.run_until_idle().await;
    let key = only(&world, MailStatus::Dead).await.key;
    for retries in 1..=3 {
        world
            .mailer
            .fail_next(RetryPolicy::default().max_errors as usize);
        world.desk.mails().retry(&admin, &key).await.unwrap();
        for _ in 0..72 {
            world.run_until_idle().await;
            world.pass(Span::hours(1));
        }
        world.desk.jobs().sweep().await.unwrap();
        let dead = world.store.mail(&key).await.unwrap().unwrap();
        assert_eq!((dead.status, dead.retries), (MailStatus::Dead, retries));
        assert_eq!(world.queue.depth().await.unwrap().dead, 1, "{retries}");
    }
    world.desk.mails().retry(&admin, &key).await.unwrap();
    world.pass(Span::minutes(2));
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    let sent = world.store.mail(&key).await.unwrap().unwrap();
    assert_eq!(sent.status, MailStatus::Sent);
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
}

#[tokio::test]
async fn a_mail_whose_job_died_after_the_clock_was_set_back_is_listed() {
    let world = World::new();
    let ann = world.requester("ann").await;
    // A walk over the dead jobs a year ahead.
    world.pass(Span::days(365));
    world.desk.jobs().sweep().await.unwrap();
    world.pass(-Span::days(365));
    world
        .mailer
        .fail_next(RetryPolicy::default().max_errors as usize);
    world.ticket(&ann, "x", &[]).await;
    for _ in 0..72 {
        world.run_until_idle().await;
        world.pass(Span::hours(1));
    }
    assert_eq!(world.queue.depth().await.unwrap().dead, 1);
    world.desk.jobs().sweep().await.unwrap();
    only(&world, MailStatus::Dead).await;
}

#[tokio::test]
async fn all_dead_mails_of_a_period_are_retried_in_batches() {
    let world = World::new();
    world.requester("ann").await;
    let admin = admin(&world).await;
    let address = "ann@example.org".parse().unwrap();
    let ann = world.store.user_by(&UserKey::Email(address)).await;
    let ann = ann.unwrap().unwrap();
    let mut make = Fixtures::new(3);
    let begin = world.desk.now() - Span::days(1);
    for number in 0..250 {
        let mut mail = make.mail(&ann, None);
        mail.status = MailStatus::Dead;
        mail.updated_at = begin + Span::minutes(number);
        world.store.put_mail(&mail).await.unwrap();
    }
    let period = (
        Some(begin + Span::minutes(20)),
        Some(begin + Span::minutes(240)),
    );
    let (from, to) = period;
    let retry = async |status| world.desk.mails().retry_all(&admin, status, from, to).await;
    world.mailer.refuse_next(220);
    assert_eq!(retry(Some(MailStatus::Dead)).await.unwrap(), 220);
    assert_eq!(of_status(&world, MailStatus::Dead).await.len(), 30);
    world.run_until_idle().await;
    // They were refused once more, but not in this period.
    assert_eq!(of_status(&world, MailStatus::Dead).await.len(), 250);
    assert_eq!(retry(None).await.unwrap(), 0);
    let all = world.desk.mails().retry_all(&admin, None, None, None).await;
    assert_eq!(all.unwrap(), 250);
    world.run_until_idle().await;
    assert!(of_status(&world, MailStatus::Dead).await.is_empty());
    assert_eq!(world.mailed("ann").len(), 250);
    let sent = retry(Some(MailStatus::Sent)).await;
    assert!(matches!(sent, Err(DeskError::Invalid(_))), "{sent:?}");
}

#[tokio::test]
async fn only_admins_look_after_mails() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("mia", Role::Moderator, &[], 5).await;
    let mia = world.login("mia").await.actor().unwrap();
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    let key = of_status(&world, MailStatus::Sent).await[0].key;
    let address: tickmate_core::domain::email::Email = "a@example.org".parse().unwrap();
    for actor in [&ann, &mia] {
        let desk = &world.desk;
        for refused in [
            desk.mails()
                .list(actor, &MailQuery::default(), 10)
                .await
                .err(),
            desk.mails().retry(actor, &key).await.err(),
            desk.mails().retry_all(actor, None, None, None).await.err(),
            desk.mails().suppressions(actor, None, 10).await.err(),
            desk.mails()
                .suppress(actor, address.clone(), None)
                .await
                .err(),
            desk.mails().unsuppress(actor, &address).await.err(),
            desk.jobs()
                .replay_all(actor, &DeadJobQuery::default())
                .await
                .err(),
            desk.jobs().depth(actor).await.err(),
        ] {
            assert!(
                matches!(refused, Some(DeskError::Forbidden(_))),
                "{refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_address_that_is_suppressed_while_its_mail_waits_for_another_try_gets_no_mail() {
    let world = World::new();
    let (ann, admin) = (world.requester("ann").await, admin(&world).await);
    world.mailer.fail_next(1);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    assert!(!world.mailed("ann").contains(&"received"));
    let address = "ann@example.org".parse().unwrap();
    world
        .desk
        .mails()
        .suppress(&admin, address, None)
        .await
        .unwrap();
    for _ in 0..24 {
        world.pass(Span::hours(1));
        world.run_until_idle().await;
    }
    assert!(!world.mailed("ann").contains(&"received"));
    let mail = only(&world, MailStatus::Suppressed).await;
    assert_eq!(mail.key.kind.as_str(), "received");
    let reason = mail.reason.unwrap();
    assert!(reason.contains("suppression list"), "{reason}");
}
