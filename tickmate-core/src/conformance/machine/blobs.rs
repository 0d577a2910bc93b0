//! Commands on blobs.

use super::{Machine, call_both, select_one};
use crate::{backend::store::MAX_BLOB_PART, domain::time::Span};

/// The names of groups: two that differ by case, and one with letters beyond ASCII.
const GROUPS: [&str; 4] = ["learned", "Learned", "gr\u{f6}\u{df}e", "z"];
/// The numbers of parts, including the largest possible one.
const PARTS: [u32; 4] = [0, 1, 9, u32::MAX];

impl Machine<'_> {
    /// Writes a part, sometimes with too many bytes and at a moment before or after the others, or removes a group.
    pub(super) async fn blob(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let group = select_one(GROUPS, a);
        let at = self.make.now() - Span::seconds(i64::from(d % 8) * 3);
        match c % 8 {
            0 => {
                call_both!(self, store => store.remove_blobs(group)).ok();
            }
            1 => {
                let too_long = vec![b; MAX_BLOB_PART + 1];
                call_both!(self, store => store.put_blob(group, select_one(PARTS, b), &too_long, at)).ok();
            }
            _ => {
                let bytes = vec![d; usize::from(c / 8)];
                call_both!(self, store => store.put_blob(group, select_one(PARTS, b), &bytes, at))
                    .ok();
            }
        }
        call_both!(self, store => store.blob_groups()).ok();
        call_both!(self, store => store.blob(group, select_one(PARTS, b))).ok();
        Ok(())
    }

    pub(super) async fn compare_blobs(&self) -> Result<(), String> {
        call_both!(self, store => store.blob_groups()).ok();
        for group in GROUPS {
            for part in PARTS {
                call_both!(self, store => store.blob(group, part)).ok();
            }
        }
        Ok(())
    }
}
