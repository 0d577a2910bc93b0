//! States: a model as bytes, and back.

use super::{
    MAX_ID, MAX_LABEL, MAX_LABELS, MAX_NEIGHBORS,
    features::BITS,
    hash::Hash,
    model::Model,
    neighbors::{Neighbors, Settled},
    pool::Pool,
    table::Table,
};
use crate::domain::field::{FIELDS, Field};

const MAGIC: &[u8; 4] = b"TMLM";
/// The version of what follows; of the features' hashes, too.
const VERSION: u16 = 2;
/// How many bytes the sum at the end has.
const SUM: usize = 8;

/// Why bytes can't be used as a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// They are something else.
    #[error("the state does not begin as a state of an analyzer does")]
    NotAState,
    /// They were written by another version; train anew.
    #[error("the state has version {0}, and only version 2 can be read")]
    Version(u16),
    /// They were changed or cut off since.
    #[error("the state is damaged: {0}")]
    Damaged(&'static str),
}

impl Model {
    /// The form of [`Model::to_bytes`]. Another version of this library may have another.
    pub const FORMAT: u16 = VERSION;

    /// The model as bytes, the same for the same model. About a megabyte for a thousand tickets, and never more than some
    /// thirty.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.0.extend(VERSION.to_le_bytes());
        out.number(u64::from(self.trained));
        out.count(self.labels.list().len());
        for label in self.labels.list() {
            out.count(label.field.index());
            out.text(&label.name);
            out.number(u64::from(label.count));
        }
        out.number(u64::from(self.frequencies.texts));
        out.sparse(&self.frequencies.counts);
        self.write_table(&mut out);
        for pool in &self.pools {
            for weight in pool.off.iter().chain(&pool.moved).chain(&pool.surer) {
                out.0.extend(weight.to_le_bytes());
            }
            out.number(u64::from(pool.fitted));
        }
        self.write_neighbors(&mut out);
        let sum = Hash::of_kind(0).add_bytes(&out.0).wide();
        out.0.extend(sum.to_le_bytes());
        out.0
    }

    fn write_table(&self, out: &mut Writer) {
        let table = &self.table;
        out.number(u64::from(table.bits));
        out.count(table.columns);
        for weight in &table.bias {
            out.signed(*weight);
        }
        let mut last = 0;
        let rows = table.cells.chunks_exact(table.columns.max(1)).enumerate();
        for (place, row) in rows.filter(|(_, row)| row.iter().any(|cell| *cell != 0)) {
            out.count(place + 1 - last);
            last = place + 1;
            row.iter().for_each(|cell| out.signed(*cell));
        }
        out.number(0);
    }

    fn write_neighbors(&self, out: &mut Writer) {
        out.count(self.neighbors.next());
        out.count(self.neighbors.settled().len());
        for one in self.neighbors.settled() {
            out.text(&one.id);
            for column in one.labels {
                out.count(column.map_or(0, |column| column + 1));
            }
            out.count(one.terms.len());
            let mut last = 0;
            for (term, times) in &one.terms {
                out.number(u64::from(term.wrapping_sub(last)));
                last = *term;
                out.0.push(*times);
            }
        }
    }

    /// The model of these bytes, exactly as it was.
    ///
    /// # Errors
    /// [`StateError`] where the bytes are no state, of another version, or not whole. A model can always be trained anew.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(StateError::NotAState)?;
        let (version, _) = rest.split_first_chunk().ok_or(StateError::NotAState)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let (body, sum) = bytes
            .split_last_chunk::<SUM>()
            .ok_or(StateError::Damaged("it is cut off"))?;
        if Hash::of_kind(0).add_bytes(body).wide() != u64::from_le_bytes(*sum) {
            return Err(StateError::Damaged("its sum is wrong"));
        }
        let mut input = Reader(body.get(MAGIC.len() + 2..).unwrap_or_default());
        let model = Self::read(&mut input)?;
        match input.0.is_empty() {
            true => Ok(model),
            false => Err(StateError::Damaged("it goes on behind its end")),
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, StateError> {
        let mut model = Self {
            trained: input.small()?,
            ..Self::default()
        };
        for place in 0..input.count(FIELDS * MAX_LABELS)? {
            let field = Field::ALL[input.count(FIELDS - 1)?];
            let name = input.text(MAX_LABEL * 4)?;
            let count = input.small()?;
            if model.labels.add(field, &name, count) != Some(place) {
                return Err(StateError::Damaged("a label is there twice"));
            }
        }
        model.frequencies.texts = input.small()?;
        input.sparse(&mut model.frequencies.counts)?;
        let columns = model.labels.list().len();
        model.table = input.table(columns)?;
        for pool in &mut model.pools {
            *pool = input.pool()?;
        }
        let next = input.count(MAX_NEIGHBORS - 1)?;
        let count = input.count(MAX_NEIGHBORS)?;
        let settled: Result<Vec<Settled>, StateError> =
            (0..count).map(|_| input.settled(columns)).collect();
        model.neighbors = Neighbors::restored(settled?, next);
        match model.neighbors.settled().len() == count {
            true => Ok(model),
            false => Err(StateError::Damaged("a ticket is there twice")),
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Small amounts of either sign take one byte.
    fn signed(&mut self, number: i16) {
        let folded = (i32::from(number) << 1) ^ (i32::from(number) >> 31);
        self.number(u64::from(folded.unsigned_abs()));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.bytes());
    }

    /// The numbers that are not 0, each behind its distance from the one before.
    fn sparse(&mut self, numbers: &[u32]) {
        let mut last = 0;
        for (place, number) in numbers
            .iter()
            .enumerate()
            .filter(|(_, number)| **number > 0)
        {
            self.count(place + 1 - last);
            last = place + 1;
            self.number(u64::from(*number));
        }
        self.number(0);
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, StateError> {
        let (first, rest) = self
            .0
            .split_first()
            .ok_or(StateError::Damaged("it is cut off"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, StateError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(StateError::Damaged("a number is too long"))
    }

    fn small(&mut self) -> Result<u32, StateError> {
        u32::try_from(self.number()?).map_err(|_| StateError::Damaged("a number is too large"))
    }

    fn count(&mut self, most: usize) -> Result<usize, StateError> {
        let count = usize::try_from(self.number()?).ok();
        count
            .filter(|count| *count <= most)
            .ok_or(StateError::Damaged("a count is too large"))
    }

    fn signed(&mut self) -> Result<i16, StateError> {
        let folded = self.number()?;
        let half = i64::try_from(folded >> 1).unwrap_or(i64::MAX);
        let number = if folded & 1 == 0 { half } else { -half - 1 };
        i16::try_from(number).map_err(|_| StateError::Damaged("a weight is too large"))
    }

    fn real(&mut self) -> Result<f32, StateError> {
        let (first, rest) = self
            .0
            .split_first_chunk()
            .ok_or(StateError::Damaged("it is cut off"))?;
        self.0 = rest;
        let real = f32::from_le_bytes(*first);
        match real.is_finite() {
            true => Ok(real),
            false => Err(StateError::Damaged("a weight is no number")),
        }
    }

    fn text(&mut self, most: usize) -> Result<String, StateError> {
        let length = self.count(most)?;
        let (text, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(StateError::Damaged("it is cut off"))?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| StateError::Damaged("a text is not UTF-8"))
    }

    /// The place after this distance from the end of the last one; none at the end.
    fn place(&mut self, next: usize, places: usize) -> Result<Option<usize>, StateError> {
        let distance = self.count(places.saturating_sub(next))?;
        Ok(distance.checked_sub(1).map(|skipped| next + skipped))
    }

    fn sparse(&mut self, numbers: &mut [u32]) -> Result<(), StateError> {
        let mut next = 0;
        while let Some(place) = self.place(next, numbers.len())? {
            numbers[place] = self.small()?;
            next = place + 1;
        }
        Ok(())
    }

    fn table(&mut self, labels: usize) -> Result<Table, StateError> {
        let bits = self.count(BITS as usize)?;
        let columns = self.count(labels)?;
        let mut table = Table::new(columns);
        if columns != labels || table.bits as usize != bits {
            return Err(StateError::Damaged("the weights are of other labels"));
        }
        for place in 0..columns {
            table.bias[place] = self.signed()?;
        }
        let mut next = 0;
        let rows = table.cells.len() / columns.max(1);
        while let Some(place) = self.place(next, rows)? {
            for cell in &mut table.cells[place * columns..(place + 1) * columns] {
                *cell = self.signed()?;
            }
            next = place + 1;
        }
        Ok(table)
    }

    fn pool(&mut self) -> Result<Pool, StateError> {
        let mut pool = Pool::default();
        for weight in pool
            .off
            .iter_mut()
            .chain(&mut pool.moved)
            .chain(&mut pool.surer)
        {
            *weight = self.real()?;
        }
        pool.fitted = self.small()?;
        Ok(pool)
    }

    fn settled(&mut self, columns: usize) -> Result<Settled, StateError> {
        let id = self.text(MAX_ID)?;
        let mut labels = [None; FIELDS];
        for label in &mut labels {
            *label = self.count(columns)?.checked_sub(1);
        }
        let count = self.count(super::neighbors::MAX_KEPT)?;
        let mut terms = Vec::with_capacity(count);
        let mut last = 0_u32;
        for _ in 0..count {
            last = last.wrapping_add(self.small()?);
            terms.push((last, self.byte()?));
        }
        Ok(Settled { id, terms, labels })
    }
}
