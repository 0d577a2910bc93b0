//! Tokens in links of mails, and the one table of what they are for.

use serde::{Deserialize, Serialize};

use super::{
    id::TokenId,
    mail_kind::MailKind,
    time::{Span, Timestamp, micros},
};

/// What holds for the tokens of a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRule {
    /// For how long a token works.
    pub lifetime: Span,
    /// The mails whose link holds a token of this purpose.
    pub mails: &'static [MailKind],
    /// Whether a token works once. A use ends every token of the purpose that the user has.
    pub single_use: bool,
}

macro_rules! token_purposes {
    ($($(#[$doc:meta])* $name:ident = $word:literal {
        lifetime: $lifetime:expr, mails: [$($mail:ident),*], single_use: $single_use:literal $(,)?
    }),+ $(,)?) => {
        /// What a token may be used for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum TokenPurpose { $($(#[$doc])* $name),+ }

        impl TokenPurpose {
            /// Every purpose.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the word in stores, which is part of what is signed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// Returns what holds for the tokens of this purpose.
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
    /// Returns the purpose of the token in the link of such a mail.
    pub fn of_mail(kind: MailKind) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|purpose| purpose.rule().mails.contains(&kind))
    }
}

/// A token in a link. The token itself is stored nowhere: it is derived from the id when the mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeToken {
    /// From which the token is derived.
    pub id: TokenId,
    /// What it may be used for.
    pub purpose: TokenPurpose,
    /// SHA-256 of the token, in hexadecimal digits; unique in the store.
    pub hash: String,
    /// From when on it no longer works.
    #[serde(with = "micros")]
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_rows_share_a_word_or_a_mail() {
        let mut words = HashSet::new();
        let mut mails = HashSet::new();
        for purpose in TokenPurpose::ALL {
            assert!(words.insert(purpose.as_str()));
            let rule = purpose.rule();
            assert!(rule.lifetime > Span::zero(), "{purpose:?}");
            for kind in rule.mails {
                assert!(mails.insert(*kind), "{kind:?} is in two rows");
                assert_eq!(TokenPurpose::of_mail(*kind), Some(*purpose));
            }
        }
        assert_eq!(TokenPurpose::of_mail(MailKind::Received), None);
    }
}
