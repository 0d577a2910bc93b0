//! Mails: one row for each, and its changes.

use std::cmp::Reverse;

use futures_util::future::join_all;

use crate::{
    backend::store::{MailQuery, MailUpdate, Store, StoreError},
    conformance::{Outcome, failure::expect_some, fixtures::parse_email, scene::Scene},
    domain::{
        mail::{Mail, MailKind, MailPlace, MailStatus},
        time::{Span, Timestamp},
    },
};

fn update(mail: &Mail, status: MailStatus, at: Timestamp) -> MailUpdate {
    MailUpdate {
        key: mail.key,
        status,
        unanswered_since: None,
        reference: None,
        reason: None,
        at,
    }
}

/// If a mail is inserted twice under one key, the first one stays, with its present status.
pub async fn a_mail_is_inserted_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let first = scene.make.mail(&ann, None);
    assert_eq!(store.put_mail(&first).await?, first);
    let mut second = scene.make.mail(&ann, None);
    second.key = first.key;
    second.text = "Another".to_owned();
    assert_eq!(store.put_mail(&second).await?, first);
    let at = scene.make.now();
    store
        .update_mail(&update(&first, MailStatus::Sent, at))
        .await?;
    let stored_mail = store.put_mail(&second).await?;
    assert_eq!(
        (stored_mail.status, &stored_mail.text),
        (MailStatus::Sent, &first.text)
    );
    assert_eq!(store.mail(&first.key).await?, Some(stored_mail));
    Ok(())
}

/// Of concurrent inserts under one key, one stays, and all calls return it.
pub async fn concurrent_inserts_store_one_mail(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let first = scene.make.mail(&ann, None);
    let put = |number: u32| Mail {
        text: format!("Text {number}"),
        ..first.clone()
    };
    let mails: Vec<Mail> = (0..6).map(put).collect();
    let answers = join_all(mails.iter().map(|mail| store.put_mail(mail))).await;
    let stored = expect_some(store.mail(&first.key).await?);
    for answer in answers {
        assert_eq!(answer?, stored);
    }
    assert!(mails.contains(&stored));
    Ok(())
}

/// An update writes status, reason, reference, since when tries are unanswered, and the moment; a final status stays.
pub async fn a_final_status_stays(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    for status in MailStatus::ALL {
        let mail = scene.make.mail(&ann, None);
        store.put_mail(&mail).await?;
        let change = MailUpdate {
            unanswered_since: Some(scene.make.now()),
            reference: Some(format!("250 {status:?}")),
            reason: Some("451 later".to_owned()),
            ..update(&mail, status, scene.make.now())
        };
        assert!(store.update_mail(&change).await?);
        let stored = expect_some(store.mail(&mail.key).await?);
        let expected = Mail {
            status,
            unanswered_since: change.unanswered_since,
            reference: change.reference.clone(),
            reason: change.reason.clone(),
            updated_at: change.at,
            ..mail.clone()
        };
        assert_eq!(stored, expected);
        let next = update(&mail, MailStatus::Queued, scene.make.now());
        assert_eq!(store.update_mail(&next).await?, !status.is_final());
        let after = expect_some(store.mail(&mail.key).await?);
        assert_eq!(after == stored, status.is_final(), "{status:?}");
    }
    Ok(())
}

/// An update of a mail that does not exist returns an error.
pub async fn an_update_needs_an_existing_mail(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let missing = scene.make.mail(&ann, None);
    let at = scene.make.now();
    let answer = store
        .update_mail(&update(&missing, MailStatus::Sent, at))
        .await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
    assert_eq!(store.mail(&missing.key).await?, None);
    Ok(())
}

/// Mails to an address are counted from a moment on, without suppressed ones.
pub async fn mails_to_an_address_are_counted(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let bob = scene.requester().await?;
    let mut moments = Vec::new();
    for status in MailStatus::ALL {
        let mut mail = scene.make.mail(&ann, None);
        mail.status = status;
        moments.push(mail.created_at);
        store.put_mail(&mail).await?;
        let others = scene.make.mail(&bob, None);
        store.put_mail(&others).await?;
    }
    let first = moments[0];
    assert_eq!(store.count_mails(&ann.email, first).await?, 5);
    let later = first + Span::microseconds(1);
    assert_eq!(store.count_mails(&ann.email, later).await?, 4);
    assert_eq!(store.count_mails(&ann.email, scene.make.now()).await?, 0);
    let nobody = parse_email("nobody@example.org");
    assert_eq!(store.count_mails(&nobody, first).await?, 0);
    Ok(())
}

/// A ticket's thread to an address contains the rendered mails that were not suppressed, oldest first.
pub async fn a_thread_omits_suppressed_mails(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let bob = scene.requester().await?;
    let [ticket, other] = [
        scene.ticket(ann.id).await?.id,
        scene.ticket(ann.id).await?.id,
    ];
    let base = scene.make.now();
    let mut expected = Vec::new();
    for (minutes, status) in [5, 1, 9, 3, 7, 2].into_iter().zip(MailStatus::ALL) {
        let mut mail = scene.make.mail(&ann, Some(ticket));
        (mail.created_at, mail.status) = (base + Span::minutes(minutes), status);
        store.put_mail(&mail).await?;
        if status != MailStatus::Suppressed {
            expected.push((mail.created_at, mail.key));
        }
    }
    for (to, ticket) in [(&bob, Some(ticket)), (&ann, Some(other)), (&ann, None)] {
        let mut mail = scene.make.mail(to, ticket);
        mail.status = MailStatus::Sent;
        store.put_mail(&mail).await?;
    }
    expected.sort_unstable();
    let expected: Vec<_> = expected.into_iter().map(|(_, key)| key).collect();
    assert_eq!(store.thread(ticket, &ann.email).await?, expected);
    Ok(())
}

/// The mails of a status come with the newest change first, page by page.
pub async fn mails_of_a_status_come_newest_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mut dead = Vec::new();
    for number in 0..4 {
        let mail = scene.make.mail(&ann, None);
        store.put_mail(&mail).await?;
        let others = scene.make.mail(&ann, None);
        store.put_mail(&others).await?;
        let change = update(
            &mail,
            MailStatus::Dead,
            scene.make.now() + Span::hours(9 - number),
        );
        store.update_mail(&change).await?;
        dead.push(expect_some(store.mail(&mail.key).await?));
    }
    let all = store
        .mails(&MailQuery::of_status(MailStatus::Dead), 100)
        .await?;
    assert_eq!((all.items, all.more), (dead.clone(), false));
    let after_first = MailQuery {
        after: Some(dead[0].place()),
        ..MailQuery::of_status(MailStatus::Dead)
    };
    let page = store.mails(&after_first, 2).await?;
    assert_eq!((page.items, page.more), (dead[1..3].to_vec(), true));
    let queued = store
        .mails(&MailQuery::of_status(MailStatus::Queued), 100)
        .await?;
    assert_eq!(queued.items.len(), 4);
    let sent = store
        .mails(&MailQuery::of_status(MailStatus::Sent), 100)
        .await?;
    assert!(sent.items.is_empty());
    Ok(())
}

/// Pages of mails of one moment omit none and repeat none.
pub async fn mails_of_one_moment_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let [ann, bob] = [scene.requester().await?, scene.requester().await?];
    let at = scene.make.now() + Span::hours(1);
    let mut places = Vec::new();
    for to in [&ann, &bob] {
        let first = scene.make.mail(to, None);
        for kind in [
            MailKind::Welcome,
            MailKind::AssignedRequester,
            MailKind::Reply,
        ] {
            let mut mail = first.clone();
            mail.key.kind = kind;
            mail.status = MailStatus::Dead;
            mail.updated_at = at;
            store.put_mail(&mail).await?;
            places.push(mail.place());
        }
    }
    places.sort_by_key(|place| Reverse(place.order()));
    for limit in 1..=4 {
        let mut found: Vec<MailPlace> = Vec::new();
        loop {
            let query = MailQuery {
                after: found.last().copied(),
                ..MailQuery::of_status(MailStatus::Dead)
            };
            let page = store.mails(&query, limit).await?;
            found.extend(page.items.iter().map(Mail::place));
            if !page.more {
                break;
            }
            assert_eq!(page.items.len(), limit as usize);
        }
        assert_eq!(found, places, "pages of {limit}");
    }
    let elsewhere = MailQuery {
        after: Some(places[0]),
        ..MailQuery::of_status(MailStatus::Queued)
    };
    let elsewhere = store.mails(&elsewhere, 9).await?;
    assert!(elsewhere.items.is_empty());
    Ok(())
}
