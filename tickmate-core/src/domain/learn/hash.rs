//! Hashes that are the same on every machine and in every version, since states contain them.

use std::hash::{BuildHasher, Hasher};

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash under construction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    /// Starts a hash. The same content has different hashes for different kinds.
    pub(super) const fn of_kind(kind: u64) -> Self {
        Self(mix(kind.wrapping_add(0x5851_F42D_4C95_7F2D)))
    }

    pub(super) const fn add(self, value: u64) -> Self {
        Self((self.0.rotate_left(23) ^ value).wrapping_mul(MULTIPLIER))
    }

    pub(super) fn add_text(self, text: &str) -> Self {
        text.bytes()
            .fold(self, |hash, byte| hash.add(u64::from(byte)))
    }

    /// Adds bytes, eight at a time; the result differs from that of [`Hash::add_text`].
    pub(super) fn add_bytes(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks();
        let whole = words
            .iter()
            .fold(self, |hash, word| hash.add(u64::from_le_bytes(*word)));
        rest.iter()
            .fold(whole, |hash, byte| hash.add(u64::from(*byte)))
    }

    pub(super) const fn wide(self) -> u64 {
        mix(self.0)
    }

    /// Returns the upper half of [`Hash::wide`].
    pub(super) const fn narrow(self) -> u32 {
        (self.wide() >> 32) as u32
    }
}

/// A hasher that returns keys that are hashes already. Only for maps whose keys are not chosen by users.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct IdentityHasher(u64);

impl BuildHasher for IdentityHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = Hash(self.0).add_bytes(bytes).wide();
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Mixes the bits of a value: every bit affects all.
pub(super) const fn mix(mut value: u64) -> u64 {
    value ^= value >> 33;
    value = value.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    value ^= value >> 33;
    value = value.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    value ^ (value >> 33)
}

/// Returns the numbers below `count` in a pseudo-random order that depends only on `seed`.
pub(super) fn shuffled_indices(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_cached_key(|place| {
        Hash::of_kind(seed)
            .add(u64::try_from(*place).unwrap_or(u64::MAX))
            .wide()
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_do_not_change() {
        let hash = |text| Hash::of_kind(1).add_text(text).narrow();
        assert_ne!(hash("vpn"), Hash::of_kind(2).add_text("vpn").narrow());
        assert_ne!(hash("ab"), hash("ba"));
        // States contain these numbers: a change requires a new version of states.
        assert_eq!((hash("printer"), hash("")), (1678013890, 1748458931));
    }

    #[test]
    fn a_shuffle_contains_each_number_once() {
        let mut order = shuffled_indices(100, 7);
        assert_eq!(order, shuffled_indices(100, 7));
        assert_ne!(order, shuffled_indices(100, 8));
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
