//! The ends of runs, and the next due moment.

use std::time::Duration;

use super::{
    QueueUnderTest,
    under_test::SLACK,
    worker::{key, keys, lease},
};
use crate::{
    backend::queue::{AfterError, LeaseState, MAX_JOB_ERROR},
    conformance::{Outcome, failure::expect_some, sweeps::sweep_all},
    domain::{
        job::{DeathCause, QueueDepth},
        time::Span,
    },
};

/// The most that the clock may have moved by itself.
fn slack() -> Span {
    Span::from_std(SLACK).unwrap_or_default()
}

/// A job that succeeded never runs again.
pub async fn a_finished_job_never_runs_again(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim(lease(1)).await?;
    test.queue.start(&key(1), lease(1)).await?;
    assert_eq!(
        test.queue.finish(&key(1), lease(1)).await?,
        LeaseState::Held
    );
    assert_eq!(
        test.queue.finish(&key(1), lease(1)).await?,
        LeaseState::Lost
    );
    test.outlive_leases();
    assert!(test.claim(lease(2)).await?.is_empty());
    let done = QueueDepth {
        done: 1,
        ..QueueDepth::default()
    };
    assert_eq!(test.queue.depth().await?, done);
    assert!(test.queue.deaths(&[key(1)]).await?.is_empty());
    Ok(())
}

/// A failed run is counted, and the job is due again at its moment.
pub async fn a_failed_run_is_retried(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    for errors in 0..3 {
        let claimed = test.claim(lease(1)).await?;
        assert_eq!(keys(&claimed), [key(1)]);
        assert_eq!((claimed[0].errors, claimed[0].crashes), (errors, 0));
        test.queue.start(&key(1), lease(1)).await?;
        let retry = AfterError::RetryAt(test.clock.now() + Span::seconds(5));
        let lease_state = test.queue.fail(&key(1), lease(1), "no", retry).await?;
        assert_eq!(lease_state, LeaseState::Held);
        assert!(test.claim(lease(1)).await?.is_empty());
        test.clock.advance(Duration::from_secs(5));
    }
    Ok(())
}

/// Deferred runs count no error, but the error is recorded.
pub async fn a_deferred_run_counts_no_error(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    for _ in 0..3 {
        let claimed = test.claim(lease(1)).await?;
        assert_eq!(keys(&claimed), [key(1)]);
        assert_eq!((claimed[0].errors, claimed[0].crashes), (0, 0));
        assert!(!claimed[0].suspect);
        test.queue.start(&key(1), lease(1)).await?;
        let defer = AfterError::DeferUntil(test.clock.now() + Span::seconds(5));
        let lease_state = test.queue.fail(&key(1), lease(1), "not now", defer).await?;
        assert_eq!(lease_state, LeaseState::Held);
        let lease_state = test.queue.fail(&key(1), lease(1), "again", defer).await?;
        assert_eq!(lease_state, LeaseState::Lost);
        assert!(test.claim(lease(1)).await?.is_empty());
        test.clock.advance(Duration::from_secs(5));
    }
    test.claim(lease(1)).await?;
    test.queue.start(&key(1), lease(1)).await?;
    let lease_state = test
        .queue
        .fail(&key(1), lease(1), "dead", AfterError::Die)
        .await?;
    assert_eq!(lease_state, LeaseState::Held);
    assert_eq!(
        expect_some(test.queue.deaths(&[key(1)]).await?.pop()).errors,
        1
    );
    Ok(())
}

/// A job that failed for good is dead: with cause, counts, the beginning of the last error, and the moment.
pub async fn a_job_that_failed_for_good_is_dead(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    let now = test.clock.now();
    let last = "\u{1F525}".repeat(MAX_JOB_ERROR);
    let longer = format!("{last}!");
    for (error, after) in [
        ("first", AfterError::RetryAt(now)),
        (&*longer, AfterError::Die),
    ] {
        test.claim(lease(1)).await?;
        test.queue.start(&key(1), lease(1)).await?;
        test.queue.fail(&key(1), lease(1), error, after).await?;
    }
    let dead = expect_some(test.queue.deaths(&[key(1)]).await?.pop());
    assert_eq!((dead.key, dead.job), (key(1), Some(test.job(1).job)));
    assert_eq!(
        (dead.cause, dead.errors, dead.crashes),
        (DeathCause::Errors, 2, 0)
    );
    assert_eq!(dead.last_error.as_deref(), Some(&*last));
    assert!((now..=test.clock.now() + slack()).contains(&dead.died_at));
    test.outlive_leases();
    assert!(test.claim(lease(2)).await?.is_empty());
    Ok(())
}

/// Errors and crashes are counted separately, and neither count resets the other.
pub async fn errors_and_crashes_are_counted_separately(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    for round in 0..3 {
        let claimed = test.claim(lease(1)).await?;
        assert_eq!((claimed[0].errors, claimed[0].crashes), (round, round));
        test.queue.start(&key(1), lease(1)).await?;
        let retry = AfterError::RetryAt(test.clock.now());
        test.queue.fail(&key(1), lease(1), "no", retry).await?;
        test.crash(&key(1), lease(2)).await?;
    }
    Ok(())
}

/// Clean-up deletes jobs that succeeded before the moment, and their keys; all others stay.
pub async fn only_old_ended_jobs_are_cleaned(test: &QueueUnderTest) -> Outcome {
    test.put(1..=5).await?;
    let by = lease(1);
    test.claim(by).await?;
    test.queue.finish(&key(1), by).await?;
    test.queue.fail(&key(2), by, "no", AfterError::Die).await?;
    test.queue.release(&[key(3)], by).await?;
    test.clock.advance(Duration::from_secs(1));
    let moment = test.clock.now();
    test.queue.finish(&key(4), by).await?;
    let removed = sweep_all(async || test.queue.clean(moment).await);
    assert_eq!(removed.await?, 1);
    let depth = QueueDepth {
        ready: 1,
        leased: 1,
        done: 1,
        dead: 1,
        unknown: 0,
    };
    assert_eq!(test.queue.depth().await?, depth);
    test.put([1, 2, 4]).await?;
    assert_eq!(test.queue.depth().await?, QueueDepth { ready: 2, ..depth });
    Ok(())
}

/// A queue that can be reached answers.
pub async fn it_answers(test: &QueueUnderTest) -> Outcome {
    test.queue.ping().await?;
    test.put([1]).await?;
    Ok(test.queue.ping().await?)
}
