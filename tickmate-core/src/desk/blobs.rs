//! Large values of the desk: bytes in parts, under a pointer `<version>:<group>:<parts>` that is replaced only if it
//! has not changed since it was read. The parts of a new value are written before the pointer, and the old parts are
//! removed after it.

use super::{Desk, DeskError};
use crate::{
    backend::store::MAX_BLOB_PART,
    domain::time::{Span, Timestamp, has_passed},
};

/// Parts that no pointer refers to are removed at this age: younger ones may belong to a value that is being written.
const UNREACHABLE_AFTER: Span = Span::days(1);

/// The location of a value's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer<'a> {
    version: u64,
    group: &'a str,
    parts: u32,
}

impl<'a> Pointer<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (version, rest) = text.split_once(':')?;
        let (group, parts) = rest.rsplit_once(':')?;
        Some(Self {
            version: version.parse().ok()?,
            group,
            parts: parts.parse().ok()?,
        })
    }
}

impl Desk {
    /// Returns the bytes that a pointer refers to; `None` if a part is missing or the text is not a pointer.
    pub(super) async fn blob(&self, pointer: &str) -> Result<Option<Vec<u8>>, DeskError> {
        let Some(pointer) = Pointer::parse(pointer) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        for part in 0..pointer.parts {
            match self.store.blob(pointer.group, part).await? {
                Some(part) => bytes.extend(part),
                None => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }

    /// Replaces the bytes that `before` refers to, and returns the new pointer; `None` if a concurrent write replaced
    /// them.
    pub(super) async fn replace_blob(
        &self,
        name: &str,
        before: Option<&str>,
        bytes: &[u8],
    ) -> Result<Option<String>, DeskError> {
        let unique = uuid::Builder::from_random_bytes(self.random_bytes()).into_uuid();
        let group = format!("{name}.{}", unique.simple());
        let mut parts = 0_u32;
        for part in bytes.chunks(MAX_BLOB_PART) {
            self.store.put_blob(&group, parts, part, self.now()).await?;
            parts += 1;
        }
        let old = before.and_then(Pointer::parse);
        let version = before.and_then(version_of).unwrap_or_default() + 1;
        let pointer = format!("{version}:{group}:{parts}");
        let replaced = self.store.replace_value(name, before, &pointer).await?;
        let unused = match replaced {
            true => old.map(|old| old.group),
            false => Some(group.as_str()),
        };
        if let Some(unused) = unused {
            self.remove_group(unused).await?;
        }
        Ok(replaced.then_some(pointer))
    }

    /// Removes all parts of a group, and returns their number.
    async fn remove_group(&self, group: &str) -> Result<u64, DeskError> {
        let mut removed = 0;
        loop {
            match self.store.remove_blobs(group).await? {
                0 => return Ok(removed),
                some => removed += some,
            }
        }
    }

    /// Removes parts that no pointer refers to, which remain if a process ended between two writes. Returns how many it
    /// removed.
    pub(super) async fn clean_blobs(&self, now: Timestamp) -> Result<u64, DeskError> {
        let mut removed = 0;
        for group in self.store.blob_groups().await? {
            if !has_passed(UNREACHABLE_AFTER, group.put_at, now) {
                continue;
            }
            let name = group.name.rsplit_once('.').map_or("", |(name, _)| name);
            let pointer = self.store.value(name).await?;
            let is_used = pointer
                .as_deref()
                .and_then(Pointer::parse)
                .is_some_and(|pointer| pointer.group == group.name);
            if !is_used {
                removed += self.remove_group(&group.name).await?;
            }
        }
        Ok(removed)
    }
}

/// Returns how many times a value was replaced, according to its pointer.
pub(super) fn version_of(pointer: &str) -> Option<u64> {
    pointer.split_once(':')?.0.parse().ok()
}
