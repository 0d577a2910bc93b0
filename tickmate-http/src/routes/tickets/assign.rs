//! `POST /tickets/{id}/assign`: gives a ticket to somebody, takes it, or gives it back to the router.

use std::sync::Arc;

use axum::extract::State;
use tickmate_core::{
    desk::AssignTo,
    domain::{access::Operation, id::UserId},
};

use super::changed;
use crate::{
    answer::Answer,
    extract::{Acting, Fields, Input, TicketPath},
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

const ASSIGNS: [Operation; 3] = [Operation::Assign, Operation::Take, Operation::Unassign];

pub(crate) async fn assign(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &ASSIGNS);
    let ticket = ticket.await?;
    let (fields, expected) = input.update().await?;
    let to = assign_to(fields)?;
    let assigned = app
        .desk
        .tickets()
        .assign(&actor, ticket, to, expected)
        .await?;
    let message = match to {
        AssignTo::Person { .. } | AssignTo::Me => "the ticket was assigned",
        AssignTo::Router => "the ticket was given back",
    };
    Ok(changed::answer(&app, &assigned, message))
}

fn assign_to(mut fields: Fields) -> Result<AssignTo, Problem> {
    let asked = ["assignee", "take", "route"];
    let count = asked.iter().filter(|name| fields.has(name)).count();
    let id: Option<UserId> = fields.word_if("assignee");
    let take = fields.flag_if("take");
    let route = fields.flag_if("route");
    let force = fields.flag_if("force");
    if count != 1 {
        fields.refuse("assignee", "exactly one of assignee, take, route is needed");
    }
    for (name, flag) in [("take", take), ("route", route)] {
        if flag == Some(false) {
            fields.refuse(name, "must be true, or left out");
        }
    }
    if force.is_some() && count == 1 && (take.is_some() || route.is_some()) {
        fields.refuse("force", "goes with assignee alone");
    }
    fields.end()?;
    match (id, take) {
        (Some(id), _) => Ok(AssignTo::Person {
            id,
            force: force.unwrap_or(false),
        }),
        (None, Some(_)) => Ok(AssignTo::Me),
        (None, None) => Ok(AssignTo::Router),
    }
}
