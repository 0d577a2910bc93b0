//! What the desk does: one file a use case. Every one takes an [`Actor`], asks the table in
//! [`crate::domain::access`], and changes the store in one atomic write with its event.

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
    /// That of the dictionary shipped, once it was asked for.
    fingerprint: OnceLock<String>,
    lexicon: Arc<Lexicon>,
    settings: DeskSettings,
    tokenizer: Tokenizer,
    searches: searches::Searches,
    rules: routing::RoutingRulesCache,
    triaging: triage::TriageRulesCache,
    followed: rules_cache::FollowedEvents,
    learner: learning::Learner,
    /// Following the events for the analyzer.
    follows_learning: joined::JoinedWork,
    index: routing::Keeper,
    /// Following the events for the index.
    follows_roster: joined::JoinedWork,
    replays: routing::Replays,
    /// The last assignee that a sweep looked at.
    last_holder: Mutex<Option<UserId>>,
    /// How far the sweep came that looks for mails of dead jobs.
    dead_jobs_walk: Mutex<jobs::DeadJobsWalk>,
    /// Whether a value of the store may say that the mail provider can't be used.
    mail_outage_possible: AtomicBool,
    handlers: Vec<handlers::Registered>,
    listeners: feed::Listeners,
    on_commit: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

/// Puts a desk together.
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
    /// Makes a builder of a desk over these three back ends, each by value or in an `Arc`.
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

    /// Calls this after each commit from which work may follow. The callback must be quick and must not block.
    pub fn on_commit(&self, callback: Arc<dyn Fn() + Send + Sync>) {
        self.on_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(callback);
    }

    /// How the desk is set up.
    pub const fn settings(&self) -> &DeskSettings {
        &self.settings
    }

    /// The skills that the desk knows by name: those shipped, and the rows that admins set.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn vocabulary(&self) -> Result<Arc<Vocabulary>, DeskError> {
        Ok(Arc::clone(&self.rules().await?.vocabulary))
    }

    /// The desk's clock, to the microsecond.
    pub fn now(&self) -> Timestamp {
        to_micros_precision((self.clock)())
    }

    /// Returns once store and queue have read something.
    ///
    /// # Errors
    /// What keeps them from answering.
    pub async fn ready(&self) -> Result<(), DeskError> {
        self.store.ping().await?;
        self.queue.ping().await?;
        Ok(())
    }

    /// The desk itself as an actor, for its own jobs.
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
    /// Lets a model read tickets. Given several times, the later ones are asked where the earlier ones don't answer; the
    /// embedded analyzer comes last, and alone where there is no model.
    pub fn llm(mut self, llm: impl IntoArc<dyn Llm>) -> Self {
        self.models.push(llm.into_arc());
        self
    }

    /// Fields of the host's own that models fill in, at most [`ExtraField::MAX`]; of two with one name the first counts.
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

    /// The host's own words in the questions to models. What fences a ticket's text stays.
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

    /// Where the time comes from. Needed.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where random bytes come from: a source fit for secrets. Needed.
    pub fn random(mut self, random: Random) -> Self {
        self.random = Some(random);
        self
    }

    /// Where CPU-heavy work (Argon2) is done. Needed.
    pub fn cpu_executor(mut self, cpu_executor: CpuExecutor) -> Self {
        self.cpu_executor = Some(cpu_executor);
        self
    }

    /// From what tokens are signed. Needed; the same for all processes of one desk.
    pub fn secret(mut self, secret: DeskSecret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The skills that the desk knows, instead of those shipped. Admins set rows on top of them.
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = Some(vocabulary);
        self
    }

    /// The categories and terms of the embedded analyzer, instead of those shipped.
    pub fn lexicon(mut self, lexicon: Lexicon) -> Self {
        self.lexicon = Some(lexicon);
        self
    }

    /// Adds a handler that reacts to events. Several handlers have several names.
    pub fn on_events(mut self, handler: Arc<dyn EventHandler>) -> Self {
        self.handlers.push(handler);
        self
    }

    /// How the desk is set up.
    pub fn settings(mut self, settings: DeskSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Puts the desk together.
    ///
    /// # Errors
    /// [`BuildError`] names what is missing, and a handler's name that can't be taken.
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
