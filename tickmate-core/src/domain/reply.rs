//! What people write below a ticket.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    id::{ReplyId, TicketId, UserId},
    page::Page,
    time::{Timestamp, micros},
};

/// Who may read a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The requester too.
    #[default]
    Public,
    /// Staff alone.
    Internal,
}

/// A word that names no visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of public, internal")]
pub struct UnknownVisibility;

impl Visibility {
    /// Both, the wider one first.
    pub const ALL: [Self; 2] = [Self::Public, Self::Internal];

    /// Whether the requester sees it.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }

    /// The word on the wire and in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
        }
    }
}

impl FromStr for Visibility {
    type Err = UnknownVisibility;

    fn from_str(text: &str) -> Result<Self, UnknownVisibility> {
        match text.to_ascii_lowercase().as_str() {
            "public" => Ok(Self::Public),
            "internal" => Ok(Self::Internal),
            _ => Err(UnknownVisibility),
        }
    }
}

/// A reply to a ticket. Replies are never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Which reply.
    pub id: ReplyId,
    /// To which ticket.
    pub ticket: TicketId,
    /// Who wrote it.
    pub author: UserId,
    /// Who may read it.
    pub visibility: Visibility,
    /// What it says.
    pub message: String,
    /// When it was written. Replies are shown in this order, then by id.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
}

/// The place of a reply among the replies of its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReplyPlace {
    /// When it was written.
    pub created_at: Timestamp,
    /// Which reply; decides between equal moments.
    pub id: ReplyId,
}

/// Which page of a ticket's replies is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyQuery {
    /// Whether internal replies are among them.
    pub internal: bool,
    /// The place before which the page ends; none for the newest page.
    pub before: Option<ReplyPlace>,
    /// The number of replies at most.
    pub limit: u32,
}

impl Reply {
    /// Returns the place of this reply among those of its ticket.
    pub const fn place(&self) -> ReplyPlace {
        ReplyPlace {
            created_at: self.created_at,
            id: self.id,
        }
    }
}

impl ReplyQuery {
    /// Returns the page of these replies, which come in any order: the newest first.
    pub fn page(&self, replies: impl IntoIterator<Item = Reply>) -> Page<Reply> {
        let is_asked = |reply: &Reply| {
            (self.internal || reply.visibility.is_public())
                && self.before.is_none_or(|before| reply.place() < before)
        };
        let mut replies: Vec<Reply> = replies.into_iter().filter(is_asked).collect();
        replies.sort_unstable_by_key(|reply| std::cmp::Reverse(reply.place()));
        Page::cut(replies, self.limit)
    }
}
