//! Clocks that jump delay no job and no lease.

use std::time::Duration;

use super::{
    QueueUnderTest,
    under_test::SLACK,
    worker::{key, keys, lease},
};
use crate::{
    backend::queue::{AfterError, LONGEST_WAIT, LeaseState},
    conformance::{Outcome, failure::expect_some},
    domain::{job::NewJob, job_class::JobClass, time::Span},
};

const HOURS: Duration = Duration::from_secs(2 * 60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Jobs that were enqueued, or that failed, before the clock was set back are due at once.
pub async fn a_clock_set_back_delays_no_job(test: &QueueUnderTest) -> Outcome {
    test.put([1, 2, 3]).await?;
    test.claim_line(lease(1), 9).await?;
    let retry = AfterError::RetryAt(test.clock.now() + Span::minutes(1));
    test.queue.fail(&key(2), lease(1), "no", retry).await?;
    test.queue.release(&[key(3)], lease(1)).await?;
    test.queue.finish(&key(1), lease(1)).await?;
    test.put([4]).await?;
    test.clock.set_back(HOURS);
    assert!(expect_some(test.queue.next_due(&JobClass::ALL).await?) <= test.clock.now() + slack());
    let mut overdue = test.queue.overdue(test.clock.now(), 9).await?;
    overdue.sort_unstable();
    assert_eq!(overdue, [2, 3, 4].map(key));
    let mut claimed = keys(&test.claim_line(lease(2), 9).await?);
    claimed.sort_unstable();
    assert_eq!(claimed, [2, 3, 4].map(key));
    Ok(())
}

/// A lease that was taken before the clock was set back has run out: its holder may have died.
pub async fn a_clock_set_back_ends_leases(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim_line(lease(1), 9).await?;
    test.queue.start(&key(1), lease(1)).await?;
    test.clock.set_back(HOURS);
    assert!(expect_some(test.queue.next_due(&[]).await?) <= test.clock.now() + slack());
    let claimed = test.claim_suspects(lease(2), 9).await?;
    assert_eq!((keys(&claimed), claimed[0].crashes), (vec![key(1)], 1));
    assert_eq!(
        test.queue.finish(&key(1), lease(1)).await?,
        LeaseState::Lost
    );
    assert_eq!(
        test.queue.finish(&key(1), lease(2)).await?,
        LeaseState::Held
    );
    Ok(())
}

/// A holder that renews its lease after the clock was set back keeps the job.
pub async fn a_renewed_lease_survives_a_clock_set_back(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim_line(lease(1), 9).await?;
    test.clock.set_back(HOURS);
    let renewed = test.queue.renew(&[key(1)], lease(1), HOURS).await?;
    assert_eq!(renewed, [key(1)]);
    assert!(test.claim_line(lease(2), 9).await?.is_empty());
    assert_eq!(
        test.queue.finish(&key(1), lease(1)).await?,
        LeaseState::Held
    );
    Ok(())
}

/// Jobs that were done in a year to which the clock jumped stay done, and jobs that were left there are due at once.
pub async fn a_clock_jump_forward_and_back_delays_no_job(test: &QueueUnderTest) -> Outcome {
    test.put([1, 2]).await?;
    let later = NewJob {
        run_at: test.clock.now() + Span::days(1),
        ..test.job(3)
    };
    test.queue.enqueue(&[later]).await?;
    test.clock.advance(YEAR);
    let claimed = test.claim_line(lease(1), 9).await?;
    assert_eq!(keys(&claimed), [1, 2, 3].map(key));
    test.queue.finish(&key(1), lease(1)).await?;
    test.put([4]).await?;
    test.clock.set_back(YEAR);
    let mut claimed = keys(&test.claim(lease(2)).await?);
    claimed.sort_unstable();
    assert_eq!(claimed, [2, 3, 4].map(key));
    Ok(())
}

/// A job that asks for a moment beyond any delay was scheduled before the clock was set back: it is due.
pub async fn a_job_waits_no_longer_than_the_longest_delay(test: &QueueUnderTest) -> Outcome {
    let far = test.clock.now() + LONGEST_WAIT + Span::days(1);
    for number in [1, 2, 3] {
        let job = NewJob {
            run_at: far,
            ..test.job(number)
        };
        test.queue.enqueue(&[job]).await?;
    }
    let all = [1, 2, 3].map(key);
    assert_eq!(keys(&test.claim_line(lease(1), 9).await?), all);
    for (number, after) in [
        (1, AfterError::RetryAt(far)),
        (2, AfterError::DeferUntil(far)),
        (3, AfterError::RetryAt(test.clock.now() + Span::days(7))),
    ] {
        test.queue.fail(&key(number), lease(1), "no", after).await?;
    }
    let claimed = test.claim_line(lease(2), 9).await?;
    assert_eq!(keys(&claimed), [1, 2].map(key));
    Ok(())
}

/// A small difference between the clocks of two processes makes no job due.
pub async fn a_small_clock_difference_makes_no_job_due(test: &QueueUnderTest) -> Outcome {
    let later = NewJob {
        run_at: test.clock.now() + Span::hours(1),
        ..test.job(1)
    };
    test.queue.enqueue(&[later]).await?;
    test.put([2]).await?;
    let claimed = test.claim_line(lease(1), 9).await?;
    assert_eq!(keys(&claimed), [key(2)]);
    test.clock.set_back(Duration::from_secs(3));
    assert!(test.claim_line(lease(2), 9).await?.is_empty());
    assert!(test.claim(lease(2)).await?.is_empty());
    Ok(())
}

/// The most that the clock may have moved by itself.
fn slack() -> Span {
    Span::from_std(SLACK).unwrap_or_default()
}
