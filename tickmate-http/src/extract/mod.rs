//! Extractors: the caller, the network, the path, and the input of a request.

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
