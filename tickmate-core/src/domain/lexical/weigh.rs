//! Weighing: which category and which priority the words of a ticket speak for.

use std::collections::HashSet;

use super::{
    lexicon::{Lexicon, Press, Votes},
    mentions::Mention,
    phrases::Phrases,
    token::{Gap, Tokens},
};
use crate::domain::priority::Priority;

/// How many times as much a term in the title counts.
const TITLE: f64 = 2.0;
/// What a named skill adds to the categories that it speaks for.
const SKILL: f64 = 2.0;
/// What is named as the reason, at most.
const MAX_REASONS: usize = 5;
/// How many words before a term a negation reaches, and within how many a number meets what it counts.
const NEGATION: usize = 3;
/// How many people are many, how many a number of people may be, and what it weighs that they are named.
const FEWEST_OF_MANY: u32 = 5;
const MOST_PEOPLE: u32 = 1_000_000;
const MANY: f64 = 2.0;
/// The weight from which on a term counts in full; all the lighter ones together count as one word.
const STRONG: f64 = 2.0;
/// What the terms for a low and a high priority must come to.
const ENOUGH_FOR_LOW: f64 = 2.0;
const ENOUGH_FOR_HIGH: f64 = 3.0;
/// What the terms for the top must come to, and how many of them there must be.
const ENOUGH_FOR_URGENT: (f64, usize) = (4.0, 2);
/// How much the words must outweigh doubt: with this weight a finding is half sure.
const HALF_SURE: f64 = 3.0;
/// How sure the ordinary case is where nothing speaks for another.
const UNSPOKEN: f64 = 0.2;

/// What was found, how sure it is, and the words that decided.
#[derive(Debug)]
pub(in crate::domain) struct Finding<'t, T> {
    pub(in crate::domain) what: T,
    pub(in crate::domain) confidence: f64,
    pub(in crate::domain) because: Vec<&'t str>,
}

/// A term that a text holds.
#[derive(Debug)]
pub(in crate::domain) struct Hit<'t, T> {
    pub(in crate::domain) what: T,
    pub(in crate::domain) weight: f64,
    /// Whether it counts in full, wherever it stands.
    is_strong: bool,
    /// As they are written.
    pub(in crate::domain) words: &'t str,
    /// How many words they are.
    pub(in crate::domain) count: usize,
    pub(in crate::domain) is_negated: bool,
}

/// Each term of the texts once: in the title, if it is there, and then so many times as much.
pub(in crate::domain) fn hits<'t, T: Copy>(
    lexicon: &Lexicon,
    phrases: &Phrases<Votes<T>>,
    parts: &[Tokens<'t>; 2],
    title: f64,
) -> Vec<Hit<'t, T>> {
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
                hits.extend(votes.list.iter().map(|&(what, weight)| Hit {
                    what,
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

/// What speaks for each category.
#[derive(Debug)]
pub(in crate::domain) struct Categories<'t> {
    hits: Vec<Hit<'t, usize>>,
    /// How much, in the order of the lexicon.
    pub(in crate::domain) scores: Vec<f64>,
}

/// What terms and named skills say for each category.
pub(in crate::domain) fn categories<'t>(
    lexicon: &Lexicon,
    parts: &[Tokens<'t>; 2],
    mentions: &[Mention],
) -> Categories<'t> {
    let hits = hits(lexicon, &lexicon.category_terms, parts, TITLE);
    let mut scores = vec![0.0; lexicon.categories().len()];
    for hit in &hits {
        scores[hit.what] += hit.weight;
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
    /// The weightiest words for a category.
    pub(in crate::domain) fn because(&self, index: usize) -> Vec<&'t str> {
        reasons(self.of(index).collect())
    }

    /// The terms for a category, in the order of the text.
    pub(in crate::domain) fn of(&self, index: usize) -> impl Iterator<Item = &Hit<'t, usize>> {
        self.hits.iter().filter(move |hit| hit.what == index)
    }

    /// The single words that are terms of any category, as they are written first.
    pub(in crate::domain) fn words(&self) -> HashSet<&'t str> {
        let single = self.hits.iter().filter(|hit| hit.count == 1);
        single.map(|hit| hit.words).collect()
    }
}

/// What the words say about the priority.
#[derive(Debug)]
pub(in crate::domain) struct Pressing<'t> {
    pub(in crate::domain) finding: Finding<'t, Priority>,
    /// Whether it is more than a word for haste: many are affected, or it is due soon.
    pub(in crate::domain) is_fact: bool,
}

/// The priority that the terms speak for. The ordinary one, unless they say clearly otherwise; the top one never by
/// one term alone.
pub(in crate::domain) fn priority<'t>(lexicon: &Lexicon, parts: &[Tokens<'t>; 2]) -> Pressing<'t> {
    let mut hits = hits(lexicon, &lexicon.priority_terms, parts, TITLE);
    for hit in &mut hits {
        // What is said not to press speaks for a low priority, half as much; what is said not to be low, for nothing.
        if hit.is_negated {
            hit.weight = match hit.what {
                Press::Low => 0.0,
                _ => hit.weight / 2.0,
            };
            hit.is_strong = false;
            hit.what = Press::Low;
        }
    }
    let many = many_people(lexicon, parts);
    hits.extend(many.map(|words| Hit {
        what: Press::High,
        weight: MANY,
        is_strong: true,
        words,
        count: 2,
        is_negated: false,
    }));
    let weigh = |what: &[Press]| {
        let of_it = || hits.iter().filter(|hit| what.contains(&hit.what));
        let (strong, weak): (Vec<_>, Vec<_>) = of_it().partition(|hit| hit.is_strong);
        let strong_sum: f64 = strong.iter().map(|hit| hit.weight).sum();
        let weak_sum: f64 = weak.iter().map(|hit| hit.weight).sum();
        (strong_sum + weak_sum.min(1.0), strong.len())
    };
    let (urgent, urgent_terms) = weigh(&[Press::Urgent]);
    let (high, _) = weigh(&[Press::High, Press::Deadline]);
    let (low, _) = weigh(&[Press::Low]);
    let pressing = urgent + high;
    let (enough, at_least) = ENOUGH_FOR_URGENT;
    let (what, margin) = if urgent >= enough && urgent_terms >= at_least && urgent > low {
        (Priority::Urgent, urgent - low)
    } else if pressing >= ENOUGH_FOR_HIGH && pressing > low {
        (Priority::High, pressing - low)
    } else if low >= ENOUGH_FOR_LOW && low > pressing {
        (Priority::Low, low - pressing)
    } else {
        return Pressing {
            finding: Finding {
                what: Priority::Medium,
                confidence: UNSPOKEN,
                because: Vec::new(),
            },
            is_fact: false,
        };
    };
    let is_due = hits.iter().any(|hit| hit.what == Press::Deadline);
    let is_fact = match what {
        Priority::Urgent => true,
        Priority::High => is_due || many.is_some(),
        _ => false,
    };
    hits.retain(|hit| {
        let speaks_for = match hit.what {
            Press::Urgent => what >= Priority::High,
            Press::High | Press::Deadline => what == Priority::High,
            Press::Low => what == Priority::Low,
        };
        hit.weight > 0.0 && speaks_for
    });
    Pressing {
        finding: Finding {
            what,
            confidence: rounded(sureness(margin)),
            because: reasons(hits.iter().collect()),
        },
        is_fact,
    }
}

/// Where it is said how many people are affected, and these are many: `40 users`, `12 of our customers`.
fn many_people<'t>(lexicon: &Lexicon, parts: &[Tokens<'t>; 2]) -> Option<&'t str> {
    parts.iter().find_map(|tokens| {
        (0..tokens.len()).find_map(|at| {
            let number = tokens.key(at);
            let digits = number.find(|c: char| !c.is_ascii_digit());
            let number: u32 = number[..digits.unwrap_or(number.len())].parse().ok()?;
            if !(FEWEST_OF_MANY..=MOST_PEOPLE).contains(&number) {
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

pub(in crate::domain) fn sureness(weight: f64) -> f64 {
    weight / (weight + HALF_SURE)
}

pub(in crate::domain) fn rounded(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// The weightiest words, each once.
fn reasons<'t, T>(mut hits: Vec<&Hit<'t, T>>) -> Vec<&'t str> {
    hits.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut words: Vec<&str> = Vec::new();
    for hit in hits {
        if words.len() < MAX_REASONS && !words.contains(&hit.words) {
            words.push(hit.words);
        }
    }
    words
}
