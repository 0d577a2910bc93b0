//! The demo's tickets.

use tickmate::{
    desk::{Imported, ImportedTicket},
    domain::id::{TicketId, UserId},
};

use super::team::address;
use crate::{admin::refused, failure::Failure, wire::App};

/// Who asks.
pub(super) const REQUESTERS: [&str; 2] = ["Rita Requester", "Karl Customer"];

/// A ticket: who asks (an index of [`REQUESTERS`]), title, description.
struct Draft(usize, &'static str, &'static str);

const TICKETS: [Draft; 6] = [
    Draft(
        0,
        "VPN drops every few minutes",
        "Since this morning my VPN connection from home is cut every five minutes. The Wi-Fi itself is fine. \
         I can't work like this, please help soon.",
    ),
    Draft(
        1,
        "Charged twice for March",
        "My credit card was charged twice for the invoice of March. Please refund one of the two payments.",
    ),
    Draft(
        0,
        "Locked out after password reset",
        "I reset my password and now my account is locked. The login page says that my credentials are wrong.",
    ),
    Draft(
        1,
        "URGENT: orders database is down",
        "Every query to our PostgreSQL database fails with too many connections. The whole shop is down and nobody \
         can work. This is urgent.",
    ),
    Draft(
        0,
        "Printer on the second floor jams",
        "The printer beside the kitchen reports a paper jam, although there is no paper in it. It can wait until \
         next week.",
    ),
    Draft(
        1,
        "Browser warns of our website",
        "Visitors of our website see a certificate warning: the TLS certificate has expired yesterday.",
    ),
];

/// Adds the tickets that are not there yet. Answers all of them.
///
/// # Errors
/// Where the database can't be written.
pub(super) async fn add(app: &App) -> Result<Vec<TicketId>, Failure> {
    let mut people: Vec<UserId> = Vec::new();
    for name in REQUESTERS {
        let person = app
            .desk
            .users()
            .requester_by_email(&address(name), Some(name))
            .await;
        let person = person.map_err(|error| refused("no requester for the demo", &error))?;
        people.push(person.id);
    }
    let mut tickets = Vec::new();
    for (index, Draft(who, title, description)) in TICKETS.iter().enumerate() {
        let ticket = ImportedTicket {
            id: Some(format!("tickmate-demo/{index}")),
            title: (*title).to_owned(),
            description: (*description).to_owned(),
            requester: people[*who],
            notify: true,
        };
        let imported = app.desk.tickets().import(&ticket).await;
        match imported.map_err(|error| refused("no tickets for the demo", &error))? {
            Imported::Taken(id) | Imported::Known(id) => tickets.push(id),
        }
    }
    Ok(tickets)
}
