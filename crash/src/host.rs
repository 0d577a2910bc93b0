//! What the harness lends the desk as its host: clock, random bytes, a secret and settings that fit short lives.

use std::sync::Arc;

use tickmate::{
    backend::{mailer::Mailer, queue::JobQueue, store::Store},
    desk::{Clock, CpuExecutor, Desk, DeskBuilder, DeskSecret, DeskSettings, Random},
    domain::time::{Span, Timestamp},
};

use crate::failure::Failure;

/// The same for every life of the desk, so that logins and links outlive it. It guards nothing: the desk is
/// reached on the loopback device alone, and for the time of a run.
const SECRET: &[u8] = b"a secret of the crash harness, known to everybody";

/// The time of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness is the host that passes the time in"
)]
pub(crate) fn now() -> Timestamp {
    chrono::Utc::now()
}

/// The desk's clock.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// The desk's source of random bytes.
pub(crate) fn random() -> Random {
    Arc::new(fill)
}

/// Some random bytes.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        // Without random bytes the desk can't go on; a process that ends by itself is reported by the harness.
        std::process::abort();
    }
}

/// The name of the event handler of the desk under test.
pub(crate) const HANDLER: &str = "parent";
/// The name of the value in the store that holds the handler's position.
pub(crate) const HANDLER_POSITION: &str = "handler.parent";

/// What a desk over these seams is built with.
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

/// Lives of a second need a desk that looks after itself as often.
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

/// Lets the HTTP client be built: it asks for a provider of TLS even where none is used.
pub(crate) fn install_tls() -> Result<(), Failure> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| Failure::new("a provider of TLS is there already"))
}
