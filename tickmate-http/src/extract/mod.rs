//! What is read out of a request: who calls, from where, about what, and what is sent.

mod body;
mod caller;
mod idempotency;
mod input;
mod json;
mod network;
mod origin;
mod path;
mod query;
mod version;

pub use body::{Body, OptionalBody, OptionalUpdate, Submission, UnreadUpdate, Update};
pub(crate) use caller::credential;
pub use caller::{Acting, SignedIn};
pub use input::{FromInput, Input};
pub use network::Network;
pub use origin::{SameOrigin, is_same_origin};
pub(crate) use path::{AddressPath, JobPath, MailPath, TicketPath, UserPath};
pub use query::Parameters;
