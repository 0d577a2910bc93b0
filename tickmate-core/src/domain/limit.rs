//! Rate limits: how many attempts a key has in a sliding window.
//!
//! A key has a count for the window that began at its first attempt and one for the window before. The earlier count is
//! weighted by the part of its window that the sliding window still covers, as if its attempts had been spread evenly.
//! This approximation is exact over whole windows; after bursts, the attempts in an interval of the window's length can
//! reach, but not exceed, twice the limit minus one.
//!
//! A refusal states the exact moment from which the next attempt is allowed. That is at most `window + window / most` after
//! the last allowed attempt, longer than the window itself: the attempts of a burst slide out one by one during the window
//! after theirs, and the first of `most` has slid out after a `most`-th of it. With five attempts in 15 minutes the
//! longest wait is 18 minutes.

use super::time::{Span, Timestamp, furthest_ahead};

/// How many attempts are allowed in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most attempts in a window.
    pub most: u32,
    /// The length of the window, at least a microsecond and at most [`LONGEST`].
    pub window: Span,
}

/// The longest window of a limit. Stored state that began twice as long ago may be removed.
pub const LONGEST: Span = Span::days(1);

/// The stored state of a key. Only allowed attempts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the present window began.
    pub start: Timestamp,
    /// The number of attempts that were allowed in it.
    pub count: u32,
    /// The number of attempts that were allowed in the window before it.
    pub before: u32,
}

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The number of further attempts that are allowed at once.
    pub remaining: u32,
    /// The earliest moment at which the next attempt is allowed, if there is none before: the moment of this one while some
    /// remain. Unless the clock goes back, it is at most `window + window / most`, rounded up to a microsecond, after the last
    /// allowed attempt. For a limit of zero it is some moment, but no attempt is ever allowed.
    pub reset_at: Timestamp,
}

/// Makes an attempt, and returns the state to store. A refused attempt changes nothing. A window that begins a little
/// later than now, by another clock, counts as just begun; one of a clock that was set back is discarded.
pub fn attempt(stored: Option<Window>, limit: &Limit, now: Timestamp) -> (Window, Attempt) {
    let length = length(limit);
    let mut window = present(stored, length, now);
    let allowed = room(&window, limit, length, now) > 0;
    window.count += u32::from(allowed);
    let remaining = room(&window, limit, length, now);
    let reset_at = match remaining {
        0 => next_allowed(&window, limit, length),
        _ => now,
    };
    let answer = Attempt {
        allowed,
        remaining,
        reset_at,
    };
    (window, answer)
}

/// Returns the length of a limit's window in microseconds.
fn length(limit: &Limit) -> i64 {
    let window = limit.window.clamp(Span::microseconds(1), LONGEST);
    window.num_microseconds().unwrap_or(1)
}

/// Returns the window that contains this moment.
fn present(stored: Option<Window>, length: i64, now: Timestamp) -> Window {
    let fresh = Window {
        start: now,
        count: 0,
        before: 0,
    };
    let Some(stored) = stored.filter(|stored| stored.start <= furthest_ahead(now)) else {
        return fresh;
    };
    match elapsed(&stored, now) / length {
        0 => stored,
        1 => Window {
            start: stored.start + Span::microseconds(length),
            count: 0,
            before: stored.count,
        },
        _ => fresh,
    }
}

/// Returns how long ago the window began, in microseconds; 0 if it begins later.
fn elapsed(window: &Window, now: Timestamp) -> i64 {
    let elapsed = now - window.start;
    elapsed.num_microseconds().unwrap_or(i64::MAX).max(0)
}

/// Returns how many attempts are allowed at this moment of the window.
fn room(window: &Window, limit: &Limit, length: i64, now: Timestamp) -> u32 {
    let rest = length - elapsed(window, now).min(length);
    // In attempts times microseconds, so that nothing is rounded.
    let used = i128::from(window.before) * i128::from(rest)
        + i128::from(window.count) * i128::from(length);
    let most = i128::from(limit.most) * i128::from(length);
    let room = (most - used).max(0) / i128::from(length);
    u32::try_from(room).unwrap_or(u32::MAX)
}

/// Returns when an attempt is allowed again, if none is allowed now.
fn next_allowed(window: &Window, limit: &Limit, length: i64) -> Timestamp {
    // An attempt is allowed once the count that slides out leaves room for one more next to the count that stays.
    let (begins, slides_out, stays) = match limit.most > window.count {
        true => (0, window.before, window.count),
        false => (length, window.count, 0),
    };
    let spare = i128::from(limit.most) - i128::from(stays) - 1;
    let share = match slides_out {
        0 => 0,
        count => (spare.max(0) * i128::from(length)) / i128::from(count),
    };
    let share = i64::try_from(share).unwrap_or(length).min(length);
    window.start + Span::microseconds(begins) + Span::microseconds(length - share)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::from_micros;

    const FIVE: Limit = Limit {
        most: 5,
        window: Span::minutes(15),
    };

    fn at(seconds: i64) -> Timestamp {
        from_micros(1_788_220_800_000_000) + Span::seconds(seconds)
    }

    #[test]
    fn attempts_are_allowed_up_to_the_limit_and_slide_out_evenly() {
        let mut stored = None;
        for (second, allowed, remaining, reset) in [
            (0, true, 4, 0),
            (0, true, 3, 0),
            (60, true, 2, 60),
            (60, true, 1, 60),
            // The next window begins after 900 s, and one of five attempts has slid out after 180 s of it.
            (60, true, 0, 1_080),
            (60, false, 0, 1_080),
            (900, false, 0, 1_080),
            (1_079, false, 0, 1_080),
            (1_080, true, 0, 1_260),
            (1_259, false, 0, 1_260),
            (1_440, true, 1, 1_440),
            (1_440, true, 0, 1_620),
            // Two windows after the start of the last one, none of its attempts counts.
            (2_700, true, 4, 2_700),
        ] {
            let (window, answer) = attempt(stored, &FIVE, at(second));
            let reset_at = at(reset);
            let expected = Attempt {
                allowed,
                remaining,
                reset_at,
            };
            assert_eq!(answer, expected, "at {second} s");
            stored = Some(window);
        }
    }

    /// Checks how long after the last attempt of a burst the next one is allowed, in seconds.
    #[test]
    fn the_wait_after_a_burst_is_exact_and_bounded() {
        for (most, window, offset, wait) in [
            // The burst begins its window: the longest wait.
            (1, Span::minutes(15), 0, 1_800),
            (5, Span::minutes(15), 0, 1_080),
            (10, Span::minutes(15), 0, 990),
            (100, Span::minutes(15), 0, 909),
            (3, Span::hours(1), 0, 4_800),
            (60, Span::hours(1), 0, 3_660),
            // All attempts but one are made later in the window.
            (5, Span::minutes(15), 180, 900),
            (5, Span::minutes(15), 899, 181),
            (10, Span::minutes(15), 450, 540),
        ] {
            let limit = Limit { most, window };
            let last = at(offset);
            let (mut stored, mut answer) = attempt(None, &limit, at(0));
            for _ in 1..most {
                (stored, answer) = attempt(Some(stored), &limit, last);
                assert!(answer.allowed);
            }
            let case = format!("{most} in {window}, {offset}");
            assert_eq!(answer.reset_at, last + Span::seconds(wait), "{case}");
            assert!(answer.reset_at - last <= window + window / most as i32);
            let (_, refused) = attempt(Some(stored), &limit, last);
            assert_eq!(
                (refused.allowed, refused.reset_at),
                (false, answer.reset_at)
            );
            let before = answer.reset_at - Span::microseconds(1);
            assert!(!attempt(Some(stored), &limit, before).1.allowed, "{case}");
            let next = attempt(Some(stored), &limit, answer.reset_at).1;
            assert!(next.allowed, "{case}");
        }
    }

    #[test]
    fn a_limit_of_zero_allows_no_attempt() {
        let none = Limit { most: 0, ..FIVE };
        let (window, answer) = attempt(None, &none, at(0));
        assert!(!answer.allowed && answer.reset_at > at(0));
        assert_eq!((window.count, window.before), (0, 0));
    }

    #[test]
    fn a_window_of_another_clock_counts_and_one_of_a_clock_set_back_does_not() {
        let full = Window {
            start: at(0),
            count: 5,
            before: 0,
        };
        let (window, answer) = attempt(Some(full), &FIVE, at(-5));
        assert_eq!((window, answer.allowed), (full, false));
        assert_eq!(answer.reset_at, at(1_080));
        let (window, answer) = attempt(Some(full), &FIVE, at(-6));
        assert_eq!((answer.allowed, answer.remaining), (true, 4));
        assert_eq!((window.start, window.count), (at(-6), 1));
    }

    proptest! {
        /// Compares steps in microseconds of a one-second window with the list of the allowed attempts.
        #[test]
        fn no_interval_has_more_than_the_limit_but_for_the_approximation(
            most in 1_u32..8,
            steps in prop::collection::vec(0_i64..700_000, 1..200),
        ) {
            let limit = Limit { most, window: Span::seconds(1) };
            let (mut now, mut stored) = (at(0), None);
            let mut allowed: Vec<Timestamp> = Vec::new();
            for step in steps {
                now += Span::microseconds(step);
                let (window, answer) = attempt(stored, &limit, now);
                prop_assert!(window.count <= most);
                prop_assert!(!answer.allowed || answer.reset_at >= now);
                if answer.allowed {
                    allowed.push(now);
                } else {
                    prop_assert!(answer.reset_at > now && answer.remaining == 0);
                    let before = answer.reset_at - Span::microseconds(1);
                    prop_assert!(!attempt(Some(window), &limit, before).1.allowed);
                    prop_assert!(attempt(Some(window), &limit, answer.reset_at).1.allowed);
                    let last = allowed.last().copied().unwrap();
                    let longest = limit.window + limit.window / most as i32 + Span::microseconds(1);
                    prop_assert!(answer.reset_at - last <= longest);
                }
                let recent = allowed.iter().filter(|one| **one > now - limit.window);
                prop_assert!(recent.count() < 2 * most as usize);
                let in_window = allowed.iter().filter(|one| **one >= window.start);
                prop_assert_eq!(in_window.count(), window.count as usize);
                stored = Some(window);
            }
        }

        /// As many attempts as remain are allowed at once, and the next one is refused.
        #[test]
        fn as_many_as_remain_are_allowed(most in 1_u32..8, step in 0_i64..2_500_000) {
            let limit = Limit { most, window: Span::seconds(1) };
            let (mut stored, mut answer) = attempt(None, &limit, at(0));
            for now in [at(0), at(0) + Span::microseconds(step)] {
                (stored, answer) = attempt(Some(stored), &limit, now);
                for _ in 0..answer.remaining {
                    let (window, next) = attempt(Some(stored), &limit, now);
                    prop_assert!(next.allowed);
                    stored = window;
                }
                prop_assert!(!attempt(Some(stored), &limit, now).1.allowed);
            }
            prop_assert!(answer.remaining <= most);
        }
    }
}
