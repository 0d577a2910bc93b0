//! The running jobs of a worker: each class has its own slots.

use std::{collections::HashMap, future::Future};

use tickmate_core::domain::job_class::{JobClass, PerClass};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

/// The running jobs.
#[derive(Debug)]
pub(crate) struct Slots {
    running: JoinSet<()>,
    classes: HashMap<Id, JobClass>,
    capacity: PerClass<u32>,
}

impl Slots {
    /// Creates slots for this many jobs of each class.
    pub(crate) fn new(capacity: PerClass<u32>) -> Self {
        Self {
            running: JoinSet::new(),
            classes: HashMap::new(),
            capacity,
        }
    }

    /// Spawns a job in a slot of its class.
    pub(crate) fn spawn(
        &mut self,
        class: JobClass,
        run: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle {
        let handle = self.running.spawn(run);
        self.classes.insert(handle.id(), class);
        handle
    }

    /// Frees the slots of ended jobs, and returns the number of free slots of each class.
    pub(crate) fn free_slots(&mut self) -> PerClass<u32> {
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.free_slot(&ended);
        }
        let mut room = self.capacity;
        for class in self.classes.values() {
            let free = room.get_mut(*class);
            *free = free.saturating_sub(1);
        }
        room
    }

    /// Returns whether a job of this class runs. Ended jobs are only noticed by [`Self::free_slots`] and the waits
    /// below.
    pub(crate) fn runs(&self, class: JobClass) -> bool {
        self.classes.values().any(|running| *running == class)
    }

    /// Waits until one job ends. Returns `None` if no job runs.
    pub(crate) async fn wait_for_one(&mut self) -> Option<()> {
        let ended = self.running.join_next_with_id().await?;
        self.free_slot(&ended);
        Some(())
    }

    /// Waits until all jobs of a class have ended.
    pub(crate) async fn wait_for_class(&mut self, class: JobClass) {
        while self.runs(class) && self.wait_for_one().await.is_some() {}
    }

    /// Waits until all jobs have ended.
    pub(crate) async fn wait_for_all(&mut self) {
        while self.wait_for_one().await.is_some() {}
    }

    fn free_slot(&mut self, ended: &Result<(Id, ()), JoinError>) {
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
        let capacity = PerClass {
            tickets: 2,
            deliveries: 1,
            bulk: 0,
            maintenance: 1,
        };
        let mut slots = Slots::new(capacity);
        assert_eq!(slots.free_slots(), capacity);
        let (end, ended) = oneshot::channel::<()>();
        slots.spawn(JobClass::Deliveries, async {
            ended.await.unwrap_or_default();
        });
        let stuck = slots.spawn(JobClass::Tickets, std::future::pending());
        let full = PerClass {
            tickets: 1,
            deliveries: 0,
            ..capacity
        };
        assert_eq!(slots.free_slots(), full);
        assert!(slots.runs(JobClass::Deliveries));
        end.send(()).unwrap();
        slots.wait_for_class(JobClass::Deliveries).await;
        assert!(!slots.runs(JobClass::Deliveries) && slots.runs(JobClass::Tickets));
        assert_eq!(
            slots.free_slots(),
            PerClass {
                tickets: 1,
                ..capacity
            }
        );
        stuck.abort();
        slots.wait_for_all().await;
        assert_eq!(slots.free_slots(), capacity);
        assert_eq!(slots.wait_for_one().await, None);
    }
}
