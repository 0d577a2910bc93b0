//! How long a job that failed waits for its next try.

use std::time::Duration;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(600);

/// Between half and all of 1 s, doubled with each error up to ten minutes: `random` spreads the tries of jobs that
/// failed together. `errors` counts those so far, from 1.
pub fn next_try_after(errors: u32, random: u16) -> Duration {
    let doubled = Duration::from_secs(1) * 2_u32.pow(errors.saturating_sub(1).min(16));
    let longest = doubled.min(LONGEST);
    longest / 2 + longest / 2 * u32::from(random) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_spread() {
        assert_eq!(next_try_after(1, 0), Duration::from_millis(500));
        assert_eq!(next_try_after(1, u16::MAX), Duration::from_secs(1));
        assert_eq!(next_try_after(4, u16::MAX), Duration::from_secs(8));
        assert_eq!(next_try_after(u32::MAX, u16::MAX), LONGEST);
        assert!(next_try_after(3, 1_000) < next_try_after(3, 60_000));
    }
}
