//! How long a job that failed waits for its next try.

use std::time::Duration;

/// How waits grow from one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// By how much each wait is longer than the one before.
    pub factor: u32,
    /// The longest wait.
    pub longest: Duration,
}

impl Pace {
    /// Eight tries within two minutes: somebody waits for the ticket, and the sweep looks after it then.
    pub const QUICK: Self = Self {
        factor: 2,
        longest: Duration::from_secs(600),
    };
    /// Eight tries within a day: a relay may be down for hours, and no mail should die of it.
    pub const PATIENT: Self = Self {
        factor: 6,
        longest: Duration::from_secs(24 * 60 * 60),
    };

    /// Between half and all of 1 s, multiplied with each error: `random` spreads the tries of jobs that failed
    /// together. `errors` counts those so far, from 1.
    pub fn next_try_after(self, errors: u32, random: u16) -> Duration {
        let times = self.factor.saturating_pow(errors.saturating_sub(1));
        let longest = Duration::from_secs(times.into()).min(self.longest);
        longest / 2 + longest / 2 * u32::from(random) / u32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_spread() {
        let pace = Pace::QUICK;
        assert_eq!(pace.next_try_after(1, 0), Duration::from_millis(500));
        assert_eq!(pace.next_try_after(1, u16::MAX), Duration::from_secs(1));
        assert_eq!(pace.next_try_after(4, u16::MAX), Duration::from_secs(8));
        assert_eq!(
            pace.next_try_after(u32::MAX, u16::MAX),
            Duration::from_secs(600)
        );
        assert!(pace.next_try_after(3, 1_000) < pace.next_try_after(3, 60_000));
    }

    #[test]
    fn mails_outlast_hours_without_a_relay() {
        let tries = |random| {
            (1..8)
                .map(|errors| Pace::PATIENT.next_try_after(errors, random))
                .sum::<Duration>()
        };
        assert!(
            tries(0) > Duration::from_secs(7 * 60 * 60),
            "{:?}",
            tries(0)
        );
        assert!(
            tries(u16::MAX) < Duration::from_secs(24 * 60 * 60),
            "{:?}",
            tries(u16::MAX)
        );
    }
}
