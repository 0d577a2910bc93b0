//! Parses retry delays of providers: from headers, a field of the body, or the message. Every delay is limited to
//! [`MAX_WAIT`], so that no answer can disable a model forever.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The longest delay that is accepted: a day.
pub const MAX_WAIT: Duration = Duration::from_hours(24);

/// The limits above which a number is a time since 1970 instead of a delay: in seconds, and in milliseconds.
const EPOCH_SECONDS: f64 = 1e9;
const EPOCH_MILLIS: f64 = 1e12;

/// Returns the delay of the headers: `retry-after-ms`, or else `Retry-After` in seconds or as a date. A date is
/// relative to the answer's own `Date`, so that the clocks need not agree; without `Date` it is ignored.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(millis) = number(headers, "retry-after-ms") {
        return wait(millis / 1_000.0);
    }
    let text = text(headers, RETRY_AFTER.as_str())?;
    match text.parse() {
        Ok(seconds) => wait(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let wait = until.duration_since(answered(headers)?).unwrap_or_default();
            Some(wait.min(MAX_WAIT))
        }
    }
}

/// Returns the time until a rate limit resets: `x-ratelimit-reset-requests` and `-tokens`, preferring those of an
/// exhausted limit and otherwise the longer one, or `x-ratelimit-reset`. They contain durations such as `6m0s`,
/// seconds, or a time since 1970.
pub fn rate_limit_reset(headers: &HeaderMap) -> Option<Duration> {
    let resets = ["requests", "tokens"].map(|kind| {
        let remaining = number(headers, &format!("x-ratelimit-remaining-{kind}"));
        let reset = reset(headers, &format!("x-ratelimit-reset-{kind}"))?;
        Some((remaining == Some(0.0), reset))
    });
    let known = || resets.iter().flatten();
    let used_up = known().filter(|(used_up, _)| *used_up);
    used_up
        .map(|(_, reset)| *reset)
        .max()
        .or_else(|| known().map(|(_, reset)| *reset).max())
        .or_else(|| reset(headers, "x-ratelimit-reset"))
}

/// Returns the delay in a message: the duration after "retry in" or "try again in".
pub fn in_words(message: &str) -> Option<Duration> {
    // Finds in ASCII only, so that places in both are the same.
    let lower = message.to_ascii_lowercase();
    ["retry in ", "try again in "].iter().find_map(|words| {
        let start = lower.find(words)? + words.len();
        let rest = lower.get(start..)?;
        // An ASCII text has all units but one of them, which nobody waits in.
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
        let token = rest.get(..end.unwrap_or(rest.len()))?;
        duration(token.trim_end_matches('.'))
    })
}

/// Reads a duration such as `26s`, `1.68s`, `6m0s` or `120ms`, as Go and protobuf write them.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let factor = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    wait(seconds)
}

fn reset(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let text = text(headers, name)?;
    match text.parse::<f64>() {
        Ok(moment) if moment >= EPOCH_SECONDS => {
            let seconds = match moment >= EPOCH_MILLIS {
                true => moment / 1_000.0,
                false => moment,
            };
            let since_1970 = answered(headers)?
                .duration_since(std::time::UNIX_EPOCH)
                .ok()?;
            wait((seconds - since_1970.as_secs_f64()).max(0.0))
        }
        Ok(seconds) => wait(seconds),
        Err(_) => duration(text),
    }
}

/// Returns when the provider answered, by its own clock.
fn answered(headers: &HeaderMap) -> Option<std::time::SystemTime> {
    httpdate::parse_http_date(text(headers, DATE.as_str())?).ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    Some(text).filter(|text| !text.is_empty())
}

/// Returns a delay of this many seconds; `None` for an invalid delay, such as a negative number.
fn wait(seconds: f64) -> Option<Duration> {
    let is_wait = seconds.is_finite() && seconds >= 0.0;
    is_wait.then(|| Duration::from_secs_f64(seconds.min(MAX_WAIT.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| {
            (
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        };
        pairs.iter().map(header).collect()
    }

    const NOW: (&str, &str) = ("date", "Fri, 20 Nov 2026 10:00:00 GMT");

    #[test]
    fn retry_after_comes_in_three_forms() {
        let millis = Duration::from_millis;
        for (pairs, wait) in [
            (&[("retry-after", "26")][..], Some(millis(26_000))),
            (&[("Retry-After", " 1.5 ")], Some(millis(1_500))),
            (&[("retry-after", "0")], Some(millis(0))),
            (
                &[("retry-after-ms", "120"), ("retry-after", "9")],
                Some(millis(120)),
            ),
            (
                &[("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT"), NOW],
                Some(millis(30_000)),
            ),
            (
                &[("retry-after", "Fri, 20 Nov 2026 09:00:00 GMT"), NOW],
                Some(millis(0)),
            ),
            (
                &[("retry-after", "Fri, 20 Nov 2099 10:00:00 GMT"), NOW],
                Some(MAX_WAIT),
            ),
            (&[("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT")], None),
            (&[("retry-after", "99999999999999999999")], Some(MAX_WAIT)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "inf")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "")], None),
            (&[("retry-after", "\u{e9}")], None),
            (&[], None),
        ] {
            assert_eq!(retry_after(&headers(pairs)), wait, "{pairs:?}");
        }
    }

    #[test]
    fn limits_say_when_they_are_filled_up() {
        let seconds = Duration::from_secs;
        for (pairs, wait) in [
            (
                &[("x-ratelimit-reset-requests", "8s")][..],
                Some(seconds(8)),
            ),
            (
                &[
                    ("x-ratelimit-reset-requests", "8s"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                ],
                Some(seconds(360)),
            ),
            (
                &[
                    ("x-ratelimit-reset-requests", "8s"),
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-tokens", "6m0s"),
                    ("x-ratelimit-remaining-tokens", "100"),
                ],
                Some(seconds(8)),
            ),
            (&[("x-ratelimit-reset", "12")], Some(seconds(12))),
            (
                &[("x-ratelimit-reset", "1795168830000"), NOW],
                Some(seconds(30)),
            ),
            (
                &[("x-ratelimit-reset", "1795168830"), NOW],
                Some(seconds(30)),
            ),
            (&[("x-ratelimit-reset", "1795168830")], None),
            (&[("x-ratelimit-reset", "5"), NOW], Some(seconds(5))),
            (&[("x-ratelimit-remaining-tokens", "0")], None),
        ] {
            assert_eq!(rate_limit_reset(&headers(pairs)), wait, "{pairs:?}");
        }
    }

    #[test]
    fn durations_are_those_of_go_and_protobuf() {
        for (text, millis) in [
            ("26s", Some(26_000)),
            ("1.68s", Some(1_680)),
            ("6m0s", Some(360_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("120ms", Some(120)),
            ("1000us", Some(1)),
            ("2000µs", Some(2)),
            ("3000000ns", Some(3)),
            ("9999999h", Some(86_400_000)),
            ("", None),
            ("26", None),
            ("s", None),
            ("-1s", None),
            ("1.2.3s", None),
            ("1d", None),
            ("1s ", Some(1_000)),
            ("1 s", None),
        ] {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn words_say_a_duration() {
        for (text, millis) in [
            ("Quota exceeded. Please retry in 1.68s.", Some(1_680)),
            (
                "Please try again in 6m0s. Visit https://x.example",
                Some(360_000),
            ),
            ("TRY AGAIN IN 20ms", Some(20)),
            ("{\"raw\":\"try again in 3s\",\"a\":1}", Some(3_000)),
            ("please retry in a moment", None),
            ("retry in", None),
            ("ẞ retry in 5s", Some(5_000)),
            ("", None),
        ] {
            assert_eq!(in_words(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_or_waits_for_ever(text: String, odd in "[0-9.smhun]{0,40}", number: f64) {
            for text in [text, odd, number.to_string()] {
                for found in [
                    duration(&text),
                    in_words(&format!("retry in {text}")),
                    wait(number),
                ] {
                    prop_assert!(found.is_none_or(|wait| wait <= MAX_WAIT));
                }
                if let Ok(value) = HeaderValue::from_str(&text) {
                    for name in ["retry-after", "retry-after-ms", "x-ratelimit-reset"] {
                        let mut headers = headers(&[NOW]);
                        headers.insert(name, value.clone());
                        let waits = [retry_after(&headers), rate_limit_reset(&headers)];
                        prop_assert!(waits.iter().flatten().all(|wait| *wait <= MAX_WAIT));
                    }
                }
            }
        }
    }
}
