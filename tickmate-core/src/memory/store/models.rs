//! Calls of models.

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{ModelStore, StoreError},
    domain::{
        models::{Budget, CallOutcome, CallQuery, ModelCall, Spent, Usage, UsageLine},
        time::Timestamp,
    },
};

#[async_trait]
impl ModelStore for MemoryStore {
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        if state.calls.contains_key(&call.id) {
            return Err(StoreError::Taken { field: "id" });
        }
        let begins = call.end.is_some()
            || budget.allows(spent(state.calls.values(), since), call.reserved_tokens);
        if begins {
            state.calls.insert(call.id, call.clone());
        }
        Ok(begins)
    }

    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError> {
        let mut state = self.state().await?;
        if let Some(known) = state.calls.get_mut(&call.id)
            && known.end.is_none()
        {
            known.end.clone_from(&call.end);
        }
        Ok(())
    }

    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError> {
        let state = self.state().await?;
        let answered = state.calls.values().filter(|call| {
            call.key == key && call.end.as_ref().is_some_and(|end| end.answer.is_some())
        });
        Ok(answered
            .max_by_key(|call| (call.begun_at, call.id))
            .cloned())
    }

    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError> {
        let state = self.state().await?;
        let place = |call: &ModelCall| (call.begun_at, call.id);
        let after = match query.after.map(|id| state.calls.get(&id)) {
            Some(None) => return Ok(Vec::new()),
            after => after.flatten().map(place),
        };
        let mut calls: Vec<&ModelCall> = state
            .calls
            .values()
            .filter(|call| query.from.is_none_or(|from| call.begun_at >= from))
            .filter(|call| query.to.is_none_or(|to| call.begun_at < to))
            .filter(|call| after.is_none_or(|after| place(call) < after))
            .collect();
        calls.sort_by_key(|call| Reverse(place(call)));
        calls.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(calls.into_iter().cloned().collect())
    }

    async fn model_usage(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, StoreError> {
        let state = self.state().await?;
        let mut lines: BTreeMap<(String, String, Option<CallOutcome>, bool), UsageLine> =
            BTreeMap::new();
        for call in state.calls.values() {
            if call.begun_at < from || call.begun_at >= to {
                continue;
            }
            let outcome = call.end.as_ref().map(|end| end.outcome);
            let cache_hit = call.end.as_ref().is_some_and(|end| end.cache_hit);
            let key = (
                call.provider.clone(),
                call.model.clone(),
                outcome,
                cache_hit,
            );
            let line = lines.entry(key).or_insert_with(|| UsageLine {
                provider: call.provider.clone(),
                model: call.model.clone(),
                outcome,
                cache_hit,
                calls: 0,
                usage: Usage::default(),
                micros: 0,
            });
            line.calls += 1;
            if let Some(end) = &call.end {
                add(&mut line.usage.prompt_tokens, end.usage.prompt_tokens);
                add(&mut line.usage.cached_tokens, end.usage.cached_tokens);
                add(&mut line.usage.output_tokens, end.usage.output_tokens);
                add(&mut line.micros, end.micros);
            }
        }
        Ok(lines.into_values().collect())
    }

    async fn forget_calls(
        &self,
        answers_before: Timestamp,
        calls_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut state = self.state().await?;
        let before = state.calls.len();
        state.calls.retain(|_, call| call.begun_at >= calls_before);
        for call in state.calls.values_mut() {
            if let Some(end) = &mut call.end
                && call.begun_at < answers_before
            {
                end.answer = None;
            }
        }
        Ok((before - state.calls.len()) as u64)
    }
}

/// What was spent since a moment. Answers that were in the store cost nothing.
fn spent<'a>(calls: impl Iterator<Item = &'a ModelCall>, since: Timestamp) -> Spent {
    let paid = calls.filter(|call| {
        call.begun_at >= since && !call.end.as_ref().is_some_and(|end| end.cache_hit)
    });
    paid.fold(Spent::default(), |spent, call| Spent {
        calls: spent.calls + 1,
        tokens: spent.tokens.saturating_add(match &call.end {
            Some(end) => end.usage.total(),
            None => call.reserved_tokens,
        }),
    })
}

/// What a provider says it used may be anything.
const fn add(sum: &mut u64, number: u64) {
    *sum = sum.saturating_add(number);
}
