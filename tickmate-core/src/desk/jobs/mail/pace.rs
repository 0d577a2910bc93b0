//! Retry delays of mails that failed for external reasons, and the pace of sending under a provider's limit.

use std::time::Duration;

use crate::domain::time::{Span, Timestamp, from_micros};

/// The shortest and the longest delay while the settings fail.
const SETTINGS: (Span, Span) = (Span::seconds(30), Span::hours(1));

/// The shortest pause; a shorter one means that there is no limit.
const SHORTEST_PAUSE: Span = Span::seconds(1);

/// The longest pause, unless the provider requests a longer one.
const LONGEST_PAUSE: Span = Span::hours(1);

/// The longest pause that a provider can request.
const LONGEST_ASKED: Span = Span::days(1);

/// The time after a pause within which all waiting mails are retried, however many there are. A longer pause spreads
/// them over its own length.
const LONGEST_SPREAD: Span = Span::minutes(10);

/// The last moment of the year 9999, in microseconds since 1970.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

/// How long a mail may be throttled before further attempts count towards its limit.
pub(super) const PATIENCE: Span = Span::days(3);

/// Returns the delay of a retry while the settings fail: half the duration of the failure, at least 30 seconds and at
/// most an hour. `random` reduces it by up to half, so that the retries are spread.
pub(super) fn settings_retry_delay(failing_for: Span, random: u16) -> Span {
    let (shortest, longest) = SETTINGS;
    let delay = (failing_for / 2).clamp(shortest, longest);
    delay / 2 + share(delay / 2, random)
}

/// Returns the fraction `random` / 65535 of a span of at most days.
fn share(span: Span, random: u16) -> Span {
    Span::milliseconds(span.num_milliseconds() * i64::from(random) / i64::from(u16::MAX))
}

/// The pace at which the desk sends mails: unlimited, or one mail per pause if the provider limits its acceptance.
///
/// A pause is as long as the provider requests. It doubles each time the provider limits a mail that was sent after a
/// pause, and halves with each mail that the provider accepts or refuses. The desk therefore returns to full speed
/// after about the length of its last pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// No mail is sent before this moment.
    next_at: Timestamp,
    /// The minimum time between two mails; zero without a limit.
    pause: Span,
    /// The number of limits so far. It distinguishes two equal pauses with a limit between them.
    limits: u32,
}

impl Pace {
    /// The pace before the first limit.
    pub(super) const UNLIMITED: Self = Self {
        next_at: Timestamp::UNIX_EPOCH,
        pause: Span::zero(),
        limits: 0,
    };

    /// Parses the result of [`to_text`](Self::to_text). A text of another format means no limit.
    pub(super) fn from_text(text: &str) -> Self {
        let read = || {
            let mut parts = text.split(' ');
            let (next_at, pause, limits, None) =
                (parts.next()?, parts.next()?, parts.next()?, parts.next())
            else {
                return None;
            };
            let pause = Span::milliseconds(pause.parse::<u32>().ok()?.into());
            Some(Self {
                next_at: from_micros(next_at.parse::<i64>().ok()?.clamp(0, LAST_MICROS)),
                pause: pause.min(LONGEST_ASKED),
                limits: limits.parse().ok()?,
            })
        };
        read().unwrap_or(Self::UNLIMITED)
    }

    /// Formats the time of the next mail in microseconds since 1970, the pause in milliseconds, and the number of
    /// limits.
    pub(super) fn to_text(self) -> String {
        format!(
            "{} {} {}",
            self.next_at.timestamp_micros(),
            self.pause.num_milliseconds(),
            self.limits
        )
    }

    /// Returns whether this is still the pause at which a mail of an earlier pace was sent: neither an answer nor a
    /// limit has changed it since.
    pub(super) fn is_pause_of(self, earlier: Self) -> bool {
        (self.pause, self.limits) == (earlier.pause, earlier.limits)
    }

    /// Returns the minimum time between two mails; zero without a limit.
    #[cfg(test)]
    pub(super) const fn pause(self) -> Span {
        self.pause
    }

    /// Returns whether there is no limit.
    pub(super) const fn is_unlimited(self) -> bool {
        self.pause.is_zero()
    }

    /// Returns the time until a mail may be sent; zero if one may be sent now. A time further ahead than the pause
    /// means that a clock was set back, and is ignored.
    pub(super) fn remaining(self, now: Timestamp) -> Span {
        let remaining = self.next_at - now;
        match remaining > Span::zero() && remaining <= self.pause {
            true => remaining,
            false => Span::zero(),
        }
    }

    /// Returns the pace after a mail was started: the next one is due a pause later.
    pub(super) fn after_start(self, now: Timestamp) -> Self {
        Self {
            next_at: now + self.pause,
            ..self
        }
    }

    /// Returns the pace after the provider limited a mail that was sent at this pace, and requested a delay.
    pub(super) fn after_limit(self, asked: Duration, now: Timestamp) -> Self {
        self.limited((self.pause * 2).min(LONGEST_PAUSE), asked, now)
    }

    /// Returns the pace after the provider limited another one of several concurrent mails. None of them was sent after
    /// a pause, so the pause does not double.
    pub(super) fn after_concurrent_limit(self, asked: Duration, now: Timestamp) -> Self {
        self.limited(self.pause, asked, now)
    }

    fn limited(self, pause: Span, asked: Duration, now: Timestamp) -> Self {
        let asked = Span::from_std(asked).map_or(LONGEST_ASKED, |asked| asked.min(LONGEST_ASKED));
        let pause = pause.max(asked).max(SHORTEST_PAUSE);
        Self {
            next_at: now + pause,
            pause,
            limits: self.limits.wrapping_add(1),
        }
    }

    /// Returns the pace after the provider accepted or refused a mail that was sent at this pace.
    pub(super) fn after_answer(self) -> Self {
        let pause = self.pause / 2;
        match pause < SHORTEST_PAUSE {
            true => Self {
                limits: self.limits,
                ..Self::UNLIMITED
            },
            false => Self {
                next_at: self.next_at - pause,
                pause,
                ..self
            },
        }
    }

    /// Returns when to retry one of `waiting` mails: after the pause, at a random moment of the time in which all of
    /// them can be sent at this pace, limited by [`LONGEST_SPREAD`].
    pub(super) fn next_turn(self, waiting: u64, now: Timestamp, random: u16) -> Timestamp {
        let waiting = i32::try_from(waiting).unwrap_or(i32::MAX).clamp(1, 100_000);
        let spread = (self.pause * waiting).min(LONGEST_SPREAD).max(self.pause);
        now + self.remaining(now) + share(spread, random)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        from_micros(seconds * 1_000_000)
    }

    fn pace(next_at: i64, pause: i64) -> Pace {
        Pace {
            next_at: at(next_at),
            pause: Span::seconds(pause),
            limits: 0,
        }
    }

    #[test]
    fn delays_of_settings_grow_from_half_a_minute_to_an_hour() {
        for (failing_for, shortest, longest) in [
            (Span::seconds(-5), 15, 30),
            (Span::zero(), 15, 30),
            (Span::minutes(1), 15, 30),
            (Span::minutes(10), 150, 300),
            (Span::hours(2), 1_800, 3_600),
            (Span::days(400), 1_800, 3_600),
        ] {
            assert_eq!(
                settings_retry_delay(failing_for, 0),
                Span::seconds(shortest)
            );
            assert_eq!(
                settings_retry_delay(failing_for, u16::MAX),
                Span::seconds(longest)
            );
        }
    }

    #[test]
    fn a_pause_is_at_least_what_the_provider_asks_for_and_doubles() {
        for (pause, asked, after, concurrently) in [
            (0, 0, 1, 1),
            (0, 2, 2, 2),
            (2, 2, 4, 2),
            (2, 60, 60, 60),
            (60, 2, 120, 60),
            (3_000, 2, 3_600, 3_000),
            (3_600, 2, 3_600, 3_600),
            (3_600, 7_200, 7_200, 7_200),
            (7_200, 2, 3_600, 7_200),
            (0, u64::MAX, 86_400, 86_400),
        ] {
            let (before, asked) = (pace(0, pause), Duration::from_secs(asked));
            let now = at(500);
            assert_eq!(
                before.after_limit(asked, now),
                Pace {
                    limits: 1,
                    ..pace(500 + after, after)
                },
                "{pause} {asked:?}"
            );
            assert_eq!(
                before.after_concurrent_limit(asked, now),
                Pace {
                    limits: 1,
                    ..pace(500 + concurrently, concurrently)
                },
                "{pause} {asked:?}"
            );
        }
    }

    #[test]
    fn a_pause_halves_until_there_is_none() {
        let mut before = pace(100, 9);
        for (next_at, pause) in [(95_500, 4_500), (93_250, 2_250), (92_125, 1_125)] {
            let after = before.after_answer();
            let expected = Pace {
                next_at: from_micros(next_at * 1_000),
                pause: Span::milliseconds(pause),
                limits: 0,
            };
            assert_eq!(after, expected);
            before = after;
        }
        assert_eq!(before.after_answer(), Pace::UNLIMITED);
        assert_eq!(Pace::UNLIMITED.after_answer(), Pace::UNLIMITED);
    }

    #[test]
    fn mails_wait_for_the_end_of_a_pause_and_for_no_clock_that_was_set_back() {
        for (pace, now, remaining) in [
            (Pace::UNLIMITED, 100, 0),
            (pace(100, 30), 90, 10),
            (pace(100, 30), 70, 30),
            (pace(100, 30), 100, 0),
            (pace(100, 30), 200, 0),
            (pace(100, 30), 69, 0),
        ] {
            assert_eq!(pace.remaining(at(now)), Span::seconds(remaining), "{now}");
        }
        assert_eq!(pace(100, 30).after_start(at(200)), pace(230, 30));
    }

    #[test]
    fn turns_are_spread_over_the_time_that_the_waiting_mails_take() {
        for (pause, waiting, last) in [
            (30, 0, 30),
            (30, 1, 30),
            (30, 10, 300),
            (30, 1_000, 600),
            (3_600, 2, 3_600),
            (30, u64::MAX, 600),
        ] {
            let pace = pace(100, pause);
            let turn = |random| pace.next_turn(waiting, at(90), random);
            assert_eq!(turn(0), at(100), "{pause} {waiting}");
            assert_eq!(turn(u16::MAX), at(100 + last), "{pause} {waiting}");
        }
        assert_eq!(Pace::UNLIMITED.next_turn(5, at(7), u16::MAX), at(7));
    }

    #[test]
    fn other_texts_set_no_limit() {
        for text in [
            "",
            "1",
            "1 2",
            " 1 2",
            "1 -1 1",
            "x 1 1",
            "1 2 3 4",
            "1 99999999999 1",
            "1 2 -3",
        ] {
            assert_eq!(Pace::from_text(text), Pace::UNLIMITED, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_pace_is_read_as_it_is_written(next_at in 0..4_000_000_000_i64, pause in 0..=86_400_i64) {
            let pace = pace(next_at, pause);
            prop_assert_eq!(Pace::from_text(&pace.to_text()), pace);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), now in any::<u32>(), waiting in any::<u64>()) {
            let (pace, now) = (Pace::from_text(&text), at(now.into()));
            prop_assert!(pace.next_turn(waiting, now, u16::MAX) >= now);
        }

        #[test]
        fn no_numbers_panic(next_at in any::<i64>(), pause in any::<u32>(), now in 0..4_000_000_000_i64) {
            let (pace, now) = (Pace::from_text(&format!("{next_at} {pause} 7")), at(now));
            prop_assert!(pace.remaining(now) <= LONGEST_ASKED);
            prop_assert!(pace.after_answer().pause <= pace.pause);
        }
    }
}
