//! The desk under test: SQLite, the worker and the REST API in one process, which may kill itself.

mod engine;
pub(crate) mod failpoint;
mod handler;
mod llm;
mod mailer;

use std::{
    future::Future,
    io::{Read, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use tickmate::{
    backend::{llm::Llm, queue::JobQueue},
    desk::Desk,
    domain::{
        job_class::PerClass,
        retry::{Backoff, RetryPolicy},
    },
    http::{HttpSettings, router},
    jobs::{Caretaker, CpuPool, JobRunner, Worker, WorkerSettings},
    sqlite::{SqliteSettings, SqliteStore},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use self::{engine::WakingQueue, handler::PeerHandler, llm::PeerLlm, mailer::PeerMailer};
use crate::{
    args::{DeskArgs, Engine},
    failure::Failure,
    host,
    sabotage::Seams,
};

/// Serves until SIGTERM, until it is killed, or until its parent has ended.
pub(crate) async fn run(args: DeskArgs) -> Result<(), Failure> {
    end_with_parent()?;
    if let Some(fail) = args.fail {
        failpoint::arm(fail);
    }
    let store = SqliteStore::open(&SqliteSettings::new(&args.db)).await?;
    let seams = Seams {
        store: Arc::new(store.clone()),
        queue: Arc::new(store.queue(host::clock())),
        mailer: Arc::new(PeerMailer::new(&args.peer, args.mail)?),
    };
    let seams = match args.sabotage {
        Some(sabotage) => sabotage.apply(seams),
        None => seams,
    };
    let llm: Arc<dyn Llm> = Arc::new(PeerLlm::new(&args.peer)?);
    let settings = worker_settings(args.max_crashes);
    let (waking_queue, wake_ups) = WakingQueue::new(Arc::clone(&seams.queue));
    let queue: Arc<dyn JobQueue> = match args.engine {
        Engine::Leases => Arc::clone(&seams.queue) as _,
        Engine::Keys => Arc::new(waking_queue),
    };
    let pool = CpuPool::start()?;
    let builder = host::desk(seams.store, seams.mailer, queue, pool.cpu_executor())
        .llm(llm)
        .on_events(Arc::new(PeerHandler::new(&args.peer)?));
    let desk = Arc::new(builder.build()?);

    let (stop, stop_signal) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        terminate.recv().await;
        // The receivers are dropped once everything has ended.
        let _ = stop.send(true);
    });
    let shutdown = wait_for_stop(stop_signal.clone()).shared();
    let (job_leases, random) = (seams.queue, host::random());
    let engine = match args.engine {
        Engine::Leases => {
            let worker = Worker::new(Arc::clone(&desk), job_leases, random, settings)?;
            tokio::spawn(worker.run(shutdown))
        }
        Engine::Keys => {
            let caretaker = Caretaker::new(
                Arc::clone(&desk),
                &random,
                settings.clone(),
                Arc::new(|| {}),
            )?;
            let runner =
                JobRunner::new(Arc::clone(&desk), Arc::clone(&job_leases), random, settings)?;
            let desk = Arc::clone(&desk);
            let run = engine::run(desk, job_leases, runner, caretaker, wake_ups, shutdown);
            tokio::spawn(run)
        }
    };
    serve(desk, wait_for_stop(stop_signal)).await?;
    engine.await?;
    store.close().await?;
    Ok(())
}

/// Returns settings with short leases, so that the next process continues soon, and with the given limit of crashes.
fn worker_settings(max_crashes: u32) -> WorkerSettings {
    WorkerSettings {
        concurrency: PerClass::of(|_| 4),
        lease: Duration::from_secs(1),
        heartbeat: Duration::from_millis(300),
        job_timeout: Duration::from_secs(10),
        poll: Duration::from_millis(100),
        drain: Duration::from_secs(1),
        lead: Duration::from_secs(1),
        retry: RetryPolicy {
            max_errors: 30,
            max_crashes,
            own: Backoff::QUICK,
            deliveries: Backoff::QUICK,
        },
    }
}

async fn serve(
    desk: Arc<Desk>,
    stop_signal: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    let app =
        router(desk, HttpSettings::default()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(stop_signal)
        .await?;
    Ok(())
}

/// Waits for the signal to stop.
async fn wait_for_stop(mut stop_signal: watch::Receiver<bool>) {
    // The sender lives until it has sent the signal.
    let _ = stop_signal.wait_for(|stop| *stop).await;
}

/// Ends this process when the parent has ended: the parent holds the write end of this process's standard input.
fn end_with_parent() -> Result<(), Failure> {
    std::thread::Builder::new().spawn(|| {
        let mut rest = Vec::new();
        // Both end of file and an error mean that the parent has ended.
        let _ = std::io::stdin().read_to_end(&mut rest);
        std::process::exit(3);
    })?;
    Ok(())
}
