//! The line of a class: the order of the jobs, and when a worker must look again.

use std::time::Duration;

use super::{
    QueueUnderTest,
    under_test::SLACK,
    worker::{LEASE, MANY, key, keys, lease},
};
use crate::{
    backend::queue::{AfterError, ClaimRequest, Wanted},
    conformance::{Outcome, failure::expect_some, random::Random},
    domain::{
        id::UserId,
        job::{Job, JobKey, LeasedJob, NewJob},
        job_class::{JobClass, PerClass},
        time::{Span, from_micros},
    },
};

fn requester(number: u64) -> Option<UserId> {
    Some(UserId::new(from_micros(0), Random::new(number).bytes()))
}

/// Enqueues a job of a requester, due now.
async fn put(test: &QueueUnderTest, number: u32, requester: Option<UserId>) -> Outcome {
    let job = NewJob {
        requester,
        ..test.job(number)
    };
    Ok(test.queue.enqueue(&[job]).await?)
}

/// Claims the whole line in steps of two jobs, and returns the keys in order.
async fn claim_all(test: &QueueUnderTest) -> Outcome<Vec<JobKey>> {
    let mut order = Vec::new();
    loop {
        let claimed = test.claim_line(lease(1), 2).await?;
        if claimed.is_empty() {
            return Ok(order);
        }
        order.extend(keys(&claimed));
    }
}

/// Requesters are served in turn, however many jobs each has; the jobs of one requester in the order in which they were due.
pub async fn requesters_are_served_in_turn(test: &QueueUnderTest) -> Outcome {
    for number in 0..6 {
        put(test, number, requester(1)).await?;
    }
    for number in 6..8 {
        put(test, number, requester(2)).await?;
    }
    put(test, 8, requester(3)).await?;
    assert_eq!(claim_all(test).await?, [0, 6, 8, 1, 7, 2, 3, 4, 5].map(key));
    Ok(())
}

/// A late requester waits for one round of the others, not for all of their jobs.
pub async fn a_late_requester_waits_one_round(test: &QueueUnderTest) -> Outcome {
    for number in 0..50 {
        put(test, number, requester(1)).await?;
    }
    assert_eq!(test.claim_line(lease(1), 10).await?.len(), 10);
    put(test, 50, requester(2)).await?;
    put(test, 51, requester(2)).await?;
    let next = test.claim_line(lease(1), 4).await?;
    assert_eq!(keys(&next), [10, 50, 11, 51].map(key));
    Ok(())
}

/// A job without a requester joins the present round.
pub async fn a_job_without_a_requester_joins_the_present_round(test: &QueueUnderTest) -> Outcome {
    for number in 0..5 {
        put(test, number, requester(1)).await?;
    }
    put(test, 5, None).await?;
    put(test, 6, None).await?;
    assert_eq!(claim_all(test).await?, [0, 5, 6, 1, 2, 3, 4].map(key));
    Ok(())
}

/// A claim leases as many jobs of each class as requested, class by class.
pub async fn each_class_has_its_own_room(test: &QueueUnderTest) -> Outcome {
    for (number, class) in JobClass::ALL.into_iter().cycle().take(12).enumerate() {
        let job = NewJob {
            class,
            ..test.job(number as u32)
        };
        test.queue.enqueue(&[job]).await?;
    }
    let request = ClaimRequest {
        lease: lease(1),
        duration: LEASE,
        wanted: Wanted::Unsuspected(PerClass {
            tickets: 2,
            deliveries: 0,
            bulk: 1,
            maintenance: 9,
        }),
        max_crashes: MANY,
    };
    let claimed = test.queue.claim(&request).await?;
    assert_eq!(keys(&claimed), [0, 4, 2, 3, 7, 11].map(key));
    let classes: Vec<JobClass> = claimed.iter().map(|job| job.class).collect();
    assert_eq!(
        classes[..3],
        [JobClass::Tickets, JobClass::Tickets, JobClass::Bulk]
    );
    Ok(())
}

/// A released job returns to its place in the line.
pub async fn a_released_job_keeps_its_place(test: &QueueUnderTest) -> Outcome {
    for number in 0..4 {
        put(test, number, requester(1)).await?;
    }
    let claimed = test.claim_line(lease(1), 2).await?;
    test.queue.release(&[key(0)], lease(1)).await?;
    assert_eq!(keys(&claimed), [0, 1].map(key));
    assert_eq!(claim_all(test).await?, [0, 2, 3].map(key));
    Ok(())
}

/// A failed job joins the line again when it is due, after the waiting jobs of its requester.
pub async fn a_job_that_failed_joins_the_line_again(test: &QueueUnderTest) -> Outcome {
    for number in 0..4 {
        put(test, number, requester(1)).await?;
    }
    assert_eq!(test.claim_line(lease(1), 1).await?.len(), 1);
    let retry = AfterError::RetryAt(test.clock.now() - Span::hours(1));
    test.queue.fail(&key(0), lease(1), "no", retry).await?;
    assert_eq!(claim_all(test).await?, [1, 2, 3, 0].map(key));
    Ok(())
}

/// The next due moment is that of the earliest waiting job, or of the first lease that ends.
pub async fn the_next_due_moment_is_returned(test: &QueueUnderTest) -> Outcome {
    let slack = Span::from_std(SLACK).unwrap_or_default();
    let start = test.clock.now();
    let next = || test.queue.next_due(&[JobClass::Tickets]);
    assert_eq!(next().await?, None);
    let mut later = test.job(1);
    later.run_at = start + Span::hours(1);
    test.queue.enqueue(&[later]).await?;
    assert_eq!(next().await?, Some(start + Span::hours(1)));
    test.put([2]).await?;
    let now = expect_some(next().await?);
    assert!((start..=start + slack).contains(&now), "{now}");
    test.claim_line(lease(1), 9).await?;
    let end = start + Span::from_std(LEASE).unwrap_or_default();
    let next_end = expect_some(next().await?);
    assert!((end..=end + slack).contains(&next_end), "{next_end}");
    let retry = AfterError::RetryAt(start + Span::seconds(17));
    test.queue.fail(&key(2), lease(1), "no", retry).await?;
    assert_eq!(next().await?, Some(start + Span::seconds(17)));
    test.clock.advance(Duration::from_secs(17));
    test.claim_line(lease(1), 9).await?;
    test.queue.finish(&key(2), lease(1)).await?;
    assert_eq!(next().await?, Some(start + Span::hours(1)));
    test.clock.advance(Duration::from_secs(3600));
    test.claim_line(lease(1), 9).await?;
    let die = AfterError::Die;
    test.queue.fail(&key(1), lease(1), "no", die).await?;
    assert_eq!(next().await?, None);
    Ok(())
}

/// The next due moment omits jobs, including suspects, of classes that the worker has no slots for.
pub async fn the_next_due_moment_is_that_of_the_given_classes(test: &QueueUnderTest) -> Outcome {
    let start = test.clock.now();
    let minute = Span::minutes(1);
    for (number, class) in [(1, JobClass::Bulk), (2, JobClass::Deliveries)] {
        let job = NewJob {
            class,
            run_at: start + minute * number,
            ..test.job(number as u32)
        };
        test.queue.enqueue(&[job]).await?;
    }
    let next = async |classes: &[JobClass]| test.queue.next_due(classes).await;
    assert_eq!(next(&[]).await?, None);
    assert_eq!(next(&[JobClass::Tickets]).await?, None);
    assert_eq!(
        next(&[JobClass::Deliveries]).await?,
        Some(start + minute * 2)
    );
    assert_eq!(next(&JobClass::ALL).await?, Some(start + minute));
    // A claim of another class gives due jobs their places.
    test.clock.advance(Duration::from_secs(90));
    let none: Vec<LeasedJob> = test.claim_suspects(lease(1), 9).await?;
    assert!(none.is_empty());
    assert_eq!(
        next(&[JobClass::Deliveries]).await?,
        Some(start + minute * 2)
    );
    let now = test.clock.now();
    assert!(expect_some(next(&[JobClass::Bulk]).await?) >= now);
    test.crash(&key(1), lease(1)).await?;
    assert!(expect_some(next(&[]).await?) >= now);
    test.claim_suspects(lease(2), 0).await?;
    assert!(expect_some(next(&[JobClass::Bulk]).await?) >= now);
    assert_eq!(next(&[]).await?, None);
    Ok(())
}

/// A job is in the line of the class that it was enqueued with, even if that is not the class of its kind.
pub async fn jobs_wait_in_the_line_of_their_own_class(test: &QueueUnderTest) -> Outcome {
    for number in 0..20 {
        let job = NewJob {
            class: JobClass::Bulk,
            ..test.job(number)
        };
        test.queue.enqueue(&[job]).await?;
    }
    put(test, 20, requester(1)).await?;
    let claimed = test.claim_line(lease(1), 1).await?;
    assert_eq!(keys(&claimed), [20, 0].map(key));
    assert!(matches!(claimed[1].job, Some(Job::Triage { .. })));
    Ok(())
}
