//! Neighbors: settled tickets that resemble a text, by BM25.

use std::{cmp::Ordering, collections::HashMap};

use super::{MAX_ID, MAX_NEIGHBORS};
use crate::domain::{digest::sha256_hex, field::FIELDS};

/// How soon more of one word says nothing more.
const SATURATION: f32 = 1.2;
/// How much longer texts are held against them.
const LENGTH: f32 = 0.75;
/// The most words of a text that are looked up, the rarest first.
const MAX_QUERY: usize = 48;
/// The most words of a text that are kept.
pub(super) const MAX_KEPT: usize = 256;
/// Words that a larger share of the texts has are passed over, once there are enough texts to tell.
const COMMON: usize = 4;
const ENOUGH_TEXTS: usize = 200;
/// How many times as many candidates as are asked for are kept before the worse ones go.
const AT_A_TIME: usize = 4;

/// A settled ticket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LearnedTicket {
    pub(super) id: String,
    /// Words by hash, sorted, with how often they were there, at most 255 times.
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
        let terms = terms.iter().take(MAX_KEPT);
        Self {
            id: known_by(id),
            terms: terms.map(|(term, times)| (*term, count(*times))).collect(),
            labels,
        }
    }

    fn length(&self) -> f32 {
        self.terms.iter().map(|(_, times)| f32::from(*times)).sum()
    }
}

/// The id that is kept: long ones take no more room than others.
pub(super) fn known_by(id: &str) -> String {
    match id.len() > MAX_ID {
        true => sha256_hex(id.as_bytes()),
        false => id.to_owned(),
    }
}

/// The last settled tickets.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbors {
    settled: Vec<LearnedTicket>,
    /// Where the next one goes once all places are taken.
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
    /// The tickets of a state.
    pub(super) fn restored(settled: Vec<LearnedTicket>, next: usize) -> Self {
        let mut all = Self::default();
        for one in settled {
            all.add(one);
        }
        all.next = next;
        all
    }

    /// The ticket that is known by this.
    pub(super) fn of_id(&self, id: &str) -> Option<&LearnedTicket> {
        self.settled.get(*self.by_id.get(id)?)
    }

    pub(super) fn tickets(&self) -> &[LearnedTicket] {
        &self.settled
    }

    pub(super) const fn next(&self) -> usize {
        self.next
    }

    /// Adds a ticket in place of the one of its id, else of the oldest once there are enough.
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
        self.forget(place);
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

    fn forget(&mut self, place: usize) {
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

    /// The tickets that resemble these words most, best first, with how much they do: 1 is the same text. Those that
    /// do not count are passed over.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "counts and means of words, of which a likeness is made"
    )]
    pub(super) fn nearest(
        &self,
        terms: &[(u32, f32)],
        most: usize,
        counts: impl Fn(usize) -> bool,
    ) -> Vec<(usize, f32)> {
        let texts = self.settled.len();
        if texts == 0 || most == 0 {
            return Vec::new();
        }
        let mean = (self.total / texts as f64).max(1.0) as f32;
        let mut found: Vec<(f32, &[(u32, u8)])> = Vec::new();
        let mut whole = 0.0_f32;
        let length: f32 = terms.iter().map(|(_, times)| times).sum();
        let damp = |length: f32| SATURATION * (1.0 - LENGTH + LENGTH * length / mean);
        let says = |rarity: f32, times: f32, damp: f32| {
            rarity * times * (SATURATION + 1.0) / (times + damp)
        };
        let rarity_of =
            |with: usize| (1.0 + (texts as f32 - with as f32 + 0.5) / (with as f32 + 0.5)).ln();
        let own = damp(length);
        for (term, times) in terms {
            let postings = self.by_term.get(term).map_or(&[][..], Vec::as_slice);
            let rarity = rarity_of(postings.len());
            whole += says(rarity, *times, own);
            let is_common = texts >= ENOUGH_TEXTS && postings.len() * COMMON > texts;
            if !postings.is_empty() && !is_common {
                found.push((rarity, postings));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(MAX_QUERY);
        let mut scores = vec![0.0_f32; texts];
        for (rarity, postings) in found {
            for (place, times) in postings {
                let place = *place as usize;
                scores[place] += says(rarity, f32::from(*times), damp(self.lengths[place]));
            }
        }
        let mut best = best_of(scores, most, counts);
        for (_, score) in &mut best {
            *score = (*score / whole.max(f32::MIN_POSITIVE)).min(1.0);
        }
        best
    }
}

/// The places with the highest scores, best first, of two that are alike the later; none that scored nothing.
fn best_of(scores: Vec<f32>, most: usize, counts: impl Fn(usize) -> bool) -> Vec<(usize, f32)> {
    let order = |a: &(usize, f32), b: &(usize, f32)| -> Ordering {
        b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0))
    };
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(AT_A_TIME * most);
    let mut least = f32::MIN_POSITIVE;
    for (place, score) in scores.into_iter().enumerate() {
        if score < least || !counts(place) {
            continue;
        }
        best.push((place, score));
        if best.len() >= AT_A_TIME * most {
            let (_, last, _) = best.select_nth_unstable_by(most - 1, order);
            least = last.1;
            best.truncate(most);
        }
    }
    best.sort_by(order);
    best.truncate(most);
    best
}

#[cfg(test)]
mod tests {
    use super::{super::hash::mixed, *};

    fn settled(id: usize, terms: &[u32]) -> LearnedTicket {
        let terms: Vec<(u32, f32)> = terms.iter().map(|term| (*term, 1.0)).collect();
        LearnedTicket::new(&id.to_string(), &terms, [Some(id), None, None, None])
    }

    fn found(all: &Neighbors, terms: &[u32]) -> Vec<String> {
        let terms: Vec<(u32, f32)> = terms.iter().map(|term| (*term, 1.0)).collect();
        let nearest = all.nearest(&terms, 3, |_| true).into_iter();
        nearest
            .map(|(place, _)| all.tickets()[place].id.clone())
            .collect()
    }

    #[test]
    fn the_oldest_makes_room_and_nothing_of_it_is_left() {
        let mut all = Neighbors::default();
        for id in 0..MAX_NEIGHBORS + 10 {
            all.add(settled(id, &[u32::try_from(id).unwrap(), 1_000_000]));
        }
        assert_eq!(all.tickets().len(), MAX_NEIGHBORS);
        assert!(found(&all, &[3]).is_empty());
        assert_eq!(found(&all, &[10]), ["10"]);
        assert_eq!(found(&all, &[6_005]), ["6005"]);
        assert_eq!(all.by_id.len(), MAX_NEIGHBORS);
        assert_eq!(all.by_term.len(), MAX_NEIGHBORS + 1);
        let again = Neighbors::restored(all.tickets().to_vec(), all.next());
        assert_eq!(again, all);
    }

    #[test]
    fn rare_words_count_more_and_the_later_of_two_comes_first() {
        let mut all = Neighbors::default();
        for (id, terms) in [&[1, 2][..], &[1, 3], &[1, 4], &[1, 2]]
            .into_iter()
            .enumerate()
        {
            all.add(settled(id, terms));
        }
        assert_eq!(found(&all, &[3, 1]), ["1", "3", "2"]);
        assert_eq!(found(&all, &[2]), ["3", "0"]);
        all.add(settled(3, &[9]));
        assert_eq!(found(&all, &[2]), ["0"]);
        assert!(found(&all, &[77]).is_empty());
    }

    #[test]
    fn the_best_of_many_are_those_that_a_sort_finds() {
        let scores: Vec<f32> = (0..5_000_u64)
            .map(|place| f32::from(u8::try_from(mixed(place) % 200).unwrap()))
            .collect();
        let is_even = |place: usize| place.is_multiple_of(2);
        let mut all: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
        all.retain(|(place, score)| is_even(*place) && *score > 0.0);
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        assert_eq!(best_of(scores, 15, is_even), all[..15]);
        assert_eq!(best_of(vec![0.0, 2.0, 0.0], 15, |_| true), [(1, 2.0)]);
    }

    #[test]
    fn long_ids_take_no_more_room() {
        let one = LearnedTicket::new(&"x".repeat(MAX_ID + 1), &[], [None; FIELDS]);
        assert_eq!(one.id.len(), 64);
        assert_eq!(known_by("x"), "x");
    }
}
