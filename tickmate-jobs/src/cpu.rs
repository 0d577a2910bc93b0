//! A few threads for CPU-heavy work, with a short queue: what does not fit is refused at once.

use std::{
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use tickmate_core::desk::{CpuExecutor, CpuExecutorFull, Work};

/// How much work waits at most when nobody says otherwise.
const WAITING: usize = 16;

/// Threads for CPU-heavy work. They end once every [`CpuExecutor`] of the pool is gone.
#[derive(Debug, Clone)]
pub struct CpuPool {
    sender: SyncSender<Work>,
}

impl CpuPool {
    /// Starts as many threads as the machine has cores, with a queue of 16.
    ///
    /// # Errors
    /// What keeps the system from starting a thread.
    pub fn start() -> std::io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with(cores, WAITING)
    }

    /// Starts so many threads, at least one, with a queue of this length.
    ///
    /// # Errors
    /// What keeps the system from starting a thread.
    pub fn with(threads: usize, waiting: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(waiting);
        let receiver = Arc::new(Mutex::new(receiver));
        for index in 0..threads.max(1) {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("tickmate-cpu-{index}"))
                .spawn(move || work(&receiver))?;
        }
        Ok(Self { sender })
    }

    /// The pool as a desk wants it.
    pub fn cpu_executor(&self) -> CpuExecutor {
        let sender = self.sender.clone();
        Arc::new(move |work| sender.try_send(work).map_err(|_| CpuExecutorFull))
    }
}

fn work(receiver: &Mutex<Receiver<Work>>) {
    loop {
        let next = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = next else {
            return;
        };
        // A panic is the work's own failure: whoever waits for it sees that no answer comes.
        let _panicked = catch_unwind(AssertUnwindSafe(work));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let cpu_executor = CpuPool::with(1, 1).unwrap().cpu_executor();
        let (started, wait_started) = channel();
        let (release, wait_release) = channel::<()>();
        cpu_executor(Box::new(move || {
            started.send(()).unwrap();
            wait_release.recv().unwrap_or_default();
        }))
        .unwrap();
        wait_started.recv().unwrap();
        cpu_executor(Box::new(|| {})).unwrap();
        assert_eq!(cpu_executor(Box::new(|| {})), Err(CpuExecutorFull));
        release.send(()).unwrap();
    }

    #[test]
    fn a_panic_ends_no_thread() {
        let cpu_executor = CpuPool::with(1, 4).unwrap().cpu_executor();
        cpu_executor(Box::new(|| panic!("of this work alone"))).unwrap();
        let (sender, receiver) = channel();
        cpu_executor(Box::new(move || sender.send(7).unwrap())).unwrap();
        assert_eq!(receiver.recv(), Ok(7));
    }
}
