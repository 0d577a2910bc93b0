//! Retries: what follows when a job fails.

use std::time::Duration;

use super::{
    job_class::JobClass,
    time::{Span, Timestamp},
};

/// How the delays between runs grow from one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The factor between a delay and the one before.
    pub factor: u32,
    /// The longest delay.
    pub longest: Duration,
}

impl Backoff {
    /// Eight runs within two minutes: a requester waits for the ticket, and the sweep handles the ticket afterwards.
    pub const QUICK: Self = Self {
        factor: 2,
        longest: Duration::from_secs(600),
    };
    /// Eight runs within 25 to 51 hours: no mail should fail because another server is down for a day.
    pub const PATIENT: Self = Self {
        factor: 10,
        longest: Duration::from_secs(24 * 60 * 60),
    };

    /// Returns the delay after this many errors, from 1: between half and all of one second, multiplied by the factor for
    /// each further error. `random` spreads the runs of jobs that failed together.
    pub fn delay(self, errors: u32, random: u16) -> Duration {
        let seconds = self.factor.saturating_pow(errors.saturating_sub(1));
        let longest = Duration::from_secs(seconds.into()).min(self.longest);
        longest / 2 + longest / 2 * u32::from(random) / u32::from(u16::MAX)
    }
}

/// The next run that an error asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// No further run: it can't succeed.
    Never,
    /// A run at this moment.
    At(Timestamp),
    /// A run at this moment, independent of the number of errors: the job waits for a repair of something else.
    Deferred(Timestamp),
    /// A run after the delay of the policy.
    ByPolicy,
}

/// The consequence of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterError {
    /// The job is ready again at this moment, and the error counts.
    RetryAt(Timestamp),
    /// The job is ready again at this moment. The error is recorded but does not count: its cause is something that the job
    /// waits for, such as a mail relay that refuses every login.
    DeferUntil(Timestamp),
    /// The job is dead.
    Die,
}

/// How often jobs are run, and how long failed ones wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The number of errors after which a job is dead.
    pub max_errors: u32,
    /// The number of crashes after which a job is dead.
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
    fn deliveries_are_retried_for_more_than_a_day() {
        let total_delay = |random| {
            let delays = (1..8).map(|errors| Backoff::PATIENT.delay(errors, random));
            delays.sum::<Duration>()
        };
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        assert!(total_delay(0) > hours(25), "{:?}", total_delay(0));
        let most = total_delay(u16::MAX);
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
            let decision = policy.after_error(class, errors, next, now, u16::MAX);
            assert_eq!(
                decision, expected,
                "{class:?} after {errors} errors: {next:?}"
            );
        }
    }
}
