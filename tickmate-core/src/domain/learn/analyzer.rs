//! The analyzer: combines dictionary, options and the learned model.

use std::sync::Arc;

use super::{
    dictionary::{Dictionary, Prior},
    features::Features,
    model::{Model, Opinion},
    neighbors::{LearnedTicket, stored_id},
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

/// The number of votes that are split evenly among all labels, without a neighbor.
const UNIFORM_VOTES: f32 = 0.5;
/// From this number of texts with a label of a field, the dictionary's own values are not offered in addition to the
/// learned ones.
const LEARNED_VALUES_ONLY: u32 = 50;
/// From this number of texts with a label of a field, each further text adjusts the weights of the pool.
const MIN_TEXTS_TO_POOL: u32 = 10;
/// The maximum number of ranked labels of a guess.
const MAX_RANKED: usize = 8;
/// A training is worth its cost after this number of new texts, if they are at least one part in `MIN_NEW_SHARE` of
/// the texts of the last training.
const MIN_NEW_TEXTS: u32 = 20;
const MIN_NEW_SHARE: u32 = 5;

/// A value of a field, with its index in the options and among the labels.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) name: String,
    option: Option<usize>,
    pub(super) column: Option<usize>,
}

/// Predicts the fields of tickets, and learns from settled ones.
#[derive(Debug, Clone)]
pub struct Analyzer {
    pub(super) dictionary: Arc<Dictionary>,
    pub(super) prior: Prior,
    pub(super) model: Model,
    pub(super) values: [Vec<Value>; FIELDS],
}

/// The evidence for the values of a field.
#[derive(Debug)]
pub(super) struct FieldEvidence {
    pub(super) places: Vec<usize>,
    pub(super) evidence: Vec<Evidence>,
}

impl Analyzer {
    /// Creates an analyzer from a dictionary, a desk's options and a model; [`Model::default`] has learned nothing.
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

    /// Returns the dictionary.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Returns the learned model.
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
                let place = self
                    .prior
                    .option_index(&self.dictionary, field, &label.name);
                match place.and_then(|place| values.get_mut(place)) {
                    Some(value) if value.column.is_none() => {
                        value.column = Some(column);
                        // The owner did not choose the dictionary's spelling.
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

    /// Predicts the fields of a ticket. Every field with values has a guess; a guess below its threshold is marked as
    /// an abstention. The time grows with the length of the text, of which the first 400 words count.
    pub fn read(&self, title: &str, description: &str, thresholds: &Thresholds) -> Prediction {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let prior_scores = self.prior.score(&self.dictionary, &parts);
        self.predict(&parts, &prior_scores, thresholds)
    }

    /// Like [`Analyzer::read`], for a text whose signals are known already.
    pub(in crate::domain) fn read_with_signals(
        &self,
        parts: &[Tokens<'_>; 2],
        signals: &Signals,
        thresholds: &Thresholds,
    ) -> Prediction {
        let prior_scores = match self.prior.is_explicit(Field::Skill) {
            // The signals do not contain skills that only the options name.
            true => self.prior.score(&self.dictionary, parts),
            false => self.prior.score_signals(&self.dictionary, parts, signals),
        };
        self.predict(parts, &prior_scores, thresholds)
    }

    fn predict(
        &self,
        parts: &[Tokens<'_>; 2],
        prior_scores: &[Vec<f32>; FIELDS],
        thresholds: &Thresholds,
    ) -> Prediction {
        let features = match self.model.texts() {
            0 => Features::default(),
            _ => Features::of(parts),
        };
        let opinion = self.model.opinion(&features);
        Prediction {
            guesses: Field::ALL.map(|field| {
                let field_evidence = self.weigh(field, &opinion, &prior_scores[field.index()]);
                self.guess(field, &field_evidence, thresholds.of(field))
            }),
        }
    }

    /// Returns up to `limit` settled tickets that are most similar to a text, best first.
    pub fn neighbors(&self, title: &str, description: &str, limit: usize) -> Vec<Neighbor> {
        let parts = [Tokens::of(title), Tokens::of(description)];
        let terms = Features::of(&parts).terms;
        let settled = self.model.neighbors.tickets();
        self.model
            .neighbors
            .nearest(&terms, limit, |_| true)
            .into_iter()
            .map(|(place, likeness)| Neighbor {
                id: settled[place].id.clone(),
                likeness: f64::from(likeness),
            })
            .collect()
    }

    /// Returns the labels with which a ticket was last learned, in the order of [`Field::ALL`]; `None` if it was not
    /// learned or is not among the most recent ones.
    pub fn labels_of(&self, id: &str) -> Option<[Option<&str>; FIELDS]> {
        let settled = self.model.neighbors.of_id(&stored_id(id))?;
        let labels = self.model.labels.list();
        let name = |column: usize| labels.get(column).map(|label| label.name.as_str());
        Some(settled.labels.map(|column| column.and_then(name)))
    }

    /// Returns the ids of the most recent learned tickets, in no particular order.
    pub fn learned_ids(&self) -> impl Iterator<Item = &str> {
        let settled = self.model.neighbors.tickets().iter();
        settled.map(|settled| settled.id.as_str())
    }

    /// Learns a settled ticket; it takes effect with the next prediction. If a ticket is learned again, only its last
    /// labels count among the neighbors, but the effect of the earlier ones on the weights remains until the next
    /// training. Labels beyond [`MAX_LABELS`](super::MAX_LABELS) of a field are ignored.
    pub fn learn(&mut self, example: &Example<'_>) {
        let parts = [Tokens::of(example.title), Tokens::of(example.description)];
        let features = Features::of(&parts);
        let id = stored_id(example.id);
        let opinion = {
            let settled = self.model.neighbors.tickets();
            let (votes, voted) = self.model.votes(&features, |place| settled[place].id != id);
            Opinion {
                votes,
                voted,
                margins: Vec::new(),
            }
        };
        let text = features.weighted(&self.model.frequencies);
        let opinion = Opinion {
            margins: self.model.table.margins(&text),
            ..opinion
        };
        let prior_scores = self.prior.score(&self.dictionary, &parts);
        for field in Field::ALL {
            let known = example
                .label(field)
                .and_then(|label| self.model.labels.find(field, label));
            if let Some(column) = known {
                let field_evidence = self.weigh(field, &opinion, &prior_scores[field.index()]);
                let texts = self.model.texts_with(field);
                if let Some(case) = self.case(field, field_evidence, column)
                    && texts >= MIN_TEXTS_TO_POOL
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
        self.adjust_weights(&text, &targets);
        self.model.frequencies.add(&features);
        let settled = LearnedTicket::new(example.id, &features.terms, targets);
        self.model.neighbors.add(settled);
    }

    fn adjust_weights(&mut self, text: &[(u32, f32)], targets: &Targets) {
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

    /// Returns whether enough was learned since the last training to make another worth its cost.
    pub fn wants_training(&self) -> bool {
        let new_texts = self.model.texts().saturating_sub(self.model.trained);
        new_texts >= MIN_NEW_TEXTS && new_texts >= self.model.trained / MIN_NEW_SHARE
    }

    /// Returns the evidence for each value that a field offers.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of texts, of which a logarithm is taken"
    )]
    pub(super) fn weigh(
        &self,
        field: Field,
        opinion: &Opinion,
        prior_scores: &[f32],
    ) -> FieldEvidence {
        let texts = self.model.texts_with(field);
        let explicit = self.prior.is_explicit(field);
        let values = &self.values[field.index()];
        let is_offered = |value: &Value, prior_score: f32| match value.column {
            Some(_) => true,
            None if explicit => true,
            None if texts >= LEARNED_VALUES_ONLY => false,
            None => prior_score > 0.0 || values.len() <= MAX_RANKED,
        };
        let mut field_evidence = FieldEvidence {
            places: Vec::with_capacity(values.len()),
            evidence: Vec::with_capacity(values.len()),
        };
        let share = UNIFORM_VOTES / values.len().max(1) as f32;
        let voted = opinion.voted[field.index()] + UNIFORM_VOTES;
        for (place, value) in values.iter().enumerate() {
            let prior_score = value.option.and_then(|option| prior_scores.get(option));
            let prior_score = prior_score.copied().unwrap_or(0.0);
            if !is_offered(value, prior_score) {
                continue;
            }
            let of = |list: &[f32]| value.column.and_then(|column| list.get(column)).copied();
            field_evidence.places.push(place);
            field_evidence.evidence.push([
                of(&opinion.margins).unwrap_or(UNLEARNED),
                ((of(&opinion.votes).unwrap_or(0.0) + share) / voted).ln(),
                prior_score,
            ]);
        }
        field_evidence
    }

    /// Returns the evidence as a case; `None` if the right value is not among it, or is the only one.
    pub(super) fn case(
        &self,
        field: Field,
        field_evidence: FieldEvidence,
        column: usize,
    ) -> Option<Case> {
        let values = &self.values[field.index()];
        let is_right = |place: &usize| values[*place].column == Some(column);
        let right = field_evidence.places.iter().position(is_right)?;
        (field_evidence.evidence.len() > 1).then_some(Case {
            evidence: field_evidence.evidence,
            right,
        })
    }

    fn guess(&self, field: Field, field_evidence: &FieldEvidence, least: f64) -> Option<Guess> {
        let texts = self.model.texts_with(field);
        let weights = self.model.pools[field.index()].weights(texts);
        let shares = probabilities(&weights, &field_evidence.evidence);
        let pool = &self.model.pools[field.index()];
        let mut order: Vec<(usize, f32)> =
            field_evidence.places.iter().copied().zip(shares).collect();
        // The sort is stable: of equal values the first one wins.
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
