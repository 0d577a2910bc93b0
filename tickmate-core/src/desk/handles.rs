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
    /// Tickets: create, read, list, search, edit, assign, reply, close and delete.
    Tickets tickets;
    /// Users: the host's own accounts, changes by admins, and the own settings of moderators.
    Users users;
    /// Logins with the desk's own passwords: registration, the first admin, sessions.
    Auth auth;
    /// Routing: its rules, its explanations, and staffing figures.
    Routing routing;
    /// Triage: its rules, reviews of analyses, and the models.
    TriageDesk triage;
    /// Jobs: the steps of an engine that drives the desk, and the dead jobs.
    Jobs jobs;
    /// Mails: sent, failed and suppressed ones.
    Mails mails;
    /// The feed of events, as far as an actor may see them.
    Feed feed;
}
