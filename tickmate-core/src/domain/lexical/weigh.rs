//! Weighs the terms of a ticket: which category and which priority they indicate.

use std::collections::HashSet;

use super::{
    lexicon::{Lexicon, PrioritySignal, Votes},
    mentions::Mention,
    phrases::Phrases,
    token::{Gap, Tokens},
};
use crate::domain::priority::Priority;

/// The factor of a term in the title.
const TITLE: f64 = 2.0;
/// The weight of a named skill for the categories that it indicates.
const SKILL: f64 = 2.0;
/// The maximum number of reasons of a finding.
const MAX_REASONS: usize = 5;
/// The number of words before a term in which a negation applies, and after a number in which the counted noun may
/// follow.
const NEGATION: usize = 3;
/// The minimum number of people that counts as many, the maximum plausible number, and the weight of such a number.
const MIN_MANY: u32 = 5;
const MAX_PEOPLE: u32 = 1_000_000;
const MANY_WEIGHT: f64 = 2.0;
/// The weight from which a term counts fully. All lighter terms together count as one word.
const STRONG: f64 = 2.0;
/// The minimum weights of the terms for a low and a high priority.
const ENOUGH_FOR_LOW: f64 = 2.0;
const ENOUGH_FOR_HIGH: f64 = 3.0;
/// The minimum weight and number of the terms for an urgent priority.
const ENOUGH_FOR_URGENT: (f64, usize) = (4.0, 2);
/// The weight at which the confidence is one half.
const HALF_CONFIDENCE_WEIGHT: f64 = 3.0;
/// The confidence of the default when no term indicates anything else.
const DEFAULT_CONFIDENCE: f64 = 0.2;

/// A finding with its confidence and the words on which it is based.
#[derive(Debug)]
pub(in crate::domain) struct Finding<'t, T> {
    pub(in crate::domain) value: T,
    pub(in crate::domain) confidence: f64,
    pub(in crate::domain) reasons: Vec<&'t str>,
}

/// A term that occurs in a text.
#[derive(Debug)]
pub(in crate::domain) struct TermHit<'t, T> {
    pub(in crate::domain) value: T,
    pub(in crate::domain) weight: f64,
    /// Whether it counts fully, in the title or not.
    is_strong: bool,
    /// The words as written in the text.
    pub(in crate::domain) words: &'t str,
    /// The number of words.
    pub(in crate::domain) count: usize,
    pub(in crate::domain) is_negated: bool,
}

/// Returns each term of the texts once; a term in the title counts there, multiplied by `title`.
pub(in crate::domain) fn hits<'t, T: Copy>(
    lexicon: &Lexicon,
    phrases: &Phrases<Votes<T>>,
    parts: &[Tokens<'t>; 2],
    title: f64,
) -> Vec<TermHit<'t, T>> {
    let mut seen = vec![false; lexicon.terms];
    let mut hits = Vec::new();
    let mut buffer = String::new();
    for (tokens, factor) in parts.iter().zip([title, 1.0]) {
        let mut at = 0;
        while at < tokens.len() {
            let Some((words, votes)) = phrases.longest(tokens, at, &mut buffer) else {
                at += 1;
                continue;
            };
            if !std::mem::replace(&mut seen[votes.number], true) {
                let is_negated = is_negated(lexicon, tokens, at);
                hits.extend(votes.list.iter().map(|&(value, weight)| TermHit {
                    value,
                    weight: weight * factor,
                    is_strong: weight >= STRONG,
                    words: tokens.slice(at, at + words),
                    count: words,
                    is_negated,
                }));
            }
            at += words;
        }
    }
    hits
}

fn is_negated(lexicon: &Lexicon, tokens: &Tokens<'_>, at: usize) -> bool {
    let mut index = at;
    for _ in 0..NEGATION {
        if index == 0 || tokens.list()[index].gap == Gap::Break {
            return false;
        }
        index -= 1;
        if lexicon.negations.contains(tokens.key(index)) {
            return true;
        }
    }
    false
}

/// The evidence for each category.
#[derive(Debug)]
pub(in crate::domain) struct Categories<'t> {
    hits: Vec<TermHit<'t, usize>>,
    /// The score of each category, in the order of the lexicon.
    pub(in crate::domain) scores: Vec<f64>,
}

/// Scores each category by terms and named skills.
pub(in crate::domain) fn categories<'t>(
    lexicon: &Lexicon,
    parts: &[Tokens<'t>; 2],
    mentions: &[Mention],
) -> Categories<'t> {
    let hits = hits(lexicon, &lexicon.category_terms, parts, TITLE);
    let mut scores = vec![0.0; lexicon.categories().len()];
    for hit in &hits {
        scores[hit.value] += hit.weight;
    }
    for mention in mentions {
        let factor = if mention.in_title { TITLE } else { 1.0 };
        for &index in lexicon
            .by_skill
            .get(&mention.skill.id)
            .into_iter()
            .flatten()
        {
            scores[index] += SKILL * factor;
        }
    }
    Categories { hits, scores }
}

impl<'t> Categories<'t> {
    /// Returns the words with the largest weights for a category.
    pub(in crate::domain) fn reasons(&self, index: usize) -> Vec<&'t str> {
        heaviest_words(self.terms_of(index).collect())
    }

    /// Returns the terms for a category, in the order of the text.
    pub(in crate::domain) fn terms_of(
        &self,
        index: usize,
    ) -> impl Iterator<Item = &TermHit<'t, usize>> {
        self.hits.iter().filter(move |hit| hit.value == index)
    }

    /// Returns the single words that are terms of any category, as written at their first occurrence.
    pub(in crate::domain) fn words(&self) -> HashSet<&'t str> {
        let single = self.hits.iter().filter(|hit| hit.count == 1);
        single.map(|hit| hit.words).collect()
    }
}

/// The evidence for the priority.
#[derive(Debug)]
pub(in crate::domain) struct PriorityEvidence<'t> {
    pub(in crate::domain) finding: Finding<'t, Priority>,
    /// Whether it is based on a fact: many users are affected, or a deadline is near.
    pub(in crate::domain) is_fact: bool,
}

/// Returns the priority that the terms indicate: medium unless they clearly indicate another one. A single term never
/// makes a ticket urgent.
pub(in crate::domain) fn priority<'t>(
    lexicon: &Lexicon,
    parts: &[Tokens<'t>; 2],
) -> PriorityEvidence<'t> {
    let mut hits = hits(lexicon, &lexicon.priority_terms, parts, TITLE);
    for hit in &mut hits {
        // A negated term for a high priority indicates a low one, with half the weight. A negated term for a low
        // priority indicates nothing.
        if hit.is_negated {
            hit.weight = match hit.value {
                PrioritySignal::Low => 0.0,
                _ => hit.weight / 2.0,
            };
            hit.is_strong = false;
            hit.value = PrioritySignal::Low;
        }
    }
    let many = many_people(lexicon, parts);
    hits.extend(many.map(|words| TermHit {
        value: PrioritySignal::High,
        weight: MANY_WEIGHT,
        is_strong: true,
        words,
        count: 2,
        is_negated: false,
    }));
    let weigh = |value: &[PrioritySignal]| {
        let matching = || hits.iter().filter(|hit| value.contains(&hit.value));
        let (strong, weak): (Vec<_>, Vec<_>) = matching().partition(|hit| hit.is_strong);
        let strong_sum: f64 = strong.iter().map(|hit| hit.weight).sum();
        let weak_sum: f64 = weak.iter().map(|hit| hit.weight).sum();
        (strong_sum + weak_sum.min(1.0), strong.len())
    };
    let (urgent, urgent_terms) = weigh(&[PrioritySignal::Urgent]);
    let (high, _) = weigh(&[PrioritySignal::High, PrioritySignal::Deadline]);
    let (low, _) = weigh(&[PrioritySignal::Low]);
    let urgent_and_high = urgent + high;
    let (min_weight, min_terms) = ENOUGH_FOR_URGENT;
    let (value, margin) = if urgent >= min_weight && urgent_terms >= min_terms && urgent > low {
        (Priority::Urgent, urgent - low)
    } else if urgent_and_high >= ENOUGH_FOR_HIGH && urgent_and_high > low {
        (Priority::High, urgent_and_high - low)
    } else if low >= ENOUGH_FOR_LOW && low > urgent_and_high {
        (Priority::Low, low - urgent_and_high)
    } else {
        return PriorityEvidence {
            finding: Finding {
                value: Priority::Medium,
                confidence: DEFAULT_CONFIDENCE,
                reasons: Vec::new(),
            },
            is_fact: false,
        };
    };
    let is_due = hits.iter().any(|hit| hit.value == PrioritySignal::Deadline);
    let is_fact = match value {
        Priority::Urgent => true,
        Priority::High => is_due || many.is_some(),
        _ => false,
    };
    hits.retain(|hit| {
        let is_indicator = match hit.value {
            PrioritySignal::Urgent => value >= Priority::High,
            PrioritySignal::High | PrioritySignal::Deadline => value == Priority::High,
            PrioritySignal::Low => value == Priority::Low,
        };
        hit.weight > 0.0 && is_indicator
    });
    PriorityEvidence {
        finding: Finding {
            value,
            confidence: round_to_percent(confidence(margin)),
            reasons: heaviest_words(hits.iter().collect()),
        },
        is_fact,
    }
}

/// Returns the words that say how many people are affected, if these are many: `40 users`, `12 of our customers`.
fn many_people<'t>(lexicon: &Lexicon, parts: &[Tokens<'t>; 2]) -> Option<&'t str> {
    parts.iter().find_map(|tokens| {
        (0..tokens.len()).find_map(|at| {
            let number = tokens.key(at);
            let digits = number.find(|c: char| !c.is_ascii_digit());
            let number: u32 = number[..digits.unwrap_or(number.len())].parse().ok()?;
            if !(MIN_MANY..=MAX_PEOPLE).contains(&number) {
                return None;
            }
            let last = (at + 1..tokens.len())
                .take(NEGATION)
                .take_while(|index| tokens.list()[*index].gap != Gap::Break)
                .find(|index| lexicon.people.contains(tokens.key(*index)))?;
            Some(tokens.slice(at, last + 1))
        })
    })
}

pub(in crate::domain) fn confidence(weight: f64) -> f64 {
    weight / (weight + HALF_CONFIDENCE_WEIGHT)
}

pub(in crate::domain) fn round_to_percent(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// Returns the distinct words with the largest weights.
fn heaviest_words<'t, T>(mut hits: Vec<&TermHit<'t, T>>) -> Vec<&'t str> {
    hits.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut words: Vec<&str> = Vec::new();
    for hit in hits {
        if words.len() < MAX_REASONS && !words.contains(&hit.words) {
            words.push(hit.words);
        }
    }
    words
}
