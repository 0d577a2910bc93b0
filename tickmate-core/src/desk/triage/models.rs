//! The models that a desk asks, in turn, and what this process knows of how they are.

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

/// A model of the chain, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelState {
    /// Which model, and whose.
    pub id: ModelId,
    /// Until when this process leaves it alone; none while it may be asked.
    pub resting_until: Option<Timestamp>,
}

/// The models, in the order in which they are asked.
pub(in crate::desk) struct Models {
    pub(super) chain: Vec<Arc<dyn Llm>>,
    state: Mutex<State>,
}

struct State {
    breakers: Vec<Breaker>,
    under_way: u32,
}

/// What a question needs to be asked: a place among those that are under way.
pub(super) enum Slot<'a> {
    Free(UnderWay<'a>),
    /// Not before this moment: the provider is left alone.
    Resting(Timestamp),
    /// As many questions are under way as may be.
    Busy,
}

/// A question that is under way. One that is given up (its future was dropped) counts as a failure of its provider.
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

    /// Asks for a place to put a question to the model at this place of the chain.
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
    /// The question is put now: what becomes of it says something about the provider.
    pub(super) const fn is_asked(&mut self) {
        self.is_checked = false;
    }

    /// The question is not asked after all.
    pub(super) fn unused(self) {
        self.models.state().breakers[self.place].unused(self.begun_at);
    }

    /// The provider is there.
    pub(super) fn answered(&mut self) {
        self.is_checked = true;
        self.models.state().breakers[self.place].answered(self.begun_at);
    }

    /// The provider did not answer; it asks to be left alone for so long.
    pub(super) fn failed(&mut self, now: Timestamp, wait: Option<Span>) {
        self.is_checked = true;
        self.models.state().breakers[self.place].failed(self.begun_at, now, wait);
    }

    /// The provider won't answer anything for so long.
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
    /// The models that are asked, in this order, and how they are as far as this process knows.
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
