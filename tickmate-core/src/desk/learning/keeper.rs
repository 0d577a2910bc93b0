//! The analyzer of this process, and its position among the events.

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

/// The analyzer, and the state that it was built from.
#[derive(Debug)]
pub(in crate::desk) struct LearnerState {
    pub(super) analyzer: Analyzer,
    pub(super) figures: TriageFigures,
    /// The `seq` of the last event that was processed.
    pub(super) seq: u64,
    /// The number of full trainings.
    pub(super) trainings: u64,
    /// The pointer of the stored state; `None` until the first save.
    pub(super) pointer: Option<String>,
    /// The number of unsaved lessons, and the time of the first of them.
    pub(super) unsaved: u32,
    pub(super) unsaved_since: Option<Timestamp>,
    /// The vocabulary and the lists that the analyzer was built with.
    pub(super) vocabulary: Arc<Vocabulary>,
    pub(super) options: Options,
}

/// The analyzer of a process, if it was built.
pub(in crate::desk) type Learner = Mutex<Option<LearnerState>>;

/// The amount of learned data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LearnerStatus {
    /// The number of lessons. A ticket with several successive lessons counts several times until the next full
    /// training.
    pub lessons: u32,
    /// The number of lessons that name a category, a priority, a kind and a skill, in the order of [`Field::ALL`].
    pub by_field: [u32; Field::ALL.len()],
    /// The number of full trainings.
    pub trainings: u64,
}

impl LearnerState {
    /// Makes the state of an analyzer with this model, before any event is processed.
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
    /// Makes an analyzer of these lists with this model.
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

    /// Calls `ask` with the analyzer that [`Desk::follow_learning`] built.
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

    /// Returns the amount of learned data, and the accuracy of the readings.
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
