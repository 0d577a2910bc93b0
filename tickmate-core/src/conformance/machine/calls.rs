//! Commands on calls of models.

use super::{Machine, call_both, call_both_unordered, select, select_one};
use crate::domain::{
    id::CallId,
    models::{Budget, CallEnd, CallOutcome, CallQuery, ModelCall, Task, Usage},
    time::{Span, Timestamp},
};

/// Moments before and after all calls of a machine.
const ALWAYS: [Timestamp; 2] = [Timestamp::UNIX_EPOCH, Timestamp::MAX_UTC];

impl Machine<'_> {
    /// Begins a call, or ends one that began, was refused, ended before or was deleted.
    pub(super) async fn call(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let existing = select(&self.calls, a).cloned();
        match existing {
            Some(call) if c.is_multiple_of(2) => {
                let end = (!c.is_multiple_of(16)).then(|| end(b));
                let ended = ModelCall { end, ..call };
                call_both!(self, store => store.end_call(&ended)).ok();
                Ok(())
            }
            existing => self.begin_call(existing, a, b, c).await,
        }
    }

    /// Begins a call: sometimes with the id or the moment of another one, with its end, or on the budget of the day before.
    async fn begin_call(
        &mut self,
        existing: Option<ModelCall>,
        a: u8,
        b: u8,
        c: u8,
    ) -> Result<(), String> {
        let mut call = ModelCall {
            id: self.call_id(),
            task: Task::Triage,
            ticket: select(&self.tickets, a).copied(),
            provider: "test".to_owned(),
            model: select_one(["one", "two"], b).to_owned(),
            key: format!("{:02x}", b % 4),
            begun_at: self.make.now(),
            reserved_tokens: u64::from(b),
            end: (c % 16 == 3).then(|| end(b)),
        };
        match (existing, c % 16) {
            (Some(existing), 5) => call.id = existing.id,
            (Some(existing), 7 | 9) => call.begun_at = existing.begun_at,
            _ => {}
        }
        let budget = Budget {
            calls: (c.is_multiple_of(3)).then_some(4),
            tokens: (c.is_multiple_of(5)).then_some(500),
        };
        let earlier = Span::days(i64::from(a.is_multiple_of(4)));
        let day = (call.begun_at - earlier).date_naive();
        call_both!(self, store => store.begin_call(&call, &budget, day)).ok();
        if self.calls.iter().all(|existing| existing.id != call.id) {
            self.calls.push(call);
        }
        Ok(())
    }

    fn call_id(&mut self) -> CallId {
        let [high, low] = (self.calls.len() as u16).to_be_bytes();
        CallId::new(self.make.now(), [high, low, 0, 0, 0, 0, 0, 0, 0, 7])
    }

    pub(super) async fn compare_calls(&self, a: u8, b: u8) -> Result<(), String> {
        let [start, end] = ALWAYS;
        let [from, to] = [a, b].map(|pick| select(&self.calls, pick).map(|call| call.begun_at));
        let everything = CallQuery {
            from: None,
            to: None,
            after: None,
            limit: 1 + u32::from(b % 5),
        };
        self.page_through_calls(everything).await?;
        let bounded = CallQuery {
            from: from.filter(|_| !b.is_multiple_of(4)),
            to: to.filter(|_| b % 4 != 1),
            ..everything
        };
        self.page_through_calls(bounded).await?;
        // The call may have been refused or deleted.
        let after = select(&self.calls, a ^ b).map(|call| call.id);
        let page = CallQuery { after, ..bounded };
        call_both!(self, store => store.model_calls(&page)).ok();
        let key = format!("{:02x}", b % 4);
        call_both!(self, store => store.answered_call(&key)).ok();
        call_both_unordered!(self, store => store.model_usage(start, end));
        call_both_unordered!(self, store => store.model_usage(from.unwrap_or(start), to.unwrap_or(end)));
        Ok(())
    }

    /// Compares every page of a list of calls.
    async fn page_through_calls(&self, mut query: CallQuery) -> Result<(), String> {
        loop {
            let page = call_both!(self, store => store.model_calls(&query));
            let Ok(Some(last)) = page.as_ref().map(|page| page.last()) else {
                return Ok(());
            };
            query.after = Some(last.id);
        }
    }
}

/// Creates the end of a call.
fn end(b: u8) -> CallEnd {
    CallEnd {
        outcome: CallOutcome::ALL[usize::from(b) % CallOutcome::ALL.len()],
        usage: Usage {
            prompt_tokens: b.into(),
            cached_tokens: 0,
            output_tokens: 1,
        },
        micros: 5,
        cache_hit: b.is_multiple_of(3),
        answer: (b.is_multiple_of(2)).then(|| "{}".to_owned()),
    }
}
