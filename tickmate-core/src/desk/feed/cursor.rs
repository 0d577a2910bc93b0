//! Cursors of the live feed. A cursor holds the position up to which its reader has received events. It is encrypted
//! with a new nonce, so that cursors reveal neither the number of events nor whether there was one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{
    desk::secret::{DeskSecret, mac},
    domain::{id::UserId, page::InvalidCursor},
};

const NONCE: usize = 16;
const SEQ: usize = 8;
const PLACE: usize = 3 * SEQ + SIGHT;
/// The length in bytes of the digest of what determines the reader's visibility.
pub(super) const SIGHT: usize = 8;
const TAG: usize = 16;

/// The position up to which a reader has received events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The `seq` of the last event that was sent to the reader or skipped.
    pub(super) last_served: u64,
    /// The `seq` of the last event that was searched for changes of the reader's visibility; at least `last_served`.
    pub(super) last_searched: u64,
    /// The `seq` of the last event that changed the reader's visibility, as far as it was searched for; 0 if there was
    /// none.
    pub(super) last_sight_change: u64,
    /// A digest of the role and the skills that determined the visibility.
    pub(super) sight: [u8; SIGHT],
}

impl Place {
    fn to_bytes(self) -> [u8; PLACE] {
        let mut bytes = [0; PLACE];
        let (seqs, sight) = bytes.split_at_mut(3 * SEQ);
        let numbers = [self.last_served, self.last_searched, self.last_sight_change];
        for (bytes, seq) in seqs.as_chunks_mut::<SEQ>().0.iter_mut().zip(numbers) {
            *bytes = seq.to_be_bytes();
        }
        sight.copy_from_slice(&self.sight);
        bytes
    }

    fn from_bytes(bytes: [u8; PLACE]) -> Self {
        let [last_served, last_searched, last_sight_change, sight] = {
            let mut parts = [[0; SEQ]; 4];
            parts.copy_from_slice(bytes.as_chunks::<SEQ>().0);
            parts
        };
        Self {
            last_served: u64::from_be_bytes(last_served),
            last_searched: u64::from_be_bytes(last_searched),
            last_sight_change: u64::from_be_bytes(last_sight_change),
            sight,
        }
    }
}

/// The keys of cursors: one for encryption, the other for authentication.
pub(in crate::desk) struct CursorKey {
    pad: [u8; 32],
    tag: [u8; 32],
}

impl CursorKey {
    pub(in crate::desk) fn derive(secret: &DeskSecret) -> Self {
        Self {
            pad: secret.derive(b"tickmate/feed-pad/1"),
            tag: secret.derive(b"tickmate/feed-tag/1"),
        }
    }

    /// Encrypts a cursor for this reader. Each nonce must be new and random.
    pub(super) fn seal(&self, reader: UserId, place: Place, nonce: [u8; NONCE]) -> String {
        let hidden = self.hide(place.to_bytes(), &nonce);
        let mut token = Vec::with_capacity(NONCE + PLACE + TAG);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&hidden);
        token.extend_from_slice(&self.tag(reader, &nonce, &hidden));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Decrypts the position of a cursor that was made for this reader.
    pub(super) fn open(&self, reader: UserId, cursor: &str) -> Result<Place, InvalidCursor> {
        let token = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (nonce, rest) = token.split_first_chunk::<NONCE>().ok_or(InvalidCursor)?;
        let (hidden, tag) = rest.split_first_chunk::<PLACE>().ok_or(InvalidCursor)?;
        match bool::from(self.tag(reader, nonce, hidden).as_slice().ct_eq(tag)) {
            true => Ok(Place::from_bytes(self.hide(*hidden, nonce))),
            false => Err(InvalidCursor),
        }
    }

    /// Combines bytes with the key stream of this nonce; applying it twice returns the original bytes.
    fn hide(&self, mut bytes: [u8; PLACE], nonce: &[u8; NONCE]) -> [u8; PLACE] {
        let pad = mac(&self.pad, &[nonce]);
        for (byte, pad) in bytes.iter_mut().zip(pad) {
            *byte ^= pad;
        }
        bytes
    }

    fn tag(&self, reader: UserId, nonce: &[u8; NONCE], hidden: &[u8; PLACE]) -> [u8; TAG] {
        let full = mac(&self.tag, &[reader.as_uuid().as_bytes(), nonce, hidden]);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&full[..TAG]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::from_micros;

    proptest! {
        #[test]
        fn a_cursor_opens_for_its_reader_alone(
            seqs: [u64; 3], sight: [u8; 8], nonce: [u8; 16], other: [u8; 16], index in 0_usize..64, flip in 1_u8..=255,
        ) {
            let key = CursorKey::derive(&DeskSecret::new(*b"an example secret of thirty-two b"));
            let [ann, bob] = [1, 2].map(|n| UserId::new(from_micros(0), [n; 10]));
            let [last_served, last_searched, last_sight_change] = seqs;
            let place = Place { last_served, last_searched, last_sight_change, sight };
            let fresh = Place { last_served: 0, last_searched: 0, last_sight_change: 0, sight: [0; 8] };
            let cursor = key.seal(ann, place, nonce);
            prop_assert_eq!(key.open(ann, &cursor), Ok(place));
            prop_assert_eq!(key.open(bob, &cursor), Err(InvalidCursor));
            prop_assert_eq!(cursor.len(), key.seal(ann, fresh, nonce).len());
            prop_assert!(nonce == other || key.seal(ann, place, other) != cursor);
            let mut token = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            token[index] ^= flip;
            prop_assert_eq!(key.open(ann, &URL_SAFE_NO_PAD.encode(&token)), Err(InvalidCursor));
            let stranger = CursorKey::derive(&DeskSecret::new(*b"another secret of thirty-two byt"));
            prop_assert_eq!(stranger.open(ann, &cursor), Err(InvalidCursor));
            let shorter = URL_SAFE_NO_PAD.encode(&token[..index]);
            prop_assert_eq!(key.open(ann, &shorter), Err(InvalidCursor));
        }
    }
}
