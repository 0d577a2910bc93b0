//! Calls of models.

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;

use super::{
    MemoryStore,
    state::{State, sweep},
};
use crate::{
    backend::store::{ModelStore, StoreError, Unique},
    domain::{
        models::{Budget, CallOutcome, CallQuery, ModelCall, Usage, UsageLine},
        time::{Date, Timestamp},
    },
};

#[async_trait]
impl ModelStore for MemoryStore {
    async fn begin_call(
        &self,
        call: &ModelCall,
        budget: &Budget,
        day: Date,
    ) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        if state.calls.contains_key(&call.id) {
            return Err(StoreError::Taken(Unique::Call));
        }
        let spent = state.spent.get(&day).copied().unwrap_or_default();
        if call.end.is_none() {
            if !budget.allows(spent, call.reserved_tokens) {
                return Ok(false);
            }
            state.open_calls.insert(call.id, day);
        }
        state.spent.insert(day, spent.after_begin(call));
        state.calls.insert(call.id, call.clone());
        Ok(true)
    }

    async fn end_call(&self, call: &ModelCall) -> Result<(), StoreError> {
        let mut state = self.state().await?;
        let state = &mut *state;
        if let Some(end) = &call.end
            && let Some(stored) = state.calls.get_mut(&call.id)
            && let Some(day) = state.open_calls.remove(&call.id)
        {
            stored.end = Some(end.clone());
            if let Some(spent) = state.spent.get_mut(&day) {
                *spent = spent.after_end(stored.reserved_tokens, end);
            }
        }
        Ok(())
    }

    async fn answered_call(&self, key: &str) -> Result<Option<ModelCall>, StoreError> {
        let state = self.state().await?;
        let with_answer = state.calls.values().filter(|call| {
            call.key == key && call.end.as_ref().is_some_and(|end| end.answer.is_some())
        });
        Ok(with_answer
            .max_by_key(|call| (call.begun_at, call.id))
            .cloned())
    }

    async fn model_calls(&self, query: &CallQuery) -> Result<Vec<ModelCall>, StoreError> {
        let state = self.state().await?;
        let position = |call: &ModelCall| (call.begun_at, call.id);
        let after = match query.after.map(|id| state.calls.get(&id)) {
            Some(None) => return Ok(Vec::new()),
            after => after.flatten().map(position),
        };
        let mut calls: Vec<&ModelCall> = state
            .calls
            .values()
            .filter(|call| query.from.is_none_or(|from| call.begun_at >= from))
            .filter(|call| query.to.is_none_or(|to| call.begun_at < to))
            .filter(|call| after.is_none_or(|after| position(call) < after))
            .collect();
        calls.sort_by_key(|call| Reverse(position(call)));
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
        let limit = state.sweep_limit();
        let deleted = sweep(&mut state.calls, limit, |_, call| {
            call.begun_at < calls_before
        });
        let State {
            calls,
            open_calls,
            spent,
            ..
        } = &mut *state;
        open_calls.retain(|id, _| calls.contains_key(id));
        spent.retain(|day, _| *day >= calls_before.date_naive());
        for call in state.calls.values_mut() {
            if let Some(end) = &mut call.end
                && call.begun_at < answers_before
            {
                end.answer = None;
            }
        }
        Ok(deleted)
    }
}

/// Adds a count with saturation: providers may report any number.
const fn add(sum: &mut u64, number: u64) {
    *sum = sum.saturating_add(number);
}
