//! The answer to a change of a ticket: the ticket as the change left it, with its replies.

use tickmate_core::{
    desk::{DeskError, TicketDetail, TicketView},
    domain::access::Actor,
};

use crate::{
    answer::Answer,
    problem::Problem,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    view: TicketView,
    message: &'static str,
) -> Result<Answer<OneTicket<TicketWithReplies>>, Problem> {
    let replies = match app.desk.ticket(actor, view.ticket.id.into()).await {
        Ok(detail) => detail.replies,
        // By the change itself the ticket may have gone where the actor no longer sees it.
        Err(DeskError::NotFound) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let detail = TicketDetail { view, replies };
    let ticket = TicketWithReplies::new(&detail, app.settings.legacy_ids);
    Ok(Answer::of(OneTicket { ticket })
        .message(message)
        .version(detail.view.ticket.version))
}
