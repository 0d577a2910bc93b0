//! Enqueuing jobs.

use std::collections::BTreeMap;

use futures_util::future::{Either, join_all, select};

use super::{
    QueueUnderTest,
    worker::{key, keys, lease, sorted_keys},
};
use crate::{
    backend::queue::AfterError,
    conformance::{Outcome, random::Random},
    domain::{
        id::{EventId, TicketId, UserId},
        job::{Job, JobKey, NewJob, QueueDepth},
        mail::{MailKey, MailKind},
        time::Span,
    },
};

/// Jobs that are enqueued with the same key, in one call or in two, are one job: the first.
pub async fn jobs_with_one_key_are_one_job(test: &QueueUnderTest) -> Outcome {
    let first = test.job(1);
    let second = NewJob {
        key: first.key.clone(),
        run_at: first.run_at - Span::hours(1),
        ..test.job(2)
    };
    test.queue.enqueue(&[first.clone(), second.clone()]).await?;
    test.queue.enqueue(&[second]).await?;
    let claimed = test.claim(lease(1)).await?;
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        (&claimed[0].key, &claimed[0].job),
        (&first.key, &Some(first.job))
    );
    Ok(())
}

/// A job that is leased, done or dead keeps its key: enqueued again, it does not run again.
pub async fn a_key_stays_in_use(test: &QueueUnderTest) -> Outcome {
    test.put(1..=3).await?;
    let by = lease(1);
    test.claim(by).await?;
    test.queue.finish(&key(1), by).await?;
    test.queue.fail(&key(2), by, "no", AfterError::Die).await?;
    test.put(1..=3).await?;
    assert!(test.claim(lease(2)).await?.is_empty());
    let depth = QueueDepth {
        ready: 0,
        leased: 1,
        done: 1,
        dead: 1,
        unknown: 0,
    };
    assert_eq!(test.queue.depth().await?, depth);
    Ok(())
}

/// An existing key prevents no other job of the call.
pub async fn an_existing_key_prevents_no_other_job(test: &QueueUnderTest) -> Outcome {
    test.put([2]).await?;
    test.put([]).await?;
    test.put([1, 2, 3]).await?;
    let claimed = test.claim(lease(1)).await?;
    assert_eq!(sorted_keys(&claimed), [key(1), key(2), key(3)]);
    Ok(())
}

/// A dropped call may have enqueued some of its jobs; repeated, it enqueues the others, and none twice.
pub async fn a_repeated_call_enqueues_the_rest_of_a_dropped_one(test: &QueueUnderTest) -> Outcome {
    for number in 0..6 {
        let mut random = Random::new(number.into());
        let call = test.put(number * 10..number * 10 + 10);
        let pause = random.pause();
        let result = match select(Box::pin(call), Box::pin(pause)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Ok(()),
        };
        result?;
        test.put(number * 10..number * 10 + 10).await?;
        assert_eq!(test.queue.depth().await?.ready, u64::from(number + 1) * 10);
    }
    let claimed = test.claim(lease(1)).await?;
    let mut expected: Vec<JobKey> = (0..60).map(key).collect();
    expected.sort_unstable();
    assert_eq!(sorted_keys(&claimed), expected);
    Ok(())
}

/// Concurrent calls that share some keys enqueue one job for each key.
pub async fn concurrent_calls_enqueue_every_job(test: &QueueUnderTest) -> Outcome {
    let calls = (0..6).map(|number| test.put(number * 10..number * 10 + 20));
    for answer in join_all(calls).await {
        answer?;
    }
    assert_eq!(test.queue.depth().await?.ready, 70);
    Ok(())
}

/// Every kind of job round-trips with its ids.
pub async fn every_kind_of_job_round_trips(test: &QueueUnderTest) -> Outcome {
    let now = test.clock.now();
    let mut random = Random::new(1);
    let ticket = TicketId::new(now, random.bytes());
    let user = UserId::new(now, random.bytes());
    let event = EventId::new(now, random.bytes());
    let kind = MailKind::AssignedRequester;
    let to = user;
    for (number, job) in [
        Job::Triage { ticket },
        Job::Route { ticket },
        Job::DispatchBacklog { freed: None },
        Job::RequeueUnattended { user },
        Job::Mail {
            mail: MailKey { event, kind, to },
            retry: 3,
        },
        Job::HandleEvent {
            event,
            handler: "webhooks".to_owned(),
            target: "crm \u{2603} \"b\"".to_owned(),
        },
    ]
    .into_iter()
    .enumerate()
    {
        let key = test.job(number as u32).key;
        let new = NewJob::new(key, job, test.clock.now());
        test.queue.enqueue(std::slice::from_ref(&new)).await?;
        let claimed = test.claim(lease(1)).await?;
        assert_eq!(keys(&claimed), [new.key]);
        assert_eq!(claimed[0].job, Some(new.job));
        assert_eq!(
            (claimed[0].lease, claimed[0].errors, claimed[0].crashes),
            (lease(1), 0, 0)
        );
    }
    Ok(())
}

/// Ready deliveries are counted by handler, before and after a claim found them due; other jobs are not counted.
pub async fn waiting_deliveries_are_counted_by_handler(test: &QueueUnderTest) -> Outcome {
    assert!(test.queue.waiting_deliveries().await?.is_empty());
    test.put(1..=2).await?;
    let event = EventId::new(test.clock.now(), [1; 10]);
    let delivery = |number: u32, handler: &str| {
        let job = Job::HandleEvent {
            event,
            handler: handler.to_owned(),
            target: "crm \u{2603}".to_owned(),
        };
        NewJob::new(test.job(number).key, job, test.clock.now())
    };
    let jobs = [(10, "chat"), (11, "hooks"), (12, "hooks"), (13, "hooks")];
    let jobs = jobs.map(|(number, handler)| delivery(number, handler));
    test.queue.enqueue(&jobs).await?;
    let counts =
        |chat, hooks| BTreeMap::from([("chat".to_owned(), chat), ("hooks".to_owned(), hooks)]);
    assert_eq!(test.queue.waiting_deliveries().await?, counts(1, 3));
    let by = lease(1);
    test.claim(by).await?;
    assert!(test.queue.waiting_deliveries().await?.is_empty());
    test.queue.release(&[key(10), key(11)], by).await?;
    test.queue.fail(&key(12), by, "no", AfterError::Die).await?;
    let later = AfterError::DeferUntil(test.clock.now() + Span::hours(1));
    test.queue.fail(&key(13), by, "no", later).await?;
    assert_eq!(test.queue.waiting_deliveries().await?, counts(1, 2));
    Ok(())
}
