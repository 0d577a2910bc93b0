//! What is read out of a request: who calls, from where, about what, and what is sent.

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
mod values;
mod version;

pub(crate) use caller::credential;
pub use caller::{Acting, SignedIn};
pub(crate) use fields::Fields;
pub(crate) use input::{Input, Update};
pub use network::Network;
pub use origin::{SameOrigin, is_same_origin};
pub(crate) use path::{AddressPath, JobPath, MailPath, TicketPath, UserPath};
pub(crate) use query::Query;
