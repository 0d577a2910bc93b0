//! The server's settings: values by name in, one typed struct out, or a clear line for each that can't be taken.

mod address;
mod environment;
mod logs;
mod mail;
mod models;
mod search;
mod secret;
#[cfg(test)]
mod tests;
mod variables;

use std::{fmt, net::SocketAddr, path::PathBuf};

use tickmate::{
    backend::mailer::Mailbox,
    desk::SearchSettings,
    http::MetricsToken,
    sqlite::{OpenError, SqliteSettings},
};

use self::logs::Logs;
pub use self::{
    environment::values,
    models::{Model, Provider, model},
    variables::{Values, model_help},
};
pub(crate) use self::{mail::Mail, models::Models, secret::Secret, variables::help};
use crate::failure::Failure;

/// How the server is set up.
#[derive(Debug)]
pub struct Settings {
    /// Where it listens.
    pub(crate) listen: Chosen<SocketAddr>,
    /// Where people reach it, without a slash at the end; none: `http://localhost` and the port.
    pub(crate) app_url: Option<String>,
    /// The database's file.
    pub(crate) database: Chosen<PathBuf>,
    /// What logins are signed with.
    pub(crate) secret: Secret,
    /// How mails leave.
    pub(crate) mail: Chosen<Mail>,
    /// Who mails come from.
    pub(crate) mail_from: Option<Mailbox>,
    /// Whether people must verify their address first.
    pub(crate) require_verified_email: bool,
    /// How many open tickets somebody who joins the staff takes.
    pub(crate) default_capacity: u32,
    /// How tickets are searched by words.
    pub(crate) search: SearchSettings,
    /// Which models read tickets.
    pub(crate) models: Models,
    /// What opens `/metrics`; none: nothing does.
    pub(crate) metrics_token: Option<MetricsToken>,
    /// How it logs.
    pub(crate) logs: Logs,
    /// What is odd, a line each.
    pub(crate) warnings: Vec<String>,
}

/// A value, and the variable that chose it.
#[derive(Debug)]
pub(crate) struct Chosen<T> {
    /// The value.
    pub(crate) value: T,
    /// Which variable; none: nobody set one.
    pub(crate) by: Option<&'static str>,
}

impl<T> Chosen<T> {
    const fn by(name: &'static str, value: T) -> Self {
        Self {
            value,
            by: Some(name),
        }
    }

    const fn default(value: T) -> Self {
        Self { value, by: None }
    }
}

/// A value that can't be taken: which variable, and why. The value is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    name: &'static str,
    what: String,
}

impl Problem {
    fn new(name: &'static str, what: impl Into<String>) -> Self {
        Self {
            name,
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.what)
    }
}

impl Settings {
    /// Reads the settings from the environment and from `.env`.
    ///
    /// # Errors
    /// One line for each value that can't be taken.
    pub fn load() -> Result<Self, Failure> {
        let values = values().map_err(Failure::of_all)?;
        Self::read(&values).map_err(Failure::of_all)
    }

    /// Reads the settings.
    ///
    /// # Errors
    /// Every value that can't be taken.
    pub fn read(values: &Values) -> Result<Self, Vec<Problem>> {
        let mut problems = not_built_in(values);
        let mut warnings = values.warnings().to_vec();
        warnings.extend(unused(values));
        warnings.extend(address::environment_warning(values));
        let production = keep(&mut problems, address::production(values)).unwrap_or(true);
        let listen = keep_all(&mut problems, address::listen(values));
        let app_url = keep(&mut problems, address::app_url(values)).flatten();
        let database = keep(&mut problems, database(values));
        let mail = keep(&mut problems, mail::mail(values));
        let mail_from = keep(&mut problems, mail::mail_from(values));
        if let (Some(mail), Some(from)) = (&mail, &mail_from) {
            let sender = mail::check_sender(&mail.value, from.as_ref(), app_url.as_deref());
            keep(&mut problems, sender);
        }
        let verified = keep(&mut problems, require_verified_email(values)).flatten();
        let default_capacity = keep(&mut problems, default_capacity(values));
        let search = keep(&mut problems, search::search(values));
        let models = keep_all(&mut problems, models::models(values));
        let metrics_token = keep(&mut problems, metrics_token(values)).flatten();
        let logs = keep_all(&mut problems, logs::logs(values));
        let loopback = listen
            .as_ref()
            .is_none_or(|listen| listen.value.ip().is_loopback());
        let path = database.as_ref().map(|database| database.value.clone());
        let secret = secret::secret(
            values,
            &path.unwrap_or_default(),
            production,
            loopback,
            &mut warnings,
        );
        let secret = keep(&mut problems, secret);
        warnings.extend(address::app_url_warning(app_url.as_deref(), production));
        let (
            Some(listen),
            Some(database),
            Some(mail),
            Some(default_capacity),
            Some(search),
            Some(models),
            Some(logs),
            Some(secret),
            true,
        ) = (
            listen,
            database,
            mail,
            default_capacity,
            search,
            models,
            logs,
            secret,
            problems.is_empty(),
        )
        else {
            return Err(problems);
        };
        warnings.extend(mail::other_ways_warning(values, &mail));
        warnings.extend(mail::ca_file_warning(values, &mail.value));
        warnings.extend(models::unused(values, &models));
        warnings.extend(mail::mail_warning(&mail.value, production));
        Ok(Self {
            listen,
            app_url,
            database,
            secret,
            require_verified_email: verified.unwrap_or_else(|| mail.value.leaves()),
            mail,
            mail_from: mail_from.flatten(),
            default_capacity,
            search,
            models,
            metrics_token,
            logs,
            warnings,
        })
    }

    /// Where people reach the desk, by `APP_URL` or `PORT`.
    pub fn configured_app_url(&self) -> String {
        self.app_url(self.listen.value.port())
    }

    /// Where people reach the desk on a server that listens on this port.
    pub fn app_url(&self, port: u16) -> String {
        match &self.app_url {
            Some(url) => url.clone(),
            None => format!("http://localhost:{port}"),
        }
    }
}

/// Starts the log of a command that needs no settings, where a variable asks for one.
pub fn start_logs_if_asked() {
    let Ok(values) = values() else { return };
    let is_asked = ["RUST_LOG", "LOG_LEVEL"]
        .iter()
        .any(|name| values.get(name).is_some());
    if let (true, Ok(logs)) = (is_asked, logs::logs(&values)) {
        logs.start();
    }
}

fn keep<T>(problems: &mut Vec<Problem>, read: Result<T, Problem>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

fn keep_all<T>(problems: &mut Vec<Problem>, read: Result<T, Vec<Problem>>) -> Option<T> {
    read.map_err(|more| problems.extend(more)).ok()
}

fn database(values: &Values) -> Result<Chosen<PathBuf>, Problem> {
    const NAME: &str = "DATABASE_URL";
    let Some(url) = values.get(NAME) else {
        return Ok(Chosen::default("./tickmate.db".into()));
    };
    if !url.starts_with("sqlite:") {
        return Err(Problem::new(
            NAME,
            "must be of the form sqlite:PATH: SQLite is the only database built in",
        ));
    }
    let settings = SqliteSettings::from_url(url).map_err(|error| match error {
        OpenError::InMemory => Problem::new(
            NAME,
            "must name a file: a database in memory is not supported",
        ),
        other => Problem::new(NAME, format!("is {other}")),
    })?;
    Ok(Chosen::by(NAME, settings.path))
}

fn require_verified_email(values: &Values) -> Result<Option<bool>, Problem> {
    const NAME: &str = "REQUIRE_VERIFIED_EMAIL";
    match values.get(NAME) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::new(NAME, "must be true or false")),
    }
}

fn default_capacity(values: &Values) -> Result<u32, Problem> {
    const NAME: &str = "DEFAULT_CAPACITY";
    match values.get(NAME).map(str::parse) {
        None => Ok(10),
        Some(Ok(capacity @ 1..=1000)) => Ok(capacity),
        Some(_) => Err(Problem::new(NAME, "must be a number from 1 to 1000")),
    }
}

fn metrics_token(values: &Values) -> Result<Option<MetricsToken>, Problem> {
    const NAME: &str = "METRICS_TOKEN";
    const LEAST: usize = 16;
    let Some(token) = values.get(NAME) else {
        return Ok(None);
    };
    // A header of HTTP carries no others to the letter.
    let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    match visible && token.len() >= LEAST {
        true => Ok(Some(MetricsToken::new(token))),
        false => Err(Problem::new(
            NAME,
            format!("must be {LEAST} or more visible ASCII characters (openssl rand -hex 32)"),
        )),
    }
}

/// What would make data or mails go elsewhere than asked.
fn not_built_in(values: &Values) -> Vec<Problem> {
    let named = [
        (
            "MONGO_URI",
            "is set, but MongoDB is not built in: unset it, and name a file by DATABASE_URL (sqlite:PATH)",
        ),
        (
            "RESEND_API_KEY",
            "is set, but Resend is not built in: unset it, and send by SMTP_URL or MAILTRAP_*",
        ),
    ];
    named
        .into_iter()
        .filter(|(name, _)| values.get(name).is_some())
        .map(|(name, what)| Problem::new(name, what))
        .collect()
}

/// What is set and has no effect.
fn unused(values: &Values) -> Vec<String> {
    let names = values.names_with("INNGEST_").into_iter();
    let line = |name| {
        format!("{name} is set, but Inngest is not built in: the embedded engine runs jobs instead")
    };
    names.map(line).collect()
}
