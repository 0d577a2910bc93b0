//! Cursors of the live feed. A cursor holds the `seq` up to which its reader was served. It is encrypted under a fresh
//! nonce, so that cursors show neither how many events there were nor whether there was one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{
    desk::secret::{DeskSecret, mac},
    domain::{id::UserId, page::InvalidCursor},
};

const NONCE: usize = 16;
const SEQ: usize = 8;
const TAG: usize = 16;

/// The keys of cursors: one encrypts, the other authenticates.
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

    /// Writes a cursor of this reader. Each nonce must be fresh and random.
    pub(super) fn seal(&self, reader: UserId, seq: u64, nonce: [u8; NONCE]) -> String {
        let hidden = self.hide(seq.to_be_bytes(), &nonce);
        let mut token = Vec::with_capacity(NONCE + SEQ + TAG);
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&hidden);
        token.extend_from_slice(&self.tag(reader, &nonce, &hidden));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads the `seq` of a cursor that was made for this reader.
    pub(super) fn open(&self, reader: UserId, cursor: &str) -> Result<u64, InvalidCursor> {
        let token = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| InvalidCursor)?;
        let (nonce, rest) = token.split_first_chunk::<NONCE>().ok_or(InvalidCursor)?;
        let (hidden, tag) = rest.split_first_chunk::<SEQ>().ok_or(InvalidCursor)?;
        match bool::from(self.tag(reader, nonce, hidden).as_slice().ct_eq(tag)) {
            true => Ok(u64::from_be_bytes(self.hide(*hidden, nonce))),
            false => Err(InvalidCursor),
        }
    }

    /// Combines bytes with a pad that only this nonce has; twice gives the bytes back.
    fn hide(&self, mut bytes: [u8; SEQ], nonce: &[u8; NONCE]) -> [u8; SEQ] {
        let pad = mac(&self.pad, &[nonce]);
        for (byte, pad) in bytes.iter_mut().zip(pad) {
            *byte ^= pad;
        }
        bytes
    }

    fn tag(&self, reader: UserId, nonce: &[u8; NONCE], hidden: &[u8; SEQ]) -> [u8; TAG] {
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
            seq: u64, nonce: [u8; 16], other: [u8; 16], place in 0_usize..40, flip in 1_u8..=255,
        ) {
            let key = CursorKey::derive(&DeskSecret::new(*b"an example secret of thirty-two b"));
            let [ann, bob] = [1, 2].map(|n| UserId::new(from_micros(0), [n; 10]));
            let cursor = key.seal(ann, seq, nonce);
            prop_assert_eq!(key.open(ann, &cursor), Ok(seq));
            prop_assert_eq!(key.open(bob, &cursor), Err(InvalidCursor));
            prop_assert_eq!(cursor.len(), key.seal(ann, 0, nonce).len());
            prop_assert!(nonce == other || key.seal(ann, seq, other) != cursor);
            let mut token = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            token[place] ^= flip;
            prop_assert_eq!(key.open(ann, &URL_SAFE_NO_PAD.encode(&token)), Err(InvalidCursor));
            let stranger = CursorKey::derive(&DeskSecret::new(*b"another secret of thirty-two byt"));
            prop_assert_eq!(stranger.open(ann, &cursor), Err(InvalidCursor));
            let shorter = URL_SAFE_NO_PAD.encode(&token[..place]);
            prop_assert_eq!(key.open(ann, &shorter), Err(InvalidCursor));
        }
    }
}
