//! The use cases of tickets.

mod assign;
mod create;
mod delete;
mod edit;
mod history;
mod import;
mod list;
mod read;
mod reply;
mod status;
mod view;

pub use assign::AssignTo;
pub use create::{RequestId, Submitted, TicketDraft};
pub use edit::TicketPatch;
pub use history::HistoryEntry;
pub use import::{Imported, ImportedTicket};
pub use list::{ListQuery, Summary};
pub use reply::{Replied, ReplyDraft};
pub(in crate::desk) use view::named;
pub use view::{Person, ReplyView, TicketDetail, TicketView};
