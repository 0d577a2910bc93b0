//! A reply.

use serde::Serialize;
use tickmate_core::desk::ReplyView;
use utoipa::ToSchema;

use super::{Id, TicketWithReplies, moment, person::Person};
use crate::requests::{Moment, VisibilityWord};

/// A reply.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    #[serde(flatten)]
    id: Id,
    message: String,
    #[schema(value_type = VisibilityWord)]
    visibility: &'static str,
    #[schema(value_type = Moment)]
    created_at: String,
    created_by: Person,
    created_by_name: String,
}

/// A reply that was written, and the ticket below which it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replied {
    pub(crate) ticket: TicketWithReplies,
    pub(crate) reply: Reply,
}

/// A page of a ticket's replies, oldest first, and the cursor of the page before it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replies {
    pub(crate) replies: Vec<Reply>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

impl Reply {
    pub(crate) fn new(view: &ReplyView, legacy_ids: bool) -> Self {
        let author = &view.author;
        let name = match author.name.is_empty() {
            true => author.email.local_part(),
            false => &author.name,
        };
        Self {
            id: Id::new(view.reply.id, legacy_ids),
            message: view.reply.message.clone(),
            visibility: view.reply.visibility.as_str(),
            created_at: moment(view.reply.created_at),
            created_by: Person::new(author, legacy_ids),
            created_by_name: name.to_owned(),
        }
    }
}
