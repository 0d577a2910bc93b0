//! The suppression list: addresses that get no more mail.

use serde::{Deserialize, Serialize};

use super::{
    email::Email,
    event::ActorId,
    time::{Timestamp, micros},
};

/// An address that gets no more mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The address; unique in the list.
    pub address: Email,
    /// Why, on one line.
    pub reason: String,
    /// Since when.
    #[serde(with = "micros")]
    pub since: Timestamp,
    /// Who put it on the list: an admin, or the desk after a bounce or a complaint.
    pub by: ActorId,
}
