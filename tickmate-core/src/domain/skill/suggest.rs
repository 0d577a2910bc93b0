//! Suggestions: the skill that an unknown name probably means.

use std::{cmp::Ordering, ops::Bound};

use super::{entry::SkillEntry, key::key, vocabulary::Vocabulary};

/// The fewest characters of a name that gets a suggestion: too many shorter words are one edit apart.
const MIN_REPAIRED: usize = 6;

/// The most bytes of a character, by which the lengths of two words that are one edit apart can differ.
const MAX_CHAR: usize = 4;

impl Vocabulary {
    /// Returns the skill that an unknown name probably means: the only one with a name of at least six letters or digits, the
    /// same first letter, and one edit away (one letter more, less or different, or two neighbors swapped). The suggestion
    /// is for a user to accept, and never applied automatically.
    pub fn suggest(&self, name: &str) -> Option<&SkillEntry> {
        let resolved = self.resolve(name);
        if !resolved.is_unknown() {
            return None;
        }
        let name_key = key(&resolved.name);
        let letters: Vec<char> = name_key.chars().collect();
        let first = letters.first()?.to_string();
        if letters.len() < MIN_REPAIRED {
            return None;
        }
        let mut suggestion = None;
        let candidates = self
            .keys()
            .range::<str, _>((Bound::Included(first.as_str()), Bound::Unbounded))
            .take_while(|(known, _)| known.starts_with(&first));
        for (known, place) in candidates {
            if known.len().abs_diff(name_key.len()) > MAX_CHAR {
                continue;
            }
            let known: Vec<char> = known.chars().collect();
            if known.len() >= MIN_REPAIRED && is_one_edit(&letters, &known) {
                match suggestion {
                    Some(other) if other != *place => return None,
                    _ => suggestion = Some(*place),
                }
            }
        }
        suggestion.map(|place| &self.entries()[place])
    }
}

/// Returns whether two different words are one edit apart: one letter more, less or different, or two neighbors swapped.
fn is_one_edit(a: &[char], b: &[char]) -> bool {
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[common..], &b[common..]);
    match a.len().cmp(&b.len()) {
        Ordering::Greater => a[1..] == *b,
        Ordering::Less => *a == b[1..],
        Ordering::Equal => {
            let is_swapped = || a.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
            a[1..] == b[1..] || is_swapped()
        }
    }
}
