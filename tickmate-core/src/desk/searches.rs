//! Limits the number of concurrent text searches, so that they leave capacity for other work.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::DeskError;

/// Counts the running searches of this process.
#[derive(Debug)]
pub(super) struct Searches {
    running: Arc<AtomicU32>,
    limit: u32,
}

/// A running search, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct RunningSearch(Arc<AtomicU32>);

impl Searches {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            running: Arc::default(),
            limit,
        }
    }

    /// Starts a search.
    ///
    /// # Errors
    /// [`DeskError::Overloaded`] if the maximum number of searches is running.
    pub(super) fn start(&self) -> Result<RunningSearch, DeskError> {
        let next = |running| (running < self.limit).then_some(running + 1);
        let update = self
            .running
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        match update {
            Ok(_) => Ok(RunningSearch(Arc::clone(&self.running))),
            Err(_) => Err(DeskError::Overloaded),
        }
    }
}

impl Drop for RunningSearch {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_searches_run_as_may() {
        let searches = Searches::new(2);
        let first = searches.start().unwrap();
        let second = searches.start().unwrap();
        assert!(matches!(searches.start(), Err(DeskError::Overloaded)));
        drop(first);
        let third = searches.start().unwrap();
        assert!(matches!(searches.start(), Err(DeskError::Overloaded)));
        drop((second, third));
        assert!(searches.start().is_ok());
        assert!(Searches::new(0).start().is_err());
    }
}
