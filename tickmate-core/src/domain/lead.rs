//! The lead: which of a desk's processes does what one process is enough for.

use super::{
    id::LeaseId,
    time::{CLOCK_SLACK, Span, Timestamp, from_micros},
};

/// Who leads, and until when.
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
    /// Makes the lead of a process for so long.
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

    /// Reads a lead as it is stored; none for what is no lead.
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
    fn a_lead_ends_and_reads_back() {
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
