//! The lead: the lease of the one process that does the work which only one process of a desk should do.

use super::{
    id::LeaseId,
    time::{CLOCK_SLACK, Span, Timestamp, from_micros},
};

/// The leading process, and until when it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// The process that leads.
    pub holder: LeaseId,
    /// When it took or last renewed the lead.
    pub since: Timestamp,
    /// When the lead ends unless it is renewed.
    pub until: Timestamp,
}

impl Lead {
    /// Creates the lead of a process for this duration.
    pub fn new(holder: LeaseId, now: Timestamp, duration: Span) -> Self {
        Self {
            holder,
            since: now,
            until: now + duration,
        }
    }

    /// Returns whether another process may take this lead: it ended, or the clock was set back since it was taken.
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.until <= now || self.since > now + CLOCK_SLACK
    }

    /// Parses the stored form of a lead; none for other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let lead = Self {
            holder: words.next()?.parse().ok()?,
            since: from_micros(words.next()?.parse().ok()?),
            until: from_micros(words.next()?.parse().ok()?),
        };
        words.next().is_none().then_some(lead)
    }
}

/// The lead as it is stored.
impl std::fmt::Display for Lead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [since, until] = [self.since, self.until].map(|at| at.timestamp_micros());
        write!(f, "{} {since} {until}", self.holder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_ends_and_round_trips() {
        let now = from_micros(1_000_000_000);
        let lead = Lead::new(LeaseId::new(now, [7; 10]), now, Span::seconds(10));
        assert_eq!(Lead::parse(&lead.to_string()), Some(lead));
        for text in ["", "a 1 2", &format!("{lead} 3"), &lead.holder.to_string()] {
            assert_eq!(Lead::parse(text), None, "{text}");
        }
        for (seconds, is_free) in [(0, false), (9, false), (10, true), (-4, false), (-6, true)] {
            assert_eq!(
                lead.is_free(now + Span::seconds(seconds)),
                is_free,
                "{seconds}"
            );
        }
    }
}
