//! What is read out of a request: who calls, from where, about what, and what is sent.

mod body;
mod caller;
mod choices;
mod fields;
mod idempotency;
mod input;
mod json;
mod network;
mod origin;
mod path;
mod query;
mod skills;
mod untyped;
mod values;
mod version;

pub(crate) use body::{Body, OptionalBody, OptionalUpdate, Submission, UnreadUpdate, Update};
pub(crate) use caller::{Acting, SignedIn, credential};
pub(crate) use fields::Fields;
pub(crate) use input::Input;
pub(crate) use network::Network;
pub(crate) use origin::is_same_origin;
pub(crate) use path::{AddressPath, JobPath, MailPath, TicketPath, UserPath};
pub(crate) use query::{Parameters, Query};
