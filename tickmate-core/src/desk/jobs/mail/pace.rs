//! How long a mail waits that failed for a reason other than itself.

use std::time::Duration;

use crate::domain::time::Span;

/// The shortest and the longest delay while the settings fail.
const SETTINGS: (Span, Span) = (Span::seconds(30), Span::hours(1));

/// The longest delay of a throttled mail, unless the provider asks for a longer one.
const THROTTLED: Span = Span::hours(1);

/// For how long a mail may be throttled before that counts against it.
pub(super) const PATIENCE: Span = Span::days(3);

/// Returns when to retry while the settings fail: after half the time that they have failed for, at least 30 seconds
/// and at most an hour, of which `random` takes off up to half so that the retries spread.
pub(super) fn settings_delay(failing_for: Span, random: u16) -> Span {
    let (shortest, longest) = SETTINGS;
    let delay = (failing_for / 2).clamp(shortest, longest);
    delay / 2 + share(delay / 2, random)
}

/// Returns when to retry a mail that the provider throttles: after the delay that the provider asks for, or a quarter
/// of the time that the mail has waited where that is more, up to an hour. `random` adds up to as much again, so that
/// mails that were throttled together don't come back together.
pub(super) fn throttled_delay(retry_after: Duration, waiting_for: Span, random: u16) -> Span {
    let asked = Span::from_std(retry_after).map_or(THROTTLED, |asked| asked.min(Span::days(1)));
    let delay = asked.max((waiting_for / 4).min(THROTTLED));
    delay + share(delay, random)
}

/// Returns `random` 65535ths of a span of at most days.
fn share(span: Span, random: u16) -> Span {
    Span::milliseconds(span.num_milliseconds() * i64::from(random) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(settings_delay(failing_for, 0), Span::seconds(shortest));
            assert_eq!(
                settings_delay(failing_for, u16::MAX),
                Span::seconds(longest)
            );
        }
    }

    #[test]
    fn a_throttled_mail_waits_at_least_as_long_as_it_is_asked_to() {
        for (asked, waiting_for, shortest) in [
            (0, Span::zero(), 0),
            (2, Span::seconds(-5), 2),
            (2, Span::zero(), 2),
            (2, Span::minutes(1), 15),
            (300, Span::minutes(1), 300),
            (300, Span::days(2), 3_600),
            (7_200, Span::days(2), 7_200),
            (u64::MAX, Span::zero(), 3_600),
        ] {
            let delay = |random| throttled_delay(Duration::from_secs(asked), waiting_for, random);
            assert_eq!(delay(0), Span::seconds(shortest), "{asked} {waiting_for}");
            assert_eq!(delay(u16::MAX), Span::seconds(2 * shortest));
        }
    }
}
