//! How mails leave: by a relay, or into a folder; and who they come from.

use std::{fs, net::IpAddr, path::PathBuf};

use tickmate::{
    backend::mailer::Mailbox,
    mail::{
        MAILTRAP_HOST, Security, SettingsError, SmtpMailer, SmtpSettings, is_qualified_host_name,
    },
};
use url::Url;

use super::{Chosen, Problem, variables::Values};

const SMTP_URL: &str = "SMTP_URL";
const EHLO_NAME: &str = "EHLO_NAME";
const FROM: &str = "EMAIL_FROM";
const CA_FILE: &str = "SMTP_CA_FILE";
const HOST: &str = "MAILTRAP_SMTP_HOST";
const PORT: &str = "MAILTRAP_SMTP_PORT";
const USER: &[&str] = &["MAILTRAP_SMTP_USER", "MAILTRAP_USER"];
const PASSWORD: &[&str] = &[
    "MAILTRAP_SMTP_PASS",
    "MAILTRAP_SMTP_PASSWORD",
    "MAILTRAP_PASS",
];
const FOLDER: &str = "MAIL_DIR";

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

/// Reads how mails leave.
pub(super) fn mail(values: &Values) -> Result<Chosen<Mail>, Problem> {
    let mut mail = way(values)?;
    if let Mail::Smtp(settings) = &mut mail.value {
        trust(values, settings)?;
        settings.ehlo_name = ehlo_name(values)?;
    }
    Ok(mail)
}

/// Reads the name that EHLO gives.
fn ehlo_name(values: &Values) -> Result<Option<String>, Problem> {
    match values.get(EHLO_NAME) {
        None => Ok(None),
        Some(name) if is_qualified_host_name(name) => Ok(Some(name.to_owned())),
        Some(_) => Err(Problem::new(
            EHLO_NAME,
            "must be a qualified host name like desk.example.org",
        )),
    }
}

/// Adds the certificates of a company's own.
fn trust(values: &Values, settings: &mut SmtpSettings) -> Result<(), Problem> {
    let path = match values.get(CA_FILE) {
        Some(path) if settings.security != Security::Plain => path,
        Some(_) | None => return Ok(()),
    };
    let pem = fs::read(path).map_err(|error| {
        Problem::new(CA_FILE, format!("names a file that can't be read: {error}"))
    })?;
    settings.root_certificate = Some(pem);
    // Making a mailer connects to nobody, and says whether it can be made.
    match SmtpMailer::new(settings.clone()) {
        Err(SettingsError::RootCertificate(_)) => Err(Problem::new(
            CA_FILE,
            "must name a file of one or more certificates in PEM",
        )),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn way(values: &Values) -> Result<Chosen<Mail>, Problem> {
    if let Some(url) = values.secret(SMTP_URL) {
        let settings = SmtpSettings::from_url(url)
            .map_err(|error| Problem::new(SMTP_URL, error.to_string()))?;
        return Ok(Chosen::by(SMTP_URL, Mail::Smtp(settings)));
    }
    if let Some(mailtrap) = mailtrap(values)? {
        return Ok(mailtrap);
    }
    Ok(match values.get(FOLDER) {
        Some(folder) => Chosen::by(FOLDER, Mail::Folder(folder.into())),
        None => Chosen::default(Mail::Folder("./mail".into())),
    })
}

fn mailtrap(values: &Values) -> Result<Option<Chosen<Mail>>, Problem> {
    let user = one_of(values, USER)?;
    let password = one_of(values, PASSWORD)?;
    let (user_name, user, password) = match (user, password) {
        (Some((name, user)), Some((_, password))) => (name, user, password),
        (Some((name, _)), None) => {
            return Err(Problem::new(
                PASSWORD[0],
                format!("is missing: {name} is set"),
            ));
        }
        (None, Some((name, _))) => {
            return Err(Problem::new(USER[0], format!("is missing: {name} is set")));
        }
        (None, None) => {
            let half = [HOST, PORT]
                .into_iter()
                .find(|name| values.get(name).is_some());
            return match half {
                Some(name) => Err(Problem::new(
                    USER[0],
                    format!("and {} are missing: {name} is set", PASSWORD[0]),
                )),
                None => Ok(None),
            };
        }
    };
    let host = values.get(HOST).unwrap_or(MAILTRAP_HOST);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_address = host.parse::<IpAddr>().is_ok();
    if !is_address && !host.chars().all(is_name) {
        return Err(Problem::new(
            HOST,
            "must be the name of a host, without scheme or port",
        ));
    }
    let port = values.get(PORT).map(str::parse).transpose();
    let port = match port {
        Ok(port) if port != Some(0) => port,
        _ => return Err(Problem::new(PORT, "must be a number from 1 to 65535")),
    };
    let mut settings = SmtpSettings::mailtrap(
        Some(host.to_owned()),
        port,
        user.trim().to_owned(),
        password.to_owned(),
    );
    if port == Some(465) {
        settings.security = Security::Tls;
    }
    Ok(Some(Chosen::by(user_name, Mail::Smtp(settings))))
}

/// The value that goes by one of these names, and which. Two values that differ are refused.
fn one_of<'v>(
    values: &'v Values,
    names: &'static [&'static str],
) -> Result<Option<(&'static str, &'v str)>, Problem> {
    let mut given = names
        .iter()
        .filter_map(|name| values.secret(name).map(|value| (*name, value)));
    let Some(first) = given.next() else {
        return Ok(None);
    };
    match given.find(|other| other.1 != first.1) {
        None => Ok(Some(first)),
        Some(other) => Err(Problem::new(
            other.0,
            format!("says something else than {}: set one of them", first.0),
        )),
    }
}

/// Reads who mails come from.
pub(super) fn mail_from(values: &Values) -> Result<Option<Mailbox>, Problem> {
    let Some(text) = values.get(FROM) else {
        return Ok(None);
    };
    let wrong = || Problem::new(FROM, "must be of the form a@b.c or Name <a@b.c>");
    let (name, email) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').ok_or_else(wrong)?,
        None => ("", text),
    };
    let name = name.trim();
    let name = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .unwrap_or(name);
    if name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | '"')) {
        return Err(wrong());
    }
    let email = email.trim().parse().map_err(|_| wrong())?;
    Ok(Some(Mailbox {
        name: name.to_owned(),
        email,
    }))
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

/// What is odd about the certificates to trust: nothing is encrypted that could need them.
pub(super) fn ca_file_warning(values: &Values, mail: &Mail) -> Option<String> {
    let why = match mail {
        Mail::Folder(_) => "mails are written to a folder",
        Mail::Smtp(settings) if settings.security == Security::Plain => "SMTP_URL says tls=none",
        Mail::Smtp(_) => return None,
    };
    values
        .get(CA_FILE)
        .map(|_| format!("{CA_FILE} is set, but has no effect: {why}"))
}

/// Says what is set for another way than the one that mails go by.
pub(super) fn other_ways_warning(values: &Values, chosen: &Chosen<Mail>) -> Option<String> {
    let by = chosen.by?;
    let ways: &[&[&str]] = match by {
        SMTP_URL => &[USER, PASSWORD, &[HOST, PORT, FOLDER]],
        FOLDER => &[],
        _ => &[&[FOLDER]],
    };
    let names = ways.iter().copied().flatten().copied();
    let unused: Vec<&str> = names.filter(|name| values.get(name).is_some()).collect();
    (!unused.is_empty()).then(|| {
        let (verb, unused) = match unused[..] {
            [one] => ("is", one.to_owned()),
            _ => ("are", unused.join(", ")),
        };
        format!("{unused} {verb} not used: mails go by {by}")
    })
}

/// What is odd about how mails leave.
pub(super) fn mail_warning(mail: &Mail, production: bool) -> Option<String> {
    match mail {
        Mail::Folder(_) if production => Some(
            "mails are written to a folder and reach nobody: set SMTP_URL or MAILTRAP_*".to_owned(),
        ),
        Mail::Folder(_) => None,
        Mail::Smtp(settings) => {
            let local = settings.host == "localhost"
                || settings
                    .host
                    .parse()
                    .is_ok_and(|host: IpAddr| host.is_loopback());
            (settings.security == Security::Plain && !local).then(|| {
                "SMTP_URL says tls=none: mails and the login can be read on their way".to_owned()
            })
        }
    }
}
