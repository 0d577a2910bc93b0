//! Whether the process lives and can serve.

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use tickmate_core::{
    backend::queue::{JobQueue, QueueError},
    domain::{
        job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
        page::Page,
        time::Timestamp,
    },
};

use crate::world::World;

#[tokio::test]
async fn a_desk_in_order_is_ready() {
    let world = World::new();
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = world.get(path).send().await;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &status.into())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_answer_is_not_waited_for() {
    let world = World::with_queue(Arc::new(Silent));
    assert_eq!(world.get("/healthz").send().await.status, 200);
    let before = tokio::time::Instant::now();
    let answer = world.get("/readyz").send().await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    assert!(before.elapsed().as_millis() <= 500);
}

#[tokio::test]
async fn a_queue_that_fails_is_told_without_its_words() {
    let world = World::with_queue(Arc::new(Broken));
    let answer = world.get("/readyz").send().await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert!(!answer.text.contains("secret host"), "{}", answer.text);
}

struct Silent;
struct Broken;

macro_rules! queue {
    ($name:ident, $answer:expr) => {
        #[async_trait]
        impl JobQueue for $name {
            async fn enqueue(&self, _: &[NewJob]) -> Result<(), QueueError> {
                $answer
            }
            async fn dead(
                &self,
                _: Option<DeadPlace>,
                _: u32,
            ) -> Result<Page<DeadJob>, QueueError> {
                $answer
            }
            async fn deaths(&self, _: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
                $answer
            }
            async fn replay(&self, _: &JobKey, _: Timestamp) -> Result<bool, QueueError> {
                $answer
            }
            async fn depth(&self) -> Result<QueueDepth, QueueError> {
                $answer
            }
            async fn clean(&self, _: Timestamp) -> Result<u64, QueueError> {
                $answer
            }
            async fn overdue(&self, _: Timestamp, _: u32) -> Result<Vec<JobKey>, QueueError> {
                $answer
            }

            async fn ping(&self) -> Result<(), QueueError> {
                $answer
            }
        }
    };
}

queue!(Silent, pending().await);
queue!(Broken, Err(QueueError::Unavailable("secret host".into())));
