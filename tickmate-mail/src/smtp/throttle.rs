//! Answers of relays that limit how much they accept, and how long they ask to wait.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The longest delay that an answer can ask for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The delay where an answer asks for a later try and names no delay.
const LATER: Duration = Duration::from_secs(5 * 60);

/// Status codes (RFC 3463) by which large providers say that a limit is reached, without their class, and the delay.
const CODES: [(&str, Duration); 9] = [
    // No resources at the moment, congestion.
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

/// Words of which "too many" makes a limit.
const COUNTED: [&str; 12] = [
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

/// A limit that an answer speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// On what the relay takes from the desk, with the delay after which it takes more.
    Sender(Duration),
    /// On what the recipient's mailbox takes, or a list of senders that it has not seen before. Other mails are accepted.
    Mailbox,
}

/// Finds the limit that an answer speaks of: a rate or a quota, and where the code is permanent a later try. Relays say
/// so with permanent codes too; with a temporary one a later try is no news.
pub(super) fn limit_of(answer: &str, is_permanent: bool) -> Option<Limit> {
    let answer = answer.to_lowercase();
    let words: Vec<&str> = answer
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let delay = named_delay(&words)
        .or_else(|| delay_of_code(&answer))
        .or_else(|| delay_of_words(&words))
        .or_else(|| (is_permanent && speaks_of_later(&words)).then_some(LATER))?;
    let is_about_the_mailbox = status_code(&answer)
        .is_some_and(|code| code.get(1..).is_some_and(|code| code.starts_with(".2.")));
    match is_about_the_mailbox || speaks_of_greylisting(&words) {
        true => Some(Limit::Mailbox),
        false => Some(Limit::Sender(delay)),
    }
}

/// Finds a delay that the answer names, as in "try again in 5 minutes", where it speaks of a limit at all.
fn named_delay(words: &[&str]) -> Option<Duration> {
    if delay_of_words(words).is_none() && !speaks_of_later(words) {
        return None;
    }
    words.windows(3).find_map(|three| match three {
        ["in" | "after" | "for", number, unit] => {
            let unit = unit_of(unit)?;
            let delay = unit.checked_mul(number.parse().ok()?);
            delay.map(|delay| delay.clamp(SECOND, LONGEST))
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
    CODES
        .iter()
        .find(|(limited, _)| *limited == detail)
        .map(|(_, delay)| *delay)
}

/// Finds the first status code of an answer.
fn status_code(answer: &str) -> Option<&str> {
    answer
        .split(|c: char| c.is_whitespace() || c == '-')
        .find(|word| is_status_code(word))
}

/// Returns whether a word is a status code of the classes 4 and 5, such as `5.7.28`.
fn is_status_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts.as_slice(), ["4" | "5", subject, detail] if is_number(subject) && is_number(detail))
}

fn delay_of_words(words: &[&str]) -> Option<Duration> {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let per = |unit: &str| words.windows(2).any(|two| two == ["per", unit]);
    let too_many = words
        .windows(3)
        .any(|three| three[..2] == ["too", "many"] && COUNTED.contains(&three[2]));
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

fn speaks_of_later(words: &[&str]) -> bool {
    let later = ["later", "temporarily", "temporary"];
    words.iter().any(|word| later.contains(word)) || speaks_of_greylisting(words)
}

fn speaks_of_greylisting(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| word.starts_with("greylist") || word.starts_with("graylist"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn answers_that_speak_of_a_limit_ask_for_a_delay() {
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
            // Nothing of the kind.
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
    fn limits_of_a_mailbox_say_nothing_about_other_mails() {
        for answer in [
            "5.2.2 The mailbox is over quota",
            "4.2.1 The user is receiving mail at a rate that",
            "5.2.121 RESOLVER.ADR.RecipientLimit; recipient quota exceeded",
            "4.7.1 Greylisted, try again in 5 minutes",
            "4.7.1 Greylisting in action, rate limited for 60 seconds",
        ] {
            let limit = limit_of(answer, answer.starts_with('5'));
            let is_seen = limit == Some(Limit::Mailbox);
            assert!(is_seen, "{answer}: {limit:?}");
        }
    }

    #[test]
    fn a_later_try_is_no_limit_where_the_code_is_temporary() {
        let answer = "4.3.0 Temporary failure, try again later";
        assert_eq!(limit_of(answer, false), None);
        assert_eq!(limit_of(answer, true), Some(Limit::Sender(LATER)));
        let named = limit_of("4.3.0 try again later, in 2 minutes", false);
        assert_eq!(named, Some(Limit::Sender(2 * MINUTE)));
    }

    proptest! {
        #[test]
        fn no_answer_panics(answer in any::<String>(), is_permanent in any::<bool>()) {
            let is_in_bounds = |limit| match limit {
                Limit::Sender(delay) => delay <= LONGEST,
                Limit::Mailbox => true,
            };
            prop_assert!(limit_of(&answer, is_permanent).is_none_or(is_in_bounds));
        }
    }
}
