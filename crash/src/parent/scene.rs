//! What a run takes place in: a database in a directory of its own, the peer, the people with their logins, the log.

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

use super::{log::Log, peer::Peer, report::say};
use crate::{
    args::{Engine, MailMode, RunArgs},
    failure::Failure,
    host,
    sabotage::Sabotage,
};

/// What moderators can do. The last is what few have little room for, so that its tickets wait and are served
/// later. No word of any vocabulary, so that a ticket needs what it names and nothing else.
pub(crate) const SKILLS: [&str; 3] = ["Zephyrware", "Quillnet", "Brassline"];

/// Room for every ticket of a run.
const WIDE: u32 = 100_000;
/// Room for so few that some wait.
const TIGHT: u32 = 2;
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// How many clients write tickets.
pub(crate) const CLIENTS: usize = 3;

/// Somebody with a login.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// What a run takes place in.
pub(crate) struct Scene {
    directory: TempDir,
    keep: bool,
    mail: MailMode,
    engine: Engine,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) log: Arc<Log>,
    /// Sees everything; gets what nobody has a skill for.
    pub(crate) admin: Login,
    pub(crate) moderators: Vec<Login>,
    /// One a client.
    pub(crate) requesters: Vec<Login>,
}

impl Scene {
    /// Makes the database and the people, and starts the peer.
    pub(crate) async fn set(
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
        let admin = join(&desk, "admin@desk.test", Role::Admin, None, WIDE).await?;
        let mut moderators = Vec::new();
        for (name, skill, capacity) in [
            ("zoe", SKILLS[0], WIDE),
            ("zack", SKILLS[0], WIDE),
            ("quinn", SKILLS[1], WIDE),
            ("qadir", SKILLS[1], WIDE),
            ("bea", SKILLS[2], TIGHT),
        ] {
            let address = format!("{name}@desk.test");
            moderators.push(join(&desk, &address, Role::Moderator, Some(skill), capacity).await?);
        }
        let mut requesters = Vec::new();
        for number in 0..CLIENTS {
            let address = format!("requester{number}@example.test");
            requesters.push(join(&desk, &address, Role::User, None, 1).await?);
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

    /// The database.
    pub(crate) fn db(&self) -> PathBuf {
        self.directory.path().join("desk.db")
    }

    /// Where the desk writes its log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.directory.path().join("desk.log")
    }

    /// How the mail provider treats a mail that it is given twice.
    pub(crate) const fn mail(&self) -> MailMode {
        self.mail
    }

    /// The same as a word of the command line.
    pub(crate) const fn mail_word(&self) -> &'static str {
        match self.mail {
            MailMode::ResendLike => "resend-like",
            MailMode::SmtpLike => "smtp-like",
        }
    }

    /// The engine as a word of the command line.
    pub(crate) const fn engine_word(&self) -> &'static str {
        match self.engine {
            Engine::Leases => "leases",
            Engine::Keys => "keys",
        }
    }

    /// Cleans up, or says where everything stays.
    pub(crate) fn leave(mut self) {
        if self.keep {
            self.directory.disable_cleanup(true);
            say(&format!(
                "kept in        {}",
                self.directory.path().display()
            ));
        }
    }
}

/// Makes an account and logs it in. Logins outlive every kill.
async fn join(
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
