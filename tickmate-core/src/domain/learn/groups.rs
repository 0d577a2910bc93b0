//! Groups of near-duplicates, which must stay together when texts are split for a test.

use std::collections::HashMap;

use super::{features::Features, hash::Hash};
use crate::domain::lexical::token::Tokens;

/// The number of bands of a text's sketch, and the number of minimum hashes per band.
const BANDS: usize = 16;
const ROWS: usize = 3;
/// The share of common words from which two texts are near-duplicates.
const MIN_SIMILARITY: f64 = 0.5;
/// The maximum number of texts of a band with which a text is compared.
const MAX_COMPARED: usize = 8;

/// Returns the group of each text (title and description), as the index of the first text of the group.
///
/// Texts that share at least half of their words and pairs of words are near-duplicates, and groups are transitive.
/// Of pairs that share just half, about one in ten is missed; of those that share three quarters, one in thousands.
pub fn groups<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<usize> {
    let texts: Vec<Features> = texts
        .into_iter()
        .map(|(title, text)| Features::of(&[Tokens::of(title), Tokens::of(text)]))
        .collect();
    groups_of(&texts)
}

pub(super) fn groups_of(texts: &[Features]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..texts.len()).collect();
    let sets: Vec<Vec<u32>> = texts.iter().map(Features::word_ids).collect();
    let mut bands: HashMap<u64, Vec<usize>> = HashMap::new();
    for (text, set) in sets.iter().enumerate() {
        if set.is_empty() {
            continue;
        }
        for band in sketch(set) {
            let others = bands.entry(band).or_default();
            for other in others.iter() {
                let (a, b) = (
                    find_root(&mut parents, text),
                    find_root(&mut parents, *other),
                );
                if a != b && jaccard(set, &sets[*other]) >= MIN_SIMILARITY {
                    parents[a.max(b)] = a.min(b);
                }
            }
            if others.len() < MAX_COMPARED {
                others.push(text);
            }
        }
    }
    (0..texts.len())
        .map(|text| find_root(&mut parents, text))
        .collect()
}

fn find_root(parents: &mut [usize], text: usize) -> usize {
    let mut at = text;
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// Returns a hash for each band.
fn sketch(set: &[u32]) -> Vec<u64> {
    (0_u64..)
        .take(BANDS)
        .map(|band| {
            (0_u64..).take(ROWS).fold(Hash::of_kind(band), |hash, row| {
                let seed = super::hash::mix(band * 64 + row + 1);
                let minimum = set
                    .iter()
                    .map(|one| (u64::from(*one) ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20)
                    .min();
                hash.add(minimum.unwrap_or_default())
            })
        })
        .map(Hash::wide)
        .collect()
}

/// Returns the Jaccard similarity of two sorted sets.
#[expect(clippy::cast_precision_loss, reason = "a share of a few hundred words")]
fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    common as f64 / (a.len() + b.len() - common) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_are_one_group() {
        let texts = [
            (
                "",
                "the printer on the second floor prints empty pages since monday",
            ),
            (
                "",
                "please give me access to the shared folder of the sales team",
            ),
            (
                "",
                "the printer on the second floor prints empty pages since tuesday",
            ),
            ("", ""),
            (
                "",
                "please give me access to the shared folder of our sales team",
            ),
            ("", "my phone rings twice"),
            ("", ""),
        ];
        assert_eq!(groups(texts), [0, 1, 0, 3, 1, 5, 6]);
    }

    #[test]
    fn groups_are_transitive() {
        let (a, b, c) = (
            "a b c d e f g h i j",
            "c d e f g h i j k l",
            "e f g h i j k l m n",
        );
        let alone = groups([("", a), ("", c)]);
        let together = groups([("", a), ("", c), ("", b)]);
        assert_eq!(alone, [0, 1]);
        assert_eq!(together, [0, 0, 0]);
    }
}
