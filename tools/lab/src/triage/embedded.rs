//! What the embedded analyzer answers.

use std::sync::Arc;

use tickmate::domain::{
    analysis::Analysis,
    field::Field,
    learn::{Analyzer, Dictionary, Prediction},
    options::Options,
    skill::Skill,
    triage::Embedded,
};

use super::{answer::Answer, rows::Row, thresholds, trained};
use crate::ask::Told;

/// How many settled tickets that resemble a ticket are named, and how much they must.
const MAX_ALIKE: usize = 3;
const ALIKE: f64 = 0.3;

/// The embedded analyzer, with what it learned from settled tickets.
pub(super) struct EmbeddedReader {
    analyzer: Analyzer,
    staff: Vec<Skill>,
}

impl EmbeddedReader {
    /// One that learned these tickets. `staff` is what staff may know, each once.
    pub(super) fn new(
        dictionary: &Arc<Dictionary>,
        options: &Options,
        settled: &[Row],
        staff: Vec<Skill>,
    ) -> Self {
        Self {
            analyzer: trained(dictionary, options, settled),
            staff,
        }
    }

    /// Reads a ticket. The fields are the best guesses of what was learned, however doubtful.
    pub(super) fn answer(&self, ticket: &Row) -> Answer {
        let prediction = self.read(ticket);
        let mut analysis = self
            .embedded()
            .read(&ticket.title, &ticket.description, &[]);
        self.add_alike(&mut analysis, ticket);
        Answer {
            told: Field::ALL.map(|field| told(&prediction, field)),
            skills: skills(&prediction),
            model: None,
            analysis,
        }
    }

    /// The guess for a field, and the skills.
    pub(super) fn guess(&self, field: Field, ticket: &Row) -> (Told, Vec<String>) {
        let prediction = self.read(ticket);
        (told(&prediction, field), skills(&prediction))
    }

    fn read(&self, ticket: &Row) -> Prediction {
        let (title, description) = (&ticket.title, &ticket.description);
        self.analyzer.read(title, description, &thresholds())
    }

    fn embedded(&self) -> Embedded<'_> {
        Embedded {
            analyzer: &self.analyzer,
            staff_skills: &self.staff,
        }
    }

    /// Names the settled tickets that resemble this one.
    fn add_alike(&self, analysis: &mut Analysis, ticket: &Row) {
        let alike = self
            .analyzer
            .neighbors(&ticket.title, &ticket.description, MAX_ALIKE);
        let alike: Vec<String> = alike
            .into_iter()
            .filter(|one| one.likeness >= ALIKE && one.id != ticket.id)
            .map(|one| one.id)
            .collect();
        if !alike.is_empty() {
            let notes = &mut analysis.notes;
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str("Settled tickets like it: ");
            notes.push_str(&alike.join(", "));
            notes.push('.');
        }
    }
}

fn told(prediction: &Prediction, field: Field) -> Told {
    match prediction.guess(field) {
        Some(guess) => Told {
            label: Some(guess.label.clone()),
            confidence: guess.confidence,
            abstains: guess.abstains,
        },
        None => Told {
            abstains: true,
            ..Told::default()
        },
    }
}

fn skills(prediction: &Prediction) -> Vec<String> {
    let likely = prediction.likely(Field::Skill).into_iter();
    likely.map(str::to_owned).collect()
}
