//! What follows when a job fails: another run, and when, or the end of it.

use std::time::Duration;

use super::{
    job_class::JobClass,
    time::{Span, Timestamp},
};

/// How delays grow from one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The factor by which each delay is longer than the one before.
    pub factor: u32,
    /// The longest delay.
    pub longest: Duration,
}

impl Backoff {
    /// Eight runs within two minutes: a requester waits for the ticket, and after that the sweep takes care of it.
    pub const QUICK: Self = Self {
        factor: 2,
        longest: Duration::from_secs(600),
    };
    /// Eight runs within 25 to 51 hours: another server may be down for a day, and no mail should die of that.
    pub const PATIENT: Self = Self {
        factor: 10,
        longest: Duration::from_secs(24 * 60 * 60),
    };

    /// Returns the delay after this many errors, from 1: between half and all of a second that is multiplied with each
    /// error. `random` spreads the runs of jobs that failed together.
    pub fn delay(self, errors: u32, random: u16) -> Duration {
        let seconds = self.factor.saturating_pow(errors.saturating_sub(1));
        let longest = Duration::from_secs(seconds.into()).min(self.longest);
        longest / 2 + longest / 2 * u32::from(random) / u32::from(u16::MAX)
    }
}

/// What an error says about the next run of its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// Another run can't succeed.
    Never,
    /// The job is to run at this moment.
    At(Timestamp),
    /// The job is to run at this moment, however often it failed: it waits for something else to be repaired.
    Deferred(Timestamp),
    /// The delay is that of the policy.
    ByPolicy,
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterError {
    /// The job is ready again at this moment, and the error counts.
    RetryAt(Timestamp),
    /// The job is ready again at this moment. The error is noted and does not count: it is about something that the job
    /// waits for, such as a mail relay that refuses every login.
    DeferUntil(Timestamp),
    /// The job is dead.
    Die,
}

/// How often jobs are run, and how long those that failed wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// A job that failed so often is dead.
    pub max_errors: u32,
    /// A job whose run never ended so often is dead.
    pub max_crashes: u32,
    /// The delays of jobs that work on the desk's own records.
    pub own: Backoff,
    /// The delays of [`JobClass::Deliveries`].
    pub deliveries: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_errors: 8,
            max_crashes: 5,
            own: Backoff::QUICK,
            deliveries: Backoff::PATIENT,
        }
    }
}

impl RetryPolicy {
    /// Decides what follows from an error of a job that had failed `errors` times before.
    ///
    /// ```
    /// use tickmate_core::domain::{
    ///     job_class::JobClass,
    ///     retry::{AfterError, NextRun, RetryPolicy},
    ///     time::{Span, from_micros},
    /// };
    ///
    /// let (policy, now) = (RetryPolicy::default(), from_micros(0));
    /// let decide = |errors| policy.after_error(JobClass::Tickets, errors, NextRun::ByPolicy, now, u16::MAX);
    /// assert_eq!(decide(1), AfterError::RetryAt(now + Span::seconds(2)));
    /// assert_eq!(decide(7), AfterError::Die);
    /// ```
    pub fn after_error(
        &self,
        class: JobClass,
        errors: u32,
        next: NextRun,
        now: Timestamp,
        random: u16,
    ) -> AfterError {
        let errors = errors.saturating_add(1);
        match next {
            NextRun::Never => AfterError::Die,
            NextRun::Deferred(at) => AfterError::DeferUntil(at),
            NextRun::At(_) | NextRun::ByPolicy if errors >= self.max_errors => AfterError::Die,
            NextRun::At(at) => AfterError::RetryAt(at),
            NextRun::ByPolicy => {
                let backoff = match class {
                    JobClass::Deliveries => self.deliveries,
                    JobClass::Tickets | JobClass::Bulk | JobClass::Maintenance => self.own,
                };
                let delay = Span::from_std(backoff.delay(errors, random));
                AfterError::RetryAt(now + delay.unwrap_or(Span::days(1)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn delays_grow_and_are_spread() {
        let quick = Backoff::QUICK;
        assert_eq!(quick.delay(1, 0), Duration::from_millis(500));
        assert_eq!(quick.delay(1, u16::MAX), Duration::from_secs(1));
        assert_eq!(quick.delay(4, u16::MAX), Duration::from_secs(8));
        assert_eq!(quick.delay(u32::MAX, u16::MAX), Duration::from_secs(600));
        assert!(quick.delay(3, 1_000) < quick.delay(3, 60_000));
    }

    #[test]
    fn deliveries_outlast_a_day_without_the_other_server() {
        let all = |random| {
            let delays = (1..8).map(|errors| Backoff::PATIENT.delay(errors, random));
            delays.sum::<Duration>()
        };
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        assert!(all(0) > hours(25), "{:?}", all(0));
        let most = all(u16::MAX);
        assert!(most < hours(52), "{most:?}");
    }

    #[test]
    fn errors_are_bounded_unless_the_job_is_deferred() {
        let policy = RetryPolicy {
            max_errors: 3,
            ..RetryPolicy::default()
        };
        let now = from_micros(1_000_000);
        let at = now + Span::hours(1);
        let second = |seconds| AfterError::RetryAt(now + Span::seconds(seconds));
        for (class, errors, next, expected) in [
            (JobClass::Tickets, 0, NextRun::ByPolicy, second(1)),
            (JobClass::Tickets, 1, NextRun::ByPolicy, second(2)),
            (JobClass::Deliveries, 1, NextRun::ByPolicy, second(10)),
            (JobClass::Bulk, 1, NextRun::At(at), AfterError::RetryAt(at)),
            (JobClass::Bulk, 2, NextRun::At(at), AfterError::Die),
            (JobClass::Tickets, 2, NextRun::ByPolicy, AfterError::Die),
            (
                JobClass::Tickets,
                u32::MAX,
                NextRun::ByPolicy,
                AfterError::Die,
            ),
            (JobClass::Tickets, 0, NextRun::Never, AfterError::Die),
            (
                JobClass::Deliveries,
                9,
                NextRun::Deferred(at),
                AfterError::DeferUntil(at),
            ),
        ] {
            let found = policy.after_error(class, errors, next, now, u16::MAX);
            assert_eq!(found, expected, "{class:?} after {errors} errors: {next:?}");
        }
    }
}
