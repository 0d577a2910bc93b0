//! Login sessions.

use serde::{Deserialize, Serialize};

use super::{
    id::{SessionId, UserId},
    time::{Span, Timestamp, has_passed, micros},
};

/// A login session. The client's token only identifies it; all its properties are read from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id of the session.
    pub id: SessionId,
    /// The user who logged in.
    pub user: UserId,
    /// When the session was created.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When the session was last used, to the hour.
    #[serde(with = "micros")]
    pub last_used_at: Timestamp,
    /// When the session ends in any case.
    #[serde(with = "micros")]
    pub expires_at: Timestamp,
}

/// The least time between two updates of the last use.
pub const TOUCH_EVERY: Span = Span::hours(1);

impl Session {
    /// Returns whether the session is valid: neither too old nor idle for too long.
    pub fn is_live(&self, now: Timestamp, idle: Span) -> bool {
        now < self.expires_at && now < self.last_used_at + idle + TOUCH_EVERY
    }

    /// Returns whether the last use must be updated.
    pub fn needs_touch(&self, now: Timestamp) -> bool {
        has_passed(TOUCH_EVERY, self.last_used_at, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn sessions_end_by_age_and_by_idleness() {
        let start = from_micros(0);
        let session = Session {
            id: SessionId::new(start, [0; 10]),
            user: UserId::new(start, [0; 10]),
            created_at: start,
            last_used_at: start,
            expires_at: start + Span::days(30),
        };
        let idle = Span::days(7);
        assert!(session.is_live(start + Span::days(7), idle));
        assert!(!session.is_live(start + Span::days(7) + TOUCH_EVERY, idle));
        assert!(!session.is_live(start + Span::days(30), Span::days(90)));
        assert!(session.needs_touch(start + TOUCH_EVERY) && !session.needs_touch(start));
    }
}
