//! Handles on a desk, which group its use cases by noun. They borrow the desk, and copying them costs nothing.

use super::Desk;

macro_rules! handles {
    ($($(#[doc = $doc:literal])+ $Handle:ident $accessor:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub struct $Handle<'a> {
                pub(super) desk: &'a Desk,
            }
        )+

        impl Desk {$(
            $(#[doc = $doc])+
            pub const fn $accessor(&self) -> $Handle<'_> {
                $Handle { desk: self }
            }
        )+}
    };
}

handles! {
    /// Tickets: written, read, listed, searched, edited, assigned, answered, closed and deleted.
    Tickets tickets;
    /// Users: those of the host's own accounts, what admins change of any, and what moderators set for themselves.
    Users users;
    /// Logins with a password of the desk's own: registration, the first admin, sessions.
    Auth auth;
    /// Routing: its rules, its explanations, and whom the desk lacks.
    Routing routing;
    /// Triage: its rules, reviews of what was read, and the models that read.
    TriageDesk triage;
    /// Jobs: the steps of an engine that drives the desk, and the jobs that died.
    Jobs jobs;
    /// Mails: sent, failed and suppressed ones.
    Mails mails;
    /// The feed of events, as far as an actor may see them.
    Feed feed;
}
