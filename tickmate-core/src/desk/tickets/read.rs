//! Reads one ticket, and its replies page by page.

use super::{
    super::{
        Desk, DeskError, Tickets,
        authorize::{LatestReplies, TicketTarget, VisibleTicket, newest},
    },
    ReplyView, TicketDetail, TicketView,
    view::{named, people_of},
};
use crate::domain::{
    access::{Access, Actor, Operation, decide},
    id::TicketId,
    page::{MAX_LIMIT, Page, decode_cursor, encode_cursor},
    reply::{Reply, ReplyPlace, ReplyQuery},
};

impl Tickets<'_> {
    /// Returns a ticket with the latest replies that the actor may see.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], also for tickets that the actor may not see.
    pub async fn get(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.desk.visible_with_replies(actor, ticket.into()).await?;
        self.desk.detail(actor, ticket).await
    }

    /// Returns a page of a ticket's replies, oldest first, and the cursor of the page before it: without a cursor the
    /// newest page.
    ///
    /// # Errors
    /// [`DeskError::NotFound`]; [`DeskError::Invalid`] for a limit outside 1 to 100 or a cursor of another list.
    pub async fn replies(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<ReplyView>, Option<String>), DeskError> {
        let ticket = self.desk.visible(actor, ticket.into()).await?.ticket;
        if !(1..=MAX_LIMIT).contains(&limit) {
            let message = format!("must be 1 to {MAX_LIMIT}");
            return Err(DeskError::field("limit", message));
        }
        let before = cursor
            .map(|cursor| decode_cursor::<ReplyPlace>(&list_name(ticket.id), cursor))
            .transpose()
            .map_err(|error| DeskError::field("cursor", error.to_string()))?;
        let query = ReplyQuery {
            internal: decide(actor, Operation::ReadInternal, &ticket) == Access::Allowed,
            before,
            limit,
        };
        let page = self.desk.store.replies(ticket.id, &query).await?;
        let cursor = cursor_before(ticket.id, &page);
        let authors = page.items.iter().map(|reply| reply.author);
        let people = self.desk.directory(authors.collect()).await?;
        let view = |reply: Reply| ReplyView {
            author: named(&people, reply.author),
            reply,
        };
        Ok((page.items.into_iter().rev().map(view).collect(), cursor))
    }
}

impl Desk {
    /// Returns the ticket as the actor sees it, with its latest replies. A change may have hidden the ticket from the
    /// actor; then there are no replies.
    pub(in crate::desk) async fn detail(
        &self,
        actor: &Actor,
        visible: VisibleTicket,
    ) -> Result<TicketDetail, DeskError> {
        let VisibleTicket { ticket, replies } = visible;
        let is = |operation| decide(actor, operation, &ticket) == Access::Allowed;
        let page = match is(Operation::Read) {
            true => {
                let internal = is(Operation::ReadInternal);
                self.latest_replies(&ticket, internal, replies).await?
            }
            false => Page::cut(Vec::new(), 0),
        };
        let authors = page.items.iter().map(|reply| reply.author);
        let ids = people_of(&ticket).chain(authors).collect();
        let people = self.directory(ids).await?;
        let replies_cursor = cursor_before(ticket.id, &page);
        let view = |reply: Reply| ReplyView {
            author: named(&people, reply.author),
            reply,
        };
        Ok(TicketDetail {
            replies: page.items.into_iter().rev().map(view).collect(),
            replies_cursor,
            view: TicketView::new(actor, ticket, &people),
        })
    }
}

impl LatestReplies {
    /// Adds the newest reply.
    pub(super) fn push(&mut self, reply: Reply) {
        let query = newest(self.internal);
        let items = std::mem::take(&mut self.page.items);
        let page = query.page(items.into_iter().chain([reply]));
        self.page.more |= page.more;
        self.page.items = page.items;
    }
}

/// Returns the name of a ticket's replies in cursors.
fn list_name(ticket: TicketId) -> String {
    format!("replies/{ticket}")
}

/// Returns the cursor of the replies before those of a page, which is sorted newest first.
fn cursor_before(ticket: TicketId, page: &Page<Reply>) -> Option<String> {
    let oldest = page.items.last().filter(|_| page.more)?;
    Some(encode_cursor(&list_name(ticket), &oldest.place()))
}
