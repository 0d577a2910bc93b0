//! Whether the process lives and can serve.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use tickmate_core::{
    backend::queue::{JobQueue, QueueError},
    domain::{
        job::{DeadJob, DeadPlace, JobKey, NewJob, QueueDepth},
        page::Page,
        time::Timestamp,
    },
};

use crate::{failing_store::FailingStore, world::World};

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
async fn an_outage_of_the_queue_is_reported_without_its_message() {
    let world = World::with_queue(Arc::new(Broken));
    let answer = world.get("/readyz").send().await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert!(!answer.text.contains("secret host"), "{}", answer.text);
}

#[tokio::test(start_paused = true)]
async fn a_desk_is_not_ready_from_a_failed_write_until_a_probe_write_succeeds() {
    let failing = Mutex::new(None);
    let world = World::with_store(|store| {
        let store = Arc::new(FailingStore::new(Arc::new(store)));
        *failing.lock().unwrap() = Some(Arc::clone(&store));
        store
    });
    let store = failing.into_inner().unwrap().unwrap();
    let ann = world.requester().await;
    let is_ready = async || world.get("/readyz").send().await.status == 200;
    let second = Duration::from_secs(1);
    assert!(is_ready().await);
    store.set_full(true);
    assert!(is_ready().await, "no write has failed yet");
    let draft = json!({"title": "Printer", "description": "It jams."});
    let refused = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    let answer = world.get("/readyz").send().await;
    assert_eq!(answer.refusal(), (503, "unavailable"));
    assert_eq!(world.get("/healthz").send().await.status, 200);
    tokio::time::advance(second).await;
    assert!(!is_ready().await, "the probe fails too");
    // Room alone is no proof: a probe must succeed, and the next one is due a second after the last.
    store.set_full(false);
    assert!(!is_ready().await);
    tokio::time::advance(second).await;
    assert!(is_ready().await);
    let created = world
        .post("/api/tickets")
        .by(&ann)
        .json(&draft)
        .send()
        .await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert!(is_ready().await);
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
            async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
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
