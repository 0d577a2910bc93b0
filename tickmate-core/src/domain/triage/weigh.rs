//! Weighing: which category and which priority the words of a ticket speak for.

use super::{
    lexicon::{Lexicon, Votes},
    phrases::Phrases,
    skills::Mention,
    token::{Gap, Tokens},
};
use crate::domain::priority::Priority;

/// How many times as much a term in the title counts.
const TITLE: f64 = 2.0;
/// What a named skill adds to the categories that it speaks for.
const SKILL: f64 = 2.0;
/// What is named as the reason, at most.
const MAX_REASONS: usize = 5;
/// How many words before a term a negation reaches.
const NEGATION: usize = 3;
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
pub(super) struct Finding<'t, T> {
    pub(super) what: T,
    pub(super) confidence: f64,
    pub(super) because: Vec<&'t str>,
}

struct Hit<'t, T> {
    what: T,
    weight: f64,
    /// Whether it counts in full, wherever it stands.
    is_strong: bool,
    words: &'t str,
    is_negated: bool,
}

/// Each term of the texts once: in the title, if it is there.
fn hits<'t, T: Copy>(
    lexicon: &Lexicon,
    phrases: &Phrases<Votes<T>>,
    parts: &[Tokens<'t>; 2],
) -> Vec<Hit<'t, T>> {
    let mut seen = vec![false; lexicon.terms];
    let mut hits = Vec::new();
    let mut buffer = String::new();
    for (tokens, factor) in parts.iter().zip([TITLE, 1.0]) {
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
pub(super) fn categories(
    lexicon: &Lexicon,
    parts: &[Tokens<'_>; 2],
    mentions: &[Mention],
) -> Vec<f64> {
    let hits = hits(lexicon, &lexicon.category_terms, parts);
    category_scores(lexicon, &hits, mentions)
}

fn category_scores(lexicon: &Lexicon, hits: &[Hit<'_, usize>], mentions: &[Mention]) -> Vec<f64> {
    let mut scores = vec![0.0; lexicon.categories().len()];
    for hit in hits {
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
    scores
}

/// The category that the terms and the named skills speak for, else the default one.
pub(super) fn category<'t>(
    lexicon: &Lexicon,
    parts: &[Tokens<'t>; 2],
    mentions: &[Mention],
) -> Finding<'t, Option<usize>> {
    let mut hits = hits(lexicon, &lexicon.category_terms, parts);
    let scores = category_scores(lexicon, &hits, mentions);
    let mut best: Option<(usize, f64)> = None;
    let mut second = 0.0;
    for (index, &score) in scores.iter().enumerate().filter(|(_, score)| **score > 0.0) {
        match best {
            Some((_, top)) if score <= top => second = f64::max(second, score),
            _ => {
                second = best.map_or(second, |(_, top)| top);
                best = Some((index, score));
            }
        }
    }
    let Some((index, score)) = best else {
        return Finding {
            what: lexicon.default_category,
            confidence: UNSPOKEN,
            because: Vec::new(),
        };
    };
    hits.retain(|hit| hit.what == index);
    Finding {
        what: Some(index),
        confidence: rounded(sureness(score) * score / (score + second)),
        because: reasons(hits),
    }
}

/// The priority that the terms speak for. The ordinary one, unless they say clearly otherwise; the top one never by
/// one term alone.
pub(super) fn priority<'t>(lexicon: &Lexicon, parts: &[Tokens<'t>; 2]) -> Finding<'t, Priority> {
    let mut hits = hits(lexicon, &lexicon.priority_terms, parts);
    for hit in &mut hits {
        // What is said not to press speaks for a low priority, half as much; what is said not to be low, for nothing.
        if hit.is_negated {
            hit.weight = match hit.what {
                Priority::Low => 0.0,
                _ => hit.weight / 2.0,
            };
            hit.is_strong = false;
            hit.what = Priority::Low;
        }
    }
    let weigh = |what: Priority| {
        let of_it = || hits.iter().filter(|hit| hit.what == what);
        let (strong, weak): (Vec<_>, Vec<_>) = of_it().partition(|hit| hit.is_strong);
        let strong_sum: f64 = strong.iter().map(|hit| hit.weight).sum();
        let weak_sum: f64 = weak.iter().map(|hit| hit.weight).sum();
        (strong_sum + weak_sum.min(1.0), strong.len())
    };
    let (urgent, urgent_terms) = weigh(Priority::Urgent);
    let (high, _) = weigh(Priority::High);
    let (low, _) = weigh(Priority::Low);
    let pressing = urgent + high;
    let (enough, at_least) = ENOUGH_FOR_URGENT;
    let (what, margin) = if urgent >= enough && urgent_terms >= at_least && urgent > low {
        (Priority::Urgent, urgent - low)
    } else if pressing >= ENOUGH_FOR_HIGH && pressing > low {
        (Priority::High, pressing - low)
    } else if low >= ENOUGH_FOR_LOW && low > pressing {
        (Priority::Low, low - pressing)
    } else {
        return Finding {
            what: Priority::Medium,
            confidence: UNSPOKEN,
            because: Vec::new(),
        };
    };
    hits.retain(|hit| {
        hit.weight > 0.0
            && (hit.what == what || (what == Priority::High && hit.what == Priority::Urgent))
    });
    Finding {
        what,
        confidence: rounded(sureness(margin)),
        because: reasons(hits),
    }
}

fn sureness(weight: f64) -> f64 {
    weight / (weight + HALF_SURE)
}

pub(super) fn rounded(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

/// The weightiest words, each once.
fn reasons<T>(mut hits: Vec<Hit<'_, T>>) -> Vec<&str> {
    hits.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut words: Vec<&str> = Vec::new();
    for hit in hits {
        if words.len() < MAX_REASONS && !words.contains(&hit.words) {
            words.push(hit.words);
        }
    }
    words
}
