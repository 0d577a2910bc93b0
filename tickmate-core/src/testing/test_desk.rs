//! A desk in memory, its users, and the steps of its worker.

use std::{sync::Arc, time::Duration};

use super::TestHost;
use crate::{
    backend::{
        mailer::OutgoingMail,
        queue::{ClaimRequest, JobLeases, QueueError, Wanted},
    },
    desk::{BuildError, Desk, DeskBuilder, DeskError, DeskSecret, Identified, PersonPatch},
    domain::{
        access::Actor, id::LeaseId, job::LeasedJob, job_class::PerClass, retry::RetryPolicy,
        skill::SkillInput, user::Role,
    },
    memory::{MemoryMailer, MemoryQueue, MemoryStore},
};

/// How many rounds of work [`TestDesk::run_due`] does at most.
const MAX_ROUNDS: u32 = 1_000;

/// How many jobs of a class a round claims.
const JOBS_PER_CLASS: u32 = 10;

/// Returns a secret for tests. Everybody knows it.
pub fn secret() -> DeskSecret {
    DeskSecret::new(*b"an example secret of thirty-two b")
}

/// Builds a desk in memory with the default settings and no model.
///
/// See the [module](crate::testing) for an example, and [`TestDesk::build`] for other settings.
pub fn desk() -> TestDesk {
    let build = TestDesk::build(|builder| builder);
    // The secret and the host are set, and without handlers no name is refused.
    build.unwrap_or_else(|error| unreachable!("{error}"))
}

/// Why a step of a test desk failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// The desk refused the call.
    #[error("the desk refused the call")]
    Desk(#[from] DeskError),
    /// The queue refused the call.
    #[error("the queue refused the call")]
    Queue(#[from] QueueError),
    /// Jobs kept following other jobs without an end.
    #[error("after {MAX_ROUNDS} rounds of work there are still jobs that are due")]
    Endless,
}

/// A desk in memory and what it stands on.
#[derive(Debug)]
pub struct TestDesk {
    /// The desk.
    pub desk: Arc<Desk>,
    /// The store of the desk.
    pub store: Arc<MemoryStore>,
    /// The job queue of the desk.
    pub queue: Arc<MemoryQueue>,
    /// The mailer of the desk, which keeps what was sent.
    pub mailer: Arc<MemoryMailer>,
    /// The clock and the random source of the desk.
    pub host: TestHost,
}

impl TestDesk {
    /// Builds a desk in memory. `configure` sets further parts such as models, event handlers and settings.
    ///
    /// # Errors
    /// [`BuildError`] if `configure` adds a handler with an invalid name.
    pub fn build(configure: impl FnOnce(DeskBuilder) -> DeskBuilder) -> Result<Self, BuildError> {
        let host = TestHost::new(1);
        Self::over(MemoryStore::new(), host, configure)
    }

    /// Builds a desk over this store and this host, which may be those of another test desk.
    ///
    /// # Errors
    /// [`BuildError`] if `configure` adds a handler with an invalid name.
    pub fn over(
        store: impl Into<Arc<MemoryStore>>,
        host: TestHost,
        configure: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Result<Self, BuildError> {
        let store = store.into();
        let queue = Arc::new(MemoryQueue::new(host.clock()));
        let mailer = Arc::new(MemoryMailer::new());
        let builder = Desk::builder(Arc::clone(&store), Arc::clone(&mailer), Arc::clone(&queue))
            .host(host.clone())
            .secret(secret());
        Ok(Self {
            desk: Arc::new(configure(builder).build()?),
            store,
            queue,
            mailer,
            host,
        })
    }

    /// Returns a builder of another desk over the same store, mailer and queue, such as that of another process.
    pub fn builder(&self) -> DeskBuilder {
        Desk::builder(
            Arc::clone(&self.store),
            Arc::clone(&self.mailer),
            Arc::clone(&self.queue),
        )
        .host(self.host.clone())
        .secret(secret())
    }

    /// Creates a requester with this name and the address `NAME@example.org`, or returns the one that exists.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] if the name makes no address; those of the store.
    pub async fn requester(&self, name: &str) -> Result<Actor, DeskError> {
        self.user(name, Role::User).await
    }

    /// Creates a moderator with these skills and the default capacity.
    ///
    /// # Errors
    /// As [`TestDesk::requester`].
    pub async fn moderator(&self, name: &str, skills: &[&str]) -> Result<Actor, DeskError> {
        let moderator = self.user(name, Role::Moderator).await?;
        let skills = skills
            .iter()
            .map(|&skill| SkillInput::from(skill))
            .collect();
        let patch = PersonPatch {
            skills: Some(skills),
            ..PersonPatch::default()
        };
        let id = moderator.id().ok_or(DeskError::NotFound)?;
        let user = self
            .desk
            .users()
            .update(&Actor::system(), id, &patch, None)
            .await?;
        Ok(Actor::person(&user))
    }

    /// Creates an admin.
    ///
    /// # Errors
    /// As [`TestDesk::requester`].
    pub async fn admin(&self, name: &str) -> Result<Actor, DeskError> {
        self.user(name, Role::Admin).await
    }

    /// Creates a user of the host's own accounts, or updates the role of the one that exists.
    async fn user(&self, name: &str, role: Role) -> Result<Actor, DeskError> {
        let identified = Identified {
            subject: name.to_owned(),
            email: format!("{name}@example.org"),
            role,
            name: Some(name.to_owned()),
        };
        self.desk
            .users()
            .upsert_host_user(&identified)
            .await?
            .actor()
    }

    /// Relays events and runs jobs until no job is due at the present moment. Jobs that fail are retried once they are
    /// due again.
    ///
    /// # Errors
    /// [`TestError::Endless`] if jobs keep following each other; those of desk and queue.
    pub async fn run_due(&self) -> Result<(), TestError> {
        for _ in 0..MAX_ROUNDS {
            self.desk.jobs().relay().await?;
            let jobs = self.claim().await?;
            if jobs.is_empty() {
                return Ok(());
            }
            for job in jobs {
                self.run(job).await?;
            }
        }
        Err(TestError::Endless)
    }

    /// Leases jobs that are due, as a worker does.
    ///
    /// # Errors
    /// Those of the queue.
    pub async fn claim(&self) -> Result<Vec<LeasedJob>, QueueError> {
        let request = ClaimRequest {
            lease: LeaseId::new(self.desk.now(), self.host.random_bytes()),
            duration: Duration::from_secs(30),
            wanted: Wanted::Unsuspected(PerClass::of(|_| JOBS_PER_CLASS)),
            max_crashes: RetryPolicy::default().max_crashes,
        };
        self.queue.claim(&request).await
    }

    /// Runs a leased job, and records how it ended.
    ///
    /// # Errors
    /// Those of the queue. An error of the job is recorded for its next try.
    pub async fn run(&self, leased: LeasedJob) -> Result<(), QueueError> {
        let (key, lease) = (&leased.key, leased.lease);
        self.queue.start(key, lease).await?;
        let result = match &leased.job {
            Some(job) => self.desk.jobs().run(job, leased.errors).await,
            None => return self.queue.release(std::slice::from_ref(key), lease).await,
        };
        match result {
            Ok(()) => self.queue.finish(key, lease).await?,
            Err(error) => {
                let (next, now) = (error.next_run(), self.desk.now());
                let retry = RetryPolicy::default();
                let after = retry.after_error(leased.class, leased.errors, next, now, u16::MAX);
                let text = error.to_string();
                self.queue.fail(key, lease, &text, after).await?
            }
        };
        Ok(())
    }

    /// Returns the mails that were sent to this address, in the order of their sending.
    pub fn mails_to(&self, address: &str) -> Vec<OutgoingMail> {
        let mut mails = self.mailer.accepted();
        mails.retain(|mail| mail.to.email.as_str() == address);
        mails
    }
}
