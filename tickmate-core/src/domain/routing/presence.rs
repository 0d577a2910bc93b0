//! Whether somebody takes work now.

use serde::{Deserialize, Serialize};

/// Whether a member of staff takes work now, and if not, why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Takes work.
    #[default]
    Present,
    /// Back soon.
    Away,
    /// Outside of the working hours.
    OffShift,
    /// Gone.
    Offline,
}
