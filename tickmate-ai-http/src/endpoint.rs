//! Settings of all adapters: the provider's URL, and limits.

use std::net::IpAddr;

use reqwest::Url;

use crate::Timeouts;

/// An invalid setting. The error does not contain the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct SettingsError {
    /// The name of the setting's field.
    pub field: &'static str,
    reason: &'static str,
}

impl SettingsError {
    /// Makes an error of this field. The reason continues a sentence that starts with the field, such as "is empty".
    pub const fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason }
    }

    /// Returns whether the same settings may be accepted later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// Returns the URL of these path segments under a base URL, with or without a trailing slash.
///
/// With a key (`is_keyed`), `http://` is accepted only for this machine, or if `plain_http` allows it, since others on
/// the network path could read the key.
///
/// # Errors
/// A base that is not an http or https URL, or that contains a login, a query or a fragment.
pub fn endpoint(
    base: &str,
    segments: &[&str],
    is_keyed: bool,
    plain_http: bool,
) -> Result<Url, SettingsError> {
    let wrong = |reason| Err(SettingsError::new("base_url", reason));
    let Ok(mut url) = Url::parse(base.trim()) else {
        return wrong("is no URL");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong("is no URL of http or https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a login; keys belong into api_key");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("holds a query or a fragment");
    }
    if url.scheme() == "http" && is_keyed && !plain_http && !is_this_machine(&url) {
        return wrong(
            "would show the key to whoever is on the way; use https, or allow plain_http",
        );
    }
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(segments),
        Err(()) => return wrong("is no URL that a path can follow"),
    };
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Checks the limits of an exchange.
///
/// # Errors
/// A timeout of zero, or a maximum answer size below 1 KiB or above 16 MiB.
pub fn check_limits(timeouts: &Timeouts, max_answer_bytes: usize) -> Result<(), SettingsError> {
    if timeouts.connect.is_zero() || timeouts.total.is_zero() {
        return Err(SettingsError::new("timeouts", "hold a time-out of zero"));
    }
    match max_answer_bytes {
        1_024..=0x100_0000 => Ok(()),
        _ => Err(SettingsError::new(
            "max_answer_bytes",
            "is not between 1 KiB and 16 MiB",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn segments_follow_a_base_with_or_without_a_slash() {
        for (base, segments, url) in [
            ("https://a.example/v1", &["b"][..], "https://a.example/v1/b"),
            (
                " https://a.example/v1/ ",
                &["b", "c"],
                "https://a.example/v1/b/c",
            ),
            ("https://a.example", &["b:c"], "https://a.example/b:c"),
            (
                "https://a.example/",
                &["x/../y?z#"],
                "https://a.example/x%2F..%2Fy%3Fz%23",
            ),
            ("http://localhost:1/v1", &["b"], "http://localhost:1/v1/b"),
            ("http://[::1]:1", &["b"], "http://[::1]:1/b"),
            ("http://127.9.9.9", &["b"], "http://127.9.9.9/b"),
        ] {
            assert_eq!(endpoint(base, segments, true, false).unwrap().as_str(), url);
        }
    }

    #[test]
    fn wrong_bases_are_refused_without_being_shown() {
        for base in [
            "",
            "hunter2",
            "a.example/hunter2",
            "ftp://a.example/hunter2",
            "data:hunter2",
            "https://",
            "https://u:hunter2@a.example",
            "https://hunter2@a.example",
            "https://a.example?key=hunter2",
            "https://a.example#hunter2",
        ] {
            let error = endpoint(base, &[], true, true).unwrap_err();
            assert_eq!(error.field, "base_url");
            assert!(!format!("{error} {error:?}").contains("hunter"), "{base}");
        }
    }

    #[test]
    fn a_key_travels_encrypted() {
        for base in [
            "http://a.example/v1",
            "http://10.0.0.1",
            "http://localhost.example",
        ] {
            assert!(endpoint(base, &[], true, false).is_err(), "{base}");
            assert!(endpoint(base, &[], true, true).is_ok());
            assert!(endpoint(base, &[], false, false).is_ok());
        }
    }

    #[test]
    fn bounds_are_checked() {
        let timeouts = Timeouts::default();
        assert_eq!(check_limits(&timeouts, 1_024), Ok(()));
        for bytes in [0, 1_023, 17 << 20, usize::MAX] {
            assert_eq!(
                check_limits(&timeouts, bytes).unwrap_err().field,
                "max_answer_bytes"
            );
        }
        let never = Timeouts {
            total: Duration::ZERO,
            ..timeouts
        };
        assert_eq!(check_limits(&never, 1_024).unwrap_err().field, "timeouts");
    }
}
