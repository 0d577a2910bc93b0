//! The solver: linear classifiers, one a label against the rest of its field, by dual coordinate descent on the
//! squared hinge loss.

use super::{
    features::{BITS, Features, Frequencies},
    field::FIELDS,
    hash::shuffled,
    table::{Table, UNLEARNT},
};

/// What a mistake costs beside the size of the weights.
pub(super) const COST: f32 = 1.0;
/// How much of a label's rarity its cost makes up for, and the most that makes.
const BALANCE: f32 = 0.7;
const MAX_FACTOR: f32 = 8.0;
/// The value of the feature that every text has.
const BIAS: f32 = 0.5;
/// A feature that fewer texts have says nothing about another text.
const MIN_TEXTS: u32 = 2;
/// How many columns are added up at a time.
const LANES: usize = 4;

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
        COST * rarity.powf(BALANCE).clamp(1.0 / MAX_FACTOR, MAX_FACTOR)
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

    fn add(&mut self, text: usize, times: &[f32]) {
        let rows = self.rows;
        for (feature, value) in rows.row(text).iter().chain([&self.constant()]) {
            let place = *feature as usize * self.stride;
            let weights = &mut self.weights[place..place + self.stride];
            for (weight, times) in weights
                .chunks_exact_mut(LANES)
                .zip(times.chunks_exact(LANES))
            {
                for (weight, times) in weight.iter_mut().zip(times) {
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
        let mut margins = vec![0.0_f32; self.stride];
        for (feature, value) in self.rows.row(text).iter().chain([&self.constant()]) {
            let place = *feature as usize * self.stride;
            let weights = &self.weights[place..place + self.stride];
            for (margin, weight) in margins
                .chunks_exact_mut(LANES)
                .zip(weights.chunks_exact(LANES))
            {
                for (margin, weight) in margin.iter_mut().zip(weight) {
                    *margin += weight * value;
                }
            }
        }
        margins.truncate(self.fields.len());
        margins
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
            None => vec![UNLEARNT; columns],
        };
        table.set_bias(&bias);
        table
    }
}
