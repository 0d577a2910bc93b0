//! The answer to a change of a ticket: the ticket as the change left it, with its latest replies.

use tickmate_core::desk::TicketDetail;

use crate::{
    answer::Answer,
    state::App,
    wire::{OneTicket, TicketWithReplies},
};

pub(super) fn answer(
    app: &App,
    changed: &TicketDetail,
    message: &'static str,
) -> Answer<OneTicket<TicketWithReplies>> {
    let ticket = TicketWithReplies::new(changed, app.settings.legacy_ids);
    Answer::of(OneTicket { ticket })
        .message(message)
        .version(changed.view.ticket.version)
}
