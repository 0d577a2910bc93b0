//! Commands on what belongs to the desk: events, limiters, values, model calls, cleaning up.

use super::{Machine, both, one, picked};
use crate::domain::{
    limit::Limit,
    models::{Budget, CallEnd, CallOutcome, ModelCall, Task, Usage},
    time::Span,
};

impl Machine<'_> {
    /// Marks some of the pending events as relayed, those of the store's own answer.
    pub(super) async fn events(&mut self, a: u8, b: u8) -> Result<(), String> {
        let (after, limit) = (u64::from(a % 8), u32::from(b % 5));
        let pending = both!(self, store => store.pending_events(after, limit));
        let ids: Vec<_> = pending.iter().flatten().map(|event| event.id).collect();
        both!(self, store => store.mark_relayed(&ids)).ok();
        Ok(())
    }

    pub(super) async fn limiter(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let key = one(["login/ann", "login/bob"], a);
        let now = self.make.now() + Span::seconds(i64::from(b) * 4);
        match c % 8 {
            0 => {
                both!(self, store => store.forget_attempts(key)).ok();
            }
            _ => {
                let limit = Limit {
                    most: 1 + u32::from(c % 3),
                    window: Span::seconds(60),
                };
                both!(self, store => store.attempt(key, &limit, now)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn value(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let name = one(["x", "y"], a);
        let expected = one([None, Some("1"), Some("2")], c);
        let value = one(["1", "2"], b);
        match b % 3 {
            0 => {
                both!(self, store => store.put_value(name, expected)).ok();
            }
            _ => {
                both!(self, store => store.replace_value(name, expected, value)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn call(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        if let Some(call) = picked(&self.calls, a)
            && c.is_multiple_of(2)
        {
            let end = CallEnd {
                outcome: CallOutcome::ALL[usize::from(b) % CallOutcome::ALL.len()],
                usage: Usage {
                    prompt_tokens: b.into(),
                    cached_tokens: 0,
                    output_tokens: 1,
                },
                micros: 5,
                cache_hit: b.is_multiple_of(3),
                answer: (b.is_multiple_of(2)).then(|| "{}".to_owned()),
            };
            let ended = ModelCall {
                end: Some(end),
                ..call.clone()
            };
            both!(self, store => store.end_call(&ended)).ok();
            return Ok(());
        }
        let begun_at = self.make.now();
        let call = ModelCall {
            id: self.call_id(),
            task: Task::Triage,
            ticket: picked(&self.tickets, a).copied(),
            provider: "test".to_owned(),
            model: one(["one", "two"], b).to_owned(),
            key: format!("{:02x}", b % 4),
            begun_at,
            reserved_tokens: u64::from(b),
            end: None,
        };
        let budget = Budget {
            calls: (c.is_multiple_of(3)).then_some(4),
            tokens: (c.is_multiple_of(5)).then_some(500),
        };
        both!(self, store => store.begin_call(&call, &budget, begun_at.date_naive())).ok();
        self.calls.push(call);
        Ok(())
    }

    pub(super) async fn clean(&mut self, a: u8, b: u8) -> Result<(), String> {
        let now = self.make.now();
        let before = now - Span::seconds(i64::from(a));
        match b % 3 {
            0 => {
                both!(self, store => store.forget_calls(before, before)).ok();
            }
            1 => {
                both!(self, store => store.clean(now, before, before, before)).ok();
            }
            _ => {
                let after_all = now + Span::days(31);
                both!(self, store => store.clean(after_all, before, before, before)).ok();
            }
        }
        Ok(())
    }
}
