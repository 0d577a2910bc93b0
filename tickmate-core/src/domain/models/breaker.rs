//! The breaker: leaves a provider in trouble alone, and then tries it with one question at a time.

use crate::domain::time::{Span, Timestamp, furthest_ahead, has_passed};

/// So many failures in a row and the provider is left alone.
const FAILURES: u32 = 3;
/// For how long at first; twice as long after each try that fails, up to the longest.
const FIRST_REST: Span = Span::seconds(30);
const LONGEST_REST: Span = Span::minutes(10);

/// Whether one provider's model may be asked. A pure state: the caller tells it the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    /// How often it rested since it last answered.
    rests: u32,
    /// Since when and until when it rests.
    rest: Option<(Timestamp, Timestamp)>,
    /// The question that is to tell whether the provider is back: since when it is under way.
    probing: Option<Timestamp>,
}

/// Whether a question may be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Ask,
    /// Not before this moment.
    Wait(Timestamp),
}

impl Breaker {
    /// Whether a question may be asked now. While the provider is to be tried, one question at a time is; one of which
    /// nothing is heard for long gives its place to the next.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        if self.rest.is_none() {
            return Permit::Ask;
        }
        if let Some(until) = self.resting_until(now) {
            return Permit::Wait(until);
        }
        // Only the provider's own delay was kept: it is not in doubt.
        if self.failures < FAILURES {
            return Permit::Ask;
        }
        match self.probing {
            Some(since) if !has_passed(FIRST_REST, since, now) => Permit::Wait(since + FIRST_REST),
            _ => {
                self.probing = Some(now);
                Permit::Ask
            }
        }
    }

    /// The provider answered a question that was begun then, well or badly, but it is there. What was begun before a
    /// rest says nothing about its end.
    pub fn answered(&mut self, begun_at: Timestamp) {
        if self.rest.is_none_or(|(since, _)| begun_at >= since) {
            *self = Self::default();
        }
    }

    /// The question that was permitted then was not asked.
    pub fn unused(&mut self, begun_at: Timestamp) {
        if self.probing == Some(begun_at) {
            self.probing = None;
        }
    }

    /// The provider did not answer a question that was begun then. `wait` is how long it asks to be left alone. The
    /// failures of questions that were under way together are no reason to rest longer.
    pub fn failed(&mut self, begun_at: Timestamp, now: Timestamp, wait: Option<Span>) {
        self.failures = self.failures.saturating_add(1);
        let is_probe = self.probing == Some(begun_at);
        if is_probe {
            self.probing = None;
        }
        let is_first = self.failures >= FAILURES && self.rests == 0;
        let rest = (is_probe || is_first).then(|| self.next_rest());
        if let Some(rest) = rest.into_iter().chain(wait).max() {
            self.rest_until(now, now + rest);
        }
    }

    /// Nobody's question will be answered for so long, whatever is tried.
    pub fn rest(&mut self, now: Timestamp, wait: Span) {
        self.probing = None;
        self.failures = self.failures.max(FAILURES);
        self.rests = self.rests.max(1);
        self.rest_until(now, now + wait);
    }

    /// Until when the provider is left alone; none while it may be asked. A rest that began before the clock was set back
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
    fn three_failures_in_a_row_end_in_a_rest_and_an_answer_ends_that() {
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
    fn one_question_at_a_time_tries_and_rests_double() {
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
    fn what_was_under_way_together_fails_together() {
        let mut breaker = Breaker::default();
        for second in 1..=12 {
            breaker.failed(at(0), at(second), None);
        }
        assert_eq!(breaker.resting_until(at(12)), Some(at(33)));
        // An answer to a question of before the rest does not end it.
        breaker.rest(at(13), Span::hours(1));
        breaker.answered(at(0));
        assert_eq!(breaker.resting_until(at(14)), Some(at(3613)));
        breaker.answered(at(3613));
        assert_eq!(breaker.resting_until(at(14)), None);
    }

    #[test]
    fn the_providers_own_delay_counts_at_once_and_is_never_cut_short() {
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
    fn a_probe_of_which_nothing_is_heard_gives_way() {
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
