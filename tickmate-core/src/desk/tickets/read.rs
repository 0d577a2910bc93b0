//! Reading one ticket.

use super::{
    super::{Desk, DeskError},
    ReplyView, TicketDetail, TicketRef,
    view::named,
};
use crate::domain::{access::Actor, reply::Visibility, ticket::Ticket};

impl Desk {
    /// A ticket with the replies that the actor may see.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], also for tickets that the actor may not see.
    pub async fn ticket(
        &self,
        actor: &Actor,
        ticket: TicketRef,
    ) -> Result<TicketDetail, DeskError> {
        let ticket = self.find(actor, ticket).await?;
        self.detail(actor, ticket).await
    }

    /// A ticket that the actor may see, with its replies.
    pub(super) async fn detail(
        &self,
        actor: &Actor,
        ticket: Ticket,
    ) -> Result<TicketDetail, DeskError> {
        let mut replies = self.store.replies(ticket.id).await?;
        let view = self.view(actor, ticket).await?;
        if !view.internal {
            replies.retain(|reply| reply.visibility == Visibility::Public);
        }
        let authors = replies.iter().map(|reply| reply.author).collect();
        let people = self.directory(authors).await?;
        let replies = replies
            .into_iter()
            .map(|reply| ReplyView {
                author: named(&people, reply.author),
                reply,
            })
            .collect();
        Ok(TicketDetail { view, replies })
    }
}
