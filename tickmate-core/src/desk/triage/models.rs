//! The chain of models of a desk, and their health as this process knows it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    backend::llm::{Llm, ModelId},
    desk::{Clock, TriageDesk},
    domain::{
        models::{Breaker, Permit},
        time::{Span, Timestamp},
    },
};

/// A model of the chain with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelState {
    /// The model and its provider.
    pub id: ModelId,
    /// Until when this process does not call the model; `None` if it may be called.
    pub resting_until: Option<Timestamp>,
}

/// The models in the order in which they are asked.
pub(in crate::desk) struct Models {
    pub(super) chain: Vec<Arc<dyn Llm>>,
    state: Mutex<State>,
}

struct State {
    breakers: Vec<Breaker>,
    under_way: u32,
}

/// The outcome of requesting a slot for a question.
pub(super) enum Slot<'a> {
    Free(UnderWay<'a>),
    /// The provider must not be called before this time.
    Resting(Timestamp),
    /// The maximum number of concurrent questions is reached.
    Busy,
}

/// A running question. If it is abandoned (its future was dropped), it counts as a failure of its provider.
pub(super) struct UnderWay<'a> {
    models: &'a Models,
    place: usize,
    begun_at: Timestamp,
    clock: Clock,
    is_checked: bool,
}

impl Models {
    pub(in crate::desk) fn new(chain: Vec<Arc<dyn Llm>>) -> Self {
        let breakers = vec![Breaker::default(); chain.len()];
        Self {
            chain,
            state: Mutex::new(State {
                breakers,
                under_way: 0,
            }),
        }
    }

    /// Requests a slot for a question to the model at this position of the chain.
    pub(super) fn slot(&self, place: usize, most: u32, clock: &Clock, now: Timestamp) -> Slot<'_> {
        let mut state = self.state();
        if state.under_way >= most.max(1) {
            return Slot::Busy;
        }
        match state.breakers[place].permit(now) {
            Permit::Wait(until) => Slot::Resting(until),
            Permit::Ask => {
                state.under_way += 1;
                Slot::Free(UnderWay {
                    models: self,
                    place,
                    begun_at: now,
                    clock: Arc::clone(clock),
                    is_checked: true,
                })
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay<'_> {
    /// Marks the question as sent: from now on its outcome says something about the provider.
    pub(super) const fn is_asked(&mut self) {
        self.is_checked = false;
    }

    /// Releases a slot whose question is not sent.
    pub(super) fn unused(self) {
        self.models.state().breakers[self.place].unused(self.begun_at);
    }

    /// Records that the provider answered.
    pub(super) fn answered(&mut self) {
        self.is_checked = true;
        self.models.state().breakers[self.place].answered(self.begun_at);
    }

    /// Records that the provider did not answer, and the delay that it requested.
    pub(super) fn failed(&mut self, now: Timestamp, wait: Option<Span>) {
        self.is_checked = true;
        self.models.state().breakers[self.place].failed(self.begun_at, now, wait);
    }

    /// Records that the provider does not answer any question for this time.
    pub(super) fn rest(&mut self, now: Timestamp, wait: Span) {
        self.is_checked = true;
        self.models.state().breakers[self.place].rest(now, wait);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.is_checked {
            let model = self.models.chain[self.place].identity();
            tracing::warn!(%model, "a question to a model was given up");
            self.failed((self.clock)(), None);
        }
        let mut state = self.models.state();
        state.under_way = state.under_way.saturating_sub(1);
    }
}

impl TriageDesk<'_> {
    /// Returns the models in the order in which they are asked, with their state as far as this process knows it.
    pub fn models(self) -> Vec<ModelState> {
        let now = self.desk.now();
        let state = self.desk.models.state();
        let models = self.desk.models.chain.iter().zip(&state.breakers);
        models
            .map(|(llm, breaker)| ModelState {
                id: llm.identity(),
                resting_until: breaker.resting_until(now),
            })
            .collect()
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.chain.iter().map(|llm| llm.identity());
        f.debug_list().entries(ids).finish()
    }
}
