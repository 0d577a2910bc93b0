//! Neighbors: the settled tickets that resemble a text, by BM25.

use std::{cmp::Ordering, collections::HashMap};

use super::{MAX_ID, MAX_NEIGHBORS};
use crate::domain::{digest::sha256_hex, field::FIELDS};

/// BM25's k1: how fast repetitions of a word saturate.
const SATURATION: f32 = 1.2;
/// BM25's b: how much the score is normalized by the length of the text.
const LENGTH: f32 = 0.75;
/// The maximum number of words of a query, the rarest first.
const MAX_QUERY: usize = 48;
/// The maximum number of stored words of a text.
pub(super) const MAX_TERMS: usize = 256;
/// Words that more than one in `COMMON_SHARE` texts contains are ignored, once there are at least `MIN_TEXTS` texts.
const COMMON_SHARE: usize = 4;
const MIN_TEXTS: usize = 200;
/// The number of candidates that are collected before the worse ones are discarded, as a multiple of the requested
/// number.
const CANDIDATES_PER_RESULT: usize = 4;

/// A learned ticket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LearnedTicket {
    pub(super) id: String,
    /// The hashes of the words, sorted, with their numbers of occurrences, at most 255.
    pub(super) terms: Vec<(u32, u8)>,
    /// The columns of its labels by field.
    pub(super) labels: [Option<usize>; FIELDS],
}

impl LearnedTicket {
    pub(super) fn new(id: &str, terms: &[(u32, f32)], labels: [Option<usize>; FIELDS]) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a float to an integer saturates"
        )]
        let count = |times: f32| times as u8;
        let terms = terms.iter().take(MAX_TERMS);
        Self {
            id: stored_id(id),
            terms: terms.map(|(term, times)| (*term, count(*times))).collect(),
            labels,
        }
    }

    fn length(&self) -> f32 {
        self.terms.iter().map(|(_, times)| f32::from(*times)).sum()
    }
}

/// Returns the id as it is stored: a long one is replaced by its digest.
pub(super) fn stored_id(id: &str) -> String {
    match id.len() > MAX_ID {
        true => sha256_hex(id.as_bytes()),
        false => id.to_owned(),
    }
}

/// The most recent learned tickets, with an inverted index.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbors {
    settled: Vec<LearnedTicket>,
    /// The slot of the next ticket once all slots are taken.
    next: usize,
    lengths: Vec<f32>,
    total: f64,
    by_id: HashMap<String, usize>,
    by_term: HashMap<u32, Vec<(u32, u8)>>,
}

impl PartialEq for Neighbors {
    fn eq(&self, other: &Self) -> bool {
        self.settled == other.settled && self.next == other.next
    }
}

impl Neighbors {
    /// Restores the tickets of a state.
    pub(super) fn restore(settled: Vec<LearnedTicket>, next: usize) -> Self {
        let mut all = Self::default();
        for one in settled {
            all.add(one);
        }
        all.next = next;
        all
    }

    /// Returns the ticket with this stored id.
    pub(super) fn of_id(&self, id: &str) -> Option<&LearnedTicket> {
        self.settled.get(*self.by_id.get(id)?)
    }

    pub(super) fn tickets(&self) -> &[LearnedTicket] {
        &self.settled
    }

    pub(super) const fn next(&self) -> usize {
        self.next
    }

    /// Adds a ticket. It replaces the ticket with the same id, or the oldest one if the maximum is reached.
    pub(super) fn add(&mut self, one: LearnedTicket) {
        let place = match self.by_id.get(&one.id) {
            Some(place) => *place,
            None if self.settled.len() < MAX_NEIGHBORS => self.settled.len(),
            None => {
                let place = self.next;
                self.next = (place + 1) % MAX_NEIGHBORS;
                place
            }
        };
        self.remove(place);
        let Ok(number) = u32::try_from(place) else {
            return;
        };
        for (term, times) in &one.terms {
            let postings = self.by_term.entry(*term).or_default();
            let at = postings.partition_point(|(other, _)| *other < number);
            postings.insert(at, (number, *times));
        }
        let length = one.length();
        self.total += f64::from(length);
        self.by_id.insert(one.id.clone(), place);
        match (self.settled.get_mut(place), self.lengths.get_mut(place)) {
            (Some(old), Some(old_length)) => (*old, *old_length) = (one, length),
            _ => {
                self.settled.push(one);
                self.lengths.push(length);
            }
        }
    }

    fn remove(&mut self, place: usize) {
        let Some(old) = self.settled.get(place) else {
            return;
        };
        self.total -= f64::from(self.lengths[place]);
        self.by_id.remove(&old.id);
        for (term, _) in &old.terms {
            if let Some(postings) = self.by_term.get_mut(term) {
                postings.retain(|(other, _)| *other as usize != place);
                if postings.is_empty() {
                    self.by_term.remove(term);
                }
            }
        }
    }

    /// Returns up to `limit` tickets that are most similar to these words, best first, with their similarity; 1 is
    /// the same text. Only tickets that `is_counted` accepts are considered.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "counts and means of words, of which a likeness is made"
    )]
    pub(super) fn nearest(
        &self,
        terms: &[(u32, f32)],
        limit: usize,
        is_counted: impl Fn(usize) -> bool,
    ) -> Vec<(usize, f32)> {
        let texts = self.settled.len();
        if texts == 0 || limit == 0 {
            return Vec::new();
        }
        let mean = (self.total / texts as f64).max(1.0) as f32;
        let mut matches: Vec<(f32, &[(u32, u8)])> = Vec::new();
        let mut self_score = 0.0_f32;
        let length: f32 = terms.iter().map(|(_, times)| times).sum();
        let length_damping = |length: f32| SATURATION * (1.0 - LENGTH + LENGTH * length / mean);
        let term_score = |rarity: f32, times: f32, length_damping: f32| {
            rarity * times * (SATURATION + 1.0) / (times + length_damping)
        };
        let rarity_of =
            |with: usize| (1.0 + (texts as f32 - with as f32 + 0.5) / (with as f32 + 0.5)).ln();
        let own_damping = length_damping(length);
        for (term, times) in terms {
            let postings = self.by_term.get(term).map_or(&[][..], Vec::as_slice);
            let rarity = rarity_of(postings.len());
            self_score += term_score(rarity, *times, own_damping);
            let is_common = texts >= MIN_TEXTS && postings.len() * COMMON_SHARE > texts;
            if !postings.is_empty() && !is_common {
                matches.push((rarity, postings));
            }
        }
        matches.sort_by(|a, b| b.0.total_cmp(&a.0));
        matches.truncate(MAX_QUERY);
        let mut scores = vec![0.0_f32; texts];
        for (rarity, postings) in matches {
            for (place, times) in postings {
                let place = *place as usize;
                scores[place] += term_score(
                    rarity,
                    f32::from(*times),
                    length_damping(self.lengths[place]),
                );
            }
        }
        let mut best = best_of(scores, limit, is_counted);
        for (_, score) in &mut best {
            *score = (*score / self_score.max(f32::MIN_POSITIVE)).min(1.0);
        }
        best
    }
}

/// Returns the indices with the highest scores, best first; on equal scores the later first. Scores of 0 are omitted.
fn best_of(
    scores: Vec<f32>,
    limit: usize,
    is_counted: impl Fn(usize) -> bool,
) -> Vec<(usize, f32)> {
    let order = |a: &(usize, f32), b: &(usize, f32)| -> Ordering {
        b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0))
    };
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(CANDIDATES_PER_RESULT * limit);
    let mut threshold = f32::MIN_POSITIVE;
    for (place, score) in scores.into_iter().enumerate() {
        if score < threshold || !is_counted(place) {
            continue;
        }
        best.push((place, score));
        if best.len() >= CANDIDATES_PER_RESULT * limit {
            let (_, last, _) = best.select_nth_unstable_by(limit - 1, order);
            threshold = last.1;
            best.truncate(limit);
        }
    }
    best.sort_by(order);
    best.truncate(limit);
    best
}

#[cfg(test)]
mod tests {
    use super::{super::hash::mix, *};

    fn settled(id: usize, terms: &[u32]) -> LearnedTicket {
        let terms: Vec<(u32, f32)> = terms.iter().map(|term| (*term, 1.0)).collect();
        LearnedTicket::new(&id.to_string(), &terms, [Some(id), None, None, None])
    }

    fn nearest_ids(all: &Neighbors, terms: &[u32]) -> Vec<String> {
        let terms: Vec<(u32, f32)> = terms.iter().map(|term| (*term, 1.0)).collect();
        let nearest = all.nearest(&terms, 3, |_| true).into_iter();
        nearest
            .map(|(place, _)| all.tickets()[place].id.clone())
            .collect()
    }

    #[test]
    fn the_oldest_ticket_is_replaced_completely() {
        let mut all = Neighbors::default();
        for id in 0..MAX_NEIGHBORS + 10 {
            all.add(settled(id, &[u32::try_from(id).unwrap(), 1_000_000]));
        }
        assert_eq!(all.tickets().len(), MAX_NEIGHBORS);
        assert!(nearest_ids(&all, &[3]).is_empty());
        assert_eq!(nearest_ids(&all, &[10]), ["10"]);
        assert_eq!(nearest_ids(&all, &[6_005]), ["6005"]);
        assert_eq!(all.by_id.len(), MAX_NEIGHBORS);
        assert_eq!(all.by_term.len(), MAX_NEIGHBORS + 1);
        let restored = Neighbors::restore(all.tickets().to_vec(), all.next());
        assert_eq!(restored, all);
    }

    #[test]
    fn rare_words_count_more_and_later_tickets_come_first() {
        let mut all = Neighbors::default();
        for (id, terms) in [&[1, 2][..], &[1, 3], &[1, 4], &[1, 2]]
            .into_iter()
            .enumerate()
        {
            all.add(settled(id, terms));
        }
        assert_eq!(nearest_ids(&all, &[3, 1]), ["1", "3", "2"]);
        assert_eq!(nearest_ids(&all, &[2]), ["3", "0"]);
        all.add(settled(3, &[9]));
        assert_eq!(nearest_ids(&all, &[2]), ["0"]);
        assert!(nearest_ids(&all, &[77]).is_empty());
    }

    #[test]
    fn best_of_agrees_with_a_full_sort() {
        let scores: Vec<f32> = (0..5_000_u64)
            .map(|place| f32::from(u8::try_from(mix(place) % 200).unwrap()))
            .collect();
        let is_even = |place: usize| place.is_multiple_of(2);
        let mut all: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
        all.retain(|(place, score)| is_even(*place) && *score > 0.0);
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        assert_eq!(best_of(scores, 15, is_even), all[..15]);
        assert_eq!(best_of(vec![0.0, 2.0, 0.0], 15, |_| true), [(1, 2.0)]);
    }

    #[test]
    fn long_ids_are_stored_as_digests() {
        let one = LearnedTicket::new(&"x".repeat(MAX_ID + 1), &[], [None; FIELDS]);
        assert_eq!(one.id.len(), 64);
        assert_eq!(stored_id("x"), "x");
    }
}
