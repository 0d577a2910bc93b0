//! How a desk is set up: plain values with defaults.

use crate::{
    backend::mailer::Mailbox,
    domain::{letter::Language, models::Budget, routing::Policy, time::Span, words::StemLanguage},
};

/// How a desk is set up.
#[derive(Debug, Clone)]
pub struct DeskSettings {
    /// What the desk is called in mails.
    pub name: String,
    /// Where people reach it, without a slash at the end; links in mails begin with it.
    pub app_url: String,
    /// Who mails come from; none: `tickmate@` and the host of `app_url`. The domain should have a dot: relays refuse others,
    /// and the SMTP adapter greets with it unless it is given a name of its own.
    pub mail_from: Option<Mailbox>,
    /// The language of mails.
    pub language: Language,
    /// Whether people must verify their address before they can do anything else.
    pub require_verified_email: bool,
    /// How many mails go to an address that nobody verified within a day; none: any number.
    pub unverified_mails_per_day: Option<u64>,
    /// How many open tickets somebody who joins the staff takes.
    pub default_capacity: u32,
    /// The most that anybody's capacity can be set to.
    pub max_capacity: u32,
    /// After how long without use a login ends.
    pub session_idle: Span,
    /// After how long a login ends whatever happens.
    pub session_life: Span,
    /// How tickets are given to people, until an admin sets another policy.
    pub policy: Policy,
    /// How long somebody may be away before what was not begun goes back to the queue.
    pub away_limit: Span,
    /// How often [`crate::desk::Jobs::sweep`] looks for what was left behind: at most a minute.
    pub sweep_every: Span,
    /// How long a ticket may need triage before the sweep looks why.
    pub triage_grace: Span,
    /// How models are asked.
    pub models: ModelSettings,
    /// Whether notes tell what staff answered to resolved tickets like the one that is read, whoever asked those: their
    /// titles and answers without addresses, numbers and keys.
    pub tells_similar: bool,
    /// How tickets are searched by words.
    pub search: SearchSettings,
}

/// How tickets are searched by words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSettings {
    /// The languages whose inflected forms are found (`printers` finds `printer`). Texts that were written under other
    /// languages keep the stems of those until they are edited.
    pub languages: Vec<StemLanguage>,
    /// How many searches of this process run at a time; one more is refused with
    /// [`DeskError::Overloaded`](crate::desk::DeskError::Overloaded). With 0 every search is refused.
    pub concurrency: u32,
}

impl Default for SearchSettings {
    /// English and German, 4 searches at a time.
    fn default() -> Self {
        Self {
            languages: vec![StemLanguage::English, StemLanguage::German],
            concurrency: 4,
        }
    }
}

/// How models are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSettings {
    /// How many questions of this process are under way at most, those to all models together. Fewer than the worker
    /// runs jobs, so that slow models hold up nothing else.
    pub concurrency: u32,
    /// What a day's calls (UTC) of all processes may come to.
    pub budget: Budget,
    /// How long after it was written a ticket is left unread for a model that has no time or asks for a moment. After
    /// that the embedded analyzer reads it, and the model once it can.
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
