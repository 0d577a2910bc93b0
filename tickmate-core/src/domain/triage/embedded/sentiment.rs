//! Sentiment: how the requester feels, by words and by how loudly they are written.

use crate::domain::{
    analysis::Sentiment,
    lexical::{
        Lexicon,
        token::Tokens,
        weigh::{hits, rounded},
    },
};

/// What the words for a feeling must come to.
const ENOUGH: f64 = 2.0;
const ENOUGH_FOR_ANGER: f64 = 3.0;
/// What the words of displeasure must come to, and how loud they must be, to be anger.
const LOUD_DISPLEASURE: (f64, f64) = (2.0, 2.0);
/// The most that loudness counts.
const MAX_LOUD: f64 = 3.0;
/// The fewest letters of a word that may be shouted, how many of them there must be, and their share.
const SHOUTED: usize = 4;
const MIN_SHOUTED: usize = 3;
const SHOUTED_SHARE: f64 = 0.4;
/// How much the words must outweigh doubt: with this weight a finding is half sure.
const HALF_SURE: f64 = 2.0;
/// How sure it is that nothing is felt where no word says so, where some do, and where there is no word at all.
const UNSPOKEN: f64 = 0.6;
const HARDLY_SPOKEN: f64 = 0.45;
const NO_WORDS: f64 = 0.2;

/// How the requester feels, and how sure that is.
pub(super) fn sentiment(lexicon: &Lexicon, parts: &[Tokens<'_>; 2]) -> (Sentiment, f64) {
    let (mut angry, mut negative, mut positive) = (0.0, 0.0, 0.0);
    for hit in hits(lexicon, &lexicon.sentiment_terms, parts, 1.0) {
        match (hit.what, hit.is_negated) {
            (Sentiment::Angry, false) => angry += hit.weight,
            // `not happy` is displeased; who is not angry may be anything.
            (Sentiment::Negative, false) | (Sentiment::Positive, true) => negative += hit.weight,
            (Sentiment::Positive, false) => positive += hit.weight,
            (Sentiment::Angry | Sentiment::Negative, true) | (Sentiment::Neutral, _) => {}
        }
    }
    let words = parts[0].len() + parts[1].len();
    let loud = loudness(parts);
    // Joy is loud too.
    let heat = if positive > angry + negative {
        0.0
    } else {
        loud
    };
    let displeased = angry + negative + heat;
    let (enough, loud_enough) = LOUD_DISPLEASURE;
    let is_angry = angry >= ENOUGH && angry + negative / 2.0 + heat >= ENOUGH_FOR_ANGER;
    let is_loud = angry + negative >= enough && heat >= loud_enough;
    let sure = |weight: f64| rounded(weight / (weight + HALF_SURE));
    if displeased > positive && (is_angry || is_loud) {
        (Sentiment::Angry, sure(displeased - positive))
    } else if displeased >= ENOUGH && displeased > positive {
        (Sentiment::Negative, sure(displeased - positive))
    } else if positive >= ENOUGH && positive > displeased {
        (Sentiment::Positive, sure(positive - displeased))
    } else if words == 0 {
        (Sentiment::Neutral, NO_WORDS)
    } else if displeased + positive > 0.0 {
        (Sentiment::Neutral, HARDLY_SPOKEN)
    } else {
        (Sentiment::Neutral, UNSPOKEN)
    }
}

/// Runs of exclamation and question marks, and words in capitals.
fn loudness(parts: &[Tokens<'_>; 2]) -> f64 {
    let mut loud: f64 = 0.0;
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
                    loud += 0.5;
                    run = 0;
                }
                (false, _) => {
                    loud += 1.0;
                    run = 0;
                }
            }
        }
        for token in tokens.list() {
            let word = &tokens.text[token.start..token.end];
            if word.chars().filter(|c| c.is_alphabetic()).count() >= SHOUTED {
                long += 1;
                shouted += usize::from(!word.chars().any(char::is_lowercase) && token.is_capital);
            }
        }
    }
    if shouted >= MIN_SHOUTED && count(shouted) >= SHOUTED_SHARE * count(long) {
        loud += 2.0;
    }
    loud.min(MAX_LOUD)
}

fn count(words: usize) -> f64 {
    u32::try_from(words).map_or(f64::from(u32::MAX), f64::from)
}
