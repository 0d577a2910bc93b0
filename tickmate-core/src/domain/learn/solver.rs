//! The solver: linear classifiers, one a label against the rest of its field, by dual coordinate descent on the
//! squared hinge loss.

use super::{
    features::{BITS, Features, Frequencies},
    hash::shuffled,
    table::{Table, UNLEARNED},
};
use crate::domain::field::FIELDS;

/// What a mistake costs beside the size of the weights.
pub(super) const COST: f32 = 0.5;
/// A label's rarity is made up for by its cost, within this factor: rare and frequent ones count alike.
const MAX_FACTOR: f32 = 8.0;
/// The value of the feature that every text has.
const BIAS: f32 = 0.5;
/// A feature that fewer texts have says nothing about another text.
const MIN_TEXTS: u32 = 2;
/// How many columns are added up at a time.
const LANES: usize = 4;
/// The most lanes that are added up in one go.
const WIDEST: usize = 6;

/// The step for one text and one column: how much more of the text the column's weights take.
///
/// `alone` is the part of the text's square that no other text shares: it bends nothing but this text's own margin.
pub(super) fn step(
    side: f32,
    margin: f32,
    held: f32,
    cost: f32,
    (square, alone): (f32, f32),
) -> f32 {
    let slack = 1.0 / (2.0 * cost) + alone;
    let gradient = side * margin - 1.0 + held * slack;
    (held - gradient / (square + slack)).max(0.0) - held
}

/// What missing a text of each column's label costs: rare labels would be passed over else.
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
        let all: usize = of_field(*field).map(|(_, count)| count).sum();
        let fair = all as f32 / of_field(*field).count() as f32;
        let rarity = fair / (*count).max(1) as f32;
        COST * rarity.clamp(1.0 / MAX_FACTOR, MAX_FACTOR)
    });
    costs.collect()
}

/// The columns of a text's labels by field.
pub(super) type Targets = [Option<usize>; FIELDS];

/// Texts as rows over the features that several of them have, the most frequent first.
#[derive(Debug)]
pub(super) struct Rows {
    starts: Vec<usize>,
    cells: Vec<(u32, f32)>,
    /// The squares of the rows, and of what was left out of them.
    squares: Vec<(f32, f32)>,
    /// The features by their places.
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
            let (mut square, mut alone) = (BIAS * BIAS, 0.0);
            for (id, value) in text.weighed(frequencies) {
                match places.get(id as usize) {
                    Some(place) if *place < u32::MAX => {
                        square += value * value;
                        rows.cells.push((*place, value));
                    }
                    _ => alone += value * value,
                }
            }
            rows.squares.push((square, alone));
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

/// Weights on the way to their best.
#[derive(Debug, Clone)]
pub(super) struct Solver<'a> {
    rows: &'a Rows,
    targets: &'a [Targets],
    /// The field of each column.
    fields: &'a [usize],
    stride: usize,
    weights: Vec<f32>,
    held: Vec<f32>,
    /// What missing a text of each column's label costs.
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
            // The last row is the feature that every text has.
            weights: vec![0.0; stride * (rows.features.len() + 1)],
            held: vec![0.0; stride * rows.len()],
            costs: costs(targets, fields),
            passes: 0,
        }
    }

    /// Goes once through these texts.
    pub(super) fn pass(&mut self, texts: &[usize]) {
        self.passes += 1;
        let mut times = vec![0.0_f32; self.stride];
        for place in shuffled(texts.len(), self.passes) {
            let text = texts[place];
            let margins = self.margins(text);
            let targets = &self.targets[text];
            let held = &mut self.held[text * self.stride..];
            let mut moved = false;
            for (column, field) in self.fields.iter().enumerate() {
                times[column] = 0.0;
                if let Some(target) = targets[*field] {
                    let (side, cost) = match target == column {
                        true => (1.0, self.costs[column]),
                        false => (-1.0, COST),
                    };
                    let squares = self.rows.squares[text];
                    let by = step(side, margins[column], held[column], cost, squares);
                    if by != 0.0 {
                        held[column] += by;
                        times[column] = by * side;
                        moved = true;
                    }
                }
            }
            if moved {
                self.add(text, &times);
            }
        }
    }

    /// Forgets what these texts did to the weights.
    pub(super) fn forget(&mut self, texts: &[usize]) {
        let mut times = vec![0.0_f32; self.stride];
        for text in texts {
            let held = &mut self.held[text * self.stride..(text + 1) * self.stride];
            if held.iter().all(|held| *held == 0.0) {
                continue;
            }
            let targets = &self.targets[*text];
            for (column, field) in self.fields.iter().enumerate() {
                let side = if targets[*field] == Some(column) {
                    1.0
                } else {
                    -1.0
                };
                times[column] = -held[column] * side;
            }
            held.fill(0.0);
            self.add(*text, &times);
        }
    }

    fn add(&mut self, text: usize, times: &[f32]) {
        let lanes = self.stride / LANES;
        for from in (0..lanes).step_by(WIDEST) {
            match (lanes - from).min(WIDEST) {
                1 => self.add_lanes::<1>(text, from, times),
                2 => self.add_lanes::<2>(text, from, times),
                3 => self.add_lanes::<3>(text, from, times),
                4 => self.add_lanes::<4>(text, from, times),
                5 => self.add_lanes::<5>(text, from, times),
                _ => self.add_lanes::<WIDEST>(text, from, times),
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

    /// How much a text speaks for each column.
    pub(super) fn margins(&self, text: usize) -> Vec<f32> {
        let lanes = self.stride / LANES;
        let mut margins = Vec::with_capacity(self.stride);
        for from in (0..lanes).step_by(WIDEST) {
            match (lanes - from).min(WIDEST) {
                1 => margins.extend(self.sums::<1>(text, from).as_flattened()),
                2 => margins.extend(self.sums::<2>(text, from).as_flattened()),
                3 => margins.extend(self.sums::<3>(text, from).as_flattened()),
                4 => margins.extend(self.sums::<4>(text, from).as_flattened()),
                5 => margins.extend(self.sums::<5>(text, from).as_flattened()),
                _ => margins.extend(self.sums::<WIDEST>(text, from).as_flattened()),
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

    /// The weights as a table.
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

/// So many lanes of a row, which a loop of known length keeps in registers.
fn lanes_of<const N: usize>(row: &[f32], from: usize) -> Option<&[[f32; LANES]; N]> {
    let (lanes, _) = row.as_chunks();
    lanes.get(from..)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lexical::token::Tokens;

    /// A text for each of these labels, twice.
    fn texts(labels: usize) -> (Vec<Features>, Frequencies, Vec<Targets>) {
        let mut frequencies = Frequencies::default();
        let (mut features, mut targets) = (Vec::new(), Vec::new());
        for number in 0..2 * labels {
            let label = number % labels;
            let text = format!("please look at w{label}w and v{label}v");
            let of_it = Features::of(&[Tokens::of(""), Tokens::of(&text)]);
            frequencies.add(&of_it);
            features.push(of_it);
            targets.push([Some(label), None, None, None]);
        }
        (features, frequencies, targets)
    }

    #[test]
    fn labels_are_told_apart_however_many_there_are() {
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
    fn what_is_forgotten_leaves_no_trace() {
        let (features, frequencies, targets) = texts(7);
        let rows = Rows::new(&features, &frequencies);
        let mut solver = Solver::new(&rows, &targets, &[0; 7]);
        let all: Vec<usize> = (0..features.len()).collect();
        solver.pass(&all);
        assert!(solver.margins(0).iter().any(|margin| margin.abs() > 0.1));
        solver.forget(&all);
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
