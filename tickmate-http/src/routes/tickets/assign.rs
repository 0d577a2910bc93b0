//! `POST /tickets/{id}/assign`: gives a ticket to somebody, takes it, or gives it back to the router.

use std::sync::Arc;

use axum::extract::State;
use deserr::Deserr;
use tickmate_core::{desk::AssignTo, domain::access::Operation};
use utoipa::ToSchema;

use super::changed;
use crate::{
    answer::Answer,
    document::IfMatch,
    extract::{Acting, Input, TicketPath, Update},
    problem::Problem,
    requests::{InvalidInput, Optional, True, UserKey},
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

/// To whom a ticket is assigned: exactly one of `assignee`, `take` and `route`.
#[derive(Debug, Deserr)]
#[deserr(deny_unknown_fields)]
pub(crate) struct AssignTicket {
    #[deserr(default)]
    assignee: Optional<UserKey>,
    #[deserr(default)]
    take: Optional<True>,
    #[deserr(default)]
    route: Optional<True>,
    #[deserr(default)]
    force: Optional<bool>,
}

/// To whom a ticket is assigned.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it documents the choices of `AssignTicket`")]
enum AssignBody {
    Assignee(Update<AssignToUser>),
    Take(Update<TakeTicket>),
    Route(Update<RouteTicket>),
}

/// A user of the staff gets the ticket.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it documents a choice of `AssignTicket`")]
struct AssignToUser {
    assignee: UserKey,
    /// For admins: also beyond the capacity of the assignee.
    #[serde(default)]
    force: bool,
}

/// The caller takes the ticket.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it documents a choice of `AssignTicket`")]
struct TakeTicket {
    take: True,
}

/// The router assigns the ticket.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it documents a choice of `AssignTicket`")]
struct RouteTicket {
    route: True,
}

const ASSIGNS: [Operation; 3] = [Operation::Assign, Operation::Take, Operation::Unassign];

/// Assigns a ticket to a user, to the caller, or by the router.
#[utoipa::path(
    post,
    path = "/tickets/{id}/assign",
    operation_id = "assignTicket",
    tag = "tickets",
    params(TicketPath, IfMatch),
    request_body = AssignBody,
    responses((
        status = OK,
        description = "The ticket as it is now.",
        body = Answer<OneTicket<TicketWithReplies>>,
        headers(("ETag" = String, description = "The version of the ticket.")),
    )),
    extensions(("x-roles" = json!(["moderator", "admin"])), ("x-codes" = json!(["already_assigned", "capacity_full", "not_assigned", "not_open", "person_gone"]))),
)]
pub(crate) async fn assign(
    State(app): State<Arc<App>>,
    Acting(actor): Acting,
    TicketPath(ticket): TicketPath,
    input: Input<Update<AssignTicket>>,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let ticket = app
        .desk
        .tickets()
        .authorize_with_replies(&actor, ticket, &ASSIGNS);
    let ticket = ticket.await?;
    let Update { fields, expected } = input.parse().await?;
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

fn assign_to(fields: AssignTicket) -> Result<AssignTo, InvalidInput> {
    let AssignTicket {
        assignee,
        take,
        route,
        force,
    } = fields;
    let mut invalid = InvalidInput::default();
    let to = match (assignee.0, take.0, route.0) {
        (Some(UserKey(id)), None, None) => Some(AssignTo::Person {
            id,
            force: force.0.unwrap_or(false),
        }),
        (None, Some(True), None) => Some(AssignTo::Me),
        (None, None, Some(True)) => Some(AssignTo::Router),
        _ => None,
    };
    match to {
        None => invalid.add("assignee", "exactly one of assignee, take, route is needed"),
        Some(AssignTo::Me | AssignTo::Router) if force.0.is_some() => {
            invalid.add("force", "goes with assignee alone");
        }
        Some(to) => return Ok(to),
    }
    Err(invalid)
}
