//! Mails after their first try: references, reports of the provider, retries, and counts.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::{
    backend::store::{MailQuery, MailRequeue, MailUpdate, Store, StoreError},
    conformance::{Outcome, failure::expect_some, scene::Scene},
    domain::{
        delivery::{Delivery, DeliveryReport},
        mail::{Mail, MailStatus},
        time::{Span, Timestamp},
    },
};

fn sent(mail: &Mail, reference: Option<&str>, at: Timestamp) -> MailUpdate {
    MailUpdate {
        key: mail.key,
        status: MailStatus::Sent,
        unanswered_since: None,
        reference: reference.map(str::to_owned),
        reason: None,
        at,
    }
}

fn report(delivery: Delivery, at: Timestamp) -> DeliveryReport {
    DeliveryReport {
        delivery,
        reason: Some(format!("{delivery:?}")),
        at,
    }
}

/// A mail is found by the provider's reference; of several, the one that was rendered last.
pub async fn a_mail_is_found_by_its_reference(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mails = [(); 3].map(|()| scene.make.mail(&ann, None));
    for mail in &mails {
        store.put_mail(mail).await?;
    }
    let [first, second, third] = &mails;
    assert_eq!(store.mail_by_reference("re_1").await?, None);
    for (mail, reference) in [(second, "same"), (first, "same"), (third, "re_1")] {
        let at = scene.make.now();
        assert!(store.update_mail(&sent(mail, Some(reference), at)).await?);
    }
    let key_of = |found: Option<Mail>| found.map(|mail| mail.key);
    let found = store.mail_by_reference("re_1").await?;
    assert_eq!(key_of(found), Some(third.key));
    let found = store.mail_by_reference("same").await?;
    assert_eq!(key_of(found), Some(second.key));
    for unknown in ["", "RE_1", "re_", "re_1 "] {
        assert_eq!(store.mail_by_reference(unknown).await?, None, "{unknown:?}");
    }
    Ok(())
}

/// A reference stays until it is replaced by another one.
pub async fn a_reference_stays_until_it_is_replaced(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mail = scene.make.mail(&ann, None);
    store.put_mail(&mail).await?;
    let mut update = sent(&mail, Some("re_1"), scene.make.now());
    update.status = MailStatus::Sending;
    store.update_mail(&update).await?;
    update.reference = None;
    store.update_mail(&update).await?;
    let stored = expect_some(store.mail(&mail.key).await?);
    assert_eq!(stored.reference.as_deref(), Some("re_1"));
    update.reference = Some("re_2".to_owned());
    store.update_mail(&update).await?;
    let stored = expect_some(store.mail(&mail.key).await?);
    assert_eq!(stored.reference.as_deref(), Some("re_2"));
    assert_eq!(store.mail_by_reference("re_1").await?, None);
    Ok(())
}

/// Reports about the delivery are folded by rank, for every status, and change nothing else.
pub async fn reports_are_folded_by_rank(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    for status in MailStatus::ALL {
        let mut mail = scene.make.mail(&ann, None);
        mail.status = status;
        store.put_mail(&mail).await?;
        for (delivery, replaces) in [
            (Delivery::Delayed, true),
            (Delivery::Queued, false),
            (Delivery::Delivered, true),
            (Delivery::Delivered, false),
            (Delivery::Bounced, true),
            (Delivery::Suppressed, false),
            (Delivery::Delivered, false),
            (Delivery::Complained, true),
            (Delivery::Bounced, false),
        ] {
            let report = report(delivery, scene.make.now());
            let replaced = store.report_delivery(&mail.key, &report).await?;
            assert_eq!(replaced, replaces, "{status:?} {delivery:?}");
            if replaced {
                mail.delivery = Some(report);
            }
            assert_eq!(store.mail(&mail.key).await?.as_ref(), Some(&mail));
        }
    }
    let missing = scene.make.mail(&ann, None);
    let report = report(Delivery::Delivered, scene.make.now());
    let answer = store.report_delivery(&missing.key, &report).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
    Ok(())
}

/// Of concurrent reports the one of the highest rank stays.
pub async fn reports_at_once_end_at_the_highest_rank(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    for turn in 0..Delivery::ALL.len() {
        let mail = scene.make.mail(&ann, None);
        store.put_mail(&mail).await?;
        let mut reports = Delivery::ALL.map(|delivery| report(delivery, scene.make.now()));
        reports.rotate_left(turn);
        let calls = reports.iter();
        let answers = join_all(calls.map(|report| store.report_delivery(&mail.key, report))).await;
        for answer in answers {
            answer?;
        }
        let stored = expect_some(expect_some(store.mail(&mail.key).await?).delivery);
        assert_eq!(stored.delivery, Delivery::Complained);
    }
    Ok(())
}

/// A dead, uncertain or suppressed mail is queued again once for each retry; other mails are not.
pub async fn a_mail_is_requeued_once_for_each_retry(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    for status in MailStatus::ALL {
        let mut mail = scene.make.mail(&ann, None);
        mail.status = status;
        mail.reason = Some("550 no".to_owned());
        mail.reference = Some("re_1".to_owned());
        mail.unanswered_since = Some(mail.created_at);
        mail.delivery = Some(report(Delivery::Bounced, mail.created_at));
        store.put_mail(&mail).await?;
        let requeue = MailRequeue {
            key: mail.key,
            retry: 2,
            at: scene.make.now(),
        };
        let queued = store.requeue_mail(&requeue).await?;
        assert_eq!(queued, status.can_be_retried(), "{status:?}");
        if queued {
            mail.status = MailStatus::Queued;
            mail.reason = None;
            mail.delivery = None;
            mail.retries = 2;
            (mail.queued_at, mail.updated_at) = (requeue.at, requeue.at);
        }
        assert_eq!(store.mail(&mail.key).await?.as_ref(), Some(&mail));
        for (retry, is_queued) in [(1, false), (2, false), (3, status.can_be_retried())] {
            if queued {
                let at = scene.make.now();
                let dead = MailUpdate {
                    status: MailStatus::Dead,
                    ..sent(&mail, None, at)
                };
                store.update_mail(&dead).await?;
            }
            let again = MailRequeue { retry, ..requeue };
            assert_eq!(store.requeue_mail(&again).await?, is_queued, "{retry}");
        }
    }
    let missing = MailRequeue {
        key: scene.make.mail(&ann, None).key,
        retry: 1,
        at: scene.make.now(),
    };
    let answer = store.requeue_mail(&missing).await;
    assert!(matches!(answer, Err(StoreError::NotFound)), "{answer:?}");
    Ok(())
}

/// Of concurrent calls that queue a mail again, one does.
pub async fn concurrent_requeues_queue_a_mail_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mut mail = scene.make.mail(&ann, None);
    mail.status = MailStatus::Dead;
    store.put_mail(&mail).await?;
    let requeue = MailRequeue {
        key: mail.key,
        retry: 1,
        at: scene.make.now(),
    };
    let answers = join_all((0..6).map(|_| store.requeue_mail(&requeue))).await;
    let mut queued = 0;
    for answer in answers {
        queued += u32::from(answer?);
    }
    assert_eq!(queued, 1);
    Ok(())
}

/// Mails are counted by their present status.
pub async fn mails_are_counted_by_status(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    assert_eq!(store.mail_counts().await?, BTreeMap::new());
    for status in MailStatus::ALL {
        let mut mail = scene.make.mail(&ann, None);
        mail.status = status;
        store.put_mail(&mail).await?;
        store.put_mail(&mail).await?;
        if status == MailStatus::Dead {
            let (key, at) = (mail.key, scene.make.now());
            let requeue = MailRequeue { key, retry: 1, at };
            store.requeue_mail(&requeue).await?;
        }
        if status == MailStatus::Sending {
            let update = sent(&mail, None, scene.make.now());
            store.update_mail(&update).await?;
            store.update_mail(&update).await?;
        }
    }
    let expected = BTreeMap::from([
        (MailStatus::Queued, 2),
        (MailStatus::Sent, 2),
        (MailStatus::Uncertain, 1),
        (MailStatus::Suppressed, 1),
    ]);
    assert_eq!(store.mail_counts().await?, expected);
    Ok(())
}

/// A list of mails is bounded by status and by the moment of the last change, excluding the end of the period.
pub async fn mails_of_a_period_are_listed(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mut moments = Vec::new();
    for number in 0..6 {
        let mut mail = scene.make.mail(&ann, None);
        mail.status = [MailStatus::Dead, MailStatus::Sent][number % 2];
        mail.updated_at = scene.make.now() + Span::hours(1);
        store.put_mail(&mail).await?;
        moments.push(mail.updated_at);
    }
    let dead = Some(MailStatus::Dead);
    for (status, from, to, expected) in [
        (None, None, None, vec![5, 4, 3, 2, 1, 0]),
        (None, Some(2), Some(5), vec![4, 3, 2]),
        (dead, None, None, vec![4, 2, 0]),
        (dead, Some(2), None, vec![4, 2]),
        (dead, None, Some(4), vec![2, 0]),
        (dead, Some(3), Some(4), vec![]),
        (dead, Some(4), Some(2), vec![]),
    ] {
        let query = MailQuery {
            status,
            from: from.map(|index: usize| moments[index]),
            to: to.map(|index: usize| moments[index]),
            after: None,
        };
        let expected: Vec<Timestamp> = expected.into_iter().map(|index| moments[index]).collect();
        let page = store.mails(&query, 100).await?;
        let found: Vec<Timestamp> = page.items.iter().map(|mail| mail.updated_at).collect();
        assert_eq!(found, expected, "{query:?}");
        let mut paged: Vec<Mail> = Vec::new();
        loop {
            let after = paged.last().map(Mail::place);
            let page = store.mails(&MailQuery { after, ..query }, 2).await?;
            paged.extend(page.items);
            if !page.more {
                break;
            }
        }
        let paged: Vec<Timestamp> = paged.iter().map(|mail| mail.updated_at).collect();
        assert_eq!(paged, expected, "{query:?}");
    }
    Ok(())
}
