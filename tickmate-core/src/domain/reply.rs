//! What people write below a ticket.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    id::{ReplyId, TicketId, UserId},
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
