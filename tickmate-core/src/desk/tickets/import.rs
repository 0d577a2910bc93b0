//! Taking over tickets from elsewhere, each of them once for good.

use super::{
    super::{DeskError, Tickets, secret::sha256_hex},
    TicketDraft,
};
use crate::{
    backend::store::{NewTicket, TicketCreated},
    domain::{
        event::ActorId,
        id::{TicketId, UserId},
        text,
    },
};

/// A ticket from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedTicket {
    /// What it is called where it comes from. Without one it is known again by requester, title and description.
    pub id: Option<String>,
    /// What it is about; empty: the first 80 characters of the description.
    pub title: String,
    /// What is wrong.
    pub description: String,
    /// Who asks.
    pub requester: UserId,
    /// Whether the requester is told of what the desk does by itself.
    pub notify: bool,
}

/// What became of a ticket from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It was taken.
    Taken(TicketId),
    /// It was taken before.
    Known(TicketId),
}

/// How many characters of the description stand in for a title.
const TITLE_FROM_DESCRIPTION: usize = 80;

impl Tickets<'_> {
    /// Takes a ticket over. It is triaged and routed like any other.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names what can't be taken.
    pub async fn import(self, imported: &ImportedTicket) -> Result<Imported, DeskError> {
        let is_control = |c: char| c.is_control() && !c.is_whitespace();
        if imported.title.chars().any(is_control) {
            return Err(DeskError::field(
                "title",
                "must not contain control characters",
            ));
        }
        let title = text::one_line(&imported.title, usize::MAX);
        let title = match title.is_empty() {
            true => text::one_line(&imported.description, TITLE_FROM_DESCRIPTION),
            false => title,
        };
        let origin = match &imported.id {
            Some(id) => format!("id:{}", sha256_hex(id.as_bytes())),
            None => {
                let parts = [
                    imported.requester.to_string(),
                    title.clone(),
                    imported.description.clone(),
                ];
                format!("text:{}", sha256_hex(parts.join("\0").as_bytes()))
            }
        };
        let draft = TicketDraft {
            title,
            description: imported.description.clone(),
            ..TicketDraft::default()
        };
        let mut ticket = self.desk.drafted(&draft, imported.requester).await?;
        ticket.origin = Some(origin);
        ticket.notify_requester = imported.notify;
        let mut event = self.desk.created_event(&ticket, ActorId::System);
        event.facts.is_imported = true;
        match self
            .desk
            .store
            .create_ticket(&NewTicket {
                terms: self.desk.ticket_terms(&ticket),
                ticket,
                event,
                key: None,
            })
            .await?
        {
            TicketCreated::Created(ticket) => {
                self.desk.committed();
                Ok(Imported::Taken(ticket.id))
            }
            TicketCreated::Known(id) => Ok(Imported::Known(id)),
            TicketCreated::Replayed { .. } | TicketCreated::KeyReused => {
                Err(DeskError::Internal("a ticket without a key was replayed"))
            }
        }
    }

    /// How many tickets the desk has not yet read and given to somebody or put into the queue.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn count_needing_triage(self) -> Result<u64, DeskError> {
        Ok(self.desk.store.count_needing_triage().await?)
    }

    /// Counts the tickets of the backlog.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn backlog_length(self) -> Result<u64, DeskError> {
        let lanes = self.desk.store.backlog_lanes().await?;
        Ok(lanes.iter().map(|lane| lane.length).sum())
    }
}
