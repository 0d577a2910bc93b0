//! Shows what the desk made of the demo's tickets.

use std::{collections::HashMap, time::Duration};

use tickmate::{
    backend::store::{TicketStore, UserStore},
    domain::{
        id::{TicketId, UserId},
        ticket::Ticket,
        user::User,
    },
};
use tokio::time::{sleep, timeout};

use super::{
    team::{install_requesters, install_team},
    tickets,
};
use crate::{failure::Failure, print, serve::Stop, wire::App};

/// How long the desk may take to settle the demo's tickets before they are shown as they are.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Adds the team and the tickets unless they are there, waits until the tickets are settled, and prints who got
/// what and why.
///
/// # Errors
/// Where the database can't be read or written.
pub(crate) async fn show(app: &App, stop: &Stop) -> Result<(), Failure> {
    install_team(app).await?;
    install_requesters(app, &tickets::REQUESTERS).await?;
    let ids = tickets::add(app).await?;
    let settled = async {
        loop {
            let tickets = load(app, &ids).await?;
            if tickets.iter().all(Ticket::is_triaged) {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        settled = timeout(SETTLED_WITHIN, settled) => settled.unwrap_or(Ok(()))?,
        () = stop.stopped() => return Ok(()),
    }
    let tickets = load(app, &ids).await?;
    let people = assignees(app, &tickets).await?;
    let head = ["ticket", "", "priority", "skills", "given to", "why"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(tickets.iter().map(|ticket| row(ticket, &people)));
    print::line("\nWho got what, and why:");
    print::table(&rows);
    Ok(())
}

fn row(ticket: &Ticket, people: &HashMap<UserId, String>) -> Vec<String> {
    let skills: Vec<&str> = ticket
        .required_skills
        .iter()
        .map(|skill| skill.name.as_str())
        .collect();
    let (to, why) = match (&ticket.assignment, ticket.queued) {
        (Some(assignment), _) => (
            people.get(&assignment.to).cloned().unwrap_or_default(),
            assignment
                .reason
                .clone()
                .unwrap_or_else(|| "given by an admin".to_owned()),
        ),
        (None, Some(queued)) => (
            "waits".to_owned(),
            crate::import::reason(queued.reason).to_owned(),
        ),
        (None, None) => (ticket.status.as_str().to_owned(), String::new()),
    };
    vec![
        format!("#{}", ticket.number),
        ticket.title.clone(),
        ticket.priority.as_str().to_owned(),
        skills.join(", "),
        to,
        why,
    ]
}

async fn load(app: &App, ids: &[TicketId]) -> Result<Vec<Ticket>, Failure> {
    let mut tickets = Vec::new();
    for id in ids {
        let ticket = app.store.ticket(*id).await;
        tickets.extend(ticket.map_err(|error| Failure::because("no demo ticket", &error))?);
    }
    Ok(tickets)
}

/// How the people who have these tickets are called, by id.
async fn assignees(app: &App, tickets: &[Ticket]) -> Result<HashMap<UserId, String>, Failure> {
    let ids: Vec<_> = tickets.iter().filter_map(Ticket::assignee).collect();
    let people = app.store.users(&ids).await;
    let people: Vec<User> = people.map_err(|error| Failure::because("no people", &error))?;
    Ok(people
        .iter()
        .map(|person| (person.id, person.display_name().to_owned()))
        .collect())
}
