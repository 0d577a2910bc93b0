//! Suggestions: which skill a name that nobody knows is likely to mean.

use std::{cmp::Ordering, ops::Bound};

use super::{entry::SkillEntry, key::key, vocabulary::Vocabulary};

/// The fewest characters of a name that is repaired: among shorter ones too many words are one edit apart.
const MIN_REPAIRED: usize = 6;

/// The most bytes of a character, by which two words that are one edit apart can differ in length.
const MAX_CHAR: usize = 4;

impl Vocabulary {
    /// The skill that an unknown name is likely to mean: the only one with a name that has six letters or digits at
    /// least, begins alike, and is one letter too many, too few or wrong, or two neighbors swapped, away. For a
    /// person to accept, never to act on.
    pub fn suggest(&self, name: &str) -> Option<&SkillEntry> {
        let resolved = self.resolve(name);
        if !resolved.is_unknown() {
            return None;
        }
        let written = key(&resolved.name);
        let wanted: Vec<char> = written.chars().collect();
        let first = wanted.first()?.to_string();
        if wanted.len() < MIN_REPAIRED {
            return None;
        }
        let mut found = None;
        let alike = self
            .keys()
            .range::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded))
            .take_while(|(known, _)| known.starts_with(&first));
        for (known, place) in alike {
            if known.len().abs_diff(written.len()) > MAX_CHAR {
                continue;
            }
            let known: Vec<char> = known.chars().collect();
            if known.len() >= MIN_REPAIRED && is_one_edit(&wanted, &known) {
                match found {
                    Some(other) if other != *place => return None,
                    _ => found = Some(*place),
                }
            }
        }
        found.map(|place| &self.entries()[place])
    }
}

/// Whether two different words are one edit apart: a letter more, less or other, or two neighbors swapped.
fn is_one_edit(a: &[char], b: &[char]) -> bool {
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match a.len().cmp(&b.len()) {
        Ordering::Greater => a[1..] == *b,
        Ordering::Less => *a == b[1..],
        Ordering::Equal => {
            let swapped = || a.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
            a[1..] == b[1..] || swapped()
        }
    }
}
