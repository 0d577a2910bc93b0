//! Adds the demo's tickets.

use tickmate::{
    desk::{Imported, ImportedTicket},
    domain::id::TicketId,
};

use super::data::{Draft, address};
use crate::{
    failure::{Failure, refused},
    wire::App,
};

/// Adds the tickets that are missing, and returns the ids of all of them.
///
/// # Errors
/// The database can't be written.
pub(super) async fn add_tickets(app: &App, drafts: Vec<Draft>) -> Result<Vec<TicketId>, Failure> {
    let mut tickets = Vec::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        let (email, name) = (address(&draft.requester), Some(draft.requester.as_str()));
        let requester = app.desk.users().requester_by_email(&email, name).await;
        let requester = requester.map_err(|error| refused("no requester for the demo", &error))?;
        let ticket = ImportedTicket {
            id: Some(format!("tickmate-demo/{index}")),
            title: draft.title,
            description: draft.description,
            requester: requester.id,
            notify: true,
        };
        let imported = app.desk.tickets().import(&ticket).await;
        match imported.map_err(|error| refused("no tickets for the demo", &error))? {
            Imported::Taken(id) | Imported::Known(id) => tickets.push(id),
        }
    }
    Ok(tickets)
}
