//! The embedded analyzer: combines vocabulary and lexicon, what was learned, and the answers to similar tickets.

mod choose;
mod complexity;
mod mask;
mod notes;
mod sentiment;
mod tags;
#[cfg(test)]
mod tests;

use self::{
    complexity::complexity,
    notes::{NoteFacts, SimilarSummary, notes, step},
    sentiment::sentiment,
    tags::tags,
};
use super::{plain::neutral_line, summary::summarize};
use crate::domain::{
    analysis::{Analysis, MAX_STEPS, MAX_SUMMARY},
    field::Field,
    learn::{Analyzer, Thresholds},
    lexical::{CategoryEntry, Evidence, Lexicon, token::Tokens, weigh::round_to_percent},
    skill::{Skill, Vocabulary},
};

/// The minimum confidence of notes and steps that refer to similar tickets.
const MIN_SIMILAR_CONFIDENCE: f64 = 0.5;

/// The embedded analyzer. It needs no model and no network.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    /// The learned model with the desk's lists and dictionary.
    pub analyzer: &'a Analyzer,
    /// The skills of the staff, each once.
    pub staff_skills: &'a [Skill],
}

/// A resolved ticket that is similar to the analyzed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similar {
    /// The ticket's number.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The last reply of staff to the requester; `None` if there is none.
    pub answer: Option<String>,
}

impl Embedded<'_> {
    fn lexicon(&self) -> &Lexicon {
        self.analyzer.dictionary().lexicon()
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.analyzer.dictionary().vocabulary()
    }

    /// Analyzes a ticket. `similar` are similar resolved tickets, best first; the first three go into the notes,
    /// without email addresses and telephone numbers.
    ///
    /// Category and type are the best guesses of the learned model, regardless of their confidence; the caller
    /// decides which confidence is sufficient. The priority is never urgent, since text alone is not sufficient for
    /// that. The time grows only with the length of the text.
    pub fn read(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let (lexicon, vocabulary) = (self.lexicon(), self.vocabulary());
        let evidence = Evidence::in_text(lexicon, vocabulary, self.staff_skills, &parts);
        let prediction =
            self.analyzer
                .read_with_signals(&parts, &evidence.signals(), &Thresholds::default());
        let best = |field| {
            let guess = prediction.guess(field);
            guess.map(|guess| (guess.label.clone(), round_to_percent(guess.confidence)))
        };
        let (category, category_confidence) = best(Field::Category).unzip();
        let (kind, kind_confidence) = best(Field::Type).unzip();
        let category_confidence = category_confidence.unwrap_or(0.0);
        let place = category
            .as_deref()
            .and_then(|name| lexicon.category_index(name));
        let entry = place.map(|index| &lexicon.categories()[index]);
        let (priority, priority_confidence, by_words) = choose::priority(
            self.analyzer,
            prediction.guess(Field::Priority),
            &evidence.priority,
        );

        let guess = prediction.guess(Field::Skill);
        let of_category = (place, category_confidence);
        let needed = choose::skills(self, &evidence.mentions, guess, of_category);
        let reasons = place.map(|index| evidence.categories.reasons(index));
        let facts = NoteFacts::of(
            &needed,
            &evidence.mentions,
            category
                .as_deref()
                .zip(reasons.or_else(|| Some(Vec::new()))),
            (
                priority,
                by_words.then_some(evidence.priority.finding.reasons),
            ),
            entry.map_or("", |entry| &entry.hint),
        );
        let summaries = SimilarSummary::of_all(similar);
        let notes = notes(&facts, &summaries);
        let similar_step = step(&summaries);
        let min_confidence = |has_similar: bool| {
            if has_similar {
                MIN_SIMILAR_CONFIDENCE
            } else {
                0.0
            }
        };
        let by_category = entry.map_or(0.0, |_| category_confidence);
        let notes_confidence = category_confidence.max(min_confidence(!similar.is_empty()));
        let steps_confidence = by_category.max(min_confidence(similar_step.is_some()));
        let first_steps = similar_step.into_iter().chain(steps(entry)).take(MAX_STEPS);
        let first_steps: Vec<String> = first_steps.collect();

        let (summary, covered) = summarize(lexicon, &parts);
        let (sentiment, sentiment_confidence) = sentiment(lexicon, &parts);
        let (complexity, complexity_confidence) =
            complexity(lexicon, vocabulary, &parts, &evidence.mentions);
        let (tags, tags_confidence) =
            tags(lexicon, &parts, &facts.named, &evidence.categories, place);
        let confidence = [
            ("summary", covered),
            ("category", category_confidence),
            ("priority", priority_confidence),
            ("type", kind_confidence.unwrap_or(0.0)),
            ("relatedSkills", needed.confidence),
            ("helpfulNotes", notes_confidence),
            ("firstSteps", steps_confidence),
            ("sentiment", sentiment_confidence),
            ("complexity", complexity_confidence),
            ("tags", tags_confidence),
        ];
        Analysis {
            summary,
            priority: Some(priority),
            kind,
            notes,
            first_steps,
            sentiment: Some(sentiment),
            complexity: Some(complexity),
            tags,
            suggested_skills: needed.suggested.into_iter().collect(),
            confidence: confidence
                .into_iter()
                .map(|(field, confidence)| (field.to_owned(), confidence))
                .collect(),
            skills: needed.skills,
            category,
            ..Analysis::default()
        }
    }
}

/// Returns the first steps that the lexicon recommends for a category.
fn steps(entry: Option<&CategoryEntry>) -> impl Iterator<Item = String> {
    let steps = entry.map_or(&[][..], |entry| &entry.first_steps);
    steps
        .iter()
        .map(|step| neutral_line(step, MAX_SUMMARY))
        .filter(|step| !step.is_empty())
}
