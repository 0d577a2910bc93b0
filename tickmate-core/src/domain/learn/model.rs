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

/// The number of neighbors that vote.
const VOTERS: usize = 15;
/// The weight of the vote of a ticket with the same text; for others it falls with the square of their similarity.
const MAX_VOTE: f32 = 4.0;

/// Everything that was learned from tickets. A new desk begins with an empty model. The model stores no texts, only
/// hashes of words and the tickets' ids; its size is bounded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub(super) labels: Labels,
    pub(super) frequencies: Frequencies,
    pub(super) table: Table,
    pub(super) neighbors: Neighbors,
    pub(super) pools: [Pool; FIELDS],
    /// The number of texts of the last training.
    pub(super) trained: u32,
}

/// The evidence of a model for a text.
#[derive(Debug, Clone)]
pub(super) struct Opinion {
    /// The linear margin of each column.
    pub(super) margins: Vec<f32>,
    /// The votes of the neighbors for each column.
    pub(super) votes: Vec<f32>,
    /// The sum of the votes by field.
    pub(super) voted: [f32; FIELDS],
}

impl Model {
    /// Returns the number of learned tickets; a corrected one counts twice.
    pub const fn texts(&self) -> u32 {
        self.frequencies.texts
    }

    /// Returns the number of learned tickets with a label of this field.
    pub fn texts_with(&self, field: Field) -> u32 {
        self.labels.count(field)
    }

    /// Returns the learned labels of a field with the number of their tickets, in the order in which they were
    /// learned.
    pub fn labels(&self, field: Field) -> impl Iterator<Item = (&str, u32)> {
        let labels = self.labels.list().iter();
        labels
            .filter(move |label| label.field == field)
            .map(|label| (label.name.as_str(), label.count))
    }

    pub(super) fn opinion(&self, features: &Features) -> Opinion {
        let (votes, voted) = self.votes(features, |_| true);
        Opinion {
            margins: self.table.margins(&features.weighted(&self.frequencies)),
            votes,
            voted,
        }
    }

    /// Returns the votes of the neighbors that `is_counted` accepts, by column and by field.
    pub(super) fn votes(
        &self,
        features: &Features,
        is_counted: impl Fn(usize) -> bool,
    ) -> (Vec<f32>, [f32; FIELDS]) {
        let mut votes = vec![0.0; self.labels.list().len()];
        let mut voted = [0.0; FIELDS];
        let nearest = self.neighbors.nearest(&features.terms, VOTERS, is_counted);
        for (place, similarity) in nearest {
            let similarity = MAX_VOTE * similarity * similarity;
            let labels: &Targets = &self.neighbors.tickets()[place].labels;
            for (field, column) in labels.iter().enumerate() {
                let vote = column.and_then(|column| votes.get_mut(column));
                if let Some(vote) = vote {
                    *vote += similarity;
                    voted[field] += similarity;
                }
            }
        }
        (votes, voted)
    }
}
