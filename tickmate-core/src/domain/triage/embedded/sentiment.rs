//! Sentiment: estimates how the requester feels, from the words and how loudly they are written.

use crate::domain::{
    analysis::Sentiment,
    lexical::{
        Lexicon,
        token::Tokens,
        weigh::{hits, round_to_percent},
    },
};

/// The minimum weights of the terms for a sentiment, and for anger.
const MIN_WEIGHT: f64 = 2.0;
const MIN_ANGER: f64 = 3.0;
/// The minimum weight of terms for displeasure, and the minimum loudness, that together count as anger.
const LOUD_DISPLEASURE: (f64, f64) = (2.0, 2.0);
/// The maximum weight of loudness.
const MAX_LOUD: f64 = 3.0;
/// The minimum length of a word in capitals in letters, the minimum number of such words, and their minimum share.
const MIN_SHOUTED_LETTERS: usize = 4;
const MIN_SHOUTED: usize = 3;
const SHOUTED_SHARE: f64 = 0.4;
/// The weight at which the confidence is one half.
const HALF_CONFIDENCE_WEIGHT: f64 = 2.0;
/// The confidence of a neutral sentiment without any terms, with some terms, and without any words.
const NO_TERMS: f64 = 0.6;
const FEW_TERMS: f64 = 0.45;
const EMPTY_TEXT: f64 = 0.2;

/// Returns the sentiment and its confidence.
pub(super) fn sentiment(lexicon: &Lexicon, parts: &[Tokens<'_>; 2]) -> (Sentiment, f64) {
    let (mut angry, mut negative, mut positive) = (0.0, 0.0, 0.0);
    for hit in hits(lexicon, &lexicon.sentiment_terms, parts, 1.0) {
        match (hit.value, hit.is_negated) {
            (Sentiment::Angry, false) => angry += hit.weight,
            // `not happy` is displeased; a negated word for anger says nothing.
            (Sentiment::Negative, false) | (Sentiment::Positive, true) => negative += hit.weight,
            (Sentiment::Positive, false) => positive += hit.weight,
            (Sentiment::Angry | Sentiment::Negative, true) | (Sentiment::Neutral, _) => {}
        }
    }
    let words = parts[0].len() + parts[1].len();
    let loudness = measure_loudness(parts);
    // Positive texts are loud, too.
    let heat = if positive > angry + negative {
        0.0
    } else {
        loudness
    };
    let displeased = angry + negative + heat;
    let (min_weight, min_loudness) = LOUD_DISPLEASURE;
    let is_angry = angry >= MIN_WEIGHT && angry + negative / 2.0 + heat >= MIN_ANGER;
    let is_loud = angry + negative >= min_weight && heat >= min_loudness;
    let confidence = |weight: f64| round_to_percent(weight / (weight + HALF_CONFIDENCE_WEIGHT));
    if displeased > positive && (is_angry || is_loud) {
        (Sentiment::Angry, confidence(displeased - positive))
    } else if displeased >= MIN_WEIGHT && displeased > positive {
        (Sentiment::Negative, confidence(displeased - positive))
    } else if positive >= MIN_WEIGHT && positive > displeased {
        (Sentiment::Positive, confidence(positive - displeased))
    } else if words == 0 {
        (Sentiment::Neutral, EMPTY_TEXT)
    } else if displeased + positive > 0.0 {
        (Sentiment::Neutral, FEW_TERMS)
    } else {
        (Sentiment::Neutral, NO_TERMS)
    }
}

/// Returns the loudness: sequences of exclamation and question marks, and words in capitals.
fn measure_loudness(parts: &[Tokens<'_>; 2]) -> f64 {
    let mut loudness: f64 = 0.0;
    let (mut long, mut shouted) = (0_usize, 0_usize);
    for tokens in parts {
        let mut run = 0_usize;
        let signs = tokens
            .text
            .chars()
            .map(|c| matches!(c, '!' | '?' | '¡' | '！'));
        for is_sign in signs.chain([false]) {
            match (is_sign, run) {
                (true, _) => run += 1,
                (false, 0..=1) => run = 0,
                (false, 2) => {
                    loudness += 0.5;
                    run = 0;
                }
                (false, _) => {
                    loudness += 1.0;
                    run = 0;
                }
            }
        }
        for token in tokens.list() {
            let word = &tokens.text[token.start..token.end];
            if word.chars().filter(|c| c.is_alphabetic()).count() >= MIN_SHOUTED_LETTERS {
                long += 1;
                shouted += usize::from(!word.chars().any(char::is_lowercase) && token.is_capital);
            }
        }
    }
    if shouted >= MIN_SHOUTED && to_f64(shouted) >= SHOUTED_SHARE * to_f64(long) {
        loudness += 2.0;
    }
    loudness.min(MAX_LOUD)
}

fn to_f64(words: usize) -> f64 {
    u32::try_from(words).map_or(f64::from(u32::MAX), f64::from)
}
