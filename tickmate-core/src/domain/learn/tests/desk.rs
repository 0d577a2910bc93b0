//! A desk that was made up: each category has words of its own, among words that say nothing.

use std::sync::{Arc, LazyLock};

use crate::domain::{
    field::Field,
    learn::{Analyzer, Dictionary, Example, Model, Thresholds, hash::mixed},
    options::Options,
};

/// The categories, and how the words of each begin.
const CATEGORIES: [(&str, &str); 5] = [
    ("Boats", "bo"),
    ("Kites", "ki"),
    ("Gardens", "ga"),
    ("Ovens", "ov"),
    ("Clocks", "cl"),
];
/// How many words a category has, and how many say nothing.
const OWN: u64 = 120;
const NOISE: u64 = 300;

/// Makes tickets up.
pub(super) struct Desk {
    seed: u64,
}

/// A ticket whose label is known.
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

    /// Tickets, of whose labels a share is wrong.
    pub(super) fn tickets(&self, count: u64, wrong: f64) -> Vec<Ticket> {
        (0..count)
            .map(|number| {
                let draw = |what: u64, below: u64| {
                    mixed(mixed(self.seed * 1_000_003 + number) + what) % below
                };
                let matter = draw(1, 5);
                let (name, head) = CATEGORIES[usize::try_from(matter).unwrap()];
                let own = |what: u64| format!("{head}{}", spelled(draw(what, OWN)));
                let noise = |what: u64| format!("x{}", spelled(draw(what, NOISE)));
                let words: Vec<String> = (10..22)
                    .map(|what| {
                        if what % 4 == 0 {
                            own(what)
                        } else {
                            noise(what)
                        }
                    })
                    .collect();
                let is_wrong = u32::try_from(draw(2, 1_000)).unwrap() < (wrong * 1_000.0) as u32;
                let other = usize::try_from((matter + 1 + draw(3, 4)) % 5).unwrap();
                Ticket {
                    id: format!("{}-{number}", self.seed),
                    title: noise(4),
                    text: words.join(" "),
                    label: if is_wrong { CATEGORIES[other].0 } else { name },
                }
            })
            .collect()
    }
}

/// A number in letters.
fn spelled(number: u64) -> String {
    mixed(number)
        .to_string()
        .bytes()
        .take(6)
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

/// Made once: it takes its time.
static DICTIONARY: LazyLock<Arc<Dictionary>> = LazyLock::new(|| Arc::new(Dictionary::shipped()));

pub(super) fn analyzer(options: &Options) -> Analyzer {
    Analyzer::new(Arc::clone(&DICTIONARY), options, Model::default())
}

pub(super) fn with_model(model: Model) -> Analyzer {
    Analyzer::new(Arc::clone(&DICTIONARY), &Options::default(), model)
}

/// The share of tickets whose category is read.
pub(super) fn share_right(analyzer: &Analyzer, held: &[Ticket]) -> f64 {
    let right = held.iter().filter(|one| {
        let reading = analyzer.read(&one.title, &one.text, &Thresholds::default());
        reading
            .guess(Field::Category)
            .is_some_and(|guess| guess.label == one.label)
    });
    right.count() as f64 / held.len() as f64
}
