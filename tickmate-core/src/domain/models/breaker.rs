//! A circuit breaker: rests a failing provider, then probes it with one call at a time.

use crate::domain::time::{Span, Timestamp, furthest_ahead, has_passed};

/// The number of failures in a row that opens the breaker.
const MAX_FAILURES: u32 = 3;
/// The first rest. It doubles after each failed probe, up to `LONGEST_REST`.
const FIRST_REST: Span = Span::seconds(30);
const LONGEST_REST: Span = Span::minutes(10);

/// The circuit breaker of one provider's model. It is a pure state: the caller passes the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    /// The number of rests since the last answer.
    rests: u32,
    /// The start and the end of the rest.
    rest: Option<(Timestamp, Timestamp)>,
    /// When the call that probes the provider began, while it is in progress.
    probe_since: Option<Timestamp>,
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// The call may be made.
    Ask,
    /// No call may be made before this time.
    Wait(Timestamp),
}

impl Breaker {
    /// Returns whether a call may be made now. After a rest only one call at a time is permitted as a probe. A probe
    /// without a result gives way to the next after some time.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        if self.rest.is_none() {
            return Permit::Ask;
        }
        if let Some(until) = self.resting_until(now) {
            return Permit::Wait(until);
        }
        // The rest was only a delay requested by the provider, which needs no probe.
        if self.failures < MAX_FAILURES {
            return Permit::Ask;
        }
        match self.probe_since {
            Some(since) if !has_passed(FIRST_REST, since, now) => Permit::Wait(since + FIRST_REST),
            _ => {
                self.probe_since = Some(now);
                Permit::Ask
            }
        }
    }

    /// Records that the provider answered a call that began at `begun_at`, with or without success. Calls that began
    /// before a rest do not end it.
    pub fn answered(&mut self, begun_at: Timestamp) {
        if self.rest.is_none_or(|(since, _)| begun_at >= since) {
            *self = Self::default();
        }
    }

    /// Records that the call permitted at `begun_at` was not made.
    pub fn unused(&mut self, begun_at: Timestamp) {
        if self.probe_since == Some(begun_at) {
            self.probe_since = None;
        }
    }

    /// Records that the provider did not answer a call that began at `begun_at`. `wait` is the delay that the
    /// provider requests. Failures of calls that were in progress at the same time do not extend the rest.
    pub fn failed(&mut self, begun_at: Timestamp, now: Timestamp, wait: Option<Span>) {
        self.failures = self.failures.saturating_add(1);
        let is_probe = self.probe_since == Some(begun_at);
        if is_probe {
            self.probe_since = None;
        }
        let is_first = self.failures >= MAX_FAILURES && self.rests == 0;
        let rest = (is_probe || is_first).then(|| self.next_rest());
        if let Some(rest) = rest.into_iter().chain(wait).max() {
            self.rest_until(now, now + rest);
        }
    }

    /// Rests the provider for `wait`, because no call can succeed before.
    pub fn rest(&mut self, now: Timestamp, wait: Span) {
        self.probe_since = None;
        self.failures = self.failures.max(MAX_FAILURES);
        self.rests = self.rests.max(1);
        self.rest_until(now, now + wait);
    }

    /// Returns the end of the rest; `None` while calls may be made. A rest that began before the clock was set back
    /// is over.
    pub fn resting_until(&self, now: Timestamp) -> Option<Timestamp> {
        let (since, until) = self.rest?;
        (now < until && since <= furthest_ahead(now)).then_some(until)
    }

    fn rest_until(&mut self, now: Timestamp, until: Timestamp) {
        let longest = self.rest.map_or(until, |(_, other)| other.max(until));
        self.rest = Some((now, longest));
    }

    fn next_rest(&mut self) -> Span {
        let doubled = FIRST_REST * 2_i32.pow(self.rests.min(10));
        self.rests = self.rests.saturating_add(1);
        doubled.min(LONGEST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    fn at(seconds: i64) -> Timestamp {
        from_micros(1_700_000_000_000_000) + Span::seconds(seconds)
    }

    #[test]
    fn three_failures_in_a_row_start_a_rest_and_an_answer_resets_them() {
        let mut breaker = Breaker::default();
        for second in 0..2 {
            breaker.failed(at(second), at(second), None);
            assert_eq!(breaker.permit(at(second)), Permit::Ask);
        }
        breaker.answered(at(2));
        for second in 2..4 {
            breaker.failed(at(second), at(second), None);
            assert_eq!(breaker.permit(at(second)), Permit::Ask);
        }
        breaker.failed(at(5), at(5), None);
        assert_eq!(breaker.permit(at(6)), Permit::Wait(at(35)));
        assert_eq!(breaker.permit(at(35)), Permit::Ask);
        breaker.answered(at(35));
        assert_eq!(breaker.permit(at(36)), Permit::Ask);
        assert_eq!(breaker.resting_until(at(36)), None);
    }

    #[test]
    fn one_call_at_a_time_probes_and_each_failure_doubles_the_rest() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            breaker.failed(at(0), at(0), None);
        }
        let mut now = 30;
        for rest in [60, 120, 240, 480, 600, 600] {
            assert_eq!(breaker.permit(at(now)), Permit::Ask);
            assert_eq!(breaker.permit(at(now + 1)), Permit::Wait(at(now + 30)));
            breaker.failed(at(now), at(now + 2), None);
            let until = at(now + 2 + rest);
            assert_eq!(breaker.permit(at(now + 3)), Permit::Wait(until));
            now += 2 + rest;
        }
        assert_eq!(breaker.permit(at(now)), Permit::Ask);
        assert_eq!(breaker.permit(at(now + 30)), Permit::Ask);
    }

    #[test]
    fn concurrent_failures_do_not_extend_the_rest() {
        let mut breaker = Breaker::default();
        for second in 1..=12 {
            breaker.failed(at(0), at(second), None);
        }
        assert_eq!(breaker.resting_until(at(12)), Some(at(33)));
        // The answer to a call from before the rest does not end it.
        breaker.rest(at(13), Span::hours(1));
        breaker.answered(at(0));
        assert_eq!(breaker.resting_until(at(14)), Some(at(3613)));
        breaker.answered(at(3613));
        assert_eq!(breaker.resting_until(at(14)), None);
    }

    #[test]
    fn a_delay_requested_by_the_provider_applies_at_once_and_is_never_shortened() {
        let mut breaker = Breaker::default();
        breaker.failed(at(0), at(0), Some(Span::seconds(26)));
        assert_eq!(breaker.permit(at(1)), Permit::Wait(at(26)));
        assert_eq!(breaker.permit(at(26)), Permit::Ask);
        assert_eq!(breaker.permit(at(26)), Permit::Ask);
        breaker.failed(at(26), at(27), Some(Span::seconds(1)));
        assert_eq!(breaker.permit(at(28)), Permit::Ask);
        breaker.rest(at(30), Span::hours(1));
        assert_eq!(breaker.permit(at(100)), Permit::Wait(at(3630)));
        breaker.failed(at(29), at(31), Some(Span::seconds(1)));
        assert_eq!(breaker.resting_until(at(100)), Some(at(3630)));
    }

    #[test]
    fn a_probe_without_a_result_gives_way_to_the_next() {
        let mut breaker = Breaker::default();
        breaker.rest(at(0), Span::seconds(5));
        assert_eq!(breaker.permit(at(5)), Permit::Ask);
        assert_eq!(breaker.permit(at(6)), Permit::Wait(at(35)));
        assert_eq!(breaker.permit(at(35)), Permit::Ask);
        breaker.unused(at(5));
        assert_eq!(breaker.permit(at(36)), Permit::Wait(at(65)));
        breaker.unused(at(35));
        assert_eq!(breaker.permit(at(36)), Permit::Ask);
    }
}
