//! The environment of a run: a database in a directory of its own, the peer, the users with their logins, and the
//! log.

use std::{path::PathBuf, sync::Arc};

use tempfile::TempDir;
use tickmate::{
    backend::queue::JobQueue,
    desk::{Credentials, Desk, NewPerson, Registration},
    domain::user::Role,
    jobs::CpuPool,
    memory::MemoryMailer,
    sqlite::{SqliteSettings, SqliteStore},
};

use super::{log::Log, peer::Peer, report::print_line};
use crate::{
    args::{Engine, MailMode, RunArgs},
    failure::Failure,
    host,
    sabotage::Sabotage,
};

/// The skills of moderators. Few moderators have room for tickets with the last one, so these tickets wait and are
/// assigned later. The names are in no vocabulary, so a ticket requires exactly the skills that it names.
pub(crate) const SKILLS: [&str; 3] = ["Zephyrware", "Quillnet", "Brassline"];

/// A capacity for all tickets of a run.
const LARGE_CAPACITY: u32 = 100_000;
/// A capacity that is so small that some tickets wait.
const SMALL_CAPACITY: u32 = 2;
/// The password of all users.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The number of clients that create tickets.
pub(crate) const CLIENTS: usize = 3;

/// A user with a login.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// The environment of a run.
pub(crate) struct Scene {
    directory: TempDir,
    keep: bool,
    mail: MailMode,
    engine: Engine,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) log: Arc<Log>,
    /// Sees all tickets, and gets those for which no moderator has the skills.
    pub(crate) admin: Login,
    pub(crate) moderators: Vec<Login>,
    /// One for each client.
    pub(crate) requesters: Vec<Login>,
}

impl Scene {
    /// Creates the database and the users, and starts the peer.
    pub(crate) async fn create(
        seed: u64,
        args: &RunArgs,
        sabotage: Option<Sabotage>,
    ) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new()
            .prefix("tickmate-crash-")
            .tempdir()?;
        let peer = Peer::start(seed).await?;
        let store =
            SqliteStore::open(&SqliteSettings::new(directory.path().join("desk.db"))).await?;
        let queue: Arc<dyn JobQueue> = Arc::new(store.queue(host::clock()));
        let pool = CpuPool::start()?;
        let desk = host::desk(
            Arc::new(store.clone()),
            Arc::new(MemoryMailer::default()),
            queue,
            pool.cpu_executor(),
        )
        .build()?;
        let admin =
            create_login(&desk, "admin@desk.test", Role::Admin, None, LARGE_CAPACITY).await?;
        let mut moderators = Vec::new();
        for (name, skill, capacity) in [
            ("zoe", SKILLS[0], LARGE_CAPACITY),
            ("zack", SKILLS[0], LARGE_CAPACITY),
            ("quinn", SKILLS[1], LARGE_CAPACITY),
            ("qadir", SKILLS[1], LARGE_CAPACITY),
            ("bea", SKILLS[2], SMALL_CAPACITY),
        ] {
            let address = format!("{name}@desk.test");
            moderators
                .push(create_login(&desk, &address, Role::Moderator, Some(skill), capacity).await?);
        }
        let mut requesters = Vec::new();
        for number in 0..CLIENTS {
            let address = format!("requester{number}@example.test");
            requesters.push(create_login(&desk, &address, Role::User, None, 1).await?);
        }
        drop(desk);
        store.close().await?;
        Ok(Self {
            directory,
            keep: args.keep,
            mail: args.mail,
            engine: args.engine,
            sabotage,
            peer: Arc::new(peer),
            log: Arc::default(),
            admin,
            moderators,
            requesters,
        })
    }

    /// Returns the path of the database.
    pub(crate) fn db(&self) -> PathBuf {
        self.directory.path().join("desk.db")
    }

    /// Returns the path of the desk's log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.directory.path().join("desk.log")
    }

    /// Returns how the mail provider treats a mail that it receives twice.
    pub(crate) const fn mail(&self) -> MailMode {
        self.mail
    }

    /// Returns the mode of the mail provider as a word of the command line.
    pub(crate) const fn mail_word(&self) -> &'static str {
        match self.mail {
            MailMode::ResendLike => "resend-like",
            MailMode::SmtpLike => "smtp-like",
        }
    }

    /// Returns the engine as a word of the command line.
    pub(crate) const fn engine_word(&self) -> &'static str {
        match self.engine {
            Engine::Leases => "leases",
            Engine::Keys => "keys",
        }
    }

    /// Removes the directory, or prints where it is kept.
    pub(crate) fn clean_up(mut self) {
        if self.keep {
            self.directory.disable_cleanup(true);
            print_line(&format!(
                "kept in        {}",
                self.directory.path().display()
            ));
        }
    }
}

/// Creates an account and logs it in. Logins stay valid after kills.
async fn create_login(
    desk: &Desk,
    address: &str,
    role: Role,
    skill: Option<&str>,
    capacity: u32,
) -> Result<Login, Failure> {
    let user = desk
        .users()
        .install(NewPerson {
            registration: Registration {
                email: address.to_owned(),
                password: PASSWORD.to_owned(),
                skills: skill.map(Into::into).into_iter().collect(),
                ..Registration::default()
            },
            role,
            capacity: Some(capacity),
        })
        .await?;
    let login = desk
        .auth()
        .login(Credentials {
            identifier: address.to_owned(),
            password: PASSWORD.to_owned(),
            network: "harness".to_owned(),
        })
        .await?;
    Ok(Login {
        id: user.id.to_string(),
        token: login.token,
    })
}
