//! Imports tickets from other systems, each of them only once.

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

/// A ticket of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedTicket {
    /// The id in the other system. Without one, a repetition is recognized by requester, title and description.
    pub id: Option<String>,
    /// The title; if empty, the first 80 characters of the description.
    pub title: String,
    /// The description of the problem.
    pub description: String,
    /// The requester.
    pub requester: UserId,
    /// Whether the requester is notified of the desk's own actions.
    pub notify: bool,
}

/// The outcome of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// The ticket was imported now.
    Taken(TicketId),
    /// The ticket had been imported before.
    Known(TicketId),
}

/// The number of characters of the description that replace a missing title.
const TITLE_FROM_DESCRIPTION: usize = 80;

impl Tickets<'_> {
    /// Imports a ticket. It is triaged and routed like any other.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the invalid fields.
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

    /// Counts the tickets that are not yet read, or not yet assigned or added to the backlog.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn count_needing_triage(self) -> Result<u64, DeskError> {
        Ok(self.desk.store.count_needing_triage().await?)
    }

    /// Counts the tickets of the backlog.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn backlog_length(self) -> Result<u64, DeskError> {
        let lanes = self.desk.store.backlog_lanes().await?;
        Ok(lanes.iter().map(|lane| lane.length).sum())
    }
}
