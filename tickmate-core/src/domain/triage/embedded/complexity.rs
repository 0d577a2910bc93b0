//! Complexity: how much work a ticket looks like.

use crate::domain::{
    analysis::Complexity,
    lexical::{
        Lexicon,
        mentions::Mention,
        token::Tokens,
        weigh::{hits, rounded},
    },
    skill::{Skill, Vocabulary},
};

/// How many times as much a word of the title counts.
const TITLE: f64 = 1.5;
/// What a word that speaks for several steps adds.
const MODERATE: f64 = 0.5;
/// From where on it is complex, and up to where it is simple.
const COMPLEX: f64 = 4.0;
const SIMPLE: f64 = -1.0;
/// Up to how many words a text with nothing complex in it counts as simple.
const SHORT: usize = 30;
/// How many words, systems and lines of a list add how much.
const LENGTHS: [(usize, f64); 2] = [(300, 2.0), (120, 1.0)];
const SYSTEMS: [(usize, f64); 3] = [(5, 3.0), (3, 2.0), (2, 1.0)];
const LINES: [(usize, f64); 2] = [(6, 2.0), (3, 1.0)];
/// How many named skills are looked at.
const MAX_SYSTEMS: usize = 20;
/// How sure it is at least, how much each point adds, and how sure it is at most: nobody sees the work in the text.
const LEAST: f64 = 0.35;
const EACH: f64 = 0.05;
const MOST: f64 = 0.7;
const NO_WORDS: f64 = 0.2;

/// How much work it looks like, and how sure that is.
pub(super) fn complexity(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    parts: &[Tokens<'_>; 2],
    mentions: &[Mention],
) -> (Complexity, f64) {
    let words = parts[0].len() + parts[1].len();
    if words == 0 {
        return (Complexity::Moderate, NO_WORDS);
    }
    let (mut simple, mut moderate, mut complex) = (0.0, 0.0, 0.0);
    for hit in hits(lexicon, &lexicon.complexity_terms, parts, TITLE) {
        match (hit.what, hit.is_negated) {
            (_, true) => {}
            (Complexity::Simple, _) => simple += hit.weight,
            (Complexity::Moderate, _) => moderate += hit.weight,
            (Complexity::Complex, _) => complex += hit.weight,
        }
    }
    let named: Vec<Skill> = mentions
        .iter()
        .filter(|one| !one.is_topic)
        .take(MAX_SYSTEMS)
        .map(|one| one.skill.clone())
        .collect();
    let systems = vocabulary.reduce(&named).len();
    let extent = step_of(&SYSTEMS, systems)
        + step_of(&LENGTHS, words)
        + step_of(&LINES, listed(parts[1].text));
    let score = complex + MODERATE * moderate + extent - simple;
    let sure = |points: f64| rounded((LEAST + EACH * points).min(MOST));
    let is_short = words <= SHORT && complex + moderate + extent <= 0.0;
    if score >= COMPLEX {
        (Complexity::Complex, sure(1.0 + score - COMPLEX))
    } else if score <= SIMPLE {
        (Complexity::Simple, sure(1.0 + SIMPLE - score))
    } else if is_short {
        (Complexity::Simple, sure(0.0))
    } else {
        (Complexity::Moderate, sure(1.0))
    }
}

fn step_of(steps: &[(usize, f64)], count: usize) -> f64 {
    let reached = steps.iter().find(|(from, _)| count >= *from);
    reached.map_or(0.0, |(_, points)| *points)
}

/// How many lines are entries of a list: `- it hangs`, `2. open it`, `3) close it`.
fn listed(text: &str) -> usize {
    let is_entry = |line: &&str| {
        let line = line.trim_start();
        let numberless = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_numbered = numberless.len() < line.len() && numberless.starts_with(['.', ')']);
        let sign = if is_numbered { numberless } else { line };
        let mut chars = sign.chars();
        let opens = is_numbered || sign.starts_with(['-', '*', '•', '–']);
        opens && chars.nth(1).is_some_and(char::is_whitespace)
    };
    text.lines().filter(is_entry).count()
}
