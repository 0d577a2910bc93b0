//! Handing work over.

use std::cell::Cell;

use futures_util::future::{Either, join, select};

use super::{
    QueueUnderTest,
    worker::{key, keys, lease, sorted_keys},
};
use crate::{
    backend::queue::AfterError,
    conformance::{Outcome, random::Random},
    domain::{
        id::{EventId, TicketId, UserId},
        job::{Job, NewJob, QueueDepth},
        mail::{MailKey, MailKind},
        time::Span,
    },
};

/// Enqueued twice under one key, in one call or in two, it is one job: the first.
pub async fn a_key_is_one_job(test: &QueueUnderTest) -> Outcome {
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
        (&claimed[0].key, claimed[0].job),
        (&first.key, Some(first.job))
    );
    Ok(())
}

/// A job that is leased, done or dead keeps its key: enqueued again, it does not run again.
pub async fn a_key_stays_taken(test: &QueueUnderTest) -> Outcome {
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
    };
    assert_eq!(test.queue.depth().await?, depth);
    Ok(())
}

/// A taken key among others holds up none of them.
pub async fn a_taken_key_holds_up_no_other(test: &QueueUnderTest) -> Outcome {
    test.put([2]).await?;
    test.put([]).await?;
    test.put([1, 2, 3]).await?;
    let claimed = test.claim(lease(1)).await?;
    assert_eq!(sorted_keys(&claimed), [key(1), key(2), key(3)]);
    Ok(())
}

/// Jobs enqueued together are there together: who looks meanwhile sees all or none.
pub async fn jobs_are_enqueued_all_or_none(test: &QueueUnderTest) -> Outcome {
    let done = Cell::new(false);
    let put = async {
        let outcome = test.put(0..60).await;
        done.set(true);
        outcome
    };
    let look = async {
        let mut random = Random::new(1);
        while !done.get() {
            let ready = test.queue.depth().await?.ready;
            assert!(ready == 0 || ready == 60, "{ready} of 60");
            random.pause().await;
        }
        Outcome::Ok(())
    };
    let (looked, put) = join(look, put).await;
    looked.and(put)?;
    assert_eq!(test.queue.depth().await?.ready, 60);
    Ok(())
}

/// Who goes away while enqueuing leaves all jobs behind or none.
pub async fn a_dropped_call_enqueues_all_or_none(test: &QueueUnderTest) -> Outcome {
    for number in 0..6 {
        let mut random = Random::new(number.into());
        let call = test.put(number * 10..number * 10 + 10);
        let patience = random.pause();
        let left = match select(Box::pin(call), Box::pin(patience)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Ok(()),
        };
        left?;
        let ready = test.queue.depth().await?.ready;
        assert_eq!(ready % 10, 0);
    }
    Ok(())
}

/// Every kind of job comes back with its ids.
pub async fn every_kind_comes_back(test: &QueueUnderTest) -> Outcome {
    let now = test.clock.now();
    let mut random = Random::new(1);
    let ticket = TicketId::new(now, random.bytes());
    let user = UserId::new(now, random.bytes());
    let event = EventId::new(now, random.bytes());
    let kind = MailKind::AssignedRequester;
    let to = user;
    for job in [
        Job::Triage { ticket },
        Job::Route { ticket },
        Job::DispatchBacklog { freed: None },
        Job::RequeueUnattended { user },
        Job::Mail {
            mail: MailKey { event, kind, to },
        },
    ] {
        let new = NewJob {
            job,
            ..test.job(random.below(1_000_000) as u32)
        };
        test.queue.enqueue(std::slice::from_ref(&new)).await?;
        let claimed = test.claim(lease(1)).await?;
        assert_eq!(keys(&claimed), [new.key]);
        assert_eq!(claimed[0].job, Some(job));
        assert_eq!(
            (claimed[0].lease, claimed[0].errors, claimed[0].crashes),
            (lease(1), 0, 0)
        );
    }
    Ok(())
}
