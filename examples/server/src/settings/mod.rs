//! The server's settings: values by name in, one typed struct out, or a clear line for each that can't be taken.

mod address;
mod data;
mod environment;
mod help;
mod logs;
mod mail;
mod metrics;
mod models;
mod not_built_in;
mod secret;
#[cfg(test)]
mod tests;
mod variables;

use std::{net::SocketAddr, path::PathBuf};

use tickmate::{backend::mailer::Mailbox, desk::SearchSettings, http::MetricsToken};

use self::{
    address::AddressVariables,
    data::DataVariables,
    logs::{LogVariables, Logs},
    mail::MailVariables,
    metrics::MetricsVariables,
    models::ModelVariables,
    not_built_in::NotBuiltIn,
};
pub use self::{
    environment::values,
    help::model_help,
    models::{Model, Provider, model, model_name},
    variables::Values,
};
pub(crate) use self::{help::help, mail::Mail, models::Models, secret::Secret};
use crate::failure::Failure;

/// How the server is set up.
#[derive(Debug)]
pub struct Settings {
    /// Where it listens.
    pub(crate) listen: Chosen<SocketAddr>,
    /// Where users reach it, without a slash at the end; none: `http://localhost` and the port.
    pub(crate) app_url: Option<String>,
    /// The database's file.
    pub(crate) database: Chosen<PathBuf>,
    /// What logins are signed with.
    pub(crate) secret: Secret,
    /// How mails leave.
    pub(crate) mail: Chosen<Mail>,
    /// Who mails come from.
    pub(crate) mail_from: Option<Mailbox>,
    /// Whether users must verify their address first.
    pub(crate) require_verified_email: bool,
    /// How many open tickets a new member of the staff takes.
    pub(crate) default_capacity: u32,
    /// How tickets are searched by words.
    pub(crate) search: SearchSettings,
    /// Which models analyze tickets.
    pub(crate) models: Models,
    /// The token that opens `/metrics`; without it there is no such route.
    pub(crate) metrics_token: Option<MetricsToken>,
    /// How it logs.
    pub(crate) logs: Logs,
    /// The warnings, one line each.
    pub(crate) warnings: Vec<String>,
}

/// A value, and the variables that chose it.
#[derive(Debug)]
pub(crate) struct Chosen<T> {
    /// The value.
    pub(crate) value: T,
    /// The variables; none where it is the default.
    pub(crate) by: Vec<&'static str>,
}

/// A variable that can't be used, and why. The value is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {reason}")]
pub struct Problem {
    name: String,
    reason: String,
}

impl Problem {
    fn new(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            reason: reason.into(),
        }
    }
}

impl From<Problem> for Vec<Problem> {
    fn from(problem: Problem) -> Self {
        vec![problem]
    }
}

/// The problems of all variables.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    /// Returns the value, or collects the problems.
    fn collect<T>(&mut self, result: Result<T, impl Into<Vec<Problem>>>) -> Option<T> {
        result
            .map_err(|problems| self.0.extend(problems.into()))
            .ok()
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

    /// Reads the settings from these values.
    ///
    /// # Errors
    /// Every value that can't be taken.
    pub fn read(values: &Values) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let mut warnings = values.warnings().to_vec();
        warnings.extend(not_built_in::warnings(values));
        problems.collect(values.parse::<NotBuiltIn>());
        let address = problems.collect(values.parse::<AddressVariables>());
        let data = problems.collect(values.parse::<DataVariables>());
        let mail_variables = problems.collect(values.parse::<MailVariables>());
        let models = values.parse::<ModelVariables>();
        let models = problems.collect(models.and_then(|group| group.models(values)));
        let metrics = problems.collect(values.parse::<MetricsVariables>());
        let logs = problems.collect(values.parse::<LogVariables>());
        let listen = address.as_ref().map(|address| address.listen(values));
        let is_production = address.as_ref().is_none_or(AddressVariables::is_production);
        let secret = data.as_ref().and_then(|data| {
            let ip = listen.as_ref().map(|listen| listen.value.ip());
            let is_loopback = ip.is_none_or(|ip| ip.is_loopback());
            let given = data.jwt_secret.as_deref();
            let path = &data.database_url;
            let secret = secret::secret(given, path, is_production, is_loopback, &mut warnings);
            problems.collect(secret)
        });
        let mail = mail_variables.as_ref().and_then(|group| {
            let mail = problems.collect(group.mail(values))?;
            // Without a valid APP_URL it is not known whether there is a sender.
            if let Some(address) = &address {
                let app_url = address.app_url.as_deref();
                let from = group.email_from.as_ref();
                problems.collect(mail::check_sender(&mail.value, from, app_url))?;
            }
            Some(mail)
        });
        let settings = move || {
            let (address, data, models) = (address?, data?, models?);
            let (mail_variables, mail) = (mail_variables?, mail?);
            warnings.extend(address.warnings());
            warnings.extend(mail_variables.warnings(values, &mail, is_production));
            warnings.extend(models::warnings(values, &models));
            let verified = mail_variables.require_verified_email;
            Some(Self {
                listen: listen?,
                app_url: address.app_url,
                database: Chosen {
                    value: data.database_url,
                    by: values.set_of(&["DATABASE_URL"]),
                },
                secret: secret?,
                require_verified_email: verified.unwrap_or_else(|| mail.value.leaves()),
                mail,
                mail_from: mail_variables.email_from,
                default_capacity: data.default_capacity,
                search: data.search_languages,
                models,
                metrics_token: metrics?.metrics_token,
                logs: logs?.into(),
                warnings,
            })
        };
        match settings() {
            Some(settings) if problems.0.is_empty() => Ok(settings),
            Some(_) | None => Err(problems.0),
        }
    }

    /// Returns where users reach the desk, by `APP_URL` or `PORT`.
    pub fn configured_app_url(&self) -> String {
        self.app_url(self.listen.value.port())
    }

    /// Returns where users reach the desk on a server that listens on this port.
    pub fn app_url(&self, port: u16) -> String {
        let local = || format!("http://localhost:{port}");
        self.app_url.clone().unwrap_or_else(local)
    }
}

/// Starts the log of a command that needs no settings, where a variable asks for one.
pub fn start_logs_if_asked() {
    let Ok(values) = values() else { return };
    let is_asked = !values.set_of(&["RUST_LOG", "LOG_LEVEL"]).is_empty();
    if let (true, Ok(variables)) = (is_asked, values.parse::<LogVariables>()) {
        Logs::from(variables).start();
    }
}
