//! The analyser that a process keeps, and how far it has followed the events.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    desk::{Desk, DeskError},
    domain::{
        learn::{Analyser, Dictionary, Field, Model, Options},
        skill::Vocabulary,
        time::Timestamp,
        triage::Figures,
    },
};

/// The analyser, and what it was made of.
#[derive(Debug)]
pub(in crate::desk) struct Kept {
    pub(super) analyser: Analyser,
    pub(super) figures: Figures,
    /// The last event that is taken into account.
    pub(super) seq: u64,
    /// How often all was learnt anew.
    pub(super) trainings: u64,
    /// What the store points to; none until the first save.
    pub(super) pointer: Option<String>,
    /// How many lessons came since, and when the first of them did.
    pub(super) unsaved: u32,
    pub(super) unsaved_since: Option<Timestamp>,
    /// What the analyser stands on.
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) options: Options,
}

/// Where a process keeps its analyser.
pub(in crate::desk) type Learner = Mutex<Option<Kept>>;

/// How much was learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learnt {
    /// How many lessons; a ticket that taught several things, one after another, counts several times until all is learnt
    /// anew.
    pub lessons: u32,
    /// How many of them name a category, a priority, a kind and a skill, in the order of [`Field::ALL`].
    pub by_field: [u32; Field::ALL.len()],
    /// How often all was learnt anew.
    pub trainings: u64,
}

impl Kept {
    /// An analyser with what was learnt, which has followed no event.
    pub(super) fn new(
        desk: &Desk,
        vocabulary: Arc<Vocabulary>,
        options: Options,
        model: Model,
    ) -> Self {
        let analyser = desk.analyser_of(&vocabulary, &options, model);
        Self {
            analyser,
            figures: Figures::default(),
            seq: 0,
            trainings: 0,
            pointer: None,
            unsaved: 0,
            unsaved_since: None,
            vocabulary,
            options,
        }
    }
}

impl Desk {
    /// An analyser of these lists with what was learnt.
    pub(super) fn analyser_of(
        &self,
        vocabulary: &Vocabulary,
        options: &Options,
        model: Model,
    ) -> Analyser {
        let lexicon = (*self.lexicon).clone();
        let dictionary = Dictionary::new(vocabulary.clone(), lexicon);
        Analyser::new(Arc::new(dictionary), options, model)
    }

    /// Asks the analyser, which [`Desk::follow_learning`] made.
    pub(in crate::desk) fn ask_analyser<T>(
        &self,
        ask: impl FnOnce(&Analyser) -> T,
    ) -> Result<T, DeskError> {
        self.with_learner(|kept| ask(&kept.analyser))
    }

    pub(super) fn with_learner<T>(&self, ask: impl FnOnce(&mut Kept) -> T) -> Result<T, DeskError> {
        let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = learner.as_mut();
        Ok(ask(
            kept.ok_or(DeskError::Internal("the analyser was not made"))?
        ))
    }

    /// How much was learnt, and how often readings were right.
    pub(in crate::desk) fn learnt(&self) -> Result<(Learnt, Figures), DeskError> {
        self.with_learner(|kept| {
            let model = kept.analyser.model();
            let learnt = Learnt {
                lessons: model.texts(),
                by_field: Field::ALL.map(|field| model.texts_with(field)),
                trainings: kept.trainings,
            };
            (learnt, kept.figures.clone())
        })
    }
}
