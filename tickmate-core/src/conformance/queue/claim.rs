//! Leasing jobs: when, in which order, how many, and which.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    QueueUnderTest,
    under_test::SLACK,
    worker::{key, keys, lease, sorted_keys},
};
use crate::{
    backend::queue::AfterError,
    conformance::Outcome,
    domain::{
        job::{JobKey, NewJob},
        job_class::JobClass,
        time::Span,
    },
};

/// No job is leased before its moment.
pub async fn no_job_is_leased_before_its_moment(test: &QueueUnderTest) -> Outcome {
    let mut job = test.job(1);
    job.run_at += Span::seconds(60);
    test.queue.enqueue(&[job]).await?;
    assert!(test.claim_line(lease(1), 100).await?.is_empty());
    test.clock.advance(Duration::from_secs(60) - SLACK);
    assert!(test.claim_line(lease(1), 100).await?.is_empty());
    test.clock.advance(SLACK);
    assert_eq!(keys(&test.claim_line(lease(1), 100).await?), [key(1)]);
    Ok(())
}

/// The job that is due for longest comes first, up to the limit.
pub async fn jobs_due_for_longest_come_first(test: &QueueUnderTest) -> Outcome {
    for (number, age) in [(1, 20), (2, 50), (3, 10), (4, 40), (5, 30)] {
        let job = test.job(number);
        let run_at = job.run_at - Span::seconds(age);
        test.queue.enqueue(&[NewJob { run_at, ..job }]).await?;
    }
    let mut order: Vec<JobKey> = Vec::new();
    for (limit, expected) in [(2, 2), (0, 0), (2, 2), (2, 1), (2, 0)] {
        let claimed = test.claim_line(lease(1), limit).await?;
        assert_eq!(claimed.len(), expected);
        order.extend(keys(&claimed));
    }
    assert_eq!(order, [2, 4, 5, 1, 3].map(key));
    Ok(())
}

/// The end of a lease counts as the moment at which its job is due.
pub async fn jobs_whose_lease_ran_out_wait_in_line(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.claim_line(lease(1), 100).await?;
    let now = test.clock.now();
    for (number, seconds) in [(2, 10), (3, 100)] {
        let job = test.job(number);
        let run_at = now + Span::seconds(seconds);
        test.queue.enqueue(&[NewJob { run_at, ..job }]).await?;
    }
    test.clock.advance(Duration::from_secs(200));
    assert_eq!(
        keys(&test.claim_line(lease(2), 100).await?),
        [2, 1, 3].map(key)
    );
    Ok(())
}

/// A leased job is not leased again, neither by its holder nor by another worker.
pub async fn a_leased_job_is_not_leased_again(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    assert_eq!(test.claim_line(lease(1), 100).await?.len(), 1);
    for by in [lease(1), lease(2)] {
        assert!(test.claim_line(by, 9).await?.is_empty());
        assert!(test.claim_suspects(by, 9).await?.is_empty());
        assert!(test.claim(by).await?.is_empty());
    }
    Ok(())
}

/// Concurrent claims lease each job once.
pub async fn concurrent_claims_lease_each_job_once(test: &QueueUnderTest) -> Outcome {
    test.put(0..30).await?;
    let claims = (0..12).map(|number| test.claim_line(lease(number), 4));
    let mut claimed = Vec::new();
    for answer in join_all(claims).await {
        let jobs = answer?;
        assert!(jobs.len() <= 4);
        claimed.extend(jobs);
    }
    let mut expected: Vec<JobKey> = (0..30).map(key).collect();
    expected.sort_unstable();
    assert_eq!(sorted_keys(&claimed), expected);
    Ok(())
}

/// A job that crashed is a suspect: a claim of suspects returns only suspects, and other claims return none.
pub async fn suspects_are_claimed_separately(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.crash(&key(1), lease(1)).await?;
    test.put([2]).await?;
    assert_eq!(keys(&test.claim_line(lease(2), 100).await?), [key(2)]);
    let suspects = test.claim_suspects(lease(3), 9).await?;
    assert_eq!(keys(&suspects), [key(1)]);
    assert!(suspects[0].suspect);
    Ok(())
}

/// A claim of suspects leases only those of the given classes, those due for longest first.
pub async fn suspects_are_claimed_by_class(test: &QueueUnderTest) -> Outcome {
    use JobClass::{Bulk, Deliveries, Maintenance, Tickets};
    let of_classes = [(1, Deliveries), (2, Tickets), (3, Deliveries), (4, Bulk)];
    for (number, class) in of_classes {
        let job = NewJob {
            class,
            ..test.job(number)
        };
        test.queue.enqueue(&[job]).await?;
        test.crash(&key(number), lease(u64::from(number))).await?;
    }
    let claim = async |by, most, classes: &[JobClass]| {
        let claimed = test.claim_suspects_of(lease(by), most, classes).await?;
        Outcome::Ok(keys(&claimed))
    };
    assert_eq!(claim(5, 9, &[]).await?, []);
    assert_eq!(claim(5, 9, &[Maintenance]).await?, []);
    assert_eq!(claim(5, 9, &[Tickets, Maintenance]).await?, [key(2)]);
    assert_eq!(claim(6, 1, &[Bulk, Deliveries]).await?, [key(1)]);
    assert_eq!(claim(7, 9, &[Bulk, Deliveries]).await?, [3, 4].map(key));
    assert_eq!(claim(8, 9, &JobClass::ALL).await?, []);
    Ok(())
}

/// A run that ends, even with an error, clears the suspicion; the crashes stay counted. A job that only failed is not a
/// suspect.
pub async fn only_crashes_make_a_job_suspect(test: &QueueUnderTest) -> Outcome {
    test.put([1]).await?;
    test.crash(&key(1), lease(1)).await?;
    let retry = AfterError::RetryAt(test.clock.now());
    for errors in 0..3 {
        let claimed = match errors {
            0 => {
                assert_eq!(test.claim_line(lease(3), 9).await?, []);
                test.claim_suspects(lease(2), 9).await?
            }
            _ => {
                assert_eq!(test.claim_suspects(lease(3), 9).await?, []);
                test.claim_line(lease(2), 9).await?
            }
        };
        assert_eq!(keys(&claimed), [key(1)]);
        assert_eq!((claimed[0].errors, claimed[0].crashes), (errors, 1));
        test.queue.start(&key(1), lease(2)).await?;
        test.queue.fail(&key(1), lease(2), "no", retry).await?;
    }
    Ok(())
}
