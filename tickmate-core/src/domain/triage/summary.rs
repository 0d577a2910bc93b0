//! The summary: the title and the most representative sentence of the description.

use std::collections::{HashMap, HashSet};

use super::plain::{neutral_line, truncate};
use crate::domain::{
    analysis::MAX_SUMMARY,
    lexical::{Lexicon, token::Tokens, weigh::round_to_percent},
};

/// The maximum number of sentences that are compared.
const MAX_SENTENCES: usize = 300;
/// The minimum number of words of a sentence.
const MIN_WORDS: usize = 3;
/// The minimum number of characters that must be left for a sentence after the title.
const MIN_ROOM: usize = 40;
/// The number of words that is added to the length of each sentence, which prevents short sentences from winning by
/// their brevity.
const SMOOTHING: f64 = 6.0;

/// Returns a summary on one line, and the share of the weight of all words that it covers.
pub(super) fn summarize(lexicon: &Lexicon, parts: &[Tokens<'_>; 2]) -> (String, f64) {
    let [title, body] = parts;
    let mut weights: HashMap<&str, f64> = HashMap::new();
    for (tokens, weight) in parts.iter().zip([2.0, 1.0]) {
        for index in 0..tokens.len() {
            let word = tokens.key(index);
            if !lexicon.stop_words.contains(word) {
                *weights.entry(word).or_default() += weight;
            }
        }
    }
    let heading = neutral_line(title.text, MAX_SUMMARY);
    let sentence = central_sentence(lexicon, body, &weights)
        .map(|(from, to)| (from, to, neutral_line(body.slice(from, to), MAX_SUMMARY)))
        .filter(|(_, _, text)| !text.is_empty() && !heading.contains(text.as_str()));
    let mut covered: HashSet<&str> = (0..title.len()).map(|index| title.key(index)).collect();
    let summary = match sentence {
        Some((from, to, text)) => {
            let joined = match heading.is_empty() {
                true => text,
                false => format!("{heading} – {text}"),
            };
            let has_room = heading.chars().count() + MIN_ROOM <= MAX_SUMMARY;
            match has_room {
                true => {
                    covered.extend((from..to).map(|index| body.key(index)));
                    truncate(&joined, MAX_SUMMARY)
                }
                false => heading,
            }
        }
        None => heading,
    };
    let all: f64 = weights.values().sum();
    let part: f64 = covered.iter().filter_map(|word| weights.get(word)).sum();
    let share = if all > 0.0 { part / all } else { 0.0 };
    (summary, round_to_percent(share))
}

/// Returns the first and the last word (exclusive) of the sentence with the largest weight.
fn central_sentence(
    lexicon: &Lexicon,
    body: &Tokens<'_>,
    weights: &HashMap<&str, f64>,
) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    let mut buffer = String::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for (from, to) in sentences(body).take(MAX_SENTENCES) {
        let is_greeting = lexicon.greetings.longest(body, from, &mut buffer).is_some();
        if is_greeting || to - from < MIN_WORDS {
            continue;
        }
        seen.clear();
        let sum: f64 = (from..to)
            .map(|index| body.key(index))
            .filter(|word| seen.insert(*word))
            .filter_map(|word| weights.get(word))
            .sum();
        let words = f64::from(u32::try_from(to - from).unwrap_or(u32::MAX));
        let score = sum / (words + SMOOTHING);
        if best.is_none_or(|(top, _, _)| score > top) {
            best = Some((score, from, to));
        }
    }
    best.map(|(_, from, to)| (from, to))
}

fn sentences<'a>(body: &'a Tokens<'_>) -> impl Iterator<Item = (usize, usize)> + 'a {
    let list = body.list();
    let mut from = 0;
    std::iter::from_fn(move || {
        let first = from;
        list.get(first)?;
        let length = list[first + 1..]
            .iter()
            .take_while(|token| !token.opens_sentence)
            .count();
        from = first + 1 + length;
        Some((first, from))
    })
}
