//! An e-mail address: checked, and one spelling for one mailbox.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An e-mail address in lower case. The characters are those of an RFC 5322 dot-atom, so the address can be used in a
/// header as it is; quoted local parts and non-ASCII domains are refused (send the latter as Punycode).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The error for a text that is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns an address that reaches no one (RFC 2606), for users who are unknown.
    pub fn nobody() -> Self {
        Self("nobody@invalid".to_owned())
    }

    /// Returns the part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }

    /// Returns the part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_ascii_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let has_valid_length = text.len() <= 254 && local.len() <= 64;
        match has_valid_length && is_local_part(local) && is_domain(domain) {
            true => Ok(Self(text)),
            false => Err(InvalidEmail),
        }
    }
}

fn is_local_part(local: &str) -> bool {
    let is_atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let has_valid_bytes = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        has_valid_bytes
            && (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows only the domain: logs must not contain addresses.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Email(…@{})",
            self.0.rsplit('@').next().unwrap_or_default()
        )
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalized_to_one_spelling() {
        assert_eq!(
            " Ann.Lee+tickets@Example.ORG "
                .parse::<Email>()
                .map(String::from)
                .as_deref(),
            Ok("ann.lee+tickets@example.org")
        );
        assert_eq!(
            "root@localhost"
                .parse::<Email>()
                .map(|e| e.local_part().to_owned())
                .as_deref(),
            Ok("root")
        );
    }

    #[test]
    fn addresses_that_could_break_a_header_are_refused() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a b@c.d",
            "a@b@c",
            "a\r\nbcc:x@y.z",
            "a,b@c.d",
            "<a@b.c>",
            "\"a\"@b.c",
            "a..b@c.d",
            ".a@b.c",
            "a@-b.c",
            "a@b..c",
            "a@b.c.",
            "ä@b.c",
            "a@bücher.de",
            "a\0@b.c",
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
        assert!(format!("{}@b.c", "a".repeat(65)).parse::<Email>().is_err());
    }

    #[test]
    fn debug_shows_only_the_domain() {
        assert_eq!(
            format!("{:?}", "ann@example.org".parse::<Email>()),
            "Ok(Email(…@example.org))"
        );
    }
}
