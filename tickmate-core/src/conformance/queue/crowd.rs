//! Eight workers on one queue: every job is done once, and none is lost, also where leases run out.

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
/// So many rounds of one worker, and the queue gets nowhere.
const PATIENCE: u32 = 10_000;

/// How often the end of each job was acknowledged.
type Ends = RefCell<BTreeMap<JobKey, u32>>;

/// What a worker does beside finishing jobs, each with a chance of one in so many.
#[derive(Clone, Copy)]
struct Troubles {
    fails: u64,
    releases: u64,
    /// Time passes, so that leases of others, and its own, run out.
    dawdles: u64,
}

const NEVER: u64 = u64::MAX;

/// Each of 100 jobs is finished once by eight workers.
pub async fn each_job_is_finished_once(test: &QueueUnderTest) -> Outcome {
    let troubles = Troubles {
        fails: NEVER,
        releases: NEVER,
        dawdles: NEVER,
    };
    work_off(test, troubles).await
}

/// Also where some fail and are tried again, and some are given back.
pub async fn each_job_is_finished_once_after_failures(test: &QueueUnderTest) -> Outcome {
    let troubles = Troubles {
        fails: 4,
        releases: 5,
        dawdles: NEVER,
    };
    work_off(test, troubles).await
}

/// Also where leases run out under their holders: who finishes too late is told so.
pub async fn each_job_is_finished_once_though_leases_run_out(test: &QueueUnderTest) -> Outcome {
    let troubles = Troubles {
        fails: 9,
        releases: 9,
        dawdles: 4,
    };
    work_off(test, troubles).await
}

async fn work_off(test: &QueueUnderTest, troubles: Troubles) -> Outcome {
    test.put(0..JOBS).await?;
    let ends = Ends::default();
    let workers = (0..WORKERS).map(|number| Worker {
        test,
        by: lease(number),
        random: Random::new(number),
        troubles,
        ends: &ends,
    });
    let done = join_all(workers.map(Worker::work)).await;
    done.into_iter().collect::<Outcome>()?;
    let expected: BTreeMap<JobKey, u32> = (0..JOBS).map(|number| (key(number), 1)).collect();
    assert_eq!(ends.into_inner(), expected);
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
    troubles: Troubles,
    ends: &'a Ends,
}

impl Worker<'_> {
    /// Works until every job is done, looking at each step that no job appears or disappears.
    async fn work(mut self) -> Outcome {
        for _ in 0..PATIENCE {
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
        panic!("the jobs are not done after {PATIENCE} rounds")
    }

    async fn run(&mut self, key: &JobKey) -> Outcome {
        let queue = &self.test.queue;
        self.random.pause().await;
        if queue.start(key, self.by).await? == LeaseState::Lost {
            return Ok(());
        }
        self.random.pause().await;
        if self.random.below(self.troubles.dawdles) == 0 {
            self.test.clock.advance(LEASE / 2);
            self.random.pause().await;
        }
        if self.random.below(self.troubles.fails) == 0 {
            let retry = AfterError::RetryAt(self.test.clock.now());
            queue.fail(key, self.by, "no", retry).await?;
        } else if self.random.below(self.troubles.releases) == 0 {
            queue.release(std::slice::from_ref(key), self.by).await?;
        } else if queue.finish(key, self.by).await? == LeaseState::Held {
            *self.ends.borrow_mut().entry(key.clone()).or_default() += 1;
        }
        Ok(())
    }
}
