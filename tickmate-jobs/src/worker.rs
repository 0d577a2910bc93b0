//! The worker: a caretaker and the lease loop in one process.

use std::{fmt, future::Future, sync::Arc};

use tickmate_core::{
    backend::queue::JobLeases,
    desk::{Desk, Random},
};
use tokio::sync::{Notify, watch};

use crate::{Caretaker, InvalidSettings, WorkerSettings, lease_loop::LeaseLoop, run::Runner};

/// Drives a desk.
pub struct Worker {
    caretaker: Caretaker,
    jobs: LeaseLoop,
}

impl Worker {
    /// A worker for this desk, which runs what is in this queue: the desk's own.
    ///
    /// # Errors
    /// [`InvalidSettings`] that would lose or repeat work.
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

    /// Works until `shutdown` is done, then lets running jobs end, and gives back those that take too long.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopped) = watch::channel(false);
        let Self { caretaker, jobs } = self;
        let mut stopping = stopped.clone();
        let caretaking = caretaker.run(async move {
            // The sender lives until it has sent.
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver.
            let _sent = stop.send(true);
        };
        tokio::select! {
            ((), (), ()) = async { tokio::join!(caretaking, jobs.run(stopped), ending) } => {}
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
