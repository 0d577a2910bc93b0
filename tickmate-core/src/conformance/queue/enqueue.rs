//! Handing work over.

use crate::{
    conformance::{Outcome, queue::QueueUnderTest},
    domain::job::{Job, JobKey, NewJob, QueueDepth},
};

/// Enqueued twice under one key, it is one job.
pub async fn a_key_is_one_job(test: &QueueUnderTest) -> Outcome {
    let job = NewJob {
        key: JobKey::new("a"),
        job: Job::DrainQueue,
        run_at: test.clock.now(),
    };
    test.queue.enqueue(&[job.clone(), job.clone()]).await?;
    test.queue.enqueue(&[job]).await?;
    let ready = QueueDepth {
        ready: 1,
        ..QueueDepth::default()
    };
    assert_eq!(test.queue.depth().await?, ready);
    Ok(())
}
