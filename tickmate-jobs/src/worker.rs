//! The worker: a caretaker, the lease loop, and the loop that follows changed rules, in one process.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tickmate_core::{
    backend::queue::JobLeases,
    desk::{Desk, Random},
};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{
    Caretaker, InvalidSettings, WorkerSettings,
    caretaker::{caught, pause},
    lease_loop::LeaseLoop,
    run::Runner,
};

/// How often the worker looks for changed rules, so that each process uses them within a second.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

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
        let mut told = stopped.clone();
        let caretaking = caretaker.run(async move {
            // The sender lives until it has sent.
            let _ = told.wait_for(|stop| *stop).await;
        });
        let following = follow_loop(&jobs.runner.desk, stopped.clone());
        let ending = async {
            shutdown.await;
            // Every loop holds a receiver.
            let _sent = stop.send(true);
        };
        tokio::select! {
            ((), (), (), ()) = async { tokio::join!(caretaking, following, jobs.run(stopped), ending) } => {}
            () = jobs.renew_leases() => {}
        }
    }
}

async fn follow_loop(desk: &Desk, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match caught(desk.follow_events()).await {
            Ok(()) => tokio::select! {
                () = sleep(FOLLOW_EVERY) => {}
                _ = stopped.changed() => {}
            },
            Err(error) => {
                tracing::warn!(error = %error, "events could not be followed; trying again");
                pause(&mut stopped).await;
            }
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
