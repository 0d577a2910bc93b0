//! The terms of one ticket: those of its title and description, and those of its public replies.

use serde::{Deserialize, Serialize};

use super::{Terms, term::TermSet};

/// The most distinct words by which a ticket is found, in every store. Those of title and description come first, then
/// those of the public replies in the order in which they were written. In a text without spaces, each character and each
/// pair of characters counts as a word.
pub const MAX_TICKET_WORDS: usize = 20_000;

/// The terms of a ticket. A store keeps both parts, so each can be replaced without the texts of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketTerms {
    /// The terms of title and description.
    pub text: Terms,
    /// The terms of all public replies.
    pub replies: Terms,
}

impl TicketTerms {
    /// Adds the terms of a public reply to those of the replies, up to [`MAX_TICKET_WORDS`] words.
    #[must_use]
    pub fn with_reply(mut self, reply: &Terms) -> Self {
        self.replies = first_distinct([&self.replies, reply]);
        self
    }

    /// Returns the terms by which the ticket is found: those of its first [`MAX_TICKET_WORDS`] words.
    pub fn found_by(&self) -> Terms {
        first_distinct([&self.text, &self.replies])
    }
}

fn first_distinct(parts: [&Terms; 2]) -> Terms {
    let mut set = TermSet::new(MAX_TICKET_WORDS);
    for term in parts.into_iter().flat_map(Terms::as_slice) {
        set.add(term);
    }
    set.into_terms()
}
