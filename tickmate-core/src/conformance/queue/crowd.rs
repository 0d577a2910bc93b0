//! Eight workers on one queue: every job is done once and none is lost, even if leases run out.

use std::{cell::RefCell, collections::BTreeMap};

use futures_util::future::join_all;

use super::{
    QueueUnderTest,
    worker::{LEASE, key, lease},
};
use crate::{
    backend::queue::{AfterError, LeaseState},
    conformance::{Outcome, random::Random},
    domain::{id::LeaseId, job::JobKey},
};

const WORKERS: u64 = 8;
const JOBS: u32 = 100;
/// The rounds of one worker after which the queue counts as stuck.
const MAX_ROUNDS: u32 = 10_000;

/// The number of acknowledged ends of each job.
type FinishCounts = RefCell<BTreeMap<JobKey, u32>>;

/// The disturbances by a worker, each with a chance of one in this number.
#[derive(Clone, Copy)]
struct Disturbances {
    fails: u64,
    releases: u64,
    /// Time passes, so that leases run out.
    delays: u64,
}

const NEVER: u64 = u64::MAX;

/// Eight workers finish each of 100 jobs once.
pub async fn each_job_is_finished_once(test: &QueueUnderTest) -> Outcome {
    let disturbances = Disturbances {
        fails: NEVER,
        releases: NEVER,
        delays: NEVER,
    };
    run_workers(test, disturbances).await
}

/// Each job is finished once, even if some runs fail and are retried, and some jobs are released.
pub async fn each_job_is_finished_once_after_failures(test: &QueueUnderTest) -> Outcome {
    let disturbances = Disturbances {
        fails: 4,
        releases: 5,
        delays: NEVER,
    };
    run_workers(test, disturbances).await
}

/// Each job is finished once, even if leases run out before their holders finish: late finishes are refused.
pub async fn each_job_is_finished_once_despite_expired_leases(test: &QueueUnderTest) -> Outcome {
    let disturbances = Disturbances {
        fails: 9,
        releases: 9,
        delays: 4,
    };
    run_workers(test, disturbances).await
}

async fn run_workers(test: &QueueUnderTest, disturbances: Disturbances) -> Outcome {
    test.put(0..JOBS).await?;
    let finish_counts = FinishCounts::default();
    let workers = (0..WORKERS).map(|number| Worker {
        test,
        by: lease(number),
        random: Random::new(number),
        disturbances,
        finish_counts: &finish_counts,
    });
    let done = join_all(workers.map(Worker::work)).await;
    done.into_iter().collect::<Outcome>()?;
    let expected: BTreeMap<JobKey, u32> = (0..JOBS).map(|number| (key(number), 1)).collect();
    assert_eq!(finish_counts.into_inner(), expected);
    let depth = test.queue.depth().await?;
    assert_eq!(
        (depth.done, depth.ready, depth.leased, depth.dead),
        (JOBS.into(), 0, 0, 0)
    );
    Ok(())
}

struct Worker<'a> {
    test: &'a QueueUnderTest,
    by: LeaseId,
    random: Random,
    disturbances: Disturbances,
    finish_counts: &'a FinishCounts,
}

impl Worker<'_> {
    /// Works until every job is done, and checks at each step that no job appears or disappears.
    async fn work(mut self) -> Outcome {
        for _ in 0..MAX_ROUNDS {
            let depth = self.test.queue.depth().await?;
            let all = depth.ready + depth.leased + depth.done + depth.dead;
            assert_eq!(all, u64::from(JOBS), "{depth:?}");
            if depth.done == u64::from(JOBS) {
                return Ok(());
            }
            let most = 1 + self.random.below(4) as u32;
            let claimed = match self.random.below(2) {
                0 => self.test.claim_line(self.by, most).await?,
                _ => self.test.claim_suspects(self.by, most).await?,
            };
            for job in claimed {
                self.run(&job.key).await?;
            }
            self.random.pause().await;
        }
        panic!("the jobs are not done after {MAX_ROUNDS} rounds")
    }

    async fn run(&mut self, key: &JobKey) -> Outcome {
        let queue = &self.test.queue;
        self.random.pause().await;
        if queue.start(key, self.by).await? == LeaseState::Lost {
            return Ok(());
        }
        self.random.pause().await;
        if self.random.below(self.disturbances.delays) == 0 {
            self.test.clock.advance(LEASE / 2);
            self.random.pause().await;
        }
        if self.random.below(self.disturbances.fails) == 0 {
            let retry = AfterError::RetryAt(self.test.clock.now());
            queue.fail(key, self.by, "no", retry).await?;
        } else if self.random.below(self.disturbances.releases) == 0 {
            queue.release(std::slice::from_ref(key), self.by).await?;
        } else if queue.finish(key, self.by).await? == LeaseState::Held {
            *self
                .finish_counts
                .borrow_mut()
                .entry(key.clone())
                .or_default() += 1;
        }
        Ok(())
    }
}
