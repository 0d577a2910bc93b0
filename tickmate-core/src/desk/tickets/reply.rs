//! Adds replies to a ticket.

use super::{
    super::{
        Desk, DeskError, Tickets,
        authorize::{TicketTarget, VisibleTicket},
        writes::MAX_TRIES,
    },
    ReplyView, RequestId, Submitted, TicketDetail,
    create::request_key,
    view::named,
};
use crate::{
    backend::store::{RequestKey, TicketWritten},
    domain::{
        access::{Actor, Operation},
        event::EventKind,
        id::ReplyId,
        lifecycle::{self, Next},
        reply::{Reply, Visibility},
        seat::SeatMove,
        status::Status,
        text,
        ticket::Ticket,
    },
    failpoint,
};

/// The input of a new reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyDraft {
    /// The text.
    pub message: String,
    /// The visibility.
    pub visibility: Visibility,
}

/// A reply, and the ticket to which it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Replied {
    /// The ticket after the reply, with its latest replies.
    pub ticket: TicketDetail,
    /// The reply.
    pub reply: ReplyView,
}

impl Tickets<'_> {
    /// Adds a reply, in one write with the change of status that it causes.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Invalid`], then a conflict `ticket_closed`.
    pub async fn reply(
        self,
        actor: &Actor,
        ticket: impl Into<TicketTarget> + Send,
        draft: &ReplyDraft,
        request: Option<RequestId>,
    ) -> Result<Submitted<Replied>, DeskError> {
        let mut visible = self.desk.visible_with_replies(actor, ticket.into()).await?;
        let operation = match draft.visibility {
            Visibility::Public => Operation::ReplyPublic,
            Visibility::Internal => Operation::ReplyInternal,
        };
        visible.demand(actor, operation)?;
        let author = actor
            .id()
            .ok_or(DeskError::Forbidden("replies are written by people"))?;
        let message = text::BODY
            .check("message", &draft.message)
            .map_err(|error| vec![error])?;
        let route = format!("replies.create/{}", visible.ticket.id);
        let key = request
            .map(|request| request_key(author, &route, &request, self.desk.now()))
            .transpose()?;
        for _ in 0..MAX_TRIES {
            visible.demand(actor, operation)?;
            let ticket = &visible.ticket;
            if ticket.status == Status::Closed && draft.visibility.is_public() {
                return self.desk.replayed(actor, visible, key).await;
            }
            let now = self.desk.now();
            let reply = Reply {
                id: ReplyId::new(now, self.desk.random_bytes()),
                ticket: ticket.id,
                author,
                visibility: draft.visibility,
                message: message.clone(),
                created_at: now,
            };
            failpoint::hit("reply.before_write");
            let step = lifecycle::reply(ticket, author, draft.visibility, now).by_person(ticket);
            let written = match self
                .desk
                .write(actor, ticket, &step, Some(reply.clone()), key.clone())
                .await?
            {
                TicketWritten::UserGone => {
                    let step = step.without_assignee(ticket, now);
                    self.desk
                        .write(actor, ticket, &step, Some(reply.clone()), key.clone())
                        .await?
                }
                other => other,
            };
            match written {
                TicketWritten::Written(ticket) => {
                    failpoint::hit("reply.written");
                    let written = visible.replied(ticket, &reply);
                    return Ok(Submitted {
                        outcome: self.desk.replied(actor, written, reply.id).await?,
                        replayed: false,
                    });
                }
                TicketWritten::Replayed(id) => {
                    let ticket = self.desk.reloaded(visible).await?;
                    return Ok(Submitted {
                        outcome: self.desk.replied(actor, ticket, id).await?,
                        replayed: true,
                    });
                }
                TicketWritten::KeyReused => return Err(DeskError::KeyReused),
                TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::UserGone => {
                    visible = self.desk.reloaded(visible).await?;
                }
            }
        }
        Err(DeskError::Overloaded)
    }
}

impl Desk {
    /// Returns the reply that was added earlier under this key to a ticket that is closed now.
    async fn replayed(
        &self,
        actor: &Actor,
        visible: VisibleTicket,
        key: Option<RequestKey>,
    ) -> Result<Submitted<Replied>, DeskError> {
        let closed = DeskError::conflict("ticket_closed", "a closed ticket takes no replies");
        let Some(key) = key else {
            return Err(closed);
        };
        let ticket = &visible.ticket;
        // The store checks the key before the version, and a write of version 0 always conflicts: this one only
        // queries.
        let mut question = Next::new(
            ticket,
            ticket.clone(),
            SeatMove::Keep,
            EventKind::Replied,
            self.now(),
        );
        question.ticket.version = 0;
        match self
            .write(actor, ticket, &question, None, Some(key))
            .await?
        {
            TicketWritten::Replayed(id) => Ok(Submitted {
                outcome: self.replied(actor, visible, id).await?,
                replayed: true,
            }),
            TicketWritten::KeyReused => Err(DeskError::KeyReused),
            TicketWritten::Written(_)
            | TicketWritten::Stale
            | TicketWritten::SeatTaken
            | TicketWritten::UserGone => Err(closed),
        }
    }

    /// Returns the result of a reply. A repeated one may be older than the latest replies.
    async fn replied(
        &self,
        actor: &Actor,
        ticket: VisibleTicket,
        id: ReplyId,
    ) -> Result<Replied, DeskError> {
        let ticket_id = ticket.ticket.id;
        let ticket = self.detail(actor, ticket).await?;
        let latest = ticket.replies.iter().find(|view| view.reply.id == id);
        let reply = match latest {
            Some(view) => view.clone(),
            None => {
                let reply = self.store.reply(ticket_id, id).await?;
                let reply = reply.ok_or(DeskError::NotFound)?;
                let people = self.directory(vec![reply.author]).await?;
                ReplyView {
                    author: named(&people, reply.author),
                    reply,
                }
            }
        };
        Ok(Replied { ticket, reply })
    }
}

impl VisibleTicket {
    /// Returns the same ticket after this reply.
    fn replied(self, ticket: Ticket, reply: &Reply) -> Self {
        let mut visible = self.changed_to(ticket);
        if let Some(replies) = &mut visible.replies {
            replies.push(reply.clone());
        }
        visible
    }
}
