//! A login.

use serde::{Deserialize, Serialize};

use super::{
    id::{SessionId, UserId},
    time::{Span, Timestamp, has_passed, micros},
};

/// A login. The token that a client holds only names it; everything that counts is read from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which login.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// When it was made.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    #[serde(with = "micros")]
    pub last_used_at: Timestamp,
    /// When it ends whatever happens.
    #[serde(with = "micros")]
    pub expires_at: Timestamp,
}

/// How exactly the last use is kept: it is written at most this often.
pub const TOUCH_EVERY: Span = Span::hours(1);

impl Session {
    /// Whether it still counts: neither too old nor idle for too long.
    pub fn is_live(&self, now: Timestamp, idle: Span) -> bool {
        now < self.expires_at && now < self.last_used_at + idle + TOUCH_EVERY
    }

    /// Whether its last use should be written again.
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
