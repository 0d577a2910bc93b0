//! Jobs of a kind that this version does not know: admins see and retry them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::json;
use tickmate_core::{
    backend::queue::{JobQueue, QueueError},
    domain::{
        job::{DeadJob, DeadPlace, DeathCause, JobKey, NewJob, QueueDepth},
        page::Page,
        time::{Timestamp, from_micros},
    },
};

use crate::api::world::World;

/// A queue that a newer version filled: three jobs of a new kind wait, and one is dead.
#[derive(Default)]
struct Newer {
    replayed: Mutex<Vec<JobKey>>,
}

impl Newer {
    fn dreams(&self) -> Vec<DeadJob> {
        let key = JobKey::new("dream.1");
        let is_dead = !self.replayed.lock().unwrap().contains(&key);
        let dream = DeadJob {
            key,
            kind: "dream".to_owned(),
            job: None,
            cause: DeathCause::Errors,
            errors: 8,
            crashes: 0,
            last_error: None,
            died_at: from_micros(0),
        };
        is_dead.then_some(dream).into_iter().collect()
    }
}

#[async_trait]
impl JobQueue for Newer {
    async fn enqueue(&self, _: &[NewJob]) -> Result<(), QueueError> {
        Ok(())
    }

    async fn dead(&self, _: Option<DeadPlace>, _: u32) -> Result<Page<DeadJob>, QueueError> {
        Ok(Page {
            items: self.dreams(),
            more: false,
        })
    }

    async fn deaths(&self, _: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        Ok(self.dreams())
    }

    async fn replay(&self, key: &JobKey, _: Timestamp) -> Result<bool, QueueError> {
        self.replayed.lock().unwrap().push(key.clone());
        Ok(true)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        Ok(QueueDepth {
            ready: 4,
            unknown: 3,
            ..QueueDepth::default()
        })
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        Ok(BTreeMap::new())
    }

    async fn clean(&self, _: Timestamp) -> Result<u64, QueueError> {
        Ok(0)
    }

    async fn overdue(&self, _: Timestamp, _: u32) -> Result<Vec<JobKey>, QueueError> {
        Ok(Vec::new())
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

#[tokio::test]
async fn jobs_of_an_unknown_kind_are_shown_and_retried_by_their_kind() {
    let world = World::with_queue(Arc::new(Newer::default()));
    let admin = world.admin().await;
    let shown = async || world.get("/api/admin/jobs").by(&admin).send().await;
    let retry = async |kind: &str| {
        let call = world.post("/api/admin/jobs/retry").by(&admin);
        call.json(&json!({ "kind": kind })).send().await
    };
    let before = shown().await;
    assert_eq!(before.body["depth"]["ready"], 4);
    assert_eq!(before.body["depth"]["unknown"], 3);
    assert_eq!(before.body["dead"][0]["kind"], "dream");
    assert_eq!(retry("triage").await.body["retried"], 0);
    assert_eq!(retry("dream").await.body["retried"], 1);
    assert_eq!(shown().await.body["dead"], json!([]));
    assert_eq!(retry("dream").await.status, 422, "no dead job has the kind");
}
