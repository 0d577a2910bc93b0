//! Grades: what an analysis says about a ticket in one word.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! grades {
    ($(#[$doc:meta])* $grade:ident { $($(#[$inner:meta])* $name:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $grade {
            $($(#[$inner])* $name,)+
        }

        impl $grade {
            /// Every grade in ascending order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word on the wire, in prompts and in stores.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }

        impl FromStr for $grade {
            type Err = ();

            /// Takes the words in any case.
            fn from_str(text: &str) -> Result<Self, ()> {
                let lower = text.trim().to_ascii_lowercase();
                let found = Self::ALL.iter().find(|grade| grade.as_str() == lower);
                found.copied().ok_or(())
            }
        }
    };
}

grades! {
    /// The mood of the requester, as far as the text shows it.
    Sentiment {
        /// Angry, or close to giving up.
        Angry = "angry",
        /// Displeased.
        Negative = "negative",
        /// Matter-of-fact.
        Neutral = "neutral",
        /// Pleased.
        Positive = "positive",
    }
}

grades! {
    /// How much work a ticket seems to need.
    Complexity {
        /// One known step.
        Simple = "simple",
        /// Several steps, or an open question.
        Moderate = "moderate",
        /// Several users or systems, or an unknown solution.
        Complex = "complex",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_parsed_in_any_case() {
        for grade in Sentiment::ALL {
            assert_eq!(grade.as_str().to_uppercase().parse(), Ok(*grade));
        }
        for grade in Complexity::ALL {
            assert_eq!(format!(" {} ", grade.as_str()).parse(), Ok(*grade));
        }
        assert_eq!("furious".parse::<Sentiment>(), Err(()));
        assert_eq!("".parse::<Complexity>(), Err(()));
    }
}
