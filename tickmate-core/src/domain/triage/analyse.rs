//! What vocabulary and lexicon alone make of a ticket.

use super::{
    Analysis, MAX_STEPS, MAX_SUMMARY,
    embedded::notes::{Told, notes},
    lexicon::{CategoryEntry, Lexicon},
    plain::neutral_line,
    signals::{Named, Signals},
    skills::{self, Mention},
    summary::summarize,
    token::Tokens,
    weigh::{self, Categories, Pressing},
};
use crate::domain::skill::{Skill, Vocabulary};

/// How sure a skill is that the title names, that the description names.
const NAMED_IN_TITLE: f64 = 0.9;
const NAMED: f64 = 0.7;

/// Reads a ticket: no model, no network, no state, and nothing that was learned. `staff_skills` are the skills that
/// staff holds, each once; those that the vocabulary does not know are found by their names. Where the ticket names no
/// skill, or none that staff holds, the general skill of its category is added. The time grows with the length of the
/// text alone. [`Embedded::read`](super::Embedded::read) says more, and never that a ticket is urgent.
pub fn analyse(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    staff_skills: &[Skill],
    title: &str,
    description: &str,
) -> Analysis {
    let parts = [Tokens::of(title), Tokens::of(description)];
    let seen = Seen::in_text(lexicon, vocabulary, staff_skills, &parts);
    let category = seen.categories.best(lexicon);
    let priority = seen.pressing.finding;
    let needed = skills::choose(
        lexicon,
        vocabulary,
        staff_skills,
        &seen.mentions,
        category.what,
        None,
    );
    let (summary, covered) = summarize(lexicon, &parts);
    let entry = category.what.map(|index| &lexicon.categories()[index]);
    let confidence = [
        ("category", category.confidence),
        ("priority", priority.confidence),
        (
            "relatedSkills",
            sure_of(&seen.mentions, &needed, category.confidence),
        ),
        ("summary", covered),
    ];
    let told = Told {
        named: those(&needed, |skill| is_named(&seen.mentions, skill)),
        learned: Vec::new(),
        general: those(&needed, |skill| !is_named(&seen.mentions, skill)),
        category: entry.map(|entry| (entry.name.as_str(), category.because)),
        priority: (priority.what, Some(priority.because)),
        hint: entry.map_or("", |entry| &entry.hint),
    };
    Analysis {
        summary,
        category: entry.map(|entry| entry.name.clone()),
        priority: Some(priority.what),
        notes: notes(&told, &[]),
        first_steps: steps(entry).take(MAX_STEPS).collect(),
        confidence: confidence
            .into_iter()
            .map(|(field, sure)| (field.to_owned(), sure))
            .collect(),
        skills: needed,
        ..Analysis::default()
    }
}

/// What vocabulary and lexicon see in a text.
pub(super) struct Seen<'t> {
    pub(super) mentions: Vec<Mention>,
    pub(super) categories: Categories<'t>,
    pub(super) pressing: Pressing<'t>,
}

impl<'t> Seen<'t> {
    pub(super) fn in_text(
        lexicon: &Lexicon,
        vocabulary: &Vocabulary,
        staff_skills: &[Skill],
        parts: &[Tokens<'t>; 2],
    ) -> Self {
        let mentions = skills::find(lexicon, vocabulary, staff_skills, parts);
        Self {
            categories: weigh::categories(lexicon, parts, &mentions),
            pressing: weigh::priority(lexicon, parts),
            mentions,
        }
    }

    /// The same for what was learned.
    pub(super) fn signals(&self) -> Signals {
        let pressing = &self.pressing.finding;
        Signals {
            categories: self.categories.scores.clone(),
            priority: (pressing.what, pressing.confidence),
            skills: self.mentions.iter().map(Named::of).collect(),
        }
    }
}

pub(super) fn is_named(mentions: &[Mention], skill: &Skill) -> bool {
    mentions.iter().any(|one| one.skill.same(skill))
}

pub(super) fn those(skills: &[Skill], are_meant: impl Fn(&Skill) -> bool) -> Vec<&Skill> {
    skills.iter().filter(|skill| are_meant(skill)).collect()
}

/// How sure the first skill is: by where it is named, else as sure as the category whose general skill it is.
pub(super) fn sure_of(mentions: &[Mention], skills: &[Skill], category: f64) -> f64 {
    let Some(first) = skills.first() else {
        return 0.0;
    };
    match mentions.iter().find(|one| one.skill.same(first)) {
        None => category,
        Some(one) if one.in_title => NAMED_IN_TITLE,
        Some(_) => NAMED,
    }
}

/// What to try first by the category.
pub(super) fn steps(entry: Option<&CategoryEntry>) -> impl Iterator<Item = String> {
    let steps = entry.map_or(&[][..], |entry| &entry.first_steps);
    steps
        .iter()
        .map(|step| neutral_line(step, MAX_SUMMARY))
        .filter(|step| !step.is_empty())
}
