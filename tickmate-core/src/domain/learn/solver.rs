//! The solver: linear classifiers, one per label against the rest of its field, by dual coordinate descent on the
//! squared hinge loss.

use super::{
    features::{BITS, Features, Frequencies},
    hash::shuffled_indices,
    table::{Table, UNLEARNED},
};
use crate::domain::field::FIELDS;

/// The cost of an error, relative to the size of the weights.
pub(super) const COST: f32 = 0.5;
/// The maximum factor by which the cost of a rare label is raised or that of a frequent one lowered, which gives all
/// labels the same influence.
const MAX_FACTOR: f32 = 8.0;
/// The value of the feature that every text has.
const BIAS: f32 = 0.5;
/// The minimum number of texts with a feature. A rarer feature says nothing about other texts.
const MIN_TEXTS: u32 = 2;
/// The number of columns that are added at a time.
const LANES: usize = 4;
/// The maximum number of lanes that are added in one go.
const MAX_LANES: usize = 6;

/// Returns the step of the dual variable of one text and one column: how much of the text is added to the weights of
/// the column.
///
/// `unshared` is the part of the text's squared norm from features that no other text has; it affects only the margin
/// of this text.
pub(super) fn step(
    side: f32,
    margin: f32,
    dual: f32,
    cost: f32,
    (square, unshared): (f32, f32),
) -> f32 {
    let slack = 1.0 / (2.0 * cost) + unshared;
    let gradient = side * margin - 1.0 + dual * slack;
    (dual - gradient / (square + slack)).max(0.0) - dual
}

/// Returns the cost of an error by column. Without higher costs rare labels would be ignored.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of texts, of which a factor is made"
)]
fn costs(targets: &[Targets], fields: &[usize]) -> Vec<f32> {
    let mut counts = vec![0_usize; fields.len()];
    for column in targets.iter().flatten().flatten() {
        counts[*column] += 1;
    }
    let of_field = |field: usize| {
        fields
            .iter()
            .zip(&counts)
            .filter(move |one| *one.0 == field)
    };
    let costs = fields.iter().zip(&counts).map(|(field, count)| {
        let total: usize = of_field(*field).map(|(_, count)| count).sum();
        let mean = total as f32 / of_field(*field).count() as f32;
        let rarity = mean / (*count).max(1) as f32;
        COST * rarity.clamp(1.0 / MAX_FACTOR, MAX_FACTOR)
    });
    costs.collect()
}

/// The columns of a text's labels by field.
pub(super) type Targets = [Option<usize>; FIELDS];

/// Texts as sparse rows over the features that several of them have, the most frequent first.
#[derive(Debug)]
pub(super) struct Rows {
    starts: Vec<usize>,
    cells: Vec<(u32, f32)>,
    /// The squared norms of the rows, and of the omitted features.
    squares: Vec<(f32, f32)>,
    /// The ids of the features by index.
    features: Vec<u32>,
}

impl Rows {
    pub(super) fn new(texts: &[Features], frequencies: &Frequencies) -> Self {
        let mut features: Vec<u32> = (0..1_u32 << BITS)
            .filter(|id| frequencies.of(*id) >= MIN_TEXTS)
            .collect();
        features.sort_by_key(|id| std::cmp::Reverse(frequencies.of(*id)));
        let mut places = vec![u32::MAX; 1 << BITS];
        for (place, id) in (0_u32..).zip(&features) {
            places[*id as usize] = place;
        }
        let mut rows = Self {
            starts: vec![0],
            cells: Vec::new(),
            squares: Vec::with_capacity(texts.len()),
            features,
        };
        for text in texts {
            let (mut square, mut unshared) = (BIAS * BIAS, 0.0);
            for (id, value) in text.weighted(frequencies) {
                match places.get(id as usize) {
                    Some(place) if *place < u32::MAX => {
                        square += value * value;
                        rows.cells.push((*place, value));
                    }
                    _ => unshared += value * value,
                }
            }
            rows.squares.push((square, unshared));
            rows.starts.push(rows.cells.len());
        }
        rows
    }

    fn row(&self, text: usize) -> &[(u32, f32)] {
        &self.cells[self.starts[text]..self.starts[text + 1]]
    }

    fn len(&self) -> usize {
        self.squares.len()
    }
}

/// The state of the optimization.
#[derive(Debug, Clone)]
pub(super) struct Solver<'a> {
    rows: &'a Rows,
    targets: &'a [Targets],
    /// The field of each column.
    fields: &'a [usize],
    stride: usize,
    weights: Vec<f32>,
    duals: Vec<f32>,
    /// The cost of an error by column.
    costs: Vec<f32>,
    passes: u64,
}

impl<'a> Solver<'a> {
    pub(super) fn new(rows: &'a Rows, targets: &'a [Targets], fields: &'a [usize]) -> Self {
        let stride = fields.len().div_ceil(LANES) * LANES;
        Self {
            rows,
            targets,
            fields,
            stride,
            // The last row is for the feature that every text has.
            weights: vec![0.0; stride * (rows.features.len() + 1)],
            duals: vec![0.0; stride * rows.len()],
            costs: costs(targets, fields),
            passes: 0,
        }
    }

    /// Performs one pass over these texts.
    pub(super) fn pass(&mut self, texts: &[usize]) {
        self.passes += 1;
        let mut times = vec![0.0_f32; self.stride];
        for place in shuffled_indices(texts.len(), self.passes) {
            let text = texts[place];
            let margins = self.margins(text);
            let targets = &self.targets[text];
            let duals = &mut self.duals[text * self.stride..];
            let mut has_changed = false;
            for (column, field) in self.fields.iter().enumerate() {
                times[column] = 0.0;
                if let Some(target) = targets[*field] {
                    let (side, cost) = match target == column {
                        true => (1.0, self.costs[column]),
                        false => (-1.0, COST),
                    };
                    let squares = self.rows.squares[text];
                    let by = step(side, margins[column], duals[column], cost, squares);
                    if by != 0.0 {
                        duals[column] += by;
                        times[column] = by * side;
                        has_changed = true;
                    }
                }
            }
            if has_changed {
                self.add(text, &times);
            }
        }
    }

    /// Removes the contributions of these texts from the weights.
    pub(super) fn remove(&mut self, texts: &[usize]) {
        let mut times = vec![0.0_f32; self.stride];
        for text in texts {
            let duals = &mut self.duals[text * self.stride..(text + 1) * self.stride];
            if duals.iter().all(|dual| *dual == 0.0) {
                continue;
            }
            let targets = &self.targets[*text];
            for (column, field) in self.fields.iter().enumerate() {
                let side = if targets[*field] == Some(column) {
                    1.0
                } else {
                    -1.0
                };
                times[column] = -duals[column] * side;
            }
            duals.fill(0.0);
            self.add(*text, &times);
        }
    }

    fn add(&mut self, text: usize, times: &[f32]) {
        let lanes = self.stride / LANES;
        for from in (0..lanes).step_by(MAX_LANES) {
            match (lanes - from).min(MAX_LANES) {
                1 => self.add_lanes::<1>(text, from, times),
                2 => self.add_lanes::<2>(text, from, times),
                3 => self.add_lanes::<3>(text, from, times),
                4 => self.add_lanes::<4>(text, from, times),
                5 => self.add_lanes::<5>(text, from, times),
                _ => self.add_lanes::<MAX_LANES>(text, from, times),
            }
        }
    }

    fn add_lanes<const N: usize>(&mut self, text: usize, from: usize, times: &[f32]) {
        let rows = self.rows;
        let constant = self.constant();
        let Some(times) = lanes_of::<N>(times, from) else {
            return;
        };
        for (feature, value) in rows.row(text).iter().chain([&constant]) {
            let place = *feature as usize * self.stride;
            let (row, _) = self.weights[place..place + self.stride].as_chunks_mut();
            let Some(row) = row[from..].first_chunk_mut::<N>() else {
                return;
            };
            for (lane, times) in row.iter_mut().zip(times) {
                let lane: &mut [f32; LANES] = lane;
                for (weight, times) in lane.iter_mut().zip(times) {
                    *weight += times * value;
                }
            }
        }
    }

    fn constant(&self) -> (u32, f32) {
        let place = u32::try_from(self.rows.features.len()).unwrap_or(u32::MAX);
        (place, BIAS)
    }

    /// Returns the margin of a text for each column.
    pub(super) fn margins(&self, text: usize) -> Vec<f32> {
        let lanes = self.stride / LANES;
        let mut margins = Vec::with_capacity(self.stride);
        for from in (0..lanes).step_by(MAX_LANES) {
            match (lanes - from).min(MAX_LANES) {
                1 => margins.extend(self.sums::<1>(text, from).as_flattened()),
                2 => margins.extend(self.sums::<2>(text, from).as_flattened()),
                3 => margins.extend(self.sums::<3>(text, from).as_flattened()),
                4 => margins.extend(self.sums::<4>(text, from).as_flattened()),
                5 => margins.extend(self.sums::<5>(text, from).as_flattened()),
                _ => margins.extend(self.sums::<MAX_LANES>(text, from).as_flattened()),
            }
        }
        margins.truncate(self.fields.len());
        margins
    }

    fn sums<const N: usize>(&self, text: usize, from: usize) -> [[f32; LANES]; N] {
        let mut sums = [[0.0; LANES]; N];
        for (feature, value) in self.rows.row(text).iter().chain([&self.constant()]) {
            let place = *feature as usize * self.stride;
            let row = &self.weights[place..place + self.stride];
            let Some(row) = lanes_of::<N>(row, from) else {
                return sums;
            };
            for (sum, lane) in sums.iter_mut().zip(row) {
                for (sum, weight) in sum.iter_mut().zip(lane) {
                    *sum += weight * value;
                }
            }
        }
        sums
    }

    /// Returns the weights as a table.
    pub(super) fn table(&self) -> Table {
        let columns = self.fields.len();
        let mut table = Table::new(columns);
        let mut rows = self.weights.chunks_exact(self.stride.max(1));
        for (id, row) in self.rows.features.iter().zip(&mut rows) {
            table.add_row(*id, row);
        }
        let bias: Vec<f32> = match rows.next() {
            Some(row) => row.iter().map(|weight| weight * BIAS).collect(),
            None => vec![UNLEARNED; columns],
        };
        table.set_bias(&bias);
        table
    }
}

/// Returns `N` lanes of a row, whose known number lets loops keep them in registers.
fn lanes_of<const N: usize>(row: &[f32], from: usize) -> Option<&[[f32; LANES]; N]> {
    let (lanes, _) = row.as_chunks();
    lanes.get(from..)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lexical::token::Tokens;

    /// Returns two texts for each label.
    fn texts(labels: usize) -> (Vec<Features>, Frequencies, Vec<Targets>) {
        let mut frequencies = Frequencies::default();
        let (mut features, mut targets) = (Vec::new(), Vec::new());
        for number in 0..2 * labels {
            let label = number % labels;
            let text = format!("please look at w{label}w and v{label}v");
            let text_features = Features::of(&[Tokens::of(""), Tokens::of(&text)]);
            frequencies.add(&text_features);
            features.push(text_features);
            targets.push([Some(label), None, None, None]);
        }
        (features, frequencies, targets)
    }

    #[test]
    fn labels_are_distinguished_for_any_number_of_labels() {
        for labels in [2, 4, 9, 21, 30, 61] {
            let (features, frequencies, targets) = texts(labels);
            let rows = Rows::new(&features, &frequencies);
            let fields = vec![0; labels];
            let mut solver = Solver::new(&rows, &targets, &fields);
            let all: Vec<usize> = (0..features.len()).collect();
            (0..5).for_each(|_| solver.pass(&all));
            for text in all {
                let margins = solver.margins(text);
                assert_eq!(margins.len(), labels);
                let best = (0..labels).max_by(|a, b| margins[*a].total_cmp(&margins[*b]));
                assert_eq!(best, Some(text % labels), "{labels}");
            }
        }
    }

    #[test]
    fn removed_texts_leave_no_trace() {
        let (features, frequencies, targets) = texts(7);
        let rows = Rows::new(&features, &frequencies);
        let mut solver = Solver::new(&rows, &targets, &[0; 7]);
        let all: Vec<usize> = (0..features.len()).collect();
        solver.pass(&all);
        assert!(solver.margins(0).iter().any(|margin| margin.abs() > 0.1));
        solver.remove(&all);
        for text in all {
            assert!(
                solver
                    .margins(text)
                    .iter()
                    .all(|margin| margin.abs() < 1e-4)
            );
        }
    }
}
