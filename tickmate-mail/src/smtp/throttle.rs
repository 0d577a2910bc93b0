//! Detects limits in the answers of relays, and the delays that they ask for.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The longest delay that is accepted from an answer.
const MAX_DELAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay if an answer asks for a later attempt without a delay.
const DEFAULT_DELAY: Duration = Duration::from_secs(5 * 60);

/// Status codes (RFC 3463), without their class, by which large providers report a limit, and the delay for each.
const LIMIT_CODES: [(&str, Duration); 9] = [
    // No resources at the moment, or congestion.
    (".3.2", Duration::from_secs(5 * 60)),
    (".4.5", HOUR),
    // Rates and daily limits of Gmail and Exchange.
    (".1.90", HOUR),
    (".2.121", HOUR),
    (".2.122", HOUR),
    (".7.28", HOUR),
    (".7.232", HOUR),
    (".7.233", HOUR),
    // Too many recipients or messages in one connection.
    (".5.3", MINUTE),
];

/// Words that make "too many" a limit.
const LIMITED_THINGS: [&str; 12] = [
    "attempts",
    "commands",
    "concurrent",
    "connections",
    "emails",
    "errors",
    "logins",
    "mails",
    "messages",
    "recipients",
    "requests",
    "sessions",
];

/// A limit that an answer reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// A limit on what the relay accepts from the sender, with the delay after which it accepts more.
    Sender(Duration),
    /// A limit of the recipient's mailbox, or greylisting. Other mails are accepted.
    Mailbox,
}

/// Returns the limit that an answer reports: a rate, a quota, or with a permanent code a request for a later attempt.
/// Relays use permanent codes for limits too. With a temporary code, a request for a later attempt is normal and not
/// a limit.
pub(super) fn limit_of(answer: &str, is_permanent: bool) -> Option<Limit> {
    let answer = answer.to_lowercase();
    let words: Vec<&str> = answer
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let delay = explicit_delay(&words)
        .or_else(|| delay_of_code(&answer))
        .or_else(|| delay_of_words(&words))
        .or_else(|| (is_permanent && asks_for_later_attempt(&words)).then_some(DEFAULT_DELAY))?;
    let is_about_the_mailbox = status_code(&answer)
        .is_some_and(|code| code.get(1..).is_some_and(|code| code.starts_with(".2.")));
    match is_about_the_mailbox || is_greylisting(&words) {
        true => Some(Limit::Mailbox),
        false => Some(Limit::Sender(delay)),
    }
}

/// Returns the delay that an answer names, as in "try again in 5 minutes", if it reports a limit or asks for a later
/// attempt.
fn explicit_delay(words: &[&str]) -> Option<Duration> {
    if delay_of_words(words).is_none() && !asks_for_later_attempt(words) {
        return None;
    }
    words.windows(3).find_map(|three| match three {
        ["in" | "after" | "for", number, unit] => {
            let unit = unit_of(unit)?;
            let delay = unit.checked_mul(number.parse().ok()?);
            delay.map(|delay| delay.clamp(SECOND, MAX_DELAY))
        }
        _ => None,
    })
}

fn unit_of(word: &str) -> Option<Duration> {
    match word {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(MINUTE),
        "h" | "hour" | "hours" => Some(HOUR),
        _ => None,
    }
}

fn delay_of_code(answer: &str) -> Option<Duration> {
    let detail = status_code(answer)?.get(1..)?;
    LIMIT_CODES
        .iter()
        .find(|(limited, _)| *limited == detail)
        .map(|(_, delay)| *delay)
}

/// Returns the first status code of an answer.
fn status_code(answer: &str) -> Option<&str> {
    answer
        .split(|c: char| c.is_whitespace() || c == '-')
        .find(|word| is_status_code(word))
}

/// Returns whether a word is a status code of class 4 or 5, such as `5.7.28`.
fn is_status_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts.as_slice(), ["4" | "5", subject, detail] if is_number(subject) && is_number(detail))
}

fn delay_of_words(words: &[&str]) -> Option<Duration> {
    let has = |candidates: &[&str]| words.iter().any(|word| candidates.contains(word));
    let per = |unit: &str| words.windows(2).any(|two| two == ["per", unit]);
    let too_many = words
        .windows(3)
        .any(|three| three[..2] == ["too", "many"] && LIMITED_THINGS.contains(&three[2]));
    let slow_down = words.windows(2).any(|two| two == ["slow", "down"]);
    if per("second") {
        Some(SECOND * 2)
    } else if per("minute") {
        Some(MINUTE)
    } else if per("hour") || has(&["hourly"]) {
        Some(HOUR / 4)
    } else if per("day") || has(&["daily", "quota", "quotas", "overquota"]) {
        Some(HOUR)
    } else if too_many
        || slow_down
        || has(&[
            "rate",
            "rates",
            "ratelimit",
            "ratelimited",
            "throttle",
            "throttled",
            "throttling",
        ])
    {
        Some(MINUTE / 2)
    } else {
        None
    }
}

fn asks_for_later_attempt(words: &[&str]) -> bool {
    let later = ["later", "temporarily", "temporary"];
    words.iter().any(|word| later.contains(word)) || is_greylisting(words)
}

fn is_greylisting(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| word.starts_with("greylist") || word.starts_with("graylist"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn answers_that_report_a_limit_ask_for_a_delay() {
        for (answer, seconds) in [
            (
                "5.7.0 Requested action not taken: too many emails per second",
                Some(2),
            ),
            (
                "5.4.5 Daily user sending quota exceeded. For more information",
                Some(3_600),
            ),
            ("5.4.5 limit of this user exceeded", Some(3_600)),
            ("5.7.0 Message not accepted, try again later", Some(300)),
            (
                "5.7.0 Please try again in 45 seconds, later is fine",
                Some(45),
            ),
            ("4.7.0 rate limited, retry after 2 hours", Some(7_200)),
            (
                "4.7.0 rate limited, retry after 99999999999 hours",
                Some(30),
            ),
            ("4.7.0 rate limited, retry after 99999 hours", Some(86_400)),
            ("4.7.28 Gmail has detected an unusual", Some(3_600)),
            (
                "5.7.232 Your message can't be sent because your tenant",
                Some(3_600),
            ),
            ("5.3.2 STORE DRV: system not accepting messages", Some(300)),
            ("Message rate exceeded", Some(30)),
            ("Too many concurrent connections", Some(30)),
            (
                "Throttling failure: Maximum sending rate exceeded.",
                Some(30),
            ),
            ("Slow down please", Some(30)),
            ("messages per hour exceeded", Some(900)),
            ("hourly limit", Some(900)),
            ("10 messages per minute", Some(60)),
            // Answers without a limit.
            ("5.1.1 User unknown", None),
            ("5.7.1 Message rejected as spam", None),
            ("5.3.4 Message size exceeds the limit", None),
            ("5.4.6 Too many hops", None),
            (
                "5.7.1 see https://example.org/5.4.5 for the separate corporate policy",
                None,
            ),
            ("5.1.1 blocked for 5 minutes", None),
            ("", None),
        ] {
            let expected = seconds.map(|seconds| Limit::Sender(Duration::from_secs(seconds)));
            assert_eq!(limit_of(answer, true), expected, "{answer}");
        }
    }

    #[test]
    fn limits_of_a_mailbox_do_not_concern_other_mails() {
        for answer in [
            "5.2.2 The mailbox is over quota",
            "4.2.1 The user is receiving mail at a rate that",
            "5.2.121 RESOLVER.ADR.RecipientLimit; recipient quota exceeded",
            "4.7.1 Greylisted, try again in 5 minutes",
            "4.7.1 Greylisting in action, rate limited for 60 seconds",
        ] {
            let limit = limit_of(answer, answer.starts_with('5'));
            let is_mailbox_limit = limit == Some(Limit::Mailbox);
            assert!(is_mailbox_limit, "{answer}: {limit:?}");
        }
    }

    #[test]
    fn a_later_attempt_is_no_limit_with_a_temporary_code() {
        let answer = "4.3.0 Temporary failure, try again later";
        assert_eq!(limit_of(answer, false), None);
        assert_eq!(limit_of(answer, true), Some(Limit::Sender(DEFAULT_DELAY)));
        let named = limit_of("4.3.0 try again later, in 2 minutes", false);
        assert_eq!(named, Some(Limit::Sender(2 * MINUTE)));
    }

    proptest! {
        #[test]
        fn no_answer_panics(answer in any::<String>(), is_permanent in any::<bool>()) {
            let is_in_bounds = |limit| match limit {
                Limit::Sender(delay) => delay <= MAX_DELAY,
                Limit::Mailbox => true,
            };
            prop_assert!(limit_of(&answer, is_permanent).is_none_or(is_in_bounds));
        }
    }
}
