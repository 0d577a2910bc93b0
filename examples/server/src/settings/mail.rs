//! How mails leave: by a relay, or into a folder; and who they come from.

use std::{fs, io, net::IpAddr, path::PathBuf};

use clap::Args;
use tickmate::{
    backend::mailer::Mailbox,
    mail::{
        MAILTRAP_HOST, Security, SettingsError, SmtpMailer, SmtpSettings, is_qualified_host_name,
    },
};
use url::Url;

use super::{
    Chosen, Problem,
    variables::{Values, number},
};

const SMTP_URL: &str = "SMTP_URL";
const FROM: &str = "EMAIL_FROM";
const CA_FILE: &str = "SMTP_CA_FILE";
const USER: &str = "MAILTRAP_SMTP_USER";
const PASSWORD: &str = "MAILTRAP_SMTP_PASS";
const FOLDER: &str = "MAIL_DIR";
const MAILTRAP: [&str; 7] = [
    USER,
    "MAILTRAP_USER",
    PASSWORD,
    "MAILTRAP_SMTP_PASSWORD",
    "MAILTRAP_PASS",
    "MAILTRAP_SMTP_HOST",
    "MAILTRAP_SMTP_PORT",
];

#[derive(Args)]
#[command(next_help_heading = "Mail: SMTP_URL, else MAILTRAP_*, else a folder")]
#[command(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct MailVariables {
    /// Who mails come from: `a@b.c` or `Name <a@b.c>` [default: `tickmate` at the host of `APP_URL`; needed for a relay
    /// where that is no domain]
    #[arg(long, value_parser = mailbox)]
    pub(super) email_from: Option<Mailbox>,
    /// The relay: `smtps://USER:PASSWORD@HOST`, or `smtp://` with STARTTLS; plain text needs `?tls=none`
    #[arg(long, hide_env_values = true, value_parser = SmtpSettings::from_url)]
    smtp_url: Option<SmtpSettings>,
    /// The qualified name that the server gives to the relay (EHLO) [default: the domain of `EMAIL_FROM` or `APP_URL`,
    /// else the address of the machine]
    #[arg(long, value_parser = qualified_host_name)]
    ehlo_name: Option<String>,
    /// A PEM file of certificates that a relay's may be signed by, beside the well-known ones
    #[arg(long)]
    smtp_ca_file: Option<String>,
    /// Mailtrap's host
    #[arg(long, default_value = MAILTRAP_HOST, value_parser = host)]
    mailtrap_smtp_host: String,
    /// Mailtrap's port
    #[arg(long, default_value = "2525", value_parser = number::<u16>(1..=65535))]
    mailtrap_smtp_port: u16,
    /// Mailtrap's user
    #[arg(long, hide_env_values = true)]
    mailtrap_smtp_user: Option<String>,
    /// Mailtrap's password
    #[arg(long, hide_env_values = true)]
    mailtrap_smtp_pass: Option<String>,
    /// Another name of `MAILTRAP_SMTP_PASS`
    #[arg(long, hide_env_values = true)]
    mailtrap_smtp_password: Option<String>,
    /// Another name of `MAILTRAP_SMTP_USER`
    #[arg(long, hide_env_values = true)]
    mailtrap_user: Option<String>,
    /// Another name of `MAILTRAP_SMTP_PASS`
    #[arg(long, hide_env_values = true)]
    mailtrap_pass: Option<String>,
    /// The folder that mails are written to as .eml files
    #[arg(long, default_value = "./mail")]
    mail_dir: String,
    /// Whether users must verify their address first: true or false [default: true with SMTP, false with the folder]
    #[arg(long)]
    pub(super) require_verified_email: Option<bool>,
}

/// How mails leave.
#[derive(Debug)]
pub(crate) enum Mail {
    /// By a relay.
    Smtp(SmtpSettings),
    /// Into a folder.
    Folder(PathBuf),
}

impl Mail {
    /// Whether mails reach people.
    pub(crate) const fn leaves(&self) -> bool {
        matches!(self, Self::Smtp(_))
    }
}

impl MailVariables {
    /// Returns how mails leave.
    ///
    /// # Errors
    /// Variables that don't fit together, and a file of certificates that can't be used.
    pub(super) fn mail(&self, values: &Values) -> Result<Chosen<Mail>, Problem> {
        let (mut smtp, by) = match (&self.smtp_url, self.mailtrap(values)?) {
            (Some(smtp), _) => (smtp.clone(), SMTP_URL),
            (None, Some(mailtrap)) => mailtrap,
            (None, None) => {
                let value = Mail::Folder(PathBuf::from(&self.mail_dir));
                let by = values.set_of(&[FOLDER]);
                return Ok(Chosen { value, by });
            }
        };
        self.add_root_certificate(&mut smtp)?;
        smtp.ehlo_name.clone_from(&self.ehlo_name);
        Ok(Chosen {
            value: Mail::Smtp(smtp),
            by: vec![by],
        })
    }

    /// Adds the certificates of the operator's own authority.
    fn add_root_certificate(&self, smtp: &mut SmtpSettings) -> Result<(), Problem> {
        let path = match &self.smtp_ca_file {
            Some(path) if smtp.security != Security::Plain => path,
            Some(_) | None => return Ok(()),
        };
        let unreadable = |error: io::Error| format!("names a file that can't be read: {error}");
        let pem = fs::read(path).map_err(|error| Problem::new(CA_FILE, unreadable(error)))?;
        smtp.root_certificate = Some(pem);
        // Making a mailer opens no connection, and reports whether it can be made.
        match SmtpMailer::new(smtp.clone()) {
            Err(SettingsError::RootCertificate(_)) => {
                let what = "must name a file of one or more certificates in PEM";
                Err(Problem::new(CA_FILE, what))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Returns Mailtrap as the relay, and the variable of its user; none where no variable of it has a value.
    fn mailtrap(&self, values: &Values) -> Result<Option<(SmtpSettings, &'static str)>, Problem> {
        if self.smtp_url.is_some() {
            return Ok(None);
        }
        let user = first([
            (USER, &self.mailtrap_smtp_user),
            (MAILTRAP[1], &self.mailtrap_user),
        ])?;
        let password = first([
            (PASSWORD, &self.mailtrap_smtp_pass),
            (MAILTRAP[3], &self.mailtrap_smtp_password),
            (MAILTRAP[4], &self.mailtrap_pass),
        ])?;
        let missing = |name: &str, given: &str| {
            let what = format!("is missing: {given} is set");
            Err(Problem::new(name, what))
        };
        let (name, user, password) = match (user, password) {
            (Some((name, user)), Some((_, password))) => (name, user, password),
            (Some((name, _)), None) => return missing(PASSWORD, name),
            (None, Some((name, _))) => return missing(USER, name),
            (None, None) => {
                let Some(name) = values.set_of(&MAILTRAP).first().copied() else {
                    return Ok(None);
                };
                let what = format!("and {PASSWORD} are missing: {name} is set");
                return Err(Problem::new(USER, what));
            }
        };
        let port = self.mailtrap_smtp_port;
        let (host, user) = (self.mailtrap_smtp_host.clone(), user.trim().to_owned());
        let mut smtp = SmtpSettings::mailtrap(Some(host), Some(port), user, password.to_owned());
        if port == 465 {
            smtp.security = Security::Tls;
        }
        Ok(Some((smtp, name)))
    }

    /// Returns what may be a mistake in view of how mails leave.
    pub(super) fn warnings(
        &self,
        values: &Values,
        chosen: &Chosen<Mail>,
        is_production: bool,
    ) -> Vec<String> {
        let (no_effect, danger) = match &chosen.value {
            Mail::Folder(_) => (
                Some("mails are written to a folder"),
                is_production.then_some(
                    "mails are written to a folder and reach nobody: set SMTP_URL or MAILTRAP_*",
                ),
            ),
            Mail::Smtp(smtp) if smtp.security == Security::Plain => (
                Some("SMTP_URL says tls=none"),
                (!is_local(&smtp.host)).then_some(
                    "SMTP_URL says tls=none: mails and the login can be read on their way",
                ),
            ),
            Mail::Smtp(_) => (None, None),
        };
        let no_effect = no_effect.filter(|_| self.smtp_ca_file.is_some());
        let no_effect = no_effect.map(|why| format!("{CA_FILE} is set, but has no effect: {why}"));
        let others = unused(values, chosen).into_iter().chain(no_effect);
        others.chain(danger.map(str::to_owned)).collect()
    }
}

/// Returns which variables of other ways than the chosen one have a value, in words.
fn unused(values: &Values, chosen: &Chosen<Mail>) -> Option<String> {
    let by = *chosen.by.first()?;
    let mut names = match by {
        SMTP_URL => values.set_of(&MAILTRAP),
        _ => Vec::new(),
    };
    if by != FOLDER {
        names.extend(values.set_of(&[FOLDER]));
    }
    let verb = if names.len() == 1 { "is" } else { "are" };
    let list = names.join(", ");
    (!names.is_empty()).then(|| format!("{list} {verb} not used: mails go by {by}"))
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|host: IpAddr| host.is_loopback())
}

/// Returns the first of these variables that has a value. Two values that differ are refused.
fn first<'v, const N: usize>(
    variables: [(&'static str, &'v Option<String>); N],
) -> Result<Option<(&'static str, &'v str)>, Problem> {
    let given = |(name, value): (_, &'v Option<String>)| Some((name, value.as_deref()?));
    let mut given = variables.into_iter().filter_map(given);
    let first = given.next();
    let Some((name, value)) = first else {
        return Ok(None);
    };
    match given.find(|other| other.1 != value) {
        None => Ok(first),
        Some((other, _)) => {
            let what = format!("says something else than {name}: set one of them");
            Err(Problem::new(other, what))
        }
    }
}

fn qualified_host_name(text: &str) -> Result<String, &'static str> {
    let name = is_qualified_host_name(text).then(|| text.to_owned());
    name.ok_or("must be a qualified host name like desk.example.org")
}

fn host(text: &str) -> Result<String, &'static str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_host = text.parse::<IpAddr>().is_ok() || text.chars().all(is_name);
    let host = is_host.then(|| text.to_owned());
    host.ok_or("must be the name of a host, without scheme or port")
}

fn mailbox(text: &str) -> Result<Mailbox, &'static str> {
    let wrong = "must be of the form a@b.c or Name <a@b.c>";
    let (name, email) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').ok_or(wrong)?,
        None => ("", text),
    };
    let name = name.trim();
    let unquoted = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let name = unquoted.unwrap_or(name);
    if name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | '"')) {
        return Err(wrong);
    }
    Ok(Mailbox {
        name: name.to_owned(),
        email: email.trim().parse().map_err(|_| wrong)?,
    })
}

/// Checks that mails have a sender that relays accept: an address at a qualified host name, which is that of
/// `EMAIL_FROM`, else the host of `APP_URL`.
pub(super) fn check_sender(
    mail: &Mail,
    mail_from: Option<&Mailbox>,
    app_url: Option<&str>,
) -> Result<(), Problem> {
    let url = app_url.and_then(|url| Url::parse(url).ok());
    let (domain, problem) = match mail_from {
        Some(from) => (
            from.email.domain(),
            "must be an address at a qualified host name like desk@example.org: relays refuse mails of other senders",
        ),
        None => (
            url.as_ref().and_then(Url::host_str).unwrap_or_default(),
            "is missing: relays refuse mails without a sender at a domain, and APP_URL names none",
        ),
    };
    match mail.leaves() && !is_qualified_host_name(domain) {
        true => Err(Problem::new(FROM, problem)),
        false => Ok(()),
    }
}
