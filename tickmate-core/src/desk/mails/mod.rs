//! Operations of admins and adapters on mails: lists, retries, delivery reports and the suppression list.

mod delivery;
mod figures;
mod list;
mod retry;
mod suppressions;

pub use figures::MailFigures;
