//! Puts the desk together from the settings: store, queue, mails, secret, clock, random bytes, and a place for
//! password hashing.

use std::{fmt, sync::Arc, time::Duration};

use tickmate::{
    Host, SecretFile,
    backend::{mailer::Mailer, queue::JobLeases},
    desk::{Desk, DeskSettings, ModelSettings, Random},
    jobs::{Worker, WorkerSettings},
    mail::{FilesMailer, SmtpMailer},
    sqlite::{SqliteSettings, SqliteStore},
};

use crate::{
    failure::{Context, Failure},
    settings::{Mail, Secret, Settings},
};

/// How long running jobs may take to end, so that all ends before those who stop the server lose patience.
const DRAIN: Duration = Duration::from_secs(5);

/// Makes sure that mails can be written, where they go to a folder.
///
/// # Errors
/// One line on what is wrong with the folder.
pub(crate) async fn prepare_mail(settings: &Settings) -> Result<(), Failure> {
    if let Mail::Folder(folder) = &settings.mail.value {
        let prepared = FilesMailer::new(folder).prepare().await;
        prepared.context("MAIL_DIR is of no use for mails")?;
    }
    Ok(())
}

/// A desk with its store, job queue and random source.
pub struct App {
    /// The desk.
    pub desk: Arc<Desk>,
    /// Its store.
    pub(crate) store: SqliteStore,
    queue: Arc<dyn JobLeases>,
    random: Random,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Opens the database and puts the desk together. `app_url` is where people reach it.
    ///
    /// # Errors
    /// One line on what keeps it from being opened.
    pub async fn open(settings: &Settings, app_url: String) -> Result<Self, Failure> {
        let mailer = mailer(&settings.mail.value)?;
        let file = &settings.database.value;
        let store = SqliteStore::open(&SqliteSettings::new(file)).await;
        let store = store.context(file.display())?;
        let secret = match &settings.secret {
            Secret::Given(secret) => secret.clone(),
            Secret::File(path) => {
                let secret = SecretFile::new(path).read_or_create();
                secret.context("no secret")?
            }
        };
        let host = Host::system().context("no random bytes or threads of the system")?;
        let random = host.random();
        let queue: Arc<dyn JobLeases> = Arc::new(store.queue(host.clock()));
        let desk_settings = DeskSettings {
            app_url,
            mail_from: settings.mail_from.clone(),
            require_verified_email: settings.require_verified_email,
            unverified_mails_per_day: match settings.mail.value.leaves() {
                true => DeskSettings::default().unverified_mails_per_day,
                false => None,
            },
            default_capacity: settings.default_capacity,
            search: settings.search.clone(),
            models: ModelSettings {
                concurrency: settings.models.concurrency,
                budget: settings.models.budget,
                ..ModelSettings::default()
            },
            ..DeskSettings::default()
        };
        let mut builder = Desk::builder(store.clone(), mailer, Arc::clone(&queue))
            .host(host)
            .secret(secret)
            .settings(desk_settings);
        for model in &settings.models.chain {
            builder = builder.llm(Arc::clone(&model.llm));
        }
        let desk = builder.build().context("the desk can't be put together")?;
        Ok(Self {
            desk: Arc::new(desk),
            store,
            queue,
            random,
        })
    }

    /// Creates a worker for this desk.
    ///
    /// # Errors
    /// Where the settings of the worker don't fit together.
    pub fn worker(&self) -> Result<Worker, Failure> {
        Worker::new(
            Arc::clone(&self.desk),
            Arc::clone(&self.queue),
            Arc::clone(&self.random),
            WorkerSettings {
                drain: DRAIN,
                ..WorkerSettings::default()
            },
        )
        .context("the worker can't be started")
    }

    /// Counts the jobs that are left to do.
    ///
    /// # Errors
    /// Where the queue does not answer.
    pub(crate) async fn jobs_left(&self) -> Result<u64, Failure> {
        let depth = self.queue.depth().await.context("the job queue failed")?;
        Ok(depth.ready + depth.leased)
    }

    /// Closes the database in order: everything stands in the one file.
    ///
    /// # Errors
    /// Where it was not closed in order. Nothing is lost.
    pub async fn close(self) -> Result<(), Failure> {
        let closed = self.store.close().await;
        closed.context("the database was not closed in order")
    }
}

fn mailer(mail: &Mail) -> Result<Arc<dyn Mailer>, Failure> {
    Ok(match mail {
        Mail::Folder(folder) => Arc::new(FilesMailer::new(folder)),
        Mail::Smtp(smtp) => Arc::new(SmtpMailer::new(smtp.clone()).context("no mails by SMTP")?),
    })
}
