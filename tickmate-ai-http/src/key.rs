//! A provider's API key, which is sent only in a header.

use std::fmt;

use reqwest::header::HeaderValue;

use crate::SettingsError;

/// The maximum size of a key in bytes. Tokens of cloud providers have thousands.
const MAX_KEY: usize = 8 * 1024;

/// A provider's API key. Its `Debug` output hides it.
///
/// ```
/// use tickmate_ai_http::ApiKey;
///
/// let key = ApiKey::new(" secret\n").unwrap();
/// assert_eq!(format!("{key:?}"), "ApiKey(…)");
/// assert!(ApiKey::new("two words").is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Makes a key, without surrounding white space.
    ///
    /// # Errors
    /// An empty key, one of more than 8 KiB, or one with characters other than visible ASCII, which are invalid in a
    /// header.
    pub fn new(key: impl AsRef<str>) -> Result<Self, SettingsError> {
        let key = key.as_ref().trim();
        let wrong = |reason| Err(SettingsError::new("api_key", reason));
        match key {
            "" => wrong("is empty"),
            _ if key.len() > MAX_KEY => wrong("is longer than 8 KiB"),
            _ if !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                wrong("holds characters that no key has")
            }
            _ => Ok(Self(key.to_owned())),
        }
    }

    /// Makes a header value of a prefix (such as `Bearer `) and the key, marked as sensitive.
    ///
    /// # Errors
    /// A prefix that is invalid in a header.
    pub fn header(&self, prefix: &str) -> Result<HeaderValue, SettingsError> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0))
            .map_err(|_| SettingsError::new("api_key", "can't stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns the text with each occurrence of the key replaced by an ellipsis.
    pub fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "…")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_no_header_holds_are_refused_and_not_shown() {
        for key in ["", " \n", "a b", "a\nb", "ä", "a\u{0}", &"x".repeat(9_000)] {
            let error = ApiKey::new(key).unwrap_err();
            assert!(error.to_string().starts_with("api_key "), "{error}");
        }
    }

    #[test]
    fn a_key_is_hidden_in_headers_and_texts() {
        let key = ApiKey::new("CANARY-1").unwrap();
        let header = key.header("Bearer ").unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer CANARY-1");
        assert!(!format!("{header:?} {key:?}").contains("CANARY"));
        assert_eq!(key.hidden_in("no CANARY-1, CANARY-1!"), "no …, …!");
    }
}
