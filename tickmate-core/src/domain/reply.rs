//! Replies to tickets.

use serde::{Deserialize, Serialize};

use super::{
    id::{ReplyId, TicketId, UserId},
    page::Page,
    time::{Timestamp, micros},
};

/// Who may read a reply.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    ascii_case_insensitive,
    parse_err_ty = UnknownVisibility,
    parse_err_fn = unknown_visibility
)]
pub enum Visibility {
    /// The requester and staff.
    #[default]
    Public,
    /// Staff only.
    Internal,
}

/// The error for a text that is not a visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of public, internal")]
pub struct UnknownVisibility;

impl Visibility {
    /// Both, the wider one first.
    pub const ALL: [Self; 2] = [Self::Public, Self::Internal];

    /// Returns whether the requester may read the reply.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }

    /// The word on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

const fn unknown_visibility(_: &str) -> UnknownVisibility {
    UnknownVisibility
}

/// A reply to a ticket. Replies never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The id of the reply.
    pub id: ReplyId,
    /// The ticket that it belongs to.
    pub ticket: TicketId,
    /// The author.
    pub author: UserId,
    /// Who may read it.
    pub visibility: Visibility,
    /// The text of the reply.
    pub message: String,
    /// When the reply was written. Replies are shown in this order, then by id.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
}

/// The place of a reply among the replies of its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReplyPlace {
    /// When the reply was written.
    pub created_at: Timestamp,
    /// The id of the reply, for the order at equal moments.
    pub id: ReplyId,
}

/// A query for a page of a ticket's replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyQuery {
    /// Whether internal replies are included.
    pub internal: bool,
    /// The place before which the page ends; none for the newest page.
    pub before: Option<ReplyPlace>,
    /// The most replies of the page.
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
    /// Selects the page from these replies, which come in any order: the newest first.
    pub fn page(&self, replies: impl IntoIterator<Item = Reply>) -> Page<Reply> {
        let is_selected = |reply: &Reply| {
            (self.internal || reply.visibility.is_public())
                && self.before.is_none_or(|before| reply.place() < before)
        };
        let mut replies: Vec<Reply> = replies.into_iter().filter(is_selected).collect();
        replies.sort_unstable_by_key(|reply| std::cmp::Reverse(reply.place()));
        Page::cut(replies, self.limit)
    }
}
