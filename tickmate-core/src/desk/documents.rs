//! Documents: large values of the desk, each under a pointer `<version>:<name>` that is replaced by compare-and-set,
//! so that no write overwrites a concurrent one unseen.

use super::{Desk, DeskError};

impl Desk {
    /// Returns the document that a pointer points to; none where the pointer was replaced.
    pub(super) async fn document(&self, pointer: &str) -> Result<Option<String>, DeskError> {
        let name = pointer
            .split_once(':')
            .and_then(|(version, name)| version.parse::<u64>().is_ok().then_some(name));
        let unreadable = DeskError::Internal("a pointer in the store can't be read");
        Ok(self.store.value(name.ok_or(unreadable)?).await?)
    }

    /// Puts a document into the place of the one that `before` points to, unless somebody was faster, and answers the
    /// new pointer if it did.
    pub(super) async fn replace_document(
        &self,
        name: &str,
        before: Option<&str>,
        version: u64,
        text: &str,
    ) -> Result<Option<String>, DeskError> {
        let unique = uuid::Builder::from_random_bytes(self.random_bytes()).into_uuid();
        let place = format!("{name}.{}", unique.simple());
        self.store.put_value(&place, Some(text)).await?;
        let pointer = format!("{version}:{place}");
        let replaced = self.store.replace_value(name, before, &pointer).await?;
        let unused = match replaced {
            true => before.and_then(|pointer| pointer.split_once(':')),
            false => Some(("", place.as_str())),
        };
        if let Some((_, unused)) = unused {
            self.store.put_value(unused, None).await?;
        }
        Ok(replaced.then_some(pointer))
    }
}
