//! The table of weights: how much each feature speaks for each label.

use super::features::BITS;

/// The maximum number of cells, which bounds the size of a model.
const MAX_CELLS: usize = 1 << 23;
/// The number of steps per unit of weight. Weights are rounded to these steps, which makes serialization exact.
const STEPS: f32 = 4096.0;
/// The initial margin of a label without texts: that of a label against which a text speaks.
pub(super) const UNLEARNED: f32 = -1.0;

/// The weight of each feature for each column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) bits: u32,
    pub(super) columns: usize,
    /// Row by row.
    pub(super) cells: Vec<i16>,
    pub(super) bias: Vec<i16>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            bits: BITS,
            columns: 0,
            cells: Vec::new(),
            bias: Vec::new(),
        }
    }
}

impl Table {
    /// Creates a table of zeros.
    pub(super) fn new(columns: usize) -> Self {
        let mut table = Self::default();
        table.widen(columns);
        table
    }

    /// Adds columns. If the table would exceed its maximum size, features share rows.
    pub(super) fn widen(&mut self, columns: usize) {
        if columns <= self.columns {
            return;
        }
        let mut bits = self.bits;
        while bits > 0 && columns << bits > MAX_CELLS {
            bits -= 1;
        }
        let mut cells = vec![0_i16; columns << bits];
        let mask = (1_usize << bits) - 1;
        for (row, old) in self.cells.chunks_exact(self.columns.max(1)).enumerate() {
            let place = (row & mask) * columns;
            for (cell, old) in cells[place..].iter_mut().zip(old) {
                *cell = cell.saturating_add(*old);
            }
        }
        self.bias.resize(columns, quantize(UNLEARNED));
        (self.bits, self.columns, self.cells) = (bits, columns, cells);
    }

    pub(super) fn row_of(&self, id: u32) -> usize {
        (id as usize) & ((1 << self.bits) - 1)
    }

    /// Returns the margin of a text for each column.
    pub(super) fn margins(&self, text: &[(u32, f32)]) -> Vec<f32> {
        let mut margins: Vec<f32> = vec![0.0; self.columns];
        if self.columns == 0 {
            return margins;
        }
        for (id, value) in text {
            let place = self.row_of(*id) * self.columns;
            let row = &self.cells[place..place + self.columns];
            for (margin, cell) in margins.iter_mut().zip(row) {
                *margin += f32::from(*cell) * value;
            }
        }
        for (margin, bias) in margins.iter_mut().zip(&self.bias) {
            *margin = (*margin + f32::from(*bias)) / STEPS;
        }
        margins
    }

    /// Adds multiples of a text to the columns.
    pub(super) fn add(&mut self, text: &[(u32, f32)], times: &[f32]) {
        for (id, value) in text {
            let place = self.row_of(*id) * self.columns;
            for (cell, times) in self.cells[place..].iter_mut().zip(times) {
                *cell = cell.saturating_add(quantize(times * value));
            }
        }
    }

    /// Adds weights to the row of a feature.
    pub(super) fn add_row(&mut self, id: u32, weights: &[f32]) {
        let place = self.row_of(id) * self.columns;
        for (cell, weight) in self.cells[place..]
            .iter_mut()
            .zip(weights)
            .take(self.columns)
        {
            *cell = cell.saturating_add(quantize(*weight));
        }
    }

    pub(super) fn set_bias(&mut self, bias: &[f32]) {
        for (place, bias) in self.bias.iter_mut().zip(bias) {
            *place = quantize(*bias);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float to an integer saturates"
)]
fn quantize(weight: f32) -> i16 {
    (weight * STEPS).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_sums_of_quantized_weights() {
        let mut table = Table::new(2);
        table.add(&[(3, 0.5), (9, 1.0)], &[1.0, -2.0]);
        let margins = table.margins(&[(3, 1.0), (4, 7.0)]);
        assert_eq!(margins, [0.5 + UNLEARNED, -1.0 + UNLEARNED]);
        table.widen(3);
        assert_eq!(table.margins(&[(3, 1.0)]), [-0.5, -2.0, UNLEARNED]);
        table.set_bias(&[0.25, 0.0, 0.0]);
        assert_eq!(table.margins(&[(3, 1.0)]), [0.75, -1.0, 0.0]);
    }

    #[test]
    fn weights_saturate_and_the_size_is_bounded() {
        let mut table = Table::new(1);
        for _ in 0..9 {
            table.add(&[(1, 1.0)], &[3.0]);
        }
        assert!((7.9..8.0).contains(&(table.margins(&[(1, 1.0)])[0] - UNLEARNED)));
        let before = table.bits;
        table.widen(800);
        assert!(table.cells.len() <= MAX_CELLS && table.bits < before);
        assert!(table.margins(&[(1, 1.0)])[0] > 6.0);
    }
}
