//! Settings of a relay: where it is, how the connection is protected, and how to log in.

use std::{fmt, time::Duration};

use percent_encoding::percent_decode_str;
use tickmate_core::backend::BoxError;
use url::Url;

/// The host of Mailtrap's sandbox.
pub const MAILTRAP_HOST: &str = "sandbox.smtp.mailtrap.io";
/// The port of Mailtrap's sandbox.
pub const MAILTRAP_PORT: u16 = 2525;
/// How long each half of a conversation may take, unless set otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

/// How to reach a relay.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name or address; an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How to log in; none for relays that take mails from anybody.
    pub credentials: Option<Credentials>,
    /// One or more certificates in PEM that are trusted beside Mozilla's roots, for relays with a certificate of the
    /// company's own. [`SmtpMailer::new`](super::SmtpMailer::new) reads it; it means nothing with [`Security::Plain`].
    pub root_certificate: Option<Vec<u8>>,
    /// The qualified name that EHLO gives, see [`is_qualified_host_name`](super::is_qualified_host_name). Without one it
    /// is the domain of the mail's sender where that is qualified, else the address of this machine.
    pub ehlo_name: Option<String>,
    /// How long each half of a conversation may take: up to the relay's "go ahead", and after it.
    pub timeout: Duration,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            port,
            security,
            credentials,
            root_certificate,
            ehlo_name,
            timeout,
        } = self;
        f.debug_struct("SmtpSettings")
            .field("host", host)
            .field("port", port)
            .field("security", security)
            .field("credentials", credentials)
            // Thousands of numbers would tell nobody anything.
            .field("root_certificate", &root_certificate.as_ref().map(Vec::len))
            .field("ehlo_name", ehlo_name)
            .field("timeout", timeout)
            .finish()
    }
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The connection begins in plain text and must be encrypted before anything is said (port 587).
    StartTls,
    /// The connection is encrypted from the start (port 465).
    Tls,
    /// The connection is encrypted where the relay offers it. Whoever sits in between can prevent that, so a login
    /// is never sent without encryption.
    Opportunistic,
    /// Nothing is encrypted, the login neither. For relays on the same machine.
    Plain,
}

/// How to log in. It shows itself to nobody by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Why settings can't be used. It shows nothing of the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is no URL.
    #[error(
        "must be a URL like smtps://user:password@smtp.example.org:465, with user and password percent-encoded"
    )]
    NotAUrl(#[source] url::ParseError),
    /// It is a URL for something else.
    #[error("must begin with smtp:// or smtps://")]
    Scheme,
    /// It names no host.
    #[error("must name a host")]
    Host,
    /// The port is 0.
    #[error("must name a port from 1 to 65535, or none")]
    Port,
    /// There is a user without a password, or the other way round.
    #[error("must have both a user and a password, or neither")]
    HalfCredentials,
    /// User or password are no text.
    #[error("must have user and password as percent-encoded UTF-8 without control characters")]
    Credentials,
    /// The protection asked for is unknown, or does not go with the scheme.
    #[error(
        "tls must be one of required, opportunistic, none; with smtps:// it is always required"
    )]
    Security,
    /// There is a part that means nothing here.
    #[error("must have neither a path, nor a fragment, nor a parameter other than tls")]
    Unexpected,
    /// There is no certificate in the root certificate's PEM, or one that can't be read.
    #[error("the root certificate must be one or more certificates in PEM")]
    RootCertificate(#[source] Option<BoxError>),
    /// The name for EHLO is not qualified.
    #[error("the name for EHLO must be a qualified host name like desk.example.org")]
    EhloName,
    /// TLS could not be set up.
    #[error("TLS can't be set up for this host")]
    Tls(#[source] BoxError),
}

impl SettingsError {
    /// Whether the same settings may be usable later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

impl SmtpSettings {
    /// Reads `smtp[s]://[user:password@]host[:port][?tls=required|opportunistic|none]`.
    ///
    /// `smtps` is TLS from the start, on port 465. `smtp` requires STARTTLS, on port 587; `tls=opportunistic` takes
    /// plain text where the relay offers nothing else, and `tls=none` is plain text, on port 25. User and password
    /// are percent-decoded.
    ///
    /// # Errors
    /// A [`SettingsError`] that says what is wrong, without any part of the URL.
    pub fn from_url(url: &str) -> Result<Self, SettingsError> {
        let url = Url::parse(url.trim()).map_err(SettingsError::NotAUrl)?;
        let implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(SettingsError::Scheme),
        };
        let host = host(&url)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SettingsError::Unexpected);
        }
        let security = security(&url, implicit)?;
        let port = match (url.port(), security) {
            (Some(0), _) => return Err(SettingsError::Port),
            (Some(port), _) => port,
            (None, Security::Tls) => 465,
            (None, Security::StartTls | Security::Opportunistic) => 587,
            (None, Security::Plain) => 25,
        };
        Ok(Self {
            host,
            port,
            security,
            credentials: credentials(&url)?,
            root_certificate: None,
            ehlo_name: None,
            timeout: DEFAULT_TIMEOUT,
        })
    }

    /// Mailtrap's settings: its sandbox on port 2525 unless told otherwise, with STARTTLS required.
    pub fn mailtrap(
        host: Option<String>,
        port: Option<u16>,
        user: String,
        password: String,
    ) -> Self {
        Self {
            host: host.unwrap_or_else(|| MAILTRAP_HOST.to_owned()),
            port: port.unwrap_or(MAILTRAP_PORT),
            security: Security::StartTls,
            credentials: Some(Credentials { user, password }),
            root_certificate: None,
            ehlo_name: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }
}

fn host(url: &Url) -> Result<String, SettingsError> {
    match url.host() {
        Some(url::Host::Domain("")) | None => Err(SettingsError::Host),
        Some(url::Host::Domain(name)) => Ok(name.to_owned()),
        Some(url::Host::Ipv4(address)) => Ok(address.to_string()),
        Some(url::Host::Ipv6(address)) => Ok(address.to_string()),
    }
}

fn security(url: &Url, implicit: bool) -> Result<Security, SettingsError> {
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" {
            return Err(SettingsError::Unexpected);
        }
        if asked.replace(value).is_some() {
            return Err(SettingsError::Security);
        }
    }
    match (implicit, asked.as_deref()) {
        (true, None | Some("required")) => Ok(Security::Tls),
        (false, None | Some("required")) => Ok(Security::StartTls),
        (false, Some("opportunistic")) => Ok(Security::Opportunistic),
        (false, Some("none")) => Ok(Security::Plain),
        (true | false, Some(_)) => Err(SettingsError::Security),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SettingsError> {
    let decoded = |text: &str| match percent_decode_str(text).decode_utf8() {
        // A decoder would keep a lone % as it stands: a login that nobody meant.
        _ if !is_percent_encoded(text) => Err(SettingsError::Credentials),
        Ok(text) if !text.contains(char::is_control) => Ok(text.into_owned()),
        _ => Err(SettingsError::Credentials),
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(SettingsError::HalfCredentials),
        (user, Some(password)) => Ok(Some(Credentials {
            user: decoded(user)?,
            password: decoded(password)?,
        })),
    }
}

/// Whether two hexadecimal digits follow every %.
fn is_percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut after = after.chars();
        let mut digit = || after.next().is_some_and(|c| c.is_ascii_hexdigit());
        digit() && digit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_host_port_and_protection() {
        for (url, host, port, security) in [
            (
                "smtps://relay.example.org",
                "relay.example.org",
                465,
                Security::Tls,
            ),
            (
                "smtps://relay.example.org:2465?tls=required",
                "relay.example.org",
                2465,
                Security::Tls,
            ),
            (
                "smtp://relay.example.org",
                "relay.example.org",
                587,
                Security::StartTls,
            ),
            (
                "smtp://relay.example.org/?tls=required",
                "relay.example.org",
                587,
                Security::StartTls,
            ),
            (
                "smtp://relay.example.org:25?tls=opportunistic",
                "relay.example.org",
                25,
                Security::Opportunistic,
            ),
            (
                "smtp://localhost?tls=none",
                "localhost",
                25,
                Security::Plain,
            ),
            (
                "smtp://127.0.0.1:1025?tls=none",
                "127.0.0.1",
                1025,
                Security::Plain,
            ),
            (
                " smtp://[::1]:1025?tls=none\n",
                "::1",
                1025,
                Security::Plain,
            ),
        ] {
            let settings = SmtpSettings::from_url(url).unwrap();
            assert_eq!(
                (settings.host.as_str(), settings.port, settings.security),
                (host, port, security),
                "{url}"
            );
            assert_eq!(settings.credentials, None);
        }
    }

    #[test]
    fn credentials_are_percent_decoded() {
        let settings =
            SmtpSettings::from_url("smtps://ann%40example.org:p%40ss%2F%3A%C3%A4+1@relay").unwrap();
        let credentials = settings.credentials.unwrap();
        assert_eq!(credentials.user, "ann@example.org");
        assert_eq!(credentials.password, "p@ss/:ä+1");
    }

    #[test]
    fn wrong_urls_are_refused_without_being_shown() {
        for url in [
            "",
            "relay",
            "relay:587",
            "http://u:hunter2@relay",
            "smtp:hunter2",
            "smtp://",
            "smtp:///",
            "smtp://u:hunter2@",
            "smtp://u:hun#ter2@relay",
            "smtp://u:hunter2@relay:0",
            "smtp://u:hunter2@relay:70000",
            "smtp://u:hunter2@relay:x",
            "smtp://hunter2@relay",
            "smtp://:hunter2@relay",
            "smtp://u:@relay",
            "smtp://u:hunter2%00@relay",
            "smtp://u:hunter2%ff@relay",
            "smtp://u:hunter2%zz@relay",
            "smtp://u:hunter2%4@relay",
            "smtp://hunter2%:p@relay",
            "smtp://u:hunter2@relay?tls=maybe",
            "smtp://u:hunter2@relay?tls=",
            "smtp://u:hunter2@relay?tls=none&tls=required",
            "smtps://u:hunter2@relay?tls=none",
            "smtps://u:hunter2@relay?tls=opportunistic",
            "smtp://u:hunter2@relay?TLS=none",
            "smtp://u:hunter2@relay?timeout=hunter2",
            "smtp://u:hunter2@relay/hunter2",
            "smtp://u:hunter2@relay#hunter2",
        ] {
            let error = SmtpSettings::from_url(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter"), "{url}");
        }
    }

    #[test]
    fn mailtrap_has_defaults() {
        let settings = SmtpSettings::mailtrap(None, None, "u".to_owned(), "hunter2".to_owned());
        assert_eq!(
            (settings.host.as_str(), settings.port, settings.security),
            ("sandbox.smtp.mailtrap.io", 2525, Security::StartTls)
        );
        let live = Some("live.smtp.mailtrap.io".to_owned());
        let settings = SmtpSettings::mailtrap(live, Some(587), "u".to_owned(), "p".to_owned());
        assert_eq!(
            (settings.host.as_str(), settings.port),
            ("live.smtp.mailtrap.io", 587)
        );
    }

    #[test]
    fn debug_shows_no_login() {
        let mut settings = SmtpSettings::from_url("smtps://ann:hunter2@relay").unwrap();
        settings.root_certificate = Some(vec![77; 1234]);
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("Some(1234)") && !shown.contains("77"),
            "{shown}"
        );
        assert!(
            !shown.contains("hunter2") && !shown.contains("ann"),
            "{shown}"
        );
    }
}
