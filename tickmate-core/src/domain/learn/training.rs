//! Training: builds a model from many settled tickets.

use std::collections::{BTreeMap, HashSet};

use super::{
    MAX_NEIGHBORS, MAX_TRAINING,
    analyzer::Analyzer,
    features::{Features, Frequencies},
    groups::groups_of,
    hash::mix,
    labels::{Labels, normalize_label},
    model::{Model, Opinion},
    neighbors::{LearnedTicket, Neighbors},
    pool::Case,
    solver::{Rows, Solver, Targets},
};
use crate::domain::{
    field::{FIELDS, Field},
    learn::example::Example,
    lexical::token::Tokens,
};

/// The number of passes of the solver: over all texts except the first fold, for each later fold (continuing from the
/// current weights), and finally over all texts.
const FIRST_PASSES: usize = 5;
const FOLD_PASSES: usize = 2;
const LAST_PASSES: usize = 3;
/// The number of folds for cross-validation. Near-duplicates are in the same fold.
const FOLDS: u64 = 5;
/// The number of predictions of unlearned texts that suffices to fit the weights of the pool.
const ENOUGH_CASES: usize = 2_000;
/// The minimum number of texts for cross-validation.
const MIN_TEXTS: usize = 20;

/// The data of a training, by text.
struct TrainingData {
    features: Vec<Features>,
    prior_scores: Vec<[Vec<f32>; FIELDS]>,
    targets: Vec<Targets>,
    folds: Vec<u64>,
    /// The index of the first text that becomes a neighbor.
    first: usize,
}

impl Analyzer {
    /// Replaces the model by one trained with these tickets. The last [`MAX_TRAINING`] count, and of two with the
    /// same id the later. The result is better than learning them one by one; it takes about a second for some
    /// thousand tickets.
    pub fn train<'a>(&mut self, examples: impl IntoIterator<Item = Example<'a>>) {
        let examples = last_of_each(examples.into_iter().collect());
        let mut data = self.prepare(&examples);
        let fields: Vec<usize> = {
            let labels = self.model.labels.list().iter();
            labels.map(|label| label.field.index()).collect()
        };
        let rows = Rows::new(&data.features, &self.model.frequencies);
        let targets = std::mem::take(&mut data.targets);
        let mut solver = Solver::new(&rows, &targets, &fields);
        let mut cases: [Vec<Case>; FIELDS] = Default::default();
        let mut passes = FIRST_PASSES;
        let all: Vec<usize> = (0..examples.len()).collect();
        if examples.len() >= MIN_TEXTS {
            for fold in 0..FOLDS {
                let (held_out, others): (Vec<usize>, Vec<usize>) =
                    all.iter().partition(|text| data.folds[**text] == fold);
                if held_out.is_empty() || others.is_empty() {
                    continue;
                }
                solver.remove(&held_out);
                for _ in 0..std::mem::replace(&mut passes, FOLD_PASSES) {
                    solver.pass(&others);
                }
                for text in &held_out {
                    let margins = solver.margins(*text);
                    self.add_cases(&data, *text, &targets[*text], margins, &mut cases);
                }
                if cases.iter().map(Vec::len).max() >= Some(ENOUGH_CASES) {
                    break;
                }
            }
        }
        for _ in 0..passes.max(LAST_PASSES) {
            solver.pass(&all);
        }
        self.model.table = solver.table();
        for field in Field::ALL {
            let texts = self.model.texts_with(field);
            let cases = &cases[field.index()];
            if !cases.is_empty() {
                self.model.pools[field.index()].fit(cases, texts);
            }
        }
    }

    /// Builds everything except the weights.
    fn prepare(&mut self, examples: &[Example<'_>]) -> TrainingData {
        let mut frequencies = Frequencies::default();
        let mut features = Vec::with_capacity(examples.len());
        let mut prior_scores = Vec::with_capacity(examples.len());
        for example in examples {
            let parts = [Tokens::of(example.title), Tokens::of(example.description)];
            let text_features = Features::of(&parts);
            frequencies.add(&text_features);
            features.push(text_features);
            prior_scores.push(self.prior.score(&self.dictionary, &parts));
        }
        let labels = labels_of(examples);
        let targets: Vec<Targets> = examples
            .iter()
            .map(|example| Field::ALL.map(|field| labels.find(field, example.label(field)?)))
            .collect();
        let first = examples.len().saturating_sub(MAX_NEIGHBORS);
        let mut neighbors = Neighbors::default();
        for (text, example) in examples.iter().enumerate().skip(first) {
            neighbors.add(LearnedTicket::new(
                example.id,
                &features[text].terms,
                targets[text],
            ));
        }
        let folds = groups_of(&features);
        let folds = folds
            .into_iter()
            .map(|group| mix(u64::try_from(group).unwrap_or(u64::MAX)) % FOLDS);
        let data = TrainingData {
            folds: folds.collect(),
            features,
            prior_scores,
            targets,
            first,
        };
        self.model = Model {
            labels,
            trained: frequencies.texts,
            frequencies,
            neighbors,
            ..Model::default()
        };
        self.list_values();
        data
    }

    /// Adds the cases of a held-out text.
    fn add_cases(
        &self,
        data: &TrainingData,
        text: usize,
        targets: &Targets,
        margins: Vec<f32>,
        cases: &mut [Vec<Case>; FIELDS],
    ) {
        let fold = data.folds[text];
        let is_other = |place: usize| data.folds[place + data.first] != fold;
        let (votes, voted) = self.model.votes(&data.features[text], is_other);
        let opinion = Opinion {
            margins,
            votes,
            voted,
        };
        for field in Field::ALL {
            if let Some(column) = targets[field.index()] {
                let evidence = self.weigh(field, &opinion, &data.prior_scores[text][field.index()]);
                cases[field.index()].extend(self.case(field, evidence, column));
            }
        }
    }
}

/// Returns the last tickets in their order, without earlier ones of the same id.
fn last_of_each(mut examples: Vec<Example<'_>>) -> Vec<Example<'_>> {
    let mut seen = HashSet::new();
    examples.reverse();
    examples.retain(|example| seen.insert(example.id));
    examples.truncate(MAX_TRAINING);
    examples.reverse();
    examples
}

/// Returns the labels of the tickets, field by field, the most frequent first.
fn labels_of(examples: &[Example<'_>]) -> Labels {
    let mut labels = Labels::default();
    for field in Field::ALL {
        let mut counts: BTreeMap<String, (&str, u32)> = BTreeMap::new();
        for label in examples.iter().filter_map(|example| example.label(field)) {
            counts.entry(normalize_label(label)).or_insert((label, 0)).1 += 1;
        }
        let mut list: Vec<(&str, u32)> = counts.into_values().collect();
        list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (label, count) in list {
            labels.add(field, label, count);
        }
    }
    labels
}
