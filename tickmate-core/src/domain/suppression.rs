//! The suppression list: addresses that receive no more mail.

use serde::{Deserialize, Serialize};

use super::{
    email::Email,
    event::ActorId,
    time::{Timestamp, micros},
};

/// An address that receives no more mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The address; unique in the list.
    pub address: Email,
    /// The reason, on one line.
    pub reason: String,
    /// Since when.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// Who added the address: an admin, or the desk after a bounce or a complaint.
    pub by: ActorId,
}
