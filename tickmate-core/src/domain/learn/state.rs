//! States: models as bytes, and back. The bytes are a magic number, a version, the [`State`] in postcard format, and
//! a CRC-32.

use serde::{Deserialize, Serialize};

use super::{
    MAX_ID, MAX_LABEL, MAX_LABELS, MAX_NEIGHBORS,
    features::BITS,
    model::Model,
    neighbors::{LearnedTicket, MAX_TERMS, Neighbors},
    pool::{Evidence, Pool},
    table::Table,
};
use crate::domain::field::{FIELDS, Field};

const MAGIC: &[u8; 4] = b"TMLM";
/// The version of the format, and of the hashes of features.
const VERSION: u16 = 3;
/// The maximum number of labels of a ticket, one per field. (A derive macro uses the name `FIELDS` itself.)
const LABELS: usize = FIELDS;
/// The length of the checksum at the end, in bytes.
const CHECKSUM: usize = 4;

/// Bytes are not a usable state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The bytes are not a state.
    #[error("the bytes do not begin with the signature of an analyzer's state")]
    NotAState,
    /// The state was written by another version. Train a new model.
    #[error("the state has version {0}, and only version 3 can be read")]
    Version(u16),
    /// The state is corrupted or truncated.
    #[error("the state is damaged: {0}")]
    Damaged(&'static str),
}

/// The serialized form of a model. Long lists, which consist mostly of zeros, contain only the other entries.
#[derive(Serialize, Deserialize)]
struct State {
    trained: u32,
    /// By column: the field's index in [`Field::ALL`], the name, the count.
    labels: Vec<(u8, String, u32)>,
    texts: u32,
    frequencies: Sparse<u32>,
    bits: u32,
    bias: Vec<i16>,
    rows: Sparse<()>,
    /// The cells of these rows, row by row.
    cells: Vec<i16>,
    pools: Vec<PoolState>,
    next: u32,
    settled: Vec<SettledState>,
}

#[derive(Serialize, Deserialize)]
struct PoolState {
    offset: Evidence,
    squared_gradients: Evidence,
    calibration: [f32; 2],
    fitted: u32,
}

#[derive(Serialize, Deserialize)]
struct SettledState {
    id: String,
    /// By field: the column plus 1; 0 for none.
    labels: [u32; LABELS],
    /// The hashes of words, each as its difference from the previous one, with their numbers of occurrences.
    terms: Vec<(u32, u8)>,
}

/// The entries of a sparse list: the number of skipped indices before each entry, and its value.
#[derive(Serialize, Deserialize)]
struct Sparse<T>(Vec<(u32, T)>);

impl<T> Sparse<T> {
    fn of(entries: impl Iterator<Item = (usize, T)>) -> Self {
        let mut next = 0;
        let gaps = entries.map(|(place, value)| {
            let skipped = place - next;
            next = place + 1;
            (u32::try_from(skipped).unwrap_or(u32::MAX), value)
        });
        Self(gaps.collect())
    }

    /// Returns the entries with their indices, all of which must be below `bound`.
    fn places(self, bound: usize) -> Result<Vec<(usize, T)>, StateError> {
        let mut next = 0_usize;
        let mut entries = Vec::with_capacity(self.0.len());
        for (skipped, value) in self.0 {
            let place = next.saturating_add(skipped as usize);
            if place >= bound {
                return Err(StateError::Damaged("an index is too large"));
            }
            entries.push((place, value));
            next = place + 1;
        }
        Ok(entries)
    }
}

impl Model {
    /// The version of the format of [`Model::to_bytes`].
    pub const FORMAT: u16 = VERSION;

    /// Serializes the model; equal models give equal bytes. The size is about 1 MB for a thousand tickets, and at
    /// most some 30 MB.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        // Serializing to a vector cannot fail, and an empty body would be rejected when it is read.
        let body = postcard::to_allocvec(&State::of(self)).unwrap_or_default();
        bytes.extend(&body);
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes
    }

    /// Deserializes a model, exactly as it was.
    ///
    /// # Errors
    /// Returns [`StateError`] if the bytes are not a state, have another version, or are damaged. A model can always
    /// be trained again.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::NotAState)?;
        let (version, rest) = rest.split_first_chunk().ok_or(StateError::NotAState)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let (body, checksum) = rest
            .split_last_chunk::<CHECKSUM>()
            .ok_or(StateError::Damaged("it is truncated"))?;
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return Err(StateError::Damaged("its checksum does not match"));
        }
        match postcard::take_from_bytes::<State>(body) {
            Ok((state, [])) => state.model(),
            Ok(_) => Err(StateError::Damaged("it has trailing bytes")),
            Err(_) => Err(StateError::Damaged("it can't be decoded")),
        }
    }
}

impl State {
    fn of(model: &Model) -> Self {
        let table = &model.table;
        let rows = table.cells.chunks_exact(table.columns.max(1)).enumerate();
        let rows = rows.filter(|(_, row)| row.iter().any(|cell| *cell != 0));
        let counts = model.frequencies.counts.iter().copied().enumerate();
        let labels = model.labels.list().iter();
        Self {
            trained: model.trained,
            labels: labels
                .map(|label| (to_int(label.field.index()), label.name.clone(), label.count))
                .collect(),
            texts: model.frequencies.texts,
            frequencies: Sparse::of(counts.filter(|(_, count)| *count > 0)),
            bits: table.bits,
            bias: table.bias.clone(),
            rows: Sparse::of(rows.clone().map(|(place, _)| (place, ()))),
            cells: rows.flat_map(|(_, row)| row).copied().collect(),
            pools: model.pools.iter().map(PoolState::of).collect(),
            next: to_int(model.neighbors.next()),
            settled: model
                .neighbors
                .tickets()
                .iter()
                .map(SettledState::of)
                .collect(),
        }
    }

    fn model(self) -> Result<Model, StateError> {
        let mut model = Model {
            trained: self.trained,
            ..Model::default()
        };
        let columns = self.labels.len();
        if columns > FIELDS * MAX_LABELS {
            return Err(StateError::Damaged("there are too many labels"));
        }
        for (place, (field, name, count)) in self.labels.into_iter().enumerate() {
            let field = Field::ALL.get(usize::from(field));
            let field = *field.ok_or(StateError::Damaged("a field is unknown"))?;
            if name.len() > MAX_LABEL * 4 {
                return Err(StateError::Damaged("a label is too long"));
            }
            if model.labels.add(field, &name, count) != Some(place) {
                return Err(StateError::Damaged("a label is repeated"));
            }
        }
        model.frequencies.texts = self.texts;
        let counts = &mut model.frequencies.counts;
        for (place, count) in self.frequencies.places(counts.len())? {
            counts[place] = count;
        }
        model.table = table(self.bits, columns, &self.bias, self.rows, &self.cells)?;
        if self.pools.len() != model.pools.len() {
            return Err(StateError::Damaged("the pools do not match the fields"));
        }
        for (pool, state) in model.pools.iter_mut().zip(self.pools) {
            *pool = state.pool()?;
        }
        let count = self.settled.len();
        let next = self.next as usize;
        if count > MAX_NEIGHBORS || next >= MAX_NEIGHBORS {
            return Err(StateError::Damaged("there are too many tickets"));
        }
        let settled = self.settled.into_iter().map(|one| one.restore(columns));
        model.neighbors = Neighbors::restore(settled.collect::<Result<_, _>>()?, next);
        match model.neighbors.tickets().len() == count {
            true => Ok(model),
            false => Err(StateError::Damaged("a ticket is repeated")),
        }
    }
}

fn table(
    bits: u32,
    columns: usize,
    bias: &[i16],
    rows: Sparse<()>,
    cells: &[i16],
) -> Result<Table, StateError> {
    let mut table = Table::new(columns);
    if bits > BITS || table.bits != bits || bias.len() != columns {
        return Err(StateError::Damaged("the weights do not match the labels"));
    }
    table.bias.copy_from_slice(bias);
    let bound = table.cells.len() / columns.max(1);
    let rows = rows.places(bound)?;
    if cells.len() != rows.len() * columns {
        return Err(StateError::Damaged("weights are missing"));
    }
    for ((place, ()), row) in rows.into_iter().zip(cells.chunks_exact(columns.max(1))) {
        table.cells[place * columns..(place + 1) * columns].copy_from_slice(row);
    }
    Ok(table)
}

impl PoolState {
    const fn of(pool: &Pool) -> Self {
        Self {
            offset: pool.offset,
            squared_gradients: pool.squared_gradients,
            calibration: pool.calibration,
            fitted: pool.fitted,
        }
    }

    fn pool(self) -> Result<Pool, StateError> {
        let mut weights = self
            .offset
            .iter()
            .chain(&self.squared_gradients)
            .chain(&self.calibration);
        if !weights.all(|weight| weight.is_finite()) {
            return Err(StateError::Damaged("a weight is not a finite number"));
        }
        Ok(Pool {
            offset: self.offset,
            squared_gradients: self.squared_gradients,
            calibration: self.calibration,
            fitted: self.fitted,
        })
    }
}

impl SettledState {
    fn of(settled: &LearnedTicket) -> Self {
        let mut last = 0;
        let terms = settled.terms.iter().map(|(term, times)| {
            let distance = term.wrapping_sub(last);
            last = *term;
            (distance, *times)
        });
        Self {
            id: settled.id.clone(),
            labels: settled
                .labels
                .map(|column| column.map_or(0, |column| to_int(column + 1))),
            terms: terms.collect(),
        }
    }

    fn restore(self, columns: usize) -> Result<LearnedTicket, StateError> {
        if self.id.len() > MAX_ID || self.terms.len() > MAX_TERMS {
            return Err(StateError::Damaged("a ticket is too large"));
        }
        if self.labels.iter().any(|column| *column as usize > columns) {
            return Err(StateError::Damaged("a ticket has an unknown label"));
        }
        let mut last = 0_u32;
        let terms = self.terms.into_iter().map(|(distance, times)| {
            last = last.wrapping_add(distance);
            (last, times)
        });
        Ok(LearnedTicket {
            terms: terms.collect(),
            labels: self.labels.map(|column| (column as usize).checked_sub(1)),
            id: self.id,
        })
    }
}

/// Converts an index to a smaller integer type. All of them are far below its maximum.
fn to_int<T: TryFrom<usize> + Default>(number: usize) -> T {
    T::try_from(number).unwrap_or_default()
}
