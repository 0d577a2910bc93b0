//! The embedded analyzer as a whole: what vocabulary and lexicon see, what was learned, and what was done about tickets
//! like this one.

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
    notes::{Before, NoteFacts, notes, step},
    sentiment::sentiment,
    tags::tags,
};
use super::{plain::neutral_line, summary::summarize};
use crate::domain::{
    analysis::{Analysis, MAX_STEPS, MAX_SUMMARY},
    field::Field,
    learn::{Analyzer, Thresholds},
    lexical::{CategoryEntry, Evidence, Lexicon, token::Tokens, weigh::rounded},
    skill::{Skill, Vocabulary},
};

/// How sure notes and steps are at least that tell of similar tickets.
const SIMILAR: f64 = 0.5;

/// What the embedded analyzer reads with. No model, no network.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    /// What was learned, with the desk's lists and dictionary.
    pub analyzer: &'a Analyzer,
    /// What staff holds, each once.
    pub staff_skills: &'a [Skill],
}

/// A resolved ticket that resembles the one that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similar {
    /// Its number.
    pub number: u64,
    /// What it was about.
    pub title: String,
    /// What staff last told the requester; none where nobody wrote.
    pub answer: Option<String>,
}

impl Embedded<'_> {
    fn lexicon(&self) -> &Lexicon {
        self.analyzer.dictionary().lexicon()
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.analyzer.dictionary().vocabulary()
    }

    /// Reads a ticket. `similar` are resolved tickets like it, best first; the first three go into the notes, without
    /// e-mail addresses and telephone numbers.
    ///
    /// Category and kind are the best guess of what was learned, however doubtful; which confidence is enough is the
    /// caller's to say. The priority is never urgent: no text alone is enough for that. The time grows with the length
    /// of the text alone.
    pub fn read(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let (lexicon, vocabulary) = (self.lexicon(), self.vocabulary());
        let seen = Evidence::in_text(lexicon, vocabulary, self.staff_skills, &parts);
        let reading = self
            .analyzer
            .read_seen(&parts, &seen.signals(), &Thresholds::default());
        let best = |field| {
            let guess = reading.guess(field);
            guess.map(|guess| (guess.label.clone(), rounded(guess.confidence)))
        };
        let (category, sure_of_category) = best(Field::Category).unzip();
        let (kind, sure_of_kind) = best(Field::Type).unzip();
        let sure_of_category = sure_of_category.unwrap_or(0.0);
        let place = category.as_deref().and_then(|name| lexicon.place_of(name));
        let entry = place.map(|index| &lexicon.categories()[index]);
        let (priority, sure_of_priority, by_words) = choose::priority(
            self.analyzer,
            reading.guess(Field::Priority),
            &seen.pressing,
        );

        let guess = reading.guess(Field::Skill);
        let of_category = (place, sure_of_category);
        let needed = choose::skills(self, &seen.mentions, guess, of_category);
        let because = place.map(|index| seen.categories.because(index));
        let facts = NoteFacts::of(
            &needed,
            &seen.mentions,
            category
                .as_deref()
                .zip(because.or_else(|| Some(Vec::new()))),
            (priority, by_words.then_some(seen.pressing.finding.because)),
            entry.map_or("", |entry| &entry.hint),
        );
        let before = Before::of_all(similar);
        let notes = notes(&facts, &before);
        let see = step(&before);
        let at_least = |tells: bool| if tells { SIMILAR } else { 0.0 };
        let by_category = entry.map_or(0.0, |_| sure_of_category);
        let sure_of_notes = sure_of_category.max(at_least(!similar.is_empty()));
        let sure_of_steps = by_category.max(at_least(see.is_some()));
        let first_steps = see.into_iter().chain(steps(entry)).take(MAX_STEPS);
        let first_steps: Vec<String> = first_steps.collect();

        let (summary, covered) = summarize(lexicon, &parts);
        let (sentiment, sure_of_sentiment) = sentiment(lexicon, &parts);
        let (complexity, sure_of_complexity) =
            complexity(lexicon, vocabulary, &parts, &seen.mentions);
        let (tags, sure_of_tags) = tags(lexicon, &parts, &facts.named, &seen.categories, place);
        let confidence = [
            ("summary", covered),
            ("category", sure_of_category),
            ("priority", sure_of_priority),
            ("type", sure_of_kind.unwrap_or(0.0)),
            ("relatedSkills", needed.confidence),
            ("helpfulNotes", sure_of_notes),
            ("firstSteps", sure_of_steps),
            ("sentiment", sure_of_sentiment),
            ("complexity", sure_of_complexity),
            ("tags", sure_of_tags),
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
                .map(|(field, sure)| (field.to_owned(), sure))
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
