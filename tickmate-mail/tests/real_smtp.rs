//! SMTP against a relay that is not the project's own: `.ci/smtp` starts one and says where it is.
//!
//! `TICKMATE_TEST_SMTP` holds words like `host=localhost starttls=2587 tls=2465 plain=2525 ca=FILE inbox=FOLDER
//! user=U password=P`, percent-encoded user and password. Without it the tests say that they are skipped, and fail
//! where `TICKMATE_TEST_REQUIRE` names `smtp`.

mod support;

use std::{collections::HashMap, error::Error, fs};

use mail_parser::{Message, MessageParser};
use support::mail;
use tickmate_core::backend::mailer::{MailError, Mailer, Repeats};
use tickmate_mail::{Security, SmtpMailer, SmtpSettings};

/// The relay, as the variable describes it.
struct Peer(HashMap<String, String>);

#[expect(
    clippy::disallowed_methods,
    reason = "who runs the tests says where the relay is"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

impl Peer {
    /// The relay; none where there is none and none is required.
    #[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
    fn find() -> Option<Self> {
        let described = variable("TICKMATE_TEST_SMTP");
        if described.trim().is_empty() {
            let is_required = variable("TICKMATE_TEST_REQUIRE").contains("smtp");
            assert!(!is_required, "TICKMATE_TEST_SMTP names no relay");
            println!("skipped: TICKMATE_TEST_SMTP names no relay");
            return None;
        }
        let words = described.split_whitespace().map(|word| {
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

    /// What reaches the port of this name, with its login and root certificate where it is encrypted.
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

    /// The mails of this message id, as the relay stored them. It has done so when it says that it took one.
    fn stored(&self, message_id: &str) -> Vec<String> {
        fs::read_dir(self.get("inbox"))
            .expect("the inbox")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| fs::read_to_string(path).expect("a mail in UTF-8"))
            .filter(|mail| mail.contains(&format!("\r\nMessage-ID: <{message_id}>\r\n")))
            .collect()
    }
}

/// The one mail of this message id.
fn only(stored: &[String]) -> Message<'_> {
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

/// The error and everything below it, as a log would show them.
fn shown(error: &MailError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!(" {error}"));
        source = error.source();
    }
    shown
}

#[tokio::test]
async fn a_mail_arrives_as_it_is_on_every_way() {
    let Some(peer) = Peer::find() else { return };
    for (micros, port, tls, login) in [
        (1, "starttls", "yes", peer.get("user")),
        (2, "tls", "yes", peer.get("user")),
        (3, "plain", "no", "none"),
    ] {
        let mail = mail(micros);
        let receipt = mailer(peer.settings(port)).send(&mail).await.unwrap();
        assert_eq!(receipt.repeats, Repeats::Visible);
        let reference = receipt.reference.unwrap();
        assert!(reference.contains("kept as"), "{port}: {reference}");

        let stored = peer.stored(&mail.message_id);
        let message = only(&stored);
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
    let Some(peer) = Peer::find() else { return };
    for (first, port) in [(11, "starttls"), (21, "tls"), (31, "plain")] {
        let mailer = mailer(peer.settings(port));
        let mut connections = Vec::new();
        for micros in [first, first + 1] {
            let mail = mail(micros);
            mailer.send(&mail).await.unwrap();
            let stored = peer.stored(&mail.message_id);
            connections.push(header(&only(&stored), "X-Peer-Connection"));
        }
        let [one, two] = connections.as_slice() else {
            panic!("{connections:?}");
        };
        assert!(!one.is_empty() && one == two, "{port}: {connections:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_about_the_settings() {
    let Some(peer) = Peer::find() else { return };
    for (micros, port) in [(41, "starttls"), (42, "tls")] {
        let mut settings = peer.settings(port);
        if let Some(login) = &mut settings.credentials {
            login.password = "hunter2".to_owned();
        }
        let mail = mail(micros);
        let error = mailer(settings).send(&mail).await.unwrap_err();
        assert!(matches!(error, MailError::Settings(_)), "{port}: {error:?}");
        let shown = shown(&error);
        assert!(
            shown.contains("535") && !shown.contains("hunter2"),
            "{shown}"
        );
        assert!(peer.stored(&mail.message_id).is_empty(), "{port}");
    }
}

#[tokio::test]
async fn a_relay_that_wants_a_login_or_encryption_gets_it_or_refuses() {
    let Some(peer) = Peer::find() else { return };
    for (micros, port, security) in [
        (51, "starttls", Security::StartTls),
        (52, "tls", Security::Tls),
        (53, "starttls", Security::Plain),
    ] {
        let settings = SmtpSettings {
            security,
            credentials: None,
            ..peer.settings(port)
        };
        let mail = mail(micros);
        let error = mailer(settings).send(&mail).await.unwrap_err();
        assert!(matches!(error, MailError::Settings(_)), "{port}: {error:?}");
        assert!(shown(&error).contains("530"), "{}", shown(&error));
        assert!(peer.stored(&mail.message_id).is_empty(), "{port}");
    }
}

#[tokio::test]
async fn an_untrusted_certificate_gets_nothing() {
    let Some(peer) = Peer::find() else { return };
    for (micros, port, security) in [
        (61, "starttls", Security::StartTls),
        (62, "starttls", Security::Opportunistic),
        (63, "tls", Security::Tls),
    ] {
        for root_certificate in [None, Some(include_bytes!("support/root.pem").to_vec())] {
            let settings = SmtpSettings {
                security,
                root_certificate,
                ..peer.settings(port)
            };
            let mail = mail(micros);
            let error = mailer(settings).send(&mail).await.unwrap_err();
            // The certificate may be replaced, so the mail is not given up.
            assert!(
                matches!(error, MailError::Settings(_)),
                "{security:?}: {error:?}"
            );
            assert!(shown(&error).contains("certificate"), "{}", shown(&error));
            assert!(peer.stored(&mail.message_id).is_empty(), "{security:?}");
        }
        // The same mail goes out once the certificate is trusted.
        let settings = SmtpSettings {
            security,
            ..peer.settings(port)
        };
        let mail = mail(micros);
        mailer(settings).send(&mail).await.unwrap();
        only(&peer.stored(&mail.message_id));
    }
}
