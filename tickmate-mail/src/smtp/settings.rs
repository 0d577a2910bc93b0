//! Settings of a relay: its address, the encryption of the connection, and the login.

use std::{fmt, time::Duration};

use percent_encoding::percent_decode_str;
use tickmate_core::backend::BoxError;
use url::Url;

/// The host of Mailtrap's sandbox.
pub const MAILTRAP_HOST: &str = "sandbox.smtp.mailtrap.io";
/// The port of Mailtrap's sandbox.
pub const MAILTRAP_PORT: u16 = 2525;
/// The default for the maximum duration of each half of the protocol.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

/// Settings of a relay.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The name or address of the relay; an IPv6 address without brackets.
    pub host: String,
    /// The port of the relay.
    pub port: u16,
    /// The encryption of the connection.
    pub security: Security,
    /// The login, or `None` for relays that accept mails without one.
    pub credentials: Option<Credentials>,
    /// One or more PEM certificates that are trusted in addition to Mozilla's roots, for relays with a certificate of
    /// a private authority. [`SmtpMailer::new`](super::SmtpMailer::new) reads them. They have no effect with
    /// [`Security::Plain`].
    pub root_certificate: Option<Vec<u8>>,
    /// The qualified name for EHLO, see [`is_qualified_host_name`](super::is_qualified_host_name). The default is the
    /// domain of the mail's sender if it is qualified, else the address of this machine.
    pub ehlo_name: Option<String>,
    /// The maximum duration of each half of the protocol: up to the relay's "go ahead", and after it.
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
            // The length is enough; the certificate would print as thousands of numbers.
            .field("root_certificate", &root_certificate.as_ref().map(Vec::len))
            .field("ehlo_name", ehlo_name)
            .field("timeout", timeout)
            .finish()
    }
}

/// The encryption of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The connection starts in plain text and must be encrypted before the login and any mail (port 587).
    StartTls,
    /// The connection is encrypted from the start (port 465).
    Tls,
    /// The connection is encrypted if the relay offers it. An attacker on the path can prevent that, so the login is
    /// never sent without encryption.
    Opportunistic,
    /// Neither the mails nor the login are encrypted. For relays on the same machine.
    Plain,
}

/// A login. Its `Debug` output shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// The reason why settings can't be used. It contains no part of the URL, which may contain a password.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The text is not a URL.
    #[error(
        "must be a URL like smtps://user:password@smtp.example.org:465, with user and password percent-encoded"
    )]
    NotAUrl(#[source] url::ParseError),
    /// The URL has another scheme.
    #[error("must begin with smtp:// or smtps://")]
    Scheme,
    /// The URL has no host.
    #[error("must contain a host")]
    Host,
    /// The port is 0.
    #[error("must contain a port from 1 to 65535, or no port")]
    Port,
    /// There is a user without a password, or a password without a user.
    #[error("must have both a user and a password, or neither")]
    HalfCredentials,
    /// The user or the password is not valid text.
    #[error("must contain user and password as percent-encoded UTF-8 without control characters")]
    Credentials,
    /// The value of `tls` is unknown, or can't be combined with the scheme.
    #[error(
        "tls must be one of required, opportunistic, none; with smtps:// it is always required"
    )]
    Security,
    /// The URL has a part that is not supported.
    #[error("must contain neither a path, nor a fragment, nor a parameter other than tls")]
    Unexpected,
    /// The PEM text of the root certificate contains no certificate, or an unreadable one.
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
    /// Returns whether the same settings may be usable later: never.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

impl SmtpSettings {
    /// Parses `smtp[s]://[user:password@]host[:port][?tls=required|opportunistic|none]`.
    ///
    /// `smtps` is TLS from the start, on port 465. `smtp` requires STARTTLS, on port 587. `tls=opportunistic` allows
    /// plain text if the relay does not offer STARTTLS, and `tls=none` is plain text, on port 25. User and password
    /// are percent-decoded.
    ///
    /// # Errors
    /// Returns a [`SettingsError`] with the reason, without any part of the URL.
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

    /// Returns the settings for Mailtrap: by default its sandbox on port 2525, with STARTTLS required.
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
    let mut requested = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" {
            return Err(SettingsError::Unexpected);
        }
        if requested.replace(value).is_some() {
            return Err(SettingsError::Security);
        }
    }
    match (implicit, requested.as_deref()) {
        (true, None | Some("required")) => Ok(Security::Tls),
        (false, None | Some("required")) => Ok(Security::StartTls),
        (false, Some("opportunistic")) => Ok(Security::Opportunistic),
        (false, Some("none")) => Ok(Security::Plain),
        (true | false, Some(_)) => Err(SettingsError::Security),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, SettingsError> {
    let decode = |text: &str| match percent_decode_str(text).decode_utf8() {
        // The decoder would leave a lone % unchanged, which would yield a wrong login.
        _ if !is_percent_encoded(text) => Err(SettingsError::Credentials),
        Ok(text) if !text.contains(char::is_control) => Ok(text.into_owned()),
        _ => Err(SettingsError::Credentials),
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(SettingsError::HalfCredentials),
        (user, Some(password)) => Ok(Some(Credentials {
            user: decode(user)?,
            password: decode(password)?,
        })),
    }
}

/// Returns whether two hexadecimal digits follow every %.
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
    fn urls_set_host_port_and_security() {
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
    fn errors_of_invalid_urls_contain_no_part_of_the_url() {
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
        let output = format!("{settings:?}");
        assert!(
            output.contains("Some(1234)") && !output.contains("77"),
            "{output}"
        );
        assert!(
            !output.contains("hunter2") && !output.contains("ann"),
            "{output}"
        );
    }
}
