//! The hook that kills the process at one hit of one failpoint: immediately, without any cleanup.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use rustix::process::{Signal, getpid, kill_process};
use tickmate_core::failpoint;

use crate::args::FailAt;

static PLAN: OnceLock<FailAt> = OnceLock::new();
static HITS: AtomicU32 = AtomicU32::new(0);

/// Kills this process at the given hit.
pub(crate) fn arm(fail: FailAt) {
    // This is called only once, before any work starts.
    let _ = PLAN.set(fail);
    failpoint::set_hook(hook);
}

fn hook(name: &'static str) {
    let is_planned = PLAN.get().is_some_and(|plan| {
        plan.name == name && HITS.fetch_add(1, Ordering::SeqCst) + 1 == plan.hit
    });
    if is_planned {
        // A process can always send itself SIGKILL. If the signal is delayed, the thread must not continue.
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}
