//! Training: a model built from many settled tickets.

use std::collections::{BTreeMap, HashSet};

use super::{
    MAX_NEIGHBORS, MAX_TRAINING,
    analyzer::Analyzer,
    features::{Features, Frequencies},
    groups::groups_of,
    hash::mixed,
    labels::{Labels, folded},
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

/// How often the solver goes through all texts but those of the first fold; of each later one, beginning where it is;
/// through all texts at the end.
const PASSES_AT_FIRST: usize = 5;
const PASSES_OF_FOLD: usize = 2;
const PASSES_AT_LAST: usize = 3;
/// How many parts the texts are divided into, near-duplicates in one.
const FOLDS: u64 = 5;
/// How many texts that were read without having been learned are enough to learn the pool's weights from.
const ENOUGH_CASES: usize = 2_000;
/// The fewest texts that are divided at all.
const MIN_TEXTS: usize = 20;

/// Everything that a training works on, by text.
struct Course {
    features: Vec<Features>,
    said: Vec<[Vec<f32>; FIELDS]>,
    targets: Vec<Targets>,
    folds: Vec<u64>,
    /// The place of the first text that is a neighbor.
    first: usize,
}

impl Analyzer {
    /// Forgets what was learned and learns these tickets, of which the last [`MAX_TRAINING`] count, and of two with one id
    /// the later. Better than to learn them one by one; it takes about a second for some thousand tickets.
    pub fn train<'a>(&mut self, examples: impl IntoIterator<Item = Example<'a>>) {
        let examples = last_of_each(examples.into_iter().collect());
        let mut course = self.course(&examples);
        let fields: Vec<usize> = {
            let labels = self.model.labels.list().iter();
            labels.map(|label| label.field.index()).collect()
        };
        let rows = Rows::new(&course.features, &self.model.frequencies);
        let targets = std::mem::take(&mut course.targets);
        let mut solver = Solver::new(&rows, &targets, &fields);
        let mut cases: [Vec<Case>; FIELDS] = Default::default();
        let mut passes = PASSES_AT_FIRST;
        let all: Vec<usize> = (0..examples.len()).collect();
        if examples.len() >= MIN_TEXTS {
            for fold in 0..FOLDS {
                let (held, rest): (Vec<usize>, Vec<usize>) =
                    all.iter().partition(|text| course.folds[**text] == fold);
                if held.is_empty() || rest.is_empty() {
                    continue;
                }
                solver.forget(&held);
                for _ in 0..std::mem::replace(&mut passes, PASSES_OF_FOLD) {
                    solver.pass(&rest);
                }
                for text in &held {
                    let margins = solver.margins(*text);
                    self.examine(&course, *text, &targets[*text], margins, &mut cases);
                }
                if cases.iter().map(Vec::len).max() >= Some(ENOUGH_CASES) {
                    break;
                }
            }
        }
        for _ in 0..passes.max(PASSES_AT_LAST) {
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

    /// Everything but the weights.
    fn course(&mut self, examples: &[Example<'_>]) -> Course {
        let mut frequencies = Frequencies::default();
        let mut features = Vec::with_capacity(examples.len());
        let mut said = Vec::with_capacity(examples.len());
        for example in examples {
            let parts = [Tokens::of(example.title), Tokens::of(example.description)];
            let of_it = Features::of(&parts);
            frequencies.add(&of_it);
            features.push(of_it);
            said.push(self.prior.read(&self.dictionary, &parts));
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
            .map(|group| mixed(u64::try_from(group).unwrap_or(u64::MAX)) % FOLDS);
        let course = Course {
            folds: folds.collect(),
            features,
            said,
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
        course
    }

    /// Notes what is known about a text that was not learned.
    fn examine(
        &self,
        course: &Course,
        text: usize,
        targets: &Targets,
        margins: Vec<f32>,
        cases: &mut [Vec<Case>; FIELDS],
    ) {
        let fold = course.folds[text];
        let is_other = |place: usize| course.folds[place + course.first] != fold;
        let (votes, voted) = self.model.votes(&course.features[text], is_other);
        let opinion = Opinion {
            margins,
            votes,
            voted,
        };
        for field in Field::ALL {
            if let Some(column) = targets[field.index()] {
                let weighed = self.weigh(field, &opinion, &course.said[text][field.index()]);
                cases[field.index()].extend(self.case(field, weighed, column));
            }
        }
    }
}

/// The last tickets, of two with one id the later, in their order.
fn last_of_each(mut examples: Vec<Example<'_>>) -> Vec<Example<'_>> {
    let mut seen = HashSet::new();
    examples.reverse();
    examples.retain(|example| seen.insert(example.id));
    examples.truncate(MAX_TRAINING);
    examples.reverse();
    examples
}

/// The labels of the tickets, field by field, the most frequent first.
fn labels_of(examples: &[Example<'_>]) -> Labels {
    let mut labels = Labels::default();
    for field in Field::ALL {
        let mut counts: BTreeMap<String, (&str, u32)> = BTreeMap::new();
        for label in examples.iter().filter_map(|example| example.label(field)) {
            counts.entry(folded(label)).or_insert((label, 0)).1 += 1;
        }
        let mut list: Vec<(&str, u32)> = counts.into_values().collect();
        list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (label, count) in list {
            labels.add(field, label, count);
        }
    }
    labels
}
