//! Steps at the beginning of most cases: jobs to enqueue, and leases to claim them.

use std::time::Duration;

use super::QueueUnderTest;
use crate::{
    backend::queue::{ClaimRequest, Wanted},
    conformance::{Outcome, random::Random},
    domain::{
        id::{LeaseId, TicketId},
        job::{Job, JobKey, LeasedJob, NewJob},
        job_class::{JobClass, PerClass},
        time::from_micros,
    },
};

/// The duration of leases.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// A limit of crashes that no case reaches by accident.
pub(super) const MANY: u32 = 1_000;
/// [`QueueUnderTest::claim`] claims the jobs with numbers below this one.
pub(super) const KEYS: u32 = 100;

pub(super) fn key(number: u32) -> JobKey {
    JobKey::new(format!("created.{number}.triage"))
}

pub(super) fn lease(number: u64) -> LeaseId {
    LeaseId::new(from_micros(0), Random::new(number).bytes())
}

impl QueueUnderTest {
    /// Creates a job that is due now, with the key and the ticket of this number.
    pub(super) fn job(&self, number: u32) -> NewJob {
        let mut random = Random::new(number.into());
        let ticket = TicketId::new(from_micros(0), random.bytes());
        NewJob::new(key(number), Job::Triage { ticket }, self.clock.now())
    }

    /// Enqueues the jobs with these numbers, due now.
    pub(super) async fn put(&self, numbers: impl IntoIterator<Item = u32>) -> Outcome {
        let jobs: Vec<NewJob> = numbers.into_iter().map(|number| self.job(number)).collect();
        Ok(self.queue.enqueue(&jobs).await?)
    }

    /// Leases the due jobs with numbers below [`KEYS`] by their keys.
    pub(super) async fn claim(&self, lease: LeaseId) -> Outcome<Vec<LeasedJob>> {
        self.claim_bounded(lease, MANY).await
    }

    /// Like [`Self::claim`], with a limit of crashes.
    pub(super) async fn claim_bounded(
        &self,
        lease: LeaseId,
        max_crashes: u32,
    ) -> Outcome<Vec<LeasedJob>> {
        let wanted = Wanted::Keys((0..KEYS).map(key).collect());
        self.claim_wanted(lease, wanted, max_crashes).await
    }

    /// Leases up to this many jobs of each line.
    pub(super) async fn claim_line(&self, lease: LeaseId, most: u32) -> Outcome<Vec<LeasedJob>> {
        let wanted = Wanted::Unsuspected(PerClass::of(|_| most));
        self.claim_wanted(lease, wanted, MANY).await
    }

    /// Leases up to this many suspects of any class.
    pub(super) async fn claim_suspects(
        &self,
        lease: LeaseId,
        most: u32,
    ) -> Outcome<Vec<LeasedJob>> {
        self.claim_suspects_of(lease, most, &JobClass::ALL).await
    }

    /// Leases up to this many suspects of these classes.
    pub(super) async fn claim_suspects_of(
        &self,
        lease: LeaseId,
        most: u32,
        classes: &[JobClass],
    ) -> Outcome<Vec<LeasedJob>> {
        let classes = classes.to_vec();
        let wanted = Wanted::Suspects { most, classes };
        self.claim_wanted(lease, wanted, MANY).await
    }

    async fn claim_wanted(
        &self,
        lease: LeaseId,
        wanted: Wanted,
        max_crashes: u32,
    ) -> Outcome<Vec<LeasedJob>> {
        let request = ClaimRequest {
            lease,
            duration: LEASE,
            wanted,
            max_crashes,
        };
        Ok(self.queue.claim(&request).await?)
    }

    /// Lets every lease run out.
    pub(super) fn outlive_leases(&self) {
        self.clock.advance(LEASE + Duration::from_secs(1));
    }

    /// Claims a job, starts it, and lets its lease run out.
    pub(super) async fn crash(&self, key: &JobKey, by: LeaseId) -> Outcome {
        let wanted = Wanted::Keys(vec![key.clone()]);
        let claimed = self.claim_wanted(by, wanted, MANY).await?;
        assert_eq!(keys(&claimed), std::slice::from_ref(key));
        self.queue.start(key, by).await?;
        self.outlive_leases();
        Ok(())
    }
}

/// Returns the keys of jobs in their order.
pub(super) fn keys(jobs: &[LeasedJob]) -> Vec<JobKey> {
    jobs.iter().map(|job| job.key.clone()).collect()
}

/// Returns the sorted keys of jobs: for claims of jobs that are due at the same moment.
pub(super) fn sorted_keys(jobs: &[LeasedJob]) -> Vec<JobKey> {
    let mut keys = keys(jobs);
    keys.sort_unstable();
    keys
}
