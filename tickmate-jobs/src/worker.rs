//! The worker: a caretaker and the lease loop in one process.

use std::{fmt, future::Future, sync::Arc};

use tickmate_core::{
    backend::queue::JobLeases,
    desk::{Desk, Random},
};
use tokio::sync::{Notify, watch};

use crate::{Caretaker, InvalidSettings, WorkerSettings, lease_loop::LeaseLoop, run::Runner};

/// Runs the jobs of a desk: a caretaker and a lease loop.
pub struct Worker {
    caretaker: Caretaker,
    jobs: LeaseLoop,
}

impl Worker {
    /// Creates a worker for a desk. `queue` must be the queue of the desk.
    ///
    /// # Errors
    /// Returns [`InvalidSettings`] for settings that would lose or repeat work.
    pub fn new(
        desk: Arc<Desk>,
        queue: Arc<dyn JobLeases>,
        random: Random,
        settings: WorkerSettings,
    ) -> Result<Self, InvalidSettings> {
        let enqueued = Arc::new(Notify::new());
        let wake = Arc::clone(&enqueued);
        let caretaker = Caretaker::new(
            Arc::clone(&desk),
            &random,
            settings.clone(),
            Arc::new(move || wake.notify_one()),
        )?;
        let runner = Runner {
            desk,
            queue,
            random,
            settings: Arc::new(settings),
            leases: Arc::default(),
        };
        Ok(Self {
            caretaker,
            jobs: LeaseLoop { runner, enqueued },
        })
    }

    /// Runs until `shutdown` completes. Then it waits for running jobs to end, and releases those that take too long.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stop_signal) = watch::channel(false);
        let Self { caretaker, jobs } = self;
        let mut stopping = stop_signal.clone();
        let caretaking = caretaker.run(async move {
            // The sender lives until it has sent.
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver, so this succeeds.
            let _sent = stop.send(true);
        };
        tokio::select! {
            ((), (), ()) = async { tokio::join!(caretaking, jobs.run(stop_signal), ending) } => {}
            () = jobs.renew_leases() => {}
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.jobs.runner.settings)
            .finish_non_exhaustive()
    }
}
