//! Writing a reply.

use super::{
    super::{Desk, DeskError, authorize::demand, writes::MAX_TRIES},
    RequestId, Submitted, TicketDetail, TicketRef,
    create::request_key,
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

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyDraft {
    /// What it says.
    pub message: String,
    /// Who may read it.
    pub visibility: Visibility,
}

impl Desk {
    /// Adds a reply, in one write with the step of the ticket that it causes. The outcome's replies are those of
    /// this moment, and `reply` names the one that was written.
    ///
    /// # Errors
    /// [`DeskError::NotFound`], [`DeskError::Forbidden`], [`DeskError::Invalid`], then a conflict `ticket_closed`.
    pub async fn reply(
        &self,
        actor: &Actor,
        ticket: TicketRef,
        draft: &ReplyDraft,
        request: Option<RequestId>,
    ) -> Result<Submitted<(TicketDetail, ReplyId)>, DeskError> {
        let mut ticket = self.find(actor, ticket).await?;
        let operation = match draft.visibility {
            Visibility::Public => Operation::ReplyPublic,
            Visibility::Internal => Operation::ReplyInternal,
        };
        demand(actor, operation, &ticket)?;
        let author = actor
            .id()
            .ok_or(DeskError::Forbidden("replies are written by people"))?;
        let message = text::BODY
            .check("message", &draft.message)
            .map_err(|error| vec![error])?;
        let route = format!("replies.create/{}", ticket.id);
        let key = request
            .map(|request| request_key(author, &route, &request, self.now()))
            .transpose()?;
        for _ in 0..MAX_TRIES {
            demand(actor, operation, &ticket)?;
            if ticket.status == Status::Closed && draft.visibility == Visibility::Public {
                return self.replayed(actor, ticket, key).await;
            }
            let now = self.now();
            let reply = Reply {
                id: ReplyId::new(now, self.random_bytes()),
                ticket: ticket.id,
                author,
                visibility: draft.visibility,
                message: message.clone(),
                created_at: now,
            };
            let id = reply.id;
            failpoint::hit("reply.before_write");
            let step = lifecycle::reply(&ticket, author, draft.visibility, now);
            let written = match self
                .write(actor, &ticket, &step, Some(reply.clone()), key.clone())
                .await?
            {
                TicketWritten::UserGone => {
                    let step = step.without_assignee(&ticket, now);
                    self.write(actor, &ticket, &step, Some(reply), key.clone())
                        .await?
                }
                other => other,
            };
            match written {
                TicketWritten::Written(ticket) => {
                    failpoint::hit("reply.written");
                    return Ok(Submitted {
                        outcome: (self.detail(actor, ticket).await?, id),
                        replayed: false,
                    });
                }
                TicketWritten::Replayed(id) => {
                    let ticket = self
                        .store
                        .ticket(ticket.id)
                        .await?
                        .ok_or(DeskError::NotFound)?;
                    return Ok(Submitted {
                        outcome: (self.detail(actor, ticket).await?, id),
                        replayed: true,
                    });
                }
                TicketWritten::KeyReused => return Err(DeskError::KeyReused),
                TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::UserGone => {
                    ticket = self
                        .store
                        .ticket(ticket.id)
                        .await?
                        .ok_or(DeskError::NotFound)?;
                }
            }
        }
        Err(DeskError::Overloaded)
    }

    /// What a closed ticket answers: a reply that was written before under this key is answered as it was then.
    async fn replayed(
        &self,
        actor: &Actor,
        ticket: Ticket,
        key: Option<RequestKey>,
    ) -> Result<Submitted<(TicketDetail, ReplyId)>, DeskError> {
        let closed = DeskError::conflict("ticket_closed", "a closed ticket takes no replies");
        let Some(key) = key else {
            return Err(closed);
        };
        // A key is looked at before the version, and a write of version 0 is always stale: this one only asks.
        let mut question = Next::new(
            &ticket,
            ticket.clone(),
            SeatMove::Keep,
            EventKind::Replied,
            self.now(),
        );
        question.ticket.version = 0;
        match self
            .write(actor, &ticket, &question, None, Some(key))
            .await?
        {
            TicketWritten::Replayed(id) => Ok(Submitted {
                outcome: (self.detail(actor, ticket).await?, id),
                replayed: true,
            }),
            TicketWritten::KeyReused => Err(DeskError::KeyReused),
            TicketWritten::Written(_)
            | TicketWritten::Stale
            | TicketWritten::SeatTaken
            | TicketWritten::UserGone => Err(closed),
        }
    }
}
