//! What was decided about a ticket, kept with it.

use serde::{Deserialize, Serialize};

/// The last decision of the router about a ticket, as a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decided(pub serde_json::Value);
