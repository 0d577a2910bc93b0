//! The use cases of the desk, one per file. Each takes an [`Actor`], checks the table in [`crate::domain::access`], and
//! changes the store in one atomic write together with its event.

mod accounts;
mod authorize;
mod blobs;
mod error;
mod feed;
mod handlers;
mod handles;
mod host;
mod jobs;
mod joined;
mod lead;
mod learning;
mod mails;
mod readable;
mod routing;
mod rules_cache;
mod searches;
mod secret;
mod settings;
mod tickets;
mod triage;
mod writes;

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError, atomic::AtomicBool},
};

pub use accounts::{
    AvailabilityPatch, Caller, Credentials, FirstAdmin, Identified, LoggedIn, NewPerson,
    PersonPatch, Registration,
};
pub use authorize::{TicketTarget, VisibleTicket};
pub use error::{BuildError, DeskError};
pub use feed::{Changes, FeedEntry, FeedPage};
pub use handlers::{Audience, EventHandler, EventNotice, HandlerError, HandlerFn, Start};
pub use handles::{Auth, Feed, Jobs, Mails, Routing, Tickets, TriageDesk, Users};
pub use host::{Clock, CpuExecutor, CpuExecutorFull, HostFunctions, Random, Work};
pub use jobs::{DeadJobQuery, JobError, Relayed, Swept};
pub use learning::LearnerStatus;
pub use mails::MailFigures;
pub use routing::{
    BacklogFigures, BacklogOverview, CandidateView, CandidatesNow, CoveredAlone, DecisionView,
    Explanation, LaneSummary, Listed, Missing, Preview, ReplayReport, ReplayRequest, ReplayRun,
    RoutingPatch, RoutingView, Staffing, Uncovered,
};
pub use secret::DeskSecret;
pub use settings::{DeskSettings, ModelSettings, SearchSettings};
pub use tickets::{
    AssignTo, HistoryEntry, Imported, ImportedTicket, ListQuery, Person, Replied, ReplyDraft,
    ReplyView, RequestId, Submitted, Summary, TicketDetail, TicketDraft, TicketPatch, TicketView,
};
pub use triage::{
    ApplyPatch, CallsQuery, ModelState, Review, TriageOverview, TriagePatch, TriageView,
};

pub use crate::domain::ticket_ref::TicketRef;

use crate::{
    backend::{IntoArc, llm::Llm, mailer::Mailer, queue::JobQueue, store::Store},
    domain::{
        access::Actor,
        id::UserId,
        lexical::Lexicon,
        skill::Vocabulary,
        time::{Timestamp, to_micros_precision},
        triage::{ExtraField, PromptTexts},
        words::Tokenizer,
    },
};

/// The ticket desk.
pub struct Desk {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    queue: Arc<dyn JobQueue>,
    models: triage::Models,
    extra_fields: Vec<ExtraField>,
    prompt_texts: PromptTexts,
    clock: Clock,
    random: Random,
    cpu_executor: CpuExecutor,
    keys: secret::Keys,
    feed_key: feed::CursorKey,
    shipped: Arc<Vocabulary>,
    /// The fingerprint of the shipped dictionary, once it was computed.
    fingerprint: OnceLock<String>,
    lexicon: Arc<Lexicon>,
    settings: DeskSettings,
    tokenizer: Tokenizer,
    searches: searches::Searches,
    rules: routing::RoutingRulesCache,
    triaging: triage::TriageRulesCache,
    followed: rules_cache::FollowedEvents,
    learner: learning::Learner,
    /// Joins the callers that follow the events for the analyzer.
    follows_learning: joined::JoinedWork,
    index: routing::Keeper,
    /// Joins the callers that follow the events for the index.
    follows_roster: joined::JoinedWork,
    replays: routing::Replays,
    /// The last assignee that a sweep examined.
    last_holder: Mutex<Option<UserId>>,
    /// The progress of the sweep's walk over the dead jobs that send mails.
    dead_jobs_walk: Mutex<jobs::DeadJobsWalk>,
    /// Whether the store may hold the start of an outage of the mail provider.
    mail_outage_possible: AtomicBool,
    handlers: Vec<handlers::Registered>,
    listeners: feed::Listeners,
    on_commit: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

/// Builds a desk.
pub struct DeskBuilder {
    store: Arc<dyn Store>,
    mailer: Arc<dyn Mailer>,
    queue: Arc<dyn JobQueue>,
    models: Vec<Arc<dyn Llm>>,
    extra_fields: Vec<ExtraField>,
    prompt_texts: PromptTexts,
    clock: Option<Clock>,
    random: Option<Random>,
    cpu_executor: Option<CpuExecutor>,
    secret: Option<DeskSecret>,
    vocabulary: Option<Vocabulary>,
    lexicon: Option<Lexicon>,
    handlers: Vec<Arc<dyn EventHandler>>,
    settings: DeskSettings,
}

impl Desk {
    /// Makes a builder of a desk on these three back ends, each by value or in an `Arc`.
    ///
    /// A host (clock, random bytes, CPU executor) and a secret are required too.
    pub fn builder(
        store: impl IntoArc<dyn Store>,
        mailer: impl IntoArc<dyn Mailer>,
        queue: impl IntoArc<dyn JobQueue>,
    ) -> DeskBuilder {
        DeskBuilder {
            store: store.into_arc(),
            mailer: mailer.into_arc(),
            queue: queue.into_arc(),
            models: Vec::new(),
            extra_fields: Vec::new(),
            prompt_texts: PromptTexts::default(),
            clock: None,
            random: None,
            cpu_executor: None,
            secret: None,
            vocabulary: None,
            lexicon: None,
            handlers: Vec::new(),
            settings: DeskSettings::default(),
        }
    }

    /// Registers a callback that runs after each commit that may cause work. It must return quickly and must not block.
    pub fn on_commit(&self, callback: Arc<dyn Fn() + Send + Sync>) {
        self.on_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(callback);
    }

    /// Returns the settings of the desk.
    pub const fn settings(&self) -> &DeskSettings {
        &self.settings
    }

    /// Returns the vocabulary of skills: the shipped one, extended by the rows that admins set.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn vocabulary(&self) -> Result<Arc<Vocabulary>, DeskError> {
        Ok(Arc::clone(&self.rules().await?.vocabulary))
    }

    /// Returns the time of the desk's clock, truncated to microseconds.
    pub fn now(&self) -> Timestamp {
        to_micros_precision((self.clock)())
    }

    /// Returns once the store and the queue have answered a read.
    ///
    /// # Errors
    /// Errors of the store and the queue.
    pub async fn ready(&self) -> Result<(), DeskError> {
        self.store.ping().await?;
        self.queue.ping().await?;
        Ok(())
    }

    /// Returns the desk itself as an actor, for its own jobs.
    const fn itself() -> Actor {
        Actor::system()
    }

    fn committed(&self) {
        self.listeners.notify();
        for callback in self
            .on_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            callback();
        }
    }
}

impl DeskBuilder {
    /// Adds a model that reads tickets. If several are added, they are asked in this order until one answers; the
    /// embedded analyzer comes last, and is the only reader if there is no model.
    pub fn llm(mut self, llm: impl IntoArc<dyn Llm>) -> Self {
        self.models.push(llm.into_arc());
        self
    }

    /// Adds fields of the host that models fill in, at most [`ExtraField::MAX`]. Of two fields with the same name the
    /// first is used.
    pub fn extra_fields(mut self, fields: impl IntoIterator<Item = ExtraField>) -> Self {
        for field in fields {
            let is_new = self
                .extra_fields
                .iter()
                .all(|one| one.name() != field.name());
            if is_new && self.extra_fields.len() < ExtraField::MAX {
                self.extra_fields.push(field);
            }
        }
        self
    }

    /// Sets the host's own texts in the prompts to models. The delimiters around a ticket's text stay unchanged.
    pub fn prompt_texts(mut self, texts: PromptTexts) -> Self {
        self.prompt_texts = texts;
        self
    }

    /// Sets clock, random source and CPU executor together.
    pub fn host(mut self, host: impl Into<HostFunctions>) -> Self {
        let host = host.into();
        self.clock = Some(host.clock);
        self.random = Some(host.random);
        self.cpu_executor = Some(host.cpu_executor);
        self
    }

    /// Sets the clock. Required.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets the source of random bytes, which must be cryptographically secure. Required.
    pub fn random(mut self, random: Random) -> Self {
        self.random = Some(random);
        self
    }

    /// Sets the executor of CPU-heavy work (Argon2). Required.
    pub fn cpu_executor(mut self, cpu_executor: CpuExecutor) -> Self {
        self.cpu_executor = Some(cpu_executor);
        self
    }

    /// Sets the secret that tokens are signed with. Required; all processes of a desk must use the same one.
    pub fn secret(mut self, secret: DeskSecret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Replaces the shipped vocabulary of skills. Admins set rows on top of it.
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = Some(vocabulary);
        self
    }

    /// Replaces the shipped categories and terms of the embedded analyzer.
    pub fn lexicon(mut self, lexicon: Lexicon) -> Self {
        self.lexicon = Some(lexicon);
        self
    }

    /// Adds a handler that reacts to events. Each handler must have a unique name.
    pub fn on_events(mut self, handler: Arc<dyn EventHandler>) -> Self {
        self.handlers.push(handler);
        self
    }

    /// Sets the settings of the desk.
    pub fn settings(mut self, settings: DeskSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Builds the desk.
    ///
    /// # Errors
    /// [`BuildError`] names the missing part, or the invalid name of a handler.
    pub fn build(self) -> Result<Desk, BuildError> {
        let missing = BuildError::Missing;
        let secret = self.secret.ok_or(missing("secret"))?;
        let search = &self.settings.search;
        Ok(Desk {
            tokenizer: Tokenizer::new(search.languages.iter().copied()),
            searches: searches::Searches::new(search.concurrency),
            store: self.store,
            mailer: self.mailer,
            queue: self.queue,
            models: triage::Models::new(self.models),
            extra_fields: self.extra_fields,
            prompt_texts: self.prompt_texts,
            clock: self.clock.ok_or(missing("clock"))?,
            random: self.random.ok_or(missing("random"))?,
            cpu_executor: self.cpu_executor.ok_or(missing("cpu_executor"))?,
            keys: secret::Keys::derive(&secret),
            feed_key: feed::CursorKey::derive(&secret),
            shipped: Arc::new(self.vocabulary.unwrap_or_else(Vocabulary::shipped)),
            fingerprint: OnceLock::new(),
            lexicon: Arc::new(self.lexicon.unwrap_or_else(Lexicon::shipped)),
            settings: self.settings,
            rules: routing::RoutingRulesCache::default(),
            triaging: triage::TriageRulesCache::default(),
            followed: rules_cache::FollowedEvents::default(),
            learner: Mutex::default(),
            follows_learning: joined::JoinedWork::default(),
            index: Mutex::default(),
            follows_roster: joined::JoinedWork::default(),
            replays: routing::Replays::default(),
            last_holder: Mutex::default(),
            dead_jobs_walk: Mutex::default(),
            mail_outage_possible: AtomicBool::new(true),
            handlers: handlers::Registered::all(self.handlers)?,
            listeners: feed::Listeners::default(),
            on_commit: Mutex::default(),
        })
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DeskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
