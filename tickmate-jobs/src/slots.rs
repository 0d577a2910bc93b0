//! The jobs that a worker runs at the moment: each class has slots of its own.

use std::{collections::HashMap, future::Future};

use tickmate_core::domain::job_class::{JobClass, PerClass};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

/// The jobs that run.
#[derive(Debug)]
pub(crate) struct Slots {
    running: JoinSet<()>,
    classes: HashMap<Id, JobClass>,
    most: PerClass<u32>,
}

impl Slots {
    /// Slots for so many jobs of each class.
    pub(crate) fn new(most: PerClass<u32>) -> Self {
        Self {
            running: JoinSet::new(),
            classes: HashMap::new(),
            most,
        }
    }

    /// Runs a job in a slot of its class.
    pub(crate) fn spawn(
        &mut self,
        class: JobClass,
        run: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle {
        let handle = self.running.spawn(run);
        self.classes.insert(handle.id(), class);
        handle
    }

    /// How many slots of each class are free, after the jobs that ended have left theirs.
    pub(crate) fn room(&mut self) -> PerClass<u32> {
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.leave(&ended);
        }
        let mut room = self.most;
        for class in self.classes.values() {
            let free = room.get_mut(*class);
            *free = free.saturating_sub(1);
        }
        room
    }

    /// Whether a job of this class runs, as far as [`Self::room`] and the waits below have seen.
    pub(crate) fn runs(&self, class: JobClass) -> bool {
        self.classes.values().any(|running| *running == class)
    }

    /// Waits until one job ends; none where none runs.
    pub(crate) async fn one_ends(&mut self) -> Option<()> {
        let ended = self.running.join_next_with_id().await?;
        self.leave(&ended);
        Some(())
    }

    /// Waits until every job of a class has ended.
    pub(crate) async fn class_ends(&mut self, class: JobClass) {
        while self.runs(class) && self.one_ends().await.is_some() {}
    }

    /// Waits until every job has ended.
    pub(crate) async fn all_end(&mut self) {
        while self.one_ends().await.is_some() {}
    }

    fn leave(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.classes.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn each_class_has_its_slots() {
        let most = PerClass {
            tickets: 2,
            deliveries: 1,
            bulk: 0,
            maintenance: 1,
        };
        let mut slots = Slots::new(most);
        assert_eq!(slots.room(), most);
        let (end, ended) = oneshot::channel::<()>();
        slots.spawn(JobClass::Deliveries, async {
            ended.await.unwrap_or_default();
        });
        let stuck = slots.spawn(JobClass::Tickets, std::future::pending());
        let full = PerClass {
            tickets: 1,
            deliveries: 0,
            ..most
        };
        assert_eq!(slots.room(), full);
        assert!(slots.runs(JobClass::Deliveries));
        end.send(()).unwrap();
        slots.class_ends(JobClass::Deliveries).await;
        assert!(!slots.runs(JobClass::Deliveries) && slots.runs(JobClass::Tickets));
        assert_eq!(slots.room(), PerClass { tickets: 1, ..most });
        stuck.abort();
        slots.all_end().await;
        assert_eq!(slots.room(), most);
        assert_eq!(slots.one_ends().await, None);
    }
}
