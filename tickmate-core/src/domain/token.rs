//! One-time tokens in the links of mails, and the table of their purposes.

use serde::{Deserialize, Serialize};

use super::{
    id::TokenId,
    mail_kind::MailKind,
    time::{Span, Timestamp, micros},
};

/// The rules for the tokens of one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRule {
    /// How long a token is valid.
    pub lifetime: Span,
    /// The kinds of mails whose link contains a token of this purpose.
    pub mails: &'static [MailKind],
    /// Whether a token is valid once. Its use removes every token of the purpose that the user has.
    pub single_use: bool,
}

macro_rules! token_purposes {
    ($($(#[$doc:meta])* $name:ident = $word:literal {
        lifetime: $lifetime:expr, mails: [$($mail:ident),*], single_use: $single_use:literal $(,)?
    }),+ $(,)?) => {
        /// The purpose of a token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum TokenPurpose { $($(#[$doc])* $name),+ }

        impl TokenPurpose {
            /// Every purpose.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the name in stores, which is part of the signed text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// Returns the rules for the tokens of this purpose.
            pub const fn rule(self) -> TokenRule {
                match self {
                    $(Self::$name => TokenRule {
                        lifetime: $lifetime,
                        mails: &[$(MailKind::$mail),*],
                        single_use: $single_use,
                    }),+
                }
            }
        }
    };
}

token_purposes! {
    /// Proves that a user reads mails to the address.
    VerifyEmail = "verify_email" {
        lifetime: Span::hours(24), mails: [Welcome, Verify], single_use: true,
    },
}

impl TokenPurpose {
    /// Returns the purpose of the token in the link of a mail of this kind.
    pub fn of_mail(kind: MailKind) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|purpose| purpose.rule().mails.contains(&kind))
    }
}

/// A token in a link. The token itself is never stored: it is derived from the id when the mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeToken {
    /// The id from which the token is derived.
    pub id: TokenId,
    /// The purpose of the token.
    pub purpose: TokenPurpose,
    /// SHA-256 of the token, in hexadecimal digits; unique in the store.
    pub hash: String,
    /// When the token expires.
    #[serde(with = "micros")]
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_purposes_share_a_name_or_a_mail() {
        let mut words = HashSet::new();
        let mut mails = HashSet::new();
        for purpose in TokenPurpose::ALL {
            assert!(words.insert(purpose.as_str()));
            let rule = purpose.rule();
            assert!(rule.lifetime > Span::zero(), "{purpose:?}");
            for kind in rule.mails {
                assert!(mails.insert(*kind), "{kind:?} has two purposes");
                assert_eq!(TokenPurpose::of_mail(*kind), Some(*purpose));
            }
        }
        assert_eq!(TokenPurpose::of_mail(MailKind::Received), None);
    }
}
