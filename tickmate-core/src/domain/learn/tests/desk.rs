//! A synthetic desk: each category has words of its own, mixed with noise words.

use std::sync::{Arc, LazyLock};

use crate::domain::{
    field::Field,
    learn::{Analyzer, Dictionary, Example, Model, Thresholds, hash::mix},
    options::Options,
};

/// The categories with the prefixes of their words.
const CATEGORIES: [(&str, &str); 5] = [
    ("Boats", "bo"),
    ("Kites", "ki"),
    ("Gardens", "ga"),
    ("Ovens", "ov"),
    ("Clocks", "cl"),
];
/// The number of words per category, and of noise words.
const OWN: u64 = 120;
const NOISE: u64 = 300;

/// Generates tickets.
pub(super) struct Desk {
    seed: u64,
}

/// A ticket with a known label.
pub(super) struct Ticket {
    id: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) label: &'static str,
}

impl Ticket {
    pub(super) fn example(&self) -> Example<'_> {
        Example {
            id: &self.id,
            title: &self.title,
            description: &self.text,
            labels: [Some(self.label), None, None, None],
        }
    }
}

impl Desk {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Generates tickets, a share of which has a wrong label.
    pub(super) fn tickets(&self, count: u64, wrong_share: f64) -> Vec<Ticket> {
        (0..count)
            .map(|number| {
                let draw =
                    |salt: u64, below: u64| mix(mix(self.seed * 1_000_003 + number) + salt) % below;
                let topic = draw(1, 5);
                let (name, head) = CATEGORIES[usize::try_from(topic).unwrap()];
                let own_word = |salt: u64| format!("{head}{}", spell(draw(salt, OWN)));
                let noise_word = |salt: u64| format!("x{}", spell(draw(salt, NOISE)));
                let words: Vec<String> = (10..22)
                    .map(|salt| {
                        if salt % 4 == 0 {
                            own_word(salt)
                        } else {
                            noise_word(salt)
                        }
                    })
                    .collect();
                let is_wrong =
                    u32::try_from(draw(2, 1_000)).unwrap() < (wrong_share * 1_000.0) as u32;
                let other = usize::try_from((topic + 1 + draw(3, 4)) % 5).unwrap();
                Ticket {
                    id: format!("{}-{number}", self.seed),
                    title: noise_word(4),
                    text: words.join(" "),
                    label: if is_wrong { CATEGORIES[other].0 } else { name },
                }
            })
            .collect()
    }
}

/// Spells a number in letters.
fn spell(number: u64) -> String {
    mix(number)
        .to_string()
        .bytes()
        .take(6)
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

/// Built once, because it is slow.
static DICTIONARY: LazyLock<Arc<Dictionary>> = LazyLock::new(|| Arc::new(Dictionary::shipped()));

pub(super) fn analyzer(options: &Options) -> Analyzer {
    Analyzer::new(Arc::clone(&DICTIONARY), options, Model::default())
}

pub(super) fn with_model(model: Model) -> Analyzer {
    Analyzer::new(Arc::clone(&DICTIONARY), &Options::default(), model)
}

/// Returns the share of tickets whose category is predicted correctly.
pub(super) fn share_right(analyzer: &Analyzer, tickets: &[Ticket]) -> f64 {
    let right = tickets.iter().filter(|one| {
        let prediction = analyzer.read(&one.title, &one.text, &Thresholds::default());
        prediction
            .guess(Field::Category)
            .is_some_and(|guess| guess.label == one.label)
    });
    right.count() as f64 / tickets.len() as f64
}
