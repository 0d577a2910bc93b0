//! The analyzer that a process keeps, and how far it has followed the events.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    desk::{Desk, DeskError},
    domain::{
        field::Field,
        learn::{Analyzer, Dictionary, Model},
        options::Options,
        skill::Vocabulary,
        time::Timestamp,
        triage::TriageFigures,
    },
};

/// The analyzer, and what it was made of.
#[derive(Debug)]
pub(in crate::desk) struct LearnerState {
    pub(super) analyzer: Analyzer,
    pub(super) figures: TriageFigures,
    /// The last event that is taken into account.
    pub(super) seq: u64,
    /// How many full trainings there were.
    pub(super) trainings: u64,
    /// What the store points to; none until the first save.
    pub(super) pointer: Option<String>,
    /// How many lessons came since, and when the first of them did.
    pub(super) unsaved: u32,
    pub(super) unsaved_since: Option<Timestamp>,
    /// What the analyzer stands on.
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) options: Options,
}

/// Where a process keeps its analyzer.
pub(in crate::desk) type Learner = Mutex<Option<LearnerState>>;

/// How much was learned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LearnerStatus {
    /// How many lessons; a ticket that taught several things, one after another, counts several times until the
    /// next full training.
    pub lessons: u32,
    /// How many of them name a category, a priority, a kind and a skill, in the order of [`Field::ALL`].
    pub by_field: [u32; Field::ALL.len()],
    /// How many full trainings there were.
    pub trainings: u64,
}

impl LearnerState {
    /// An analyzer with what was learned, which has followed no event.
    pub(super) fn new(
        desk: &Desk,
        vocabulary: Arc<Vocabulary>,
        options: Options,
        model: Model,
    ) -> Self {
        let analyzer = desk.analyzer_of(&vocabulary, &options, model);
        Self {
            analyzer,
            figures: TriageFigures::default(),
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
    /// An analyzer of these lists with what was learned.
    pub(super) fn analyzer_of(
        &self,
        vocabulary: &Vocabulary,
        options: &Options,
        model: Model,
    ) -> Analyzer {
        let lexicon = (*self.lexicon).clone();
        let dictionary = Dictionary::new(vocabulary.clone(), lexicon);
        Analyzer::new(Arc::new(dictionary), options, model)
    }

    /// Asks the analyzer, which [`Desk::follow_learning`] made.
    pub(in crate::desk) fn ask_analyzer<T>(
        &self,
        ask: impl FnOnce(&Analyzer) -> T,
    ) -> Result<T, DeskError> {
        self.with_learner(|kept| ask(&kept.analyzer))
    }

    pub(super) fn with_learner<T>(
        &self,
        ask: impl FnOnce(&mut LearnerState) -> T,
    ) -> Result<T, DeskError> {
        let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = learner.as_mut();
        Ok(ask(
            kept.ok_or(DeskError::Internal("the analyzer was not made"))?
        ))
    }

    /// How much was learned, and how often readings were right.
    pub(in crate::desk) fn learned(&self) -> Result<(LearnerStatus, TriageFigures), DeskError> {
        self.with_learner(|kept| {
            let model = kept.analyzer.model();
            let learned = LearnerStatus {
                lessons: model.texts(),
                by_field: Field::ALL.map(|field| model.texts_with(field)),
                trainings: kept.trainings,
            };
            (learned, kept.figures.clone())
        })
    }
}
