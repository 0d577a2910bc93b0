//! The model: everything that was learned from tickets.

use super::{
    features::{Features, Frequencies},
    labels::Labels,
    neighbors::Neighbors,
    pool::Pool,
    solver::Targets,
    table::Table,
};
use crate::domain::field::{FIELDS, Field};

/// How many neighbors vote.
const VOTERS: usize = 15;
/// The vote of a ticket with the same text; of others it falls with the square of their likeness.
const LIKENESS: f32 = 4.0;

/// Everything that was learned from tickets. An empty one is where every desk begins. It keeps no text, but hashes of words
/// and the tickets' ids; its size is bounded however much is learned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub(super) labels: Labels,
    pub(super) frequencies: Frequencies,
    pub(super) table: Table,
    pub(super) neighbors: Neighbors,
    pub(super) pools: [Pool; FIELDS],
    /// How many texts were learned at the last training.
    pub(super) trained: u32,
}

/// What a model makes of a text.
#[derive(Debug, Clone)]
pub(super) struct Opinion {
    /// The linear margin of each column.
    pub(super) margins: Vec<f32>,
    /// The votes of the neighbors for each column.
    pub(super) votes: Vec<f32>,
    /// The votes of each field.
    pub(super) voted: [f32; FIELDS],
}

impl Model {
    /// How many tickets were learned, a corrected one twice.
    pub const fn texts(&self) -> u32 {
        self.frequencies.texts
    }

    /// How many tickets with a label of this field were learned.
    pub fn texts_with(&self, field: Field) -> u32 {
        self.labels.count(field)
    }

    /// The labels of a field that were learned, each with the number of its tickets, in the order they came.
    pub fn labels(&self, field: Field) -> impl Iterator<Item = (&str, u32)> {
        let of_it = self.labels.list().iter();
        of_it
            .filter(move |label| label.field == field)
            .map(|label| (label.name.as_str(), label.count))
    }

    pub(super) fn opinion(&self, features: &Features) -> Opinion {
        let (votes, voted) = self.votes(features, |_| true);
        Opinion {
            margins: self.table.margins(&features.weighed(&self.frequencies)),
            votes,
            voted,
        }
    }

    /// The votes of the neighbors that count.
    pub(super) fn votes(
        &self,
        features: &Features,
        counts: impl Fn(usize) -> bool,
    ) -> (Vec<f32>, [f32; FIELDS]) {
        let mut votes = vec![0.0; self.labels.list().len()];
        let mut voted = [0.0; FIELDS];
        let nearest = self.neighbors.nearest(&features.terms, VOTERS, counts);
        for (place, likeness) in nearest {
            let likeness = LIKENESS * likeness * likeness;
            let labels: &Targets = &self.neighbors.tickets()[place].labels;
            for (field, column) in labels.iter().enumerate() {
                let vote = column.and_then(|column| votes.get_mut(column));
                if let Some(vote) = vote {
                    *vote += likeness;
                    voted[field] += likeness;
                }
            }
        }
        (votes, voted)
    }
}
