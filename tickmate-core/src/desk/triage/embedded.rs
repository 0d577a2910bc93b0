//! Readings of the embedded analyzer, with learned lessons and the answers to similar tickets.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::apply::Reading;
use crate::{
    desk::{Desk, DeskError},
    domain::{
        analysis::TriageSource,
        id::TicketId,
        reply::ReplyQuery,
        skill::Skill,
        status::Status,
        ticket::Ticket,
        triage::{Embedded, Similar},
    },
};

/// The number of batches of events that are processed before a ticket is read; the sweep processes the rest.
pub(super) const FOLLOWED: usize = 2;
/// The maximum number of similar resolved tickets that are named and examined.
const MAX_SIMILAR: usize = 3;
const MAX_LOOKED_AT: usize = 8;
/// The number of each ticket's latest public replies that are searched for the answer.
const SEARCHED_REPLIES: u32 = 20;
/// The minimum similarity, from 0 to 1.
const ALIKE: f64 = 0.3;

impl Desk {
    /// Returns the reading of the embedded analyzer, which has learned from the events processed so far. If a text
    /// makes it panic, the ticket counts as unread: no text may abort the sweep.
    pub(super) async fn read_embedded(
        &self,
        ticket: &Ticket,
        staff_skills: &[Skill],
        is_stand_in: bool,
    ) -> Result<Reading, DeskError> {
        let similar = match self.settings.tells_similar {
            true => self.similar(ticket).await,
            false => Ok(Vec::new()),
        };
        let similar = similar.unwrap_or_else(|error| {
            tracing::warn!(ticket.id = %ticket.id, %error, "tickets like this one could not be looked at");
            Vec::new()
        });
        let read = || {
            self.ask_analyzer(|analyzer| {
                let embedded = Embedded {
                    analyzer,
                    staff_skills,
                };
                embedded.read(&ticket.title, &ticket.description, &similar)
            })
        };
        Ok(match catch_unwind(AssertUnwindSafe(read)) {
            Ok(analysis) => Reading {
                analysis: analysis?,
                source: TriageSource::Embedded,
                model: None,
                is_stand_in,
            },
            Err(_panic) => {
                tracing::error!(ticket.id = %ticket.id, "the embedded analyzer panicked");
                Reading::unread(ticket)
            }
        })
    }

    /// Returns similar resolved tickets, most similar first, with the last answer of staff to their requesters.
    async fn similar(&self, ticket: &Ticket) -> Result<Vec<Similar>, DeskError> {
        let neighbors = || {
            self.ask_analyzer(|analyzer| {
                analyzer.neighbors(&ticket.title, &ticket.description, MAX_LOOKED_AT)
            })
        };
        // A text that makes the analyzer panic is handled when the ticket is read.
        let Ok(neighbors) = catch_unwind(AssertUnwindSafe(neighbors)) else {
            return Ok(Vec::new());
        };
        let mut similar = Vec::new();
        for one in neighbors? {
            let id = one.id.parse::<TicketId>();
            let Some(id) = id
                .ok()
                .filter(|id| one.likeness >= ALIKE && *id != ticket.id)
            else {
                continue;
            };
            if let Some(other) = self.readable_ticket(id).await?
                && matches!(other.status, Status::Resolved | Status::Closed)
                && other.deleted_at.is_none()
            {
                let answer = self.last_answer(&other).await?;
                similar.push(Similar {
                    number: other.number,
                    title: other.title,
                    answer,
                });
            }
            if similar.len() == MAX_SIMILAR {
                break;
            }
        }
        Ok(similar)
    }

    /// Returns the last public reply of staff to the requester, if it is among the latest public replies.
    async fn last_answer(&self, ticket: &Ticket) -> Result<Option<String>, DeskError> {
        let latest = ReplyQuery {
            internal: false,
            before: None,
            limit: SEARCHED_REPLIES,
        };
        let replies = self.store.replies(ticket.id, &latest).await?.items;
        let answer = replies
            .into_iter()
            .find(|reply| reply.author != ticket.requester);
        Ok(answer.map(|reply| reply.message))
    }
}
