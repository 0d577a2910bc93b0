//! Named points at which the crash harness may end the process. Without the feature `failpoints` they are nothing.

/// Every point there is, in the order of a ticket's life.
pub const NAMES: &[&str] = &[
    "ticket.before_create",
    "ticket.after_create",
    "relay.before_enqueue",
    "relay.after_enqueue",
    "relay.after_mark",
    "handlers.before_enqueue",
    "handlers.after_enqueue",
    "handlers.after_move",
    "job.claimed",
    "job.started",
    "triage.before_read",
    "triage.answered",
    "triage.stored",
    "route.before_claim",
    "route.claimed",
    "mail.rendered",
    "mail.before_send",
    "mail.accepted",
    "mail.noted",
    "reply.before_write",
    "reply.written",
    "job.ran",
    "job.finished",
    "writer.before_commit",
    "writer.after_commit",
    "login.session",
    "token.used",
];

#[cfg(feature = "failpoints")]
static HOOK: std::sync::OnceLock<fn(&'static str)> = std::sync::OnceLock::new();

/// Calls this at each point from now on. Only the first hook counts.
#[cfg(feature = "failpoints")]
pub fn set_hook(hook: fn(&'static str)) {
    // A second hook is refused by the lock, as documented.
    let _first = HOOK.set(hook);
}

/// Passes a point.
#[inline]
pub fn hit(name: &'static str) {
    #[cfg(feature = "failpoints")]
    if let Some(hook) = HOOK.get() {
        hook(name);
    }
    #[cfg(not(feature = "failpoints"))]
    let _unused = name;
}
