//! Claims by key, for engines with their own loop.

use std::time::Duration;

use super::{
    QueueUnderTest,
    worker::{LEASE, MANY, key, keys, lease},
};
use crate::{
    backend::queue::{AfterError, ClaimRequest, Wanted},
    conformance::Outcome,
    domain::time::Span,
};

/// The due jobs among the given keys are leased, each once, and no other job.
pub async fn due_jobs_are_leased_by_key(test: &QueueUnderTest) -> Outcome {
    test.put([1, 2, 3, 4]).await?;
    let mut later = test.job(5);
    later.run_at += Span::hours(1);
    test.queue.enqueue(&[later]).await?;
    let request = ClaimRequest {
        lease: lease(1),
        duration: LEASE,
        wanted: Wanted::Keys([3, 5, 1, 3, 9].map(key).to_vec()),
        max_crashes: MANY,
    };
    assert_eq!(keys(&test.queue.claim(&request).await?), [1, 3].map(key));
    assert!(test.queue.claim(&request).await?.is_empty());
    assert_eq!(keys(&test.claim(lease(2)).await?), [2, 4].map(key));
    Ok(())
}

/// A suspect is leased by its key, and is marked as one.
pub async fn a_suspect_is_leased_by_its_key(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.crash(&key(1), lease(1)).await?;
    let claimed = test.claim(lease(2)).await?;
    assert_eq!(keys(&claimed), [key(1)]);
    assert!(claimed[0].suspect);
    Ok(())
}

/// Jobs that were due before a moment and are not running are found: those that wait, and those whose lease ran out.
pub async fn overdue_jobs_are_found(test: &QueueUnderTest) -> Outcome {
    test.put(1..=6).await?;
    let by = lease(1);
    assert_eq!(test.claim(by).await?.len(), 6);
    test.queue.start(&key(1), by).await?;
    test.queue.finish(&key(2), by).await?;
    test.queue.fail(&key(3), by, "no", AfterError::Die).await?;
    let retry = AfterError::RetryAt(test.clock.now() + Span::days(1));
    test.queue.fail(&key(4), by, "no", retry).await?;
    test.queue.release(&[key(5)], by).await?;
    let overdue = async |limit| test.queue.overdue(test.clock.now(), limit).await;
    test.clock.advance(Duration::from_secs(1));
    assert_eq!(overdue(9).await?, [key(5)]);
    test.clock.advance(LEASE);
    assert_eq!(overdue(9).await?, [5, 1, 6].map(key));
    assert_eq!(overdue(2).await?, [5, 1].map(key));
    let before = test.clock.now() - Span::hours(1);
    assert!(test.queue.overdue(before, 9).await?.is_empty());
    Ok(())
}
