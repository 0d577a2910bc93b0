//! Complexity: estimates the work on a ticket.

use crate::domain::{
    analysis::Complexity,
    lexical::{
        Lexicon,
        mentions::Mention,
        token::Tokens,
        weigh::{hits, round_to_percent},
    },
    skill::{Skill, Vocabulary},
};

/// The factor of a word in the title.
const TITLE: f64 = 1.5;
/// The points of a word that indicates several steps.
const MODERATE: f64 = 0.5;
/// The minimum score of complex tickets, and the maximum score of simple ones.
const COMPLEX: f64 = 4.0;
const SIMPLE: f64 = -1.0;
/// The maximum number of words of a text without complex terms that counts as simple.
const SHORT: usize = 30;
/// The points by the number of words, systems and list entries.
const LENGTHS: [(usize, f64); 2] = [(300, 2.0), (120, 1.0)];
const SYSTEMS: [(usize, f64); 3] = [(5, 3.0), (3, 2.0), (2, 1.0)];
const LINES: [(usize, f64); 2] = [(6, 2.0), (3, 1.0)];
/// The maximum number of named skills that count.
const MAX_SYSTEMS: usize = 20;
/// The minimum confidence, the confidence per point, and the maximum confidence, which is low because the text does
/// not show the actual work.
const MIN_CONFIDENCE: f64 = 0.35;
const CONFIDENCE_PER_POINT: f64 = 0.05;
const MAX_CONFIDENCE: f64 = 0.7;
const EMPTY_TEXT: f64 = 0.2;

/// Returns the complexity and its confidence.
pub(super) fn complexity(
    lexicon: &Lexicon,
    vocabulary: &Vocabulary,
    parts: &[Tokens<'_>; 2],
    mentions: &[Mention],
) -> (Complexity, f64) {
    let words = parts[0].len() + parts[1].len();
    if words == 0 {
        return (Complexity::Moderate, EMPTY_TEXT);
    }
    let (mut simple, mut moderate, mut complex) = (0.0, 0.0, 0.0);
    for hit in hits(lexicon, &lexicon.complexity_terms, parts, TITLE) {
        match (hit.value, hit.is_negated) {
            (_, true) => {}
            (Complexity::Simple, _) => simple += hit.weight,
            (Complexity::Moderate, _) => moderate += hit.weight,
            (Complexity::Complex, _) => complex += hit.weight,
        }
    }
    let named_skills: Vec<Skill> = mentions
        .iter()
        .filter(|one| !one.is_topic)
        .take(MAX_SYSTEMS)
        .map(|one| one.skill.clone())
        .collect();
    let systems = vocabulary.reduce(&named_skills).len();
    let extent = points_for(&SYSTEMS, systems)
        + points_for(&LENGTHS, words)
        + points_for(&LINES, list_entries(parts[1].text));
    let score = complex + MODERATE * moderate + extent - simple;
    let confidence = |points: f64| {
        round_to_percent((MIN_CONFIDENCE + CONFIDENCE_PER_POINT * points).min(MAX_CONFIDENCE))
    };
    let is_short = words <= SHORT && complex + moderate + extent <= 0.0;
    if score >= COMPLEX {
        (Complexity::Complex, confidence(1.0 + score - COMPLEX))
    } else if score <= SIMPLE {
        (Complexity::Simple, confidence(1.0 + SIMPLE - score))
    } else if is_short {
        (Complexity::Simple, confidence(0.0))
    } else {
        (Complexity::Moderate, confidence(1.0))
    }
}

fn points_for(steps: &[(usize, f64)], count: usize) -> f64 {
    let reached = steps.iter().find(|(from, _)| count >= *from);
    reached.map_or(0.0, |(_, points)| *points)
}

/// Returns the number of lines that are list entries: `- it hangs`, `2. open it`, `3) close it`.
fn list_entries(text: &str) -> usize {
    let is_entry = |line: &&str| {
        let line = line.trim_start();
        let numberless = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_numbered = numberless.len() < line.len() && numberless.starts_with(['.', ')']);
        let sign = if is_numbered { numberless } else { line };
        let mut chars = sign.chars();
        let has_mark = is_numbered || sign.starts_with(['-', '*', '•', '–']);
        has_mark && chars.nth(1).is_some_and(char::is_whitespace)
    };
    text.lines().filter(is_entry).count()
}
