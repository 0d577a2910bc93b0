//! Commands on blobs.

use super::{Machine, both, one};
use crate::{backend::store::MAX_BLOB_PART, domain::time::Span};

/// Names of groups: two that differ by case, and one whose bytes sort behind its letters.
const GROUPS: [&str; 4] = ["learned", "Learned", "gr\u{f6}\u{df}e", "z"];
/// The largest number that a part may have is one of them.
const PARTS: [u32; 4] = [0, 1, 9, u32::MAX];

impl Machine<'_> {
    /// Puts a part, of too many bytes at times and put later or earlier than the others, or removes a group.
    pub(super) async fn blob(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let group = one(GROUPS, a);
        let at = self.make.now() - Span::seconds(i64::from(d % 8) * 3);
        match c % 8 {
            0 => {
                both!(self, store => store.remove_blobs(group)).ok();
            }
            1 => {
                let too_long = vec![b; MAX_BLOB_PART + 1];
                both!(self, store => store.put_blob(group, one(PARTS, b), &too_long, at)).ok();
            }
            _ => {
                let bytes = vec![d; usize::from(c / 8)];
                both!(self, store => store.put_blob(group, one(PARTS, b), &bytes, at)).ok();
            }
        }
        both!(self, store => store.blob_groups()).ok();
        both!(self, store => store.blob(group, one(PARTS, b))).ok();
        Ok(())
    }

    pub(super) async fn compare_blobs(&self) -> Result<(), String> {
        both!(self, store => store.blob_groups()).ok();
        for group in GROUPS {
            for part in PARTS {
                both!(self, store => store.blob(group, part)).ok();
            }
        }
        Ok(())
    }
}
