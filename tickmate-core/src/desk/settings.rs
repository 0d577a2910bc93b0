//! Settings of a desk: plain values with defaults.

use crate::{
    backend::mailer::Mailbox,
    domain::{letter::Language, models::Budget, routing::Policy, time::Span, words::StemLanguage},
};

/// Settings of a desk.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// The name of the desk in mails.
    pub name: String,
    /// The base URL of the user interface, without a trailing slash; links in mails begin with it.
    pub app_url: String,
    /// The sender of mails; `None` uses `tickmate@` and the host of `app_url`. The domain should have a dot: relays
    /// refuse others, and the SMTP adapter uses it in its greeting unless it is configured with another name.
    pub mail_from: Option<Mailbox>,
    /// The language of mails.
    pub language: Language,
    /// Whether users must verify their address before any other operation.
    pub require_verified_email: bool,
    /// The maximum number of mails per day to an unverified address; `None` is unlimited.
    pub unverified_mails_per_day: Option<u64>,
    /// The default number of open tickets that a user accepts after joining the staff.
    pub default_capacity: u32,
    /// The highest capacity that a user can be given.
    pub max_capacity: u32,
    /// The idle time after which a login ends.
    pub session_idle: Span,
    /// The time after which a login ends even if it is used.
    pub session_life: Span,
    /// The policy that assigns tickets, until an admin sets another one.
    pub policy: Policy,
    /// How long a user may be away before unstarted tickets return to the backlog.
    pub away_limit: Span,
    /// The interval of [`crate::desk::Jobs::sweep`], which is limited to a minute.
    pub sweep_every: Span,
    /// How long a ticket may need triage before the sweep examines it.
    pub triage_grace: Span,
    /// Settings of the models.
    pub models: ModelSettings,
    /// Whether notes quote what staff answered to similar resolved tickets, of any requester: their titles and answers
    /// without addresses, numbers and keys.
    pub tells_similar: bool,
    /// Settings of the text search.
    pub search: SearchSettings,
}

/// Settings of the text search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSettings {
    /// The languages whose inflected forms are matched (`printers` finds `printer`). Texts that were stored under other
    /// languages keep the stems of those until they are edited.
    pub languages: Vec<StemLanguage>,
    /// The maximum number of concurrent searches of this process; further ones are refused with
    /// [`DeskError::Overloaded`](crate::desk::DeskError::Overloaded). With 0 every search is refused.
    pub concurrency: u32,
}

impl Default for SearchSettings {
    /// Returns English and German, with 4 concurrent searches.
    fn default() -> Self {
        Self {
            languages: vec![StemLanguage::English, StemLanguage::German],
            concurrency: 4,
        }
    }
}

/// Settings of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSettings {
    /// The maximum number of concurrent calls of this process to all models together. Use fewer than the worker runs
    /// jobs, so that slow models do not block other jobs.
    pub concurrency: u32,
    /// The budget of a day (UTC) for the calls of all processes.
    pub budget: Budget,
    /// How long after its creation a ticket may stay unread while a model has no capacity or requests a delay. After
    /// that the embedded analyzer reads it, and the model as soon as it can.
    pub patience: Span,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            budget: Budget::default(),
            patience: Span::seconds(10),
        }
    }
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            name: "TickMate".to_owned(),
            app_url: "http://localhost:5000".to_owned(),
            mail_from: None,
            language: Language::English,
            require_verified_email: false,
            unverified_mails_per_day: Some(200),
            default_capacity: 10,
            max_capacity: 1_000,
            session_idle: Span::days(7),
            session_life: Span::days(30),
            policy: Policy::default(),
            away_limit: Span::minutes(20),
            sweep_every: Span::seconds(5),
            triage_grace: Span::seconds(30),
            models: ModelSettings::default(),
            tells_similar: true,
            search: SearchSettings::default(),
        }
    }
}
