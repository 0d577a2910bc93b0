//! The embedded analyser as a whole: what vocabulary and lexicon see, what was learnt, and what was done about tickets
//! like this one.

mod choose;
mod complexity;
mod mask;
pub(super) mod notes;
mod sentiment;
mod tags;
#[cfg(test)]
mod tests;

use self::{
    complexity::complexity,
    notes::{Told, notes, step},
    sentiment::sentiment,
    tags::tags,
};
use super::{
    Analysis, Lexicon, MAX_STEPS,
    analyse::{Seen, is_named, steps, sure_of, those},
    plain::neutral_line,
    skills,
    summary::summarise,
    token::Tokens,
    weigh::rounded,
};
use crate::domain::{
    learn::{Analyser, Field, Thresholds},
    skill::{Skill, Vocabulary},
};

/// How sure notes and steps are at least that tell of similar tickets.
const SIMILAR: f64 = 0.5;
/// The most characters of a learnt skill that the desk does not know.
const MAX_NAME: usize = 60;

/// What the embedded analyser reads with. No model, no network.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    /// Words and what they speak for.
    pub lexicon: &'a Lexicon,
    /// The skills that the desk knows by name.
    pub vocabulary: &'a Vocabulary,
    /// What was learnt, with the desk's lists.
    pub analyser: &'a Analyser,
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
    /// Reads a ticket. `similar` are resolved tickets like it, best first; the first three go into the notes, without
    /// e-mail addresses and telephone numbers.
    ///
    /// Category and kind are the best guess of what was learnt, however doubtful; which confidence is enough is the
    /// caller's to say. The priority is never urgent: no text alone is enough for that. The time grows with the length
    /// of the text alone.
    pub fn read(&self, title: &str, description: &str, similar: &[Similar]) -> Analysis {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let lexicon = self.lexicon;
        let seen = Seen::in_text(lexicon, self.vocabulary, self.staff_skills, &parts);
        let reading = self
            .analyser
            .read(title, description, &Thresholds::default());
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
            self.analyser,
            reading.guess(Field::Priority),
            &seen.pressing,
        );

        let guess = choose::skill(self.analyser, reading.guess(Field::Skill));
        let learnt =
            guess.and_then(|guess| skills::known(self.vocabulary, self.staff_skills, &guess.label));
        let suggested = guess.filter(|_| learnt.is_none());
        let chosen = skills::choose(
            lexicon,
            self.vocabulary,
            self.staff_skills,
            &seen.mentions,
            place,
            learnt.as_ref(),
        );
        let sure_of_chosen = sure_of(&seen.mentions, &chosen, sure_of_category);
        let sure_of_learnt = guess
            .filter(|_| learnt.is_some())
            .map_or(0.0, |guess| rounded(guess.confidence));
        let sure_of_skills = sure_of_chosen.max(sure_of_learnt);
        let needed = skills::with_learnt(chosen, learnt.clone(), sure_of_learnt > sure_of_chosen);

        let is_learnt = |skill: &Skill| learnt.as_ref().is_some_and(|one| one.same(skill));
        let named = |skill: &Skill| is_named(&seen.mentions, skill);
        let told = Told {
            named: those(&needed, named),
            learnt: those(&needed, |skill| !named(skill) && is_learnt(skill)),
            general: those(&needed, |skill| !named(skill) && !is_learnt(skill)),
            category: category.as_deref().map(|name| {
                let because = place.map(|index| seen.categories.because(index));
                (name, because.unwrap_or_default())
            }),
            priority: (
                priority,
                by_words.then(|| seen.pressing.finding.because.clone()),
            ),
            hint: entry.map_or("", |entry| &entry.hint),
        };
        let notes = notes(&told, similar);
        let see = step(similar);
        let told_of_similar = |some: bool| if some { SIMILAR } else { 0.0 };
        let sure_of_notes = sure_of_category.max(told_of_similar(!similar.is_empty()));
        let by_category = if entry.is_some() {
            sure_of_category
        } else {
            0.0
        };
        let sure_of_steps = by_category.max(told_of_similar(see.is_some()));
        let first_steps: Vec<String> = see
            .into_iter()
            .chain(steps(entry))
            .take(MAX_STEPS)
            .collect();

        let (summary, covered) = summarise(lexicon, &parts);
        let (sentiment, sure_of_sentiment) = sentiment(lexicon, &parts);
        let (complexity, sure_of_complexity) =
            complexity(lexicon, self.vocabulary, &parts, &seen.mentions);
        let (tags, sure_of_tags) = tags(lexicon, &parts, &told.named, &seen.categories, place);
        let confidence = [
            ("summary", covered),
            ("category", sure_of_category),
            ("priority", sure_of_priority),
            ("type", sure_of_kind.unwrap_or(0.0)),
            ("relatedSkills", sure_of_skills),
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
            suggested_skills: suggested
                .map(|guess| neutral_line(&guess.label, MAX_NAME))
                .into_iter()
                .collect(),
            confidence: confidence
                .into_iter()
                .map(|(field, sure)| (field.to_owned(), sure))
                .collect(),
            skills: needed,
            category,
            ..Analysis::default()
        }
    }
}
