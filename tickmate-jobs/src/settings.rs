//! How a worker runs.

use std::time::Duration;

use tickmate_core::domain::{job_class::PerClass, retry::RetryPolicy};

/// How a worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSettings {
    /// How many jobs of each class run at once. A class with none is left to other processes.
    pub concurrency: PerClass<u32>,
    /// For how long a job is leased. After a crash it is this long until somebody else takes the job.
    pub lease: Duration,
    /// How often leases are renewed.
    pub heartbeat: Duration,
    /// How long one job may run.
    pub job_timeout: Duration,
    /// How often another process's work is looked for.
    pub poll: Duration,
    /// How long running jobs may take to end when the worker is stopped.
    pub drain: Duration,
    /// How long a process leads unless it renews that. After the death of the leader it is this long until another process
    /// sweeps.
    pub lead: Duration,
    /// How often jobs are run, and how long those that failed wait.
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

/// Settings that would lose or repeat work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// A lease would run out between two heartbeats.
    #[error("the heartbeat must be at most a third of the lease")]
    HeartbeatTooSlow,
    /// A process that stops would hold on to jobs that others have taken over.
    #[error("the drain must be at most the lease")]
    DrainTooLong,
    /// Nothing would ever run.
    #[error("at least one class of jobs must have a concurrency of at least 1")]
    NoConcurrency,
}

impl WorkerSettings {
    /// Says whether nothing gets lost with these settings.
    ///
    /// # Errors
    /// What is wrong with them.
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
