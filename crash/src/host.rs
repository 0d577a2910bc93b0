//! The parts that the harness provides as the host of the desk: clock, random bytes, a secret, and settings for short
//! process lives.

use std::sync::Arc;

use tickmate::{
    backend::{mailer::Mailer, queue::JobQueue, store::Store},
    desk::{Clock, CpuExecutor, Desk, DeskBuilder, DeskSecret, DeskSettings, Random},
    domain::time::{Span, Timestamp},
};

use crate::failure::Failure;

/// The same for every process of the desk, so that logins and links stay valid after a kill. It protects nothing: the
/// desk is only reachable on the loopback device, for the duration of a run.
const SECRET: &[u8] = b"a secret of the crash harness, known to everybody";

/// Returns the time of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness is the host that passes the time in"
)]
pub(crate) fn now() -> Timestamp {
    chrono::Utc::now()
}

/// Returns the clock of the desk.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// Returns the source of random bytes of the desk.
pub(crate) fn random() -> Random {
    Arc::new(fill)
}

/// Returns random bytes.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        // The desk can't work without random bytes. The harness reports a process that ends by itself.
        std::process::abort();
    }
}

/// The name of the event handler of the desk under test.
pub(crate) const HANDLER: &str = "parent";
/// The name of the value in the store that holds the handler's position.
pub(crate) const HANDLER_POSITION: &str = "handler.parent";

/// Returns a builder for a desk on these back ends.
pub(crate) fn desk(
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    queue: Arc<dyn JobQueue>,
    cpu_executor: CpuExecutor,
) -> DeskBuilder {
    Desk::builder(store, mailer, queue)
        .clock(clock())
        .random(random())
        .cpu_executor(cpu_executor)
        .secret(DeskSecret::new(SECRET))
        .settings(settings())
}

/// Returns settings for processes that live about a second, so the desk must sweep as often.
fn settings() -> DeskSettings {
    DeskSettings {
        app_url: "http://desk.test".to_owned(),
        require_verified_email: true,
        max_capacity: 1_000_000,
        sweep_every: Span::seconds(1),
        triage_grace: Span::seconds(2),
        ..DeskSettings::default()
    }
}

/// Installs a TLS provider, which the HTTP client requires even without TLS.
pub(crate) fn install_tls() -> Result<(), Failure> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| Failure::new("a TLS provider is already installed"))
}
