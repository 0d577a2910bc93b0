//! Commands on data of the desk: events, rate limits, values, clean-up.

use super::{Machine, call_both, select_one};
use crate::domain::{limit::Limit, time::Span};

impl Machine<'_> {
    /// Marks some events as relayed, mostly pending ones.
    pub(super) async fn events(&mut self, a: u8, b: u8) -> Result<(), String> {
        let (after, limit) = (u64::from(a % 8), u32::from(b % 5));
        let pending = call_both!(self, store => store.pending_events(after, limit));
        let events = match b % 3 {
            // Events that may have been relayed.
            0 => call_both!(self, store => store.events_after(after, limit)),
            _ => pending,
        };
        let ids: Vec<_> = events.iter().flatten().map(|event| event.id).collect();
        call_both!(self, store => store.mark_relayed(&ids)).ok();
        Ok(())
    }

    pub(super) async fn limiter(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let key = select_one(["login/ann", "login/bob"], a);
        let now = self.make.now() + Span::seconds(i64::from(b) * 4);
        match c % 8 {
            0 => {
                call_both!(self, store => store.forget_attempts(key)).ok();
            }
            _ => {
                let limit = Limit {
                    most: 1 + u32::from(c % 3),
                    window: Span::seconds(60),
                };
                call_both!(self, store => store.attempt(key, &limit, now)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn value(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let name = select_one(["x", "y"], a);
        let expected = select_one([None, Some("1"), Some("2")], c);
        let value = select_one(["1", "2"], b);
        match b % 3 {
            0 => {
                call_both!(self, store => store.put_value(name, expected)).ok();
            }
            _ => {
                call_both!(self, store => store.replace_value(name, expected, value)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn clean(&mut self, a: u8, b: u8) -> Result<(), String> {
        let now = self.make.now();
        let before = now - Span::seconds(i64::from(a));
        match b % 3 {
            0 => {
                call_both!(self, store => store.forget_calls(before, before)).ok();
            }
            1 => {
                call_both!(self, store => store.clean(now, before, before, before)).ok();
            }
            _ => {
                let after_all = now + Span::days(31);
                call_both!(self, store => store.clean(after_all, before, before, before)).ok();
            }
        }
        Ok(())
    }
}
