//! Tests SMTP against an independent relay, which `.ci/smtp` starts.
//!
//! `TICKMATE_TEST_SMTP` describes the relay with words like `host=localhost starttls=2587 tls=2465 plain=2525 ca=FILE
//! inbox=FOLDER user=U password=P`, where user and password are percent-encoded. Without it the tests print that they
//! are skipped, or fail if `TICKMATE_TEST_REQUIRE` contains `smtp`.

mod support;

use std::{collections::HashMap, error::Error, fs};

use mail_parser::{Message, MessageParser};
use support::mail;
use tickmate_core::backend::mailer::{MailError, Mailer, Repeats};
use tickmate_mail::{Security, SmtpMailer, SmtpSettings};

/// The relay as described by the variable.
struct ExternalRelay(HashMap<String, String>);

#[expect(
    clippy::disallowed_methods,
    reason = "the environment describes the relay"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

impl ExternalRelay {
    /// Reads the description of the relay. Returns `None` if there is none and none is required.
    #[expect(
        clippy::print_stdout,
        reason = "a skipped test prints that it is skipped"
    )]
    fn find() -> Option<Self> {
        let description = variable("TICKMATE_TEST_SMTP");
        if description.trim().is_empty() {
            let is_required = variable("TICKMATE_TEST_REQUIRE").contains("smtp");
            assert!(!is_required, "TICKMATE_TEST_SMTP names no relay");
            println!("skipped: TICKMATE_TEST_SMTP names no relay");
            return None;
        }
        let words = description.split_whitespace().map(|word| {
            let (name, value) = word.split_once('=').expect("words like name=value");
            (name.to_owned(), value.to_owned())
        });
        Some(Self(words.collect()))
    }

    fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("TICKMATE_TEST_SMTP has no {name}="))
    }

    /// Returns settings for the port with this name, with the login and the root certificate if it is encrypted.
    fn settings(&self, port: &str) -> SmtpSettings {
        let address = format!("{}:{}", self.get("host"), self.get(port));
        let login = format!("{}:{}", self.get("user"), self.get("password"));
        let url = match port {
            "tls" => format!("smtps://{login}@{address}"),
            "starttls" => format!("smtp://{login}@{address}"),
            _ => format!("smtp://{address}?tls=none"),
        };
        let mut settings = SmtpSettings::from_url(&url).expect("a URL");
        if settings.security != Security::Plain {
            let pem = fs::read(self.get("ca")).expect("the root certificate");
            settings.root_certificate = Some(pem);
        }
        settings
    }

    /// Returns the stored mails with this message id. The relay stores a mail before it accepts it.
    fn stored_mails(&self, message_id: &str) -> Vec<String> {
        fs::read_dir(self.get("inbox"))
            .expect("the inbox")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| fs::read_to_string(path).expect("a mail in UTF-8"))
            .filter(|mail| mail.contains(&format!("\r\nMessage-ID: <{message_id}>\r\n")))
            .collect()
    }
}

/// Parses the only stored mail, and fails if there is another number of mails.
fn parse_only_mail(stored: &[String]) -> Message<'_> {
    let [mail] = stored else {
        panic!("{} mails instead of one", stored.len());
    };
    MessageParser::default().parse(mail).expect("a mail")
}

fn header(message: &Message<'_>, name: &'static str) -> String {
    let value = message.header_raw(name).map_or("", str::trim);
    value.to_owned()
}

fn mailer(settings: SmtpSettings) -> SmtpMailer {
    SmtpMailer::new(settings).expect("usable settings")
}

/// Returns the error and all its sources, as a log would show them.
fn error_chain(error: &MailError) -> String {
    let mut chain = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        chain.push_str(&format!(" {error}"));
        source = error.source();
    }
    chain
}

#[tokio::test]
async fn a_mail_arrives_unchanged_with_each_encryption() {
    let Some(relay) = ExternalRelay::find() else {
        return;
    };
    for (micros, port, tls, login) in [
        (1, "starttls", "yes", relay.get("user")),
        (2, "tls", "yes", relay.get("user")),
        (3, "plain", "no", "none"),
    ] {
        let mail = mail(micros);
        let receipt = mailer(relay.settings(port)).send(&mail).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Visible);
        let reference = receipt.reference.unwrap();
        assert!(reference.contains("kept as"), "{port}: {reference}");

        let stored = relay.stored_mails(&mail.message_id);
        let message = parse_only_mail(&stored);
        for (name, value) in [
            ("X-Peer-Port", port),
            ("X-Peer-Tls", tls),
            ("X-Peer-Login", login),
            ("X-Peer-From", "desk@example.org"),
            ("X-Peer-To", "ann@example.org"),
            ("From", "TickMate <desk@example.org>"),
            ("Subject", "[#12] The printer is on fire"),
            ("Date", "Thu, 01 Jan 1970 00:00:00 +0000"),
            ("In-Reply-To", "<last@example.org>"),
            ("References", "<first@example.org> <last@example.org>"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ] {
            assert_eq!(header(&message, name), value, "{port}: {name}");
        }
        assert_eq!(message.message_id(), Some(mail.message_id.as_str()));
        let to = message.to().unwrap().first().unwrap();
        assert_eq!(to.name(), Some("Ann Löw"));
        assert_eq!(
            (message.text_body_count(), message.html_body_count()),
            (1, 1)
        );
        let text = message.body_text(0).unwrap().replace("\r\n", "\n");
        let html = message.body_html(0).unwrap().replace("\r\n", "\n");
        assert_eq!((text, html), (mail.text, mail.html), "{port}");
    }
}

#[tokio::test]
async fn one_connection_serves_two_mails() {
    let Some(relay) = ExternalRelay::find() else {
        return;
    };
    for (first, port) in [(11, "starttls"), (21, "tls"), (31, "plain")] {
        let mailer = mailer(relay.settings(port));
        let mut connections = Vec::new();
        for micros in [first, first + 1] {
            let mail = mail(micros);
            mailer.send(&mail).await.unwrap();
            let stored = relay.stored_mails(&mail.message_id);
            connections.push(header(&parse_only_mail(&stored), "X-Peer-Connection"));
        }
        let [first, second] = connections.as_slice() else {
            panic!("{connections:?}");
        };
        assert!(
            !first.is_empty() && first == second,
            "{port}: {connections:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_settings_error() {
    let Some(relay) = ExternalRelay::find() else {
        return;
    };
    for (micros, port) in [(41, "starttls"), (42, "tls")] {
        let mut settings = relay.settings(port);
        if let Some(login) = &mut settings.credentials {
            login.password = "hunter2".to_owned();
        }
        let mail = mail(micros);
        let error = mailer(settings).send(&mail).await.unwrap_err();
        assert!(matches!(error, MailError::Settings(_)), "{port}: {error:?}");
        let chain = error_chain(&error);
        assert!(
            chain.contains("535") && !chain.contains("hunter2"),
            "{chain}"
        );
        assert!(relay.stored_mails(&mail.message_id).is_empty(), "{port}");
    }
}

#[tokio::test]
async fn a_missing_login_or_encryption_is_a_settings_error() {
    let Some(relay) = ExternalRelay::find() else {
        return;
    };
    for (micros, port, security) in [
        (51, "starttls", Security::StartTls),
        (52, "tls", Security::Tls),
        (53, "starttls", Security::Plain),
    ] {
        let settings = SmtpSettings {
            security,
            credentials: None,
            ..relay.settings(port)
        };
        let mail = mail(micros);
        let error = mailer(settings).send(&mail).await.unwrap_err();
        assert!(matches!(error, MailError::Settings(_)), "{port}: {error:?}");
        assert!(
            error_chain(&error).contains("530"),
            "{}",
            error_chain(&error)
        );
        assert!(relay.stored_mails(&mail.message_id).is_empty(), "{port}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_relay_with_an_untrusted_certificate() {
    let Some(relay) = ExternalRelay::find() else {
        return;
    };
    for (micros, port, security) in [
        (61, "starttls", Security::StartTls),
        (62, "starttls", Security::Opportunistic),
        (63, "tls", Security::Tls),
    ] {
        for root_certificate in [None, Some(include_bytes!("support/root.pem").to_vec())] {
            let settings = SmtpSettings {
                security,
                root_certificate,
                ..relay.settings(port)
            };
            let mail = mail(micros);
            let error = mailer(settings).send(&mail).await.unwrap_err();
            // The certificate may be replaced, so the mail is not refused for good.
            assert!(
                matches!(error, MailError::Settings(_)),
                "{security:?}: {error:?}"
            );
            assert!(
                error_chain(&error).contains("certificate"),
                "{}",
                error_chain(&error)
            );
            assert!(
                relay.stored_mails(&mail.message_id).is_empty(),
                "{security:?}"
            );
        }
        // The same mail is sent once the certificate is trusted.
        let settings = SmtpSettings {
            security,
            ..relay.settings(port)
        };
        let mail = mail(micros);
        mailer(settings).send(&mail).await.unwrap();
        parse_only_mail(&relay.stored_mails(&mail.message_id));
    }
}
