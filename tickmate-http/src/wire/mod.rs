//! The objects of the API, as clients see them.

mod event;
mod person;
mod reply;
mod routing;
mod staffing;
mod ticket;
mod user;

pub(crate) use event::{Event, Events};
pub(crate) use reply::{Replied, Reply};
pub(crate) use routing::{OneExplanation, OnePreview, OneRouting};
pub(crate) use staffing::Staffing;
pub(crate) use ticket::{OneTicket, Ticket, TicketWithReplies, Tickets};
pub(crate) use user::{OneUser, User, Users};

use std::fmt::Display;

use chrono::SecondsFormat;
use serde::Serialize;
use tickmate_core::domain::time::Timestamp;

/// An object's id, under both its names where older clients need it.
#[derive(Debug, Serialize)]
pub(crate) struct Id {
    id: String,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    legacy: Option<String>,
}

impl Id {
    pub(crate) fn new(id: impl Display + Copy, legacy_ids: bool) -> Self {
        let id = id.to_string();
        Self {
            legacy: legacy_ids.then(|| id.clone()),
            id,
        }
    }
}

/// A moment in RFC 3339, in UTC to the microsecond.
fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
