//! Shows what the desk made of the demo's tickets.

use std::{collections::HashMap, time::Duration};

use tickmate::{
    backend::store::{TicketStore, UserStore},
    domain::{
        id::{TicketId, UserId},
        ticket::Ticket,
    },
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    data::Demo,
    team::{install_all, install_team},
    tickets::add_tickets,
};
use crate::{
    failure::{Context, Failure},
    print,
    wire::App,
};

/// How long the desk may take to triage the demo's tickets before they are shown as they are.
const TRIAGED_WITHIN: Duration = Duration::from_secs(60);
/// The pause between two looks at the tickets.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Adds the team and the tickets that are missing, waits until the tickets are triaged, and prints who got what and
/// why.
///
/// # Errors
/// The database can't be read or written.
pub(crate) async fn show(app: &App, stop: &CancellationToken) -> Result<(), Failure> {
    let demo = Demo::load()?;
    install_team(app).await?;
    install_all(app, "people who ask", &demo.requesters).await?;
    let ids = add_tickets(app, demo.tickets).await?;
    let triaged = async {
        while !load(app, &ids).await?.iter().all(Ticket::is_triaged) {
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    };
    tokio::select! {
        triaged = timeout(TRIAGED_WITHIN, triaged) => triaged.unwrap_or(Ok(()))?,
        () = stop.cancelled() => return Ok(()),
    }
    let tickets = load(app, &ids).await?;
    let names = assignee_names(app, &tickets).await?;
    let head = ["ticket", "", "priority", "skills", "given to", "why"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(tickets.iter().map(|ticket| row(ticket, &names)));
    print::line("\nWho got what, and why:");
    print::table(&rows);
    Ok(())
}

fn row(ticket: &Ticket, names: &HashMap<UserId, String>) -> [String; 6] {
    let skills = ticket.required_skills.iter();
    let skills: Vec<&str> = skills.map(|skill| skill.name.as_str()).collect();
    let (to, why) = match (&ticket.assignment, ticket.queued) {
        (Some(assignment), _) => (
            names.get(&assignment.to).map_or("", String::as_str),
            assignment.reason.as_deref().unwrap_or("given by an admin"),
        ),
        (None, Some(queued)) => ("waits", crate::import::reason(queued.reason)),
        (None, None) => (ticket.status.as_str(), ""),
    };
    [
        format!("#{}", ticket.number),
        ticket.title.clone(),
        ticket.priority.as_str().to_owned(),
        skills.join(", "),
        to.to_owned(),
        why.to_owned(),
    ]
}

async fn load(app: &App, ids: &[TicketId]) -> Result<Vec<Ticket>, Failure> {
    let mut tickets = Vec::new();
    for id in ids {
        tickets.extend(app.store.ticket(*id).await.context("no demo ticket")?);
    }
    Ok(tickets)
}

/// Returns the names of the users whom these tickets are assigned to, by id.
async fn assignee_names(app: &App, tickets: &[Ticket]) -> Result<HashMap<UserId, String>, Failure> {
    let ids: Vec<_> = tickets.iter().filter_map(Ticket::assignee).collect();
    let users = app
        .store
        .users(&ids)
        .await
        .context("no people")?
        .into_iter();
    Ok(users
        .map(|user| (user.id, user.display_name().to_owned()))
        .collect())
}
