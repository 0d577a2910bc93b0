//! What is mailed, once, and what is held back.

use std::{collections::HashSet, time::Duration};

use tickmate_core::{
    backend::{
        mailer::Repeats,
        store::{EventStore, MailQuery, MailStore},
    },
    desk::{DeskError, DeskSettings, Registration},
    domain::{
        event::EventKind,
        mail::{Mail, MailStatus},
        time::Span,
        user::Role,
    },
};

use super::world::{PASSWORD, World};

fn registration(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        ..Registration::default()
    }
}

/// The token in the last mail.
fn token(world: &World) -> String {
    let mail = world.mailer.accepted().pop().unwrap();
    let (_, rest) = mail.text.split_once("token=").unwrap();
    rest.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
        .collect()
}

#[tokio::test]
async fn the_link_of_the_welcome_works_once() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), ["welcome"]);
    let token = token(&world);
    let user = world.desk.auth().verify_email(&token).await.unwrap();
    assert!(user.email_verified);
    assert!(world.desk.auth().verify_email(&token).await.is_err());
    for other in ["", " ", "null", "%00", &token.to_uppercase()] {
        assert!(
            world.desk.auth().verify_email(other).await.is_err(),
            "{other}"
        );
    }
}

#[tokio::test]
async fn of_uses_of_a_token_at_once_one_succeeds() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    world.run_until_idle().await;
    let token = token(&world);
    let other = World::sharing(&world);
    let uses = [&world, &other, &world, &other].map(|world| world.desk.auth().verify_email(&token));
    let outcomes = futures_util::future::join_all(uses).await;
    let (used, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(used.len(), 1);
    for outcome in refused {
        assert!(
            matches!(outcome, Err(DeskError::InvalidToken)),
            "{outcome:?}"
        );
    }
    let events = world.store.events_after(0, 1_000).await.unwrap();
    let verified = events
        .iter()
        .filter(|event| event.kind == EventKind::Verified);
    assert_eq!(verified.count(), 1);
}

#[tokio::test]
async fn a_link_ends_and_a_newer_one_replaces_it() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    world.run_until_idle().await;
    let first = token(&world);
    world
        .desk
        .auth()
        .resend_verification("ann@example.org")
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), ["welcome"], "not within ten minutes");
    world.pass(Span::minutes(10));
    world
        .desk
        .auth()
        .resend_verification("ann@example.org")
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), ["welcome", "verify"]);
    let second = token(&world);
    assert!(world.desk.auth().verify_email(&first).await.is_err());
    world.pass(Span::hours(24));
    assert!(world.desk.auth().verify_email(&second).await.is_err());
    world
        .desk
        .auth()
        .resend_verification("nobody@example.org")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_mail_is_suppressed_whose_link_ended_while_it_waited() {
    let replaced = (Span::minutes(10), true, vec!["verify"]);
    let expired = (Span::hours(24), false, Vec::new());
    let still_works = (Span::hours(23), false, vec!["welcome"]);
    for (wait, is_replaced, mailed) in [replaced, expired, still_works] {
        let world = World::new();
        world.mailer.fail_settings_next(1);
        let ann = "ann@example.org";
        world.desk.auth().register(registration(ann)).await.unwrap();
        world.run_until_idle().await;
        assert_eq!(only_mail(&world).await.status, MailStatus::Queued);
        world.pass(wait);
        if is_replaced {
            world.desk.auth().resend_verification(ann).await.unwrap();
        }
        world.run_until_idle().await;
        assert_eq!(world.mailed("ann"), mailed, "{wait}");
        let suppressed = MailQuery::of_status(MailStatus::Suppressed);
        let suppressed = world.store.mails(&suppressed, 10).await.unwrap().items;
        let reasons: Vec<_> = suppressed
            .iter()
            .map(|mail| mail.reason.as_deref().unwrap_or_default())
            .collect();
        match mailed[..] {
            ["welcome"] => assert_eq!(reasons, [""; 0]),
            _ => assert_eq!(reasons, ["the link in the mail does not work any more"]),
        }
    }
}

#[tokio::test]
async fn a_mail_whose_link_was_used_before_its_answer_is_not_suppressed() {
    let world = World::new();
    world.mailer.lose_next_answers(1);
    let ann = registration("ann@example.org");
    world.desk.auth().register(ann).await.unwrap();
    world.run_until_idle().await;
    world
        .desk
        .auth()
        .verify_email(&token(&world))
        .await
        .unwrap();
    world.pass(Span::seconds(2));
    world.run_until_idle().await;
    assert_eq!(world.mailer.sends(), 2);
    assert_eq!(only_mail(&world).await.status, MailStatus::Sent);
}

#[tokio::test]
async fn the_owner_of_an_address_hears_of_another_registration_once_a_day() {
    let world = World::new();
    for _ in 0..3 {
        world
            .desk
            .auth()
            .register(registration("Ann@Example.org"))
            .await
            .unwrap();
    }
    world.run_until_idle().await;
    assert_eq!(world.mailed("ann"), ["welcome", "address_reused"]);
}

#[tokio::test]
async fn mails_to_unproved_addresses_are_held_back_and_listed() {
    let settings = DeskSettings {
        unverified_mails_per_day: Some(2),
        ..DeskSettings::default()
    };
    let world = World::with(settings, None);
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    let ann = world.login("ann").await.actor().unwrap();
    for n in 0..3 {
        world.ticket(&ann, &format!("t{n}"), &[]).await;
        world.run_until_idle().await;
    }
    assert_eq!(world.mailed("ann"), ["welcome", "received"]);
    let held = world
        .store
        .mails(&MailQuery::of_status(MailStatus::Suppressed), 10)
        .await
        .unwrap();
    assert_eq!(held.items.len(), 2);
}

/// The only mail that there is.
async fn only_mail(world: &World) -> Mail {
    let mails = world.store.mails(&MailQuery::default(), 10).await.unwrap();
    assert_eq!(mails.items.len(), 1);
    mails.items[0].clone()
}

#[tokio::test]
async fn a_mail_without_an_answer_is_sent_again_and_uncertain_where_it_may_be_a_second() {
    let an_hour = Repeats::HarmlessFor(Duration::from_secs(60 * 60));
    for (repeats, wait, status) in [
        (Repeats::Harmless, Span::hours(1), MailStatus::Sent),
        (Repeats::Visible, Span::seconds(2), MailStatus::Uncertain),
        (an_hour, Span::minutes(59), MailStatus::Sent),
        (an_hour, Span::hours(1), MailStatus::Uncertain),
    ] {
        let world = World::new();
        let ann = world.requester("ann").await;
        world.mailer.set_repeats(repeats);
        world.mailer.lose_next_answers(1);
        world.ticket(&ann, "x", &[]).await;
        world.run_until_idle().await;
        assert_eq!(world.mailer.sends(), 1);
        assert_eq!(only_mail(&world).await.status, MailStatus::Sending);
        world.pass(wait);
        world.run_until_idle().await;
        assert_eq!(world.mailer.sends(), 2);
        let found = only_mail(&world).await.status;
        assert_eq!(found, status, "{repeats:?} after {wait}");
        let accepted = world.mailer.accepted();
        let ids: HashSet<_> = accepted.iter().map(|mail| &mail.message_id).collect();
        assert_eq!(ids.len(), 1, "the same Message-ID at each try");
    }
}

#[tokio::test]
async fn a_mail_that_was_answered_is_certain_however_visible_repeats_are() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.mailer.set_repeats(Repeats::Visible);
    world.mailer.fail_next(1);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    world.pass(Span::seconds(2));
    world.run_until_idle().await;
    assert_eq!(world.mailer.sends(), 2);
    assert_eq!(only_mail(&world).await.status, MailStatus::Sent);
}

#[tokio::test]
async fn an_admins_retry_of_an_unanswered_mail_is_uncertain_and_can_be_retried() {
    let world = World::new();
    let ann = world.requester("ann").await;
    // Without capacity the admin is not assigned, so that there is one mail.
    world.staff("root", Role::Admin, &[], 0).await;
    let root = world.login("root").await.actor().unwrap();
    world.mailer.lose_next_answers(1);
    world.mailer.refuse_next(1);
    world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    world.pass(Span::seconds(2));
    world.run_until_idle().await;
    let dead = only_mail(&world).await;
    assert_eq!(dead.status, MailStatus::Dead);

    // The provider knows the key of the first try, not that of the retry.
    world.pass(Span::seconds(2));
    world.desk.mails().retry(&root, &dead.key).await.unwrap();
    world.run_until_idle().await;
    let again = only_mail(&world).await;
    assert_eq!((again.status, again.retries), (MailStatus::Uncertain, 1));

    world.pass(Span::seconds(2));
    let uncertain = Some(MailStatus::Uncertain);
    let retried = world
        .desk
        .mails()
        .retry_all(&root, uncertain, None, None)
        .await;
    assert_eq!(retried.unwrap(), 1);
    world.run_until_idle().await;
    let again = only_mail(&world).await;
    assert_eq!((again.status, again.retries), (MailStatus::Uncertain, 2));
    let accepted = world.mailer.accepted();
    let retries: Vec<u32> = accepted.iter().map(|mail| mail.retry).collect();
    assert_eq!(retries, [0, 1, 2]);
}

#[tokio::test]
async fn mails_of_a_ticket_are_one_thread() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.staff("root", Role::Admin, &[], 5).await;
    world.ticket(&ann, "Broken <b>title</b>", &[]).await;
    world.run_until_idle().await;
    let to_ann: Vec<_> = world
        .mailer
        .accepted()
        .into_iter()
        .filter(|mail| mail.to.email.local_part() == "ann")
        .collect();
    assert_eq!(to_ann[0].subject, "[#1] Broken <b>title</b>");
    assert_eq!(to_ann[1].references, [to_ann[0].message_id.clone()]);
    assert!(!to_ann[1].html.contains("<b>title"));
}

#[tokio::test]
async fn a_mail_that_waited_is_held_back_from_who_lost_the_ticket() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    world.mailer.fail_next(3);
    world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    let demote = tickmate_core::desk::PersonPatch {
        role: Some(Role::User),
        ..Default::default()
    };
    world
        .desk
        .users()
        .update(&root, mia.id, &demote, None)
        .await
        .unwrap();
    world.pass(Span::seconds(2));
    world.run_until_idle().await;
    assert!(world.mailed("mia").is_empty());
    let held = world
        .store
        .mails(&MailQuery::of_status(MailStatus::Suppressed), 10)
        .await
        .unwrap();
    assert_eq!(held.items.len(), 1);
}

/// A mailer takes the name that it gives to a relay from the sender's domain.
#[tokio::test]
async fn without_a_sender_mails_come_from_the_host_of_the_desk_unless_that_is_an_address() {
    for (app_url, from) in [
        (
            "https://desk.example.org:8443/help",
            "tickmate@desk.example.org",
        ),
        ("http://192.0.2.1:5000", "nobody@invalid"),
    ] {
        let settings = DeskSettings {
            app_url: app_url.to_owned(),
            mail_from: None,
            ..DeskSettings::default()
        };
        let world = World::with(settings, None);
        let ann = world.requester("ann").await;
        world.ticket(&ann, "x", &[]).await;
        world.run_until_idle().await;
        let mail = world.mailer.accepted().pop().unwrap();
        assert_eq!(mail.from.email.as_str(), from);
        assert!(mail.message_id.contains(mail.from.email.domain()));
    }
}
