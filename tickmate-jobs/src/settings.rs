//! Settings of a worker.

use std::time::Duration;

use tickmate_core::domain::{job_class::PerClass, retry::RetryPolicy};

/// Settings of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSettings {
    /// The number of jobs of each class that run concurrently. A class with 0 is left to other processes.
    pub concurrency: PerClass<u32>,
    /// The duration of a job's lease. After a crash, another process takes the job only after this time.
    pub lease: Duration,
    /// The interval between renewals of leases.
    pub heartbeat: Duration,
    /// The maximum run time of a job.
    pub job_timeout: Duration,
    /// The interval between checks for the work of other processes.
    pub poll: Duration,
    /// How long a stopping worker waits for running jobs to end.
    pub drain: Duration,
    /// The duration of the lead, which the leader renews. After a leader has died, another process sweeps only after
    /// this time.
    pub lead: Duration,
    /// How often failed jobs are retried, and how long they wait before that.
    pub retry: RetryPolicy,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: PerClass {
                tickets: 16,
                deliveries: 8,
                bulk: 2,
                maintenance: 1,
            },
            lease: Duration::from_secs(30),
            heartbeat: Duration::from_secs(10),
            job_timeout: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(15),
            lead: Duration::from_secs(10),
            retry: RetryPolicy::default(),
        }
    }
}

/// An error for settings that would lose or repeat work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// A lease would expire between two heartbeats.
    #[error("the heartbeat must be at most a third of the lease")]
    HeartbeatTooSlow,
    /// A stopping process would continue jobs that others have taken over.
    #[error("the drain must be at most the lease")]
    DrainTooLong,
    /// No job would ever run.
    #[error("at least one class of jobs must have a concurrency of at least 1")]
    NoConcurrency,
}

impl WorkerSettings {
    /// Checks that these settings lose and repeat no work.
    ///
    /// # Errors
    /// Returns the first violated rule.
    pub fn check(&self) -> Result<(), InvalidSettings> {
        if self.heartbeat * 3 > self.lease {
            return Err(InvalidSettings::HeartbeatTooSlow);
        }
        if self.drain > self.lease {
            return Err(InvalidSettings::DrainTooLong);
        }
        match self.concurrency == PerClass::default() {
            true => Err(InvalidSettings::NoConcurrency),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_lose_work_are_refused() {
        assert_eq!(WorkerSettings::default().check(), Ok(()));
        let slow = WorkerSettings {
            heartbeat: Duration::from_secs(11),
            ..WorkerSettings::default()
        };
        assert_eq!(slow.check(), Err(InvalidSettings::HeartbeatTooSlow));
        let idle = WorkerSettings {
            concurrency: PerClass::default(),
            ..WorkerSettings::default()
        };
        assert_eq!(idle.check(), Err(InvalidSettings::NoConcurrency));
    }
}
