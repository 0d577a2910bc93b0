//! How often something may be tried: a few times at once, then with a growing wait.

use super::time::{Span, Timestamp};

/// What was tried under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many times within the window.
    pub count: u32,
    /// When last.
    pub last: Timestamp,
}

/// How many tries are free.
pub const FREE_ATTEMPTS: u32 = 5;
/// After this long without a try everything is forgotten; also the longest wait.
pub const WINDOW: Span = Span::minutes(15);

/// Tries that come too early lengthen the wait up to that after this many: a client that sends several at once is
/// not kept out for long, and one that obeys never waits for what it did not try.
const MOST_BY_HASTE: u32 = FREE_ATTEMPTS + 6;

/// What one more try comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on.
    Go,
    /// It comes too early.
    Wait(Span),
}

/// Counts one more try. The first five are free; each further one needs a pause since the one before: 1 s,
/// doubling to 15 minutes. A try that comes too early counts too, up to a wait of about a minute.
pub fn attempt(before: Option<Attempts>, now: Timestamp) -> (Attempts, Verdict) {
    let fresh = before.filter(|attempts| now < attempts.last + WINDOW);
    let Some(before) = fresh else {
        return (
            Attempts {
                count: 1,
                last: now,
            },
            Verdict::Go,
        );
    };
    let counted = before.count.saturating_add(1);
    match now >= before.last + pause(before.count) {
        true => (
            Attempts {
                count: counted,
                last: now,
            },
            Verdict::Go,
        ),
        false => {
            let count = counted.min(MOST_BY_HASTE).max(before.count);
            (Attempts { count, last: now }, Verdict::Wait(pause(count)))
        }
    }
}

/// The pause that is needed after so many tries.
fn pause(count: u32) -> Span {
    match count.checked_sub(FREE_ATTEMPTS) {
        None => Span::zero(),
        Some(over) => Span::seconds(1_i64 << over.min(20)).min(WINDOW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn five_are_free_and_then_the_wait_grows() {
        let now = from_micros(0);
        let mut state = None;
        let mut waits = Vec::new();
        for _ in 0..8 {
            let (after, verdict) = attempt(state, now);
            state = Some(after);
            waits.push(match verdict {
                Verdict::Go => 0,
                Verdict::Wait(span) => span.num_seconds(),
            });
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8]);
    }

    #[test]
    fn haste_alone_keeps_nobody_out_for_long() {
        let now = from_micros(0);
        let mut state = None;
        for _ in 0..1_000 {
            state = Some(attempt(state, now).0);
        }
        let (_, verdict) = attempt(state, now);
        assert_eq!(verdict, Verdict::Wait(Span::seconds(64)));
        assert_eq!(attempt(state, now + Span::seconds(64)).1, Verdict::Go);
    }

    #[test]
    fn who_waits_may_go_on() {
        let now = from_micros(0);
        let six = Attempts {
            count: 6,
            last: now,
        };
        assert_eq!(attempt(Some(six), now + Span::seconds(2)).1, Verdict::Go);
        assert_eq!(
            attempt(
                Some(Attempts {
                    count: 5,
                    last: now
                }),
                now + Span::seconds(1)
            )
            .1,
            Verdict::Go
        );
        assert_eq!(
            attempt(
                Some(Attempts {
                    count: 99,
                    last: now
                }),
                now + WINDOW
            ),
            (
                Attempts {
                    count: 1,
                    last: now + WINDOW
                },
                Verdict::Go
            )
        );
    }
}
