//! The analyzer: dictionary, options and what was learned, asked together.

use std::sync::Arc;

use super::{
    dictionary::{Dictionary, Prior},
    features::Features,
    model::{Model, Opinion},
    neighbors::{LearnedTicket, known_by},
    pool::{Case, Evidence, probabilities},
    prediction::{Guess, Neighbor, Prediction, Thresholds},
    solver::{COST, Targets, step},
    table::UNLEARNED,
};
use crate::domain::{
    field::{FIELDS, Field},
    learn::example::Example,
    lexical::{Signals, token::Tokens},
    options::Options,
};

/// How many votes of no neighbor are shared by all labels.
const NOBODY: f32 = 0.5;
/// From so many texts of a field on, the dictionary's own values are not offered in addition to the learned ones.
const ENOUGH_LEARNED: u32 = 50;
/// From so many texts of a field on, each one moves the weights of the pool.
const ENOUGH_TO_POOL: u32 = 10;
/// The most labels that a guess ranks.
const MAX_RANKED: usize = 8;
/// A training is worth its time when so many texts came, and a share of all as large as one in this.
const NEWS: u32 = 20;
const NEWS_SHARE: u32 = 5;

/// A value of a field: as it is offered, and where it stands in the options and among the labels.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) name: String,
    option: Option<usize>,
    pub(super) column: Option<usize>,
}

/// Reads tickets, and learns from settled ones.
#[derive(Debug, Clone)]
pub struct Analyzer {
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) prior: Prior,
    pub(super) model: Model,
    pub(super) values: [Vec<Value>; FIELDS],
}

/// The evidence for the values of one field.
#[derive(Debug)]
pub(super) struct Weighed {
    pub(super) places: Vec<usize>,
    pub(super) evidence: Vec<Evidence>,
}

impl Analyzer {
    /// An analyzer of what ships and what a desk set up, with what was learned so far ([`Model::default`] is nothing).
    pub fn new(dictionary: Arc<Dictionary>, options: &Options, model: Model) -> Self {
        let prior = Prior::new(&dictionary, options);
        let mut analyzer = Self {
            dictionary,
            prior,
            model,
            values: Default::default(),
        };
        analyzer.list_values();
        analyzer
    }

    /// What is known before any ticket.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// What was learned.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn list_values(&mut self) {
        for field in Field::ALL {
            let options = self.prior.choices(field).iter().enumerate();
            let mut values: Vec<Value> = options
                .map(|(option, name)| Value {
                    name: name.clone(),
                    option: Some(option),
                    column: None,
                })
                .collect();
            let explicit = self.prior.is_explicit(field);
            for (column, label) in self.model.labels.list().iter().enumerate() {
                if label.field != field {
                    continue;
                }
                let place = self.prior.place_of(&self.dictionary, field, &label.name);
                match place.and_then(|place| values.get_mut(place)) {
                    Some(value) if value.column.is_none() => {
                        value.column = Some(column);
                        // Nobody chose the dictionary's spelling.
                        if !explicit {
                            value.name.clone_from(&label.name);
                        }
                    }
                    _ => values.push(Value {
                        name: label.name.clone(),
                        option: None,
                        column: Some(column),
                    }),
                }
            }
            self.values[field.index()] = values;
        }
    }

    /// Reads a ticket. There is a guess for every field that has values, however doubtful; what is too doubtful by the
    /// thresholds is marked. The time grows with the length of the text, of which 400 words count.
    pub fn read(&self, title: &str, description: &str, thresholds: &Thresholds) -> Prediction {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let said = self.prior.read(&self.dictionary, &parts);
        self.predict(&parts, &said, thresholds)
    }

    /// The same for a text of which the dictionary's signals are known already.
    pub(in crate::domain) fn read_seen(
        &self,
        parts: &[Tokens<'_>; 2],
        seen: &Signals,
        thresholds: &Thresholds,
    ) -> Prediction {
        let said = match self.prior.is_explicit(Field::Skill) {
            // Those of skills that the options name alone are not among them.
            true => self.prior.read(&self.dictionary, parts),
            false => self.prior.read_seen(&self.dictionary, parts, seen),
        };
        self.predict(parts, &said, thresholds)
    }

    fn predict(
        &self,
        parts: &[Tokens<'_>; 2],
        said: &[Vec<f32>; FIELDS],
        thresholds: &Thresholds,
    ) -> Prediction {
        let features = match self.model.texts() {
            0 => Features::default(),
            _ => Features::of(parts),
        };
        let opinion = self.model.opinion(&features);
        Prediction {
            guesses: Field::ALL.map(|field| {
                let weighed = self.weigh(field, &opinion, &said[field.index()]);
                self.guess(field, &weighed, thresholds.of(field))
            }),
        }
    }

    /// The settled tickets that resemble a text most, best first.
    pub fn neighbors(&self, title: &str, description: &str, most: usize) -> Vec<Neighbor> {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let terms = Features::of(&parts).terms;
        let settled = self.model.neighbors.tickets();
        self.model
            .neighbors
            .nearest(&terms, most, |_| true)
            .into_iter()
            .map(|(place, likeness)| Neighbor {
                id: settled[place].id.clone(),
                likeness: f64::from(likeness),
            })
            .collect()
    }

    /// The labels that a ticket was last learned with, in the order of [`Field::ALL`]; none for one that was not learned,
    /// or that is not among the last ones.
    pub fn labels_of(&self, id: &str) -> Option<[Option<&str>; FIELDS]> {
        let settled = self.model.neighbors.of_id(&known_by(id))?;
        let labels = self.model.labels.list();
        let name = |column: usize| labels.get(column).map(|label| label.name.as_str());
        Some(settled.labels.map(|column| column.and_then(name)))
    }

    /// The ids of the last tickets that were learned, in no particular order.
    pub fn learned_ids(&self) -> impl Iterator<Item = &str> {
        let settled = self.model.neighbors.tickets().iter();
        settled.map(|settled| settled.id.as_str())
    }

    /// Learns a settled ticket, which counts from the next prediction on. Of a ticket that is learned again the last labels
    /// count among the neighbors; what its earlier ones did to the weights is gone with the next training. Labels
    /// beyond [`MAX_LABELS`](super::MAX_LABELS) of a field are passed over.
    pub fn learn(&mut self, example: &Example<'_>) {
        let parts = [Tokens::of(example.title), Tokens::of(example.description)];
        let features = Features::of(&parts);
        let id = known_by(example.id);
        let opinion = {
            let settled = self.model.neighbors.tickets();
            let (votes, voted) = self.model.votes(&features, |place| settled[place].id != id);
            Opinion {
                votes,
                voted,
                margins: Vec::new(),
            }
        };
        let text = features.weighed(&self.model.frequencies);
        let opinion = Opinion {
            margins: self.model.table.margins(&text),
            ..opinion
        };
        let said = self.prior.read(&self.dictionary, &parts);
        for field in Field::ALL {
            let known = example
                .label(field)
                .and_then(|label| self.model.labels.find(field, label));
            if let Some(column) = known {
                let weighed = self.weigh(field, &opinion, &said[field.index()]);
                let texts = self.model.texts_with(field);
                if let Some(case) = self.case(field, weighed, column)
                    && texts >= ENOUGH_TO_POOL
                {
                    self.model.pools[field.index()].step(&case, texts);
                }
            }
        }
        let before = self.model.labels.list().len();
        let targets: Targets = Field::ALL.map(|field| {
            let label = example.label(field)?;
            self.model.labels.add(field, label, 1)
        });
        if self.model.labels.list().len() > before {
            self.model.table.widen(self.model.labels.list().len());
            self.list_values();
        }
        self.adjust(&text, &targets);
        self.model.frequencies.add(&features);
        let settled = LearnedTicket::new(example.id, &features.terms, targets);
        self.model.neighbors.add(settled);
    }

    fn adjust(&mut self, text: &[(u32, f32)], targets: &Targets) {
        let margins = self.model.table.margins(text);
        let square: f32 = text.iter().map(|(_, value)| value * value).sum();
        let labels = self.model.labels.list();
        let times: Vec<f32> = labels
            .iter()
            .zip(&margins)
            .enumerate()
            .map(|(column, (label, margin))| {
                let Some(target) = targets[label.field.index()] else {
                    return 0.0;
                };
                let side = if target == column { 1.0 } else { -1.0 };
                side * step(side, *margin, 0.0, COST, (square, 0.0))
            })
            .collect();
        self.model.table.add(text, &times);
    }

    /// Whether so much was learned since the last training that another is worth its time.
    pub fn wants_training(&self) -> bool {
        let news = self.model.texts().saturating_sub(self.model.trained);
        news >= NEWS && news >= self.model.trained / NEWS_SHARE
    }

    /// The evidence for each value that a field offers.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of texts, of which a logarithm is taken"
    )]
    pub(super) fn weigh(&self, field: Field, opinion: &Opinion, said: &[f32]) -> Weighed {
        let texts = self.model.texts_with(field);
        let explicit = self.prior.is_explicit(field);
        let values = &self.values[field.index()];
        let offers = |value: &Value, said: f32| match value.column {
            Some(_) => true,
            None if explicit => true,
            None if texts >= ENOUGH_LEARNED => false,
            None => said > 0.0 || values.len() <= MAX_RANKED,
        };
        let mut weighed = Weighed {
            places: Vec::with_capacity(values.len()),
            evidence: Vec::with_capacity(values.len()),
        };
        let share = NOBODY / values.len().max(1) as f32;
        let voted = opinion.voted[field.index()] + NOBODY;
        for (place, value) in values.iter().enumerate() {
            let says = value.option.and_then(|option| said.get(option));
            let says = says.copied().unwrap_or(0.0);
            if !offers(value, says) {
                continue;
            }
            let of = |list: &[f32]| value.column.and_then(|column| list.get(column)).copied();
            weighed.places.push(place);
            weighed.evidence.push([
                of(&opinion.margins).unwrap_or(UNLEARNED),
                ((of(&opinion.votes).unwrap_or(0.0) + share) / voted).ln(),
                says,
            ]);
        }
        weighed
    }

    /// The evidence as a case, where the right value is among it beside another.
    pub(super) fn case(&self, field: Field, weighed: Weighed, column: usize) -> Option<Case> {
        let values = &self.values[field.index()];
        let is_right = |place: &usize| values[*place].column == Some(column);
        let right = weighed.places.iter().position(is_right)?;
        (weighed.evidence.len() > 1).then_some(Case {
            evidence: weighed.evidence,
            right,
        })
    }

    fn guess(&self, field: Field, weighed: &Weighed, least: f64) -> Option<Guess> {
        let texts = self.model.texts_with(field);
        let weights = self.model.pools[field.index()].weights(texts);
        let shares = probabilities(&weights, &weighed.evidence);
        let pool = &self.model.pools[field.index()];
        let mut order: Vec<(usize, f32)> = weighed.places.iter().copied().zip(shares).collect();
        // Of two that are alike the first one counts.
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let name = |place: usize| self.values[field.index()][place].name.clone();
        let (best, share) = order.first().copied()?;
        let confidence = pool.confidence(share);
        let rest = (1.0 - confidence) / f64::from(1.0 - share).max(1e-6);
        Some(Guess {
            label: name(best),
            confidence,
            abstains: confidence < least,
            ranked: order
                .into_iter()
                .take(MAX_RANKED)
                .map(|(place, share)| match place == best {
                    true => (name(place), confidence),
                    false => (name(place), (f64::from(share) * rest).min(confidence)),
                })
                .collect(),
        })
    }
}
