//! Leases: crashes are counted, and a lease is a fence against a worker that lost it.

use std::time::Duration;

use super::{
    QueueUnderTest,
    under_test::SLACK,
    worker::{LEASE, key, keys, lease},
};
use crate::{
    backend::queue::{AfterError, LeaseState},
    conformance::{Outcome, failure::expect_some},
    domain::{id::LeaseId, job::DeathCause},
};

/// A job that was claimed but not started when its lease ran out has not crashed.
pub async fn a_job_not_started_has_not_crashed(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    for number in 0..4 {
        let claimed = test.claim_bounded(lease(number), 1).await?;
        assert_eq!(keys(&claimed), [key(1)]);
        assert_eq!((claimed[0].crashes, claimed[0].errors), (0, 0));
        test.outlive_leases();
    }
    Ok(())
}

/// A run that never ended is one crash, counted when the job is claimed again.
pub async fn a_run_that_never_ended_is_one_crash(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.crash(&key(1), lease(0)).await?;
    for number in 1..4 {
        let claimed = test.claim(lease(number)).await?;
        assert_eq!(keys(&claimed), [key(1)]);
        assert_eq!((claimed[0].crashes, claimed[0].errors), (1, 0));
        assert!(test.claim(lease(number)).await?.is_empty());
        test.outlive_leases();
    }
    Ok(())
}

/// A run that is started twice under one lease is one run.
pub async fn a_run_starts_once(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim(lease(1)).await?;
    for _ in 0..2 {
        assert_eq!(test.queue.start(&key(1), lease(1)).await?, LeaseState::Held);
    }
    test.outlive_leases();
    let claimed = test.claim(lease(2)).await?;
    assert_eq!(claimed[0].crashes, 1);
    Ok(())
}

/// A job with as many crashes as the bound is dead because of crashes, and is not leased again.
pub async fn too_many_crashes_kill_a_job(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.crash(&key(1), lease(0)).await?;
    test.crash(&key(1), lease(1)).await?;
    let third = test.claim_bounded(lease(2), 3).await?;
    assert_eq!(third[0].crashes, 2);
    test.queue.start(&key(1), lease(2)).await?;
    test.outlive_leases();
    assert!(test.claim_bounded(lease(3), 3).await?.is_empty());
    let dead = expect_some(test.queue.deaths(&[key(1)]).await?.pop());
    assert_eq!(
        (dead.cause, dead.crashes, dead.errors),
        (DeathCause::Crashes, 3, 0)
    );
    assert_eq!(dead.job, Some(test.job(1).job));
    assert_eq!(test.queue.depth().await?.dead, 1);
    Ok(())
}

/// Tries everything that a lease can do to job 1. Returns which operations were done.
async fn try_every_operation(test: &QueueUnderTest, by: LeaseId) -> Outcome<Vec<bool>> {
    let queue = &test.queue;
    queue.release(&[key(1)], by).await?;
    let retry = AfterError::RetryAt(test.clock.now());
    let answers = [
        queue.start(&key(1), by).await?,
        queue.finish(&key(1), by).await?,
        queue.fail(&key(1), by, "no", retry).await?,
        queue.fail(&key(1), by, "no", AfterError::Die).await?,
    ];
    let renewed = queue.renew(&[key(1)], by, LEASE * 9).await?;
    let mut done: Vec<bool> = answers
        .iter()
        .map(|state| *state == LeaseState::Held)
        .collect();
    done.push(!renewed.is_empty());
    Ok(done)
}

/// A worker that lost a lease changes nothing by starting, finishing, failing, renewing or releasing.
pub async fn a_lost_lease_changes_nothing(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim(lease(1)).await?;
    test.outlive_leases();
    assert_eq!(test.claim(lease(2)).await?.len(), 1);
    let before = test.queue.depth().await?;
    assert_eq!(try_every_operation(test, lease(1)).await?, [false; 5]);
    assert_eq!(test.queue.depth().await?, before);
    assert!(test.claim(lease(3)).await?.is_empty());
    test.outlive_leases();
    let claimed = test.claim(lease(3)).await?;
    assert_eq!((claimed[0].crashes, claimed[0].errors), (0, 0));
    assert_eq!(
        test.queue.finish(&key(1), lease(3)).await?,
        LeaseState::Held
    );
    Ok(())
}

/// A job that is ready, done, dead or missing can't be changed under a lease.
pub async fn only_a_leased_job_changes(test: &QueueUnderTest) -> Outcome {
    let by = lease(1);
    assert_eq!(try_every_operation(test, by).await?, [false; 5]);
    test.put([1]).await?;
    assert_eq!(try_every_operation(test, by).await?, [false; 5]);
    test.claim(by).await?;
    test.queue.finish(&key(1), by).await?;
    assert_eq!(try_every_operation(test, by).await?, [false; 5]);
    assert_eq!(test.queue.depth().await?.done, 1);
    test.put([2]).await?;
    test.claim(by).await?;
    test.queue.fail(&key(2), by, "no", AfterError::Die).await?;
    assert_eq!(test.queue.finish(&key(2), by).await?, LeaseState::Lost);
    assert_eq!(test.queue.depth().await?.dead, 1);
    Ok(())
}

/// A renewed lease holds for the duration from then on, and only the jobs that are still held are returned.
pub async fn a_renewed_lease_holds_longer(test: &QueueUnderTest) -> Outcome {
    test.put([1, 2]).await?;
    test.claim(lease(1)).await?;
    test.queue.finish(&key(2), lease(1)).await?;
    let all = [1, 2, 3].map(key);
    for _ in 0..3 {
        test.clock.advance(LEASE / 2);
        let renewed = test.queue.renew(&all, lease(1), LEASE).await?;
        assert_eq!(renewed, [key(1)]);
        assert!(test.claim(lease(2)).await?.is_empty());
    }
    test.queue.start(&key(1), lease(1)).await?;
    test.clock.advance(LEASE - SLACK);
    assert!(test.claim(lease(2)).await?.is_empty());
    test.clock.advance(SLACK + Duration::from_secs(1));
    let claimed = test.claim(lease(2)).await?;
    assert_eq!(claimed[0].crashes, 1);
    assert!(
        test.queue
            .renew(&[key(1)], lease(1), LEASE)
            .await?
            .is_empty()
    );
    Ok(())
}

/// A released job, started or not, is ready at once and nothing is counted; jobs of other leases are not released.
pub async fn a_released_job_is_ready_at_once(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    let first = test.claim(lease(1)).await?;
    test.put([2]).await?;
    let second = test.claim(lease(2)).await?;
    test.queue.start(&first[0].key, lease(1)).await?;
    let both = [first[0].key.clone(), second[0].key.clone()];
    test.queue.release(&both, lease(1)).await?;
    let depth = test.queue.depth().await?;
    assert_eq!((depth.ready, depth.leased), (1, 1));
    let again = test.claim_bounded(lease(3), 1).await?;
    assert_eq!(keys(&again), keys(&first));
    assert_eq!((again[0].crashes, again[0].errors), (0, 0));
    assert_eq!(
        test.queue.finish(&first[0].key, lease(1)).await?,
        LeaseState::Lost
    );
    assert_eq!(
        test.queue.finish(&second[0].key, lease(2)).await?,
        LeaseState::Held
    );
    Ok(())
}

/// A run that was stopped on purpose does not count as a run under the next lease.
pub async fn a_released_run_does_not_count(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim(lease(1)).await?;
    test.queue.start(&key(1), lease(1)).await?;
    test.queue.release(&[key(1)], lease(1)).await?;
    test.claim(lease(2)).await?;
    test.outlive_leases();
    let claimed = test.claim(lease(3)).await?;
    assert_eq!(keys(&claimed), [key(1)]);
    assert_eq!(claimed[0].crashes, 0);
    Ok(())
}
