//! Tests SMTP against a relay in the test: what the relay receives, and what each failure means for the mail.

mod relay;
mod support;

use std::{
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use mail_parser::MessageParser;
use relay::{Answer, Relay, accept};
use support::mail;
use tickmate_core::backend::mailer::{MailError, Mailer, Repeats};
use tickmate_mail::{Credentials, Security, SettingsError, SmtpMailer, SmtpSettings};

fn settings(port: u16) -> SmtpSettings {
    let mut settings = SmtpSettings::from_url("smtp://127.0.0.1?tls=none").expect("a URL");
    settings.port = port;
    settings
}

fn mailer(relay: &Relay) -> SmtpMailer {
    SmtpMailer::new(settings(relay.port)).expect("settings without TLS")
}

/// Returns a mailer with a short timeout, for relays that don't answer.
fn mailer_with_short_timeout(relay: &Relay) -> SmtpMailer {
    let mut settings = settings(relay.port);
    settings.timeout = Duration::from_millis(200);
    SmtpMailer::new(settings).expect("settings without TLS")
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
async fn an_accepted_mail_arrives_unchanged() {
    let relay = Relay::start(|_, command| match command {
        "." => Answer::say("250-2.0.0 taken for ann@example.org\r\n250 2.0.0 really"),
        other => accept(other),
    })
    .await;
    let mail = mail(3);
    let receipt = mailer(&relay).send(&mail).await.unwrap();
    assert_eq!(receipt.reference.as_deref(), Some("2.0.0 taken for …"));
    assert_eq!(receipt.repeats, Repeats::Visible);

    let log = relay.log();
    assert_eq!(log.commands.first().unwrap(), "EHLO example.org");
    assert_eq!(log.commands.get(1).unwrap(), "MAIL FROM:<desk@example.org>");
    assert_eq!(log.commands.get(2).unwrap(), "RCPT TO:<ann@example.org>");
    assert_eq!(log.messages.len(), 1);
    let message = log.messages.first().unwrap();
    for header in [
        "From: TickMate <desk@example.org>\r\n",
        "Subject: [#12] The printer is on fire\r\n",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
        "Message-ID: <3.received.0@example.org>\r\n",
        "In-Reply-To: <last@example.org>\r\n",
        "References: <first@example.org> <last@example.org>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Auto-Response-Suppress: All\r\n",
    ] {
        assert!(message.contains(header), "{header} in {message}");
    }
    let parsed = MessageParser::default().parse(message).unwrap();
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        mail.text
    );
    assert_eq!(
        parsed.body_html(0).unwrap().replace("\r\n", "\n"),
        mail.html
    );
}

/// Returns the class of an error as a word.
fn class_of(error: &MailError) -> &'static str {
    match (error, error.retry_after()) {
        (MailError::Transient { .. }, Some(_)) => "throttled",
        (MailError::Transient { .. }, None) => "transient",
        (MailError::Unanswered(_), _) => "unanswered",
        (MailError::Settings(_), _) => "settings",
        (MailError::Refused(_), _) => "refused",
    }
}

#[tokio::test]
async fn answers_are_judged_by_step_code_and_words() {
    for (refused, answer, class) in [
        ("greeting", "421 4.3.2 too busy", "settings"),
        ("greeting", "554 5.3.2 go away", "settings"),
        ("MAIL", "530 5.7.0 Must issue STARTTLS first", "settings"),
        ("MAIL", "421 closing the connection", "settings"),
        ("MAIL", "452 4.3.1 no room", "settings"),
        ("MAIL", "451 4.7.0 rate limited", "throttled"),
        ("MAIL", "553 5.1.8 bad sender", "settings"),
        ("RCPT", "450 4.2.1 ann@example.org is busy", "transient"),
        ("RCPT", "550 5.1.1 <ann@example.org> unknown", "refused"),
        (
            "RCPT",
            "550 5.4.5 Daily user sending quota exceeded",
            "throttled",
        ),
        (
            "RCPT",
            "504 5.5.2 <desk>: Helo command rejected",
            "settings",
        ),
        ("RCPT", "552 5.2.2 mailbox over quota", "transient"),
        ("DATA", "451 4.3.0 error", "transient"),
        ("DATA", "554 5.5.1 no", "refused"),
        ("DATA", "250 what?", "transient"),
        (".", "451 4.3.0 later", "transient"),
        (
            ".",
            "550 5.7.0 Requested action not taken: too many emails per second",
            "throttled",
        ),
        (".", "554 5.7.0 not accepted, try again later", "throttled"),
        (".", "554 5.7.1 spam", "refused"),
    ] {
        let relay = Relay::start(move |_, command| match command.starts_with(refused) {
            true => Answer::say(answer),
            false => accept(command),
        })
        .await;
        let error = mailer(&relay).send(&mail(1)).await.unwrap_err();
        assert_eq!(class_of(&error), class, "{refused} {answer}: {error:?}");
        assert!(
            !error_chain(&error).contains("ann@"),
            "{}",
            error_chain(&error)
        );
        if answer.contains("unknown") {
            assert!(
                error_chain(&error).contains("550 5.1.1 … unknown"),
                "{}",
                error_chain(&error)
            );
        }
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_message_has_sent_no_mail() {
    for (lost, class) in [
        ("greeting", "settings"),
        ("EHLO", "settings"),
        ("MAIL", "settings"),
        ("RCPT", "transient"),
        ("DATA", "transient"),
    ] {
        let relay = Relay::start(move |_, command| match command.starts_with(lost) {
            true => Answer::HangUp,
            false => accept(command),
        })
        .await;
        let error = mailer(&relay).send(&mail(1)).await.unwrap_err();
        assert_eq!(class_of(&error), class, "{lost}: {error:?}");
        assert!(relay.log().messages.is_empty());
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_message_is_unanswered() {
    let relay = Relay::start(|_, command| match command {
        "." => Answer::HangUp,
        other => accept(other),
    })
    .await;
    let error = mailer(&relay).send(&mail(1)).await.unwrap_err();
    assert!(matches!(error, MailError::Unanswered(_)), "{error:?}");
    assert_eq!(relay.log().messages.len(), 1);
}

#[tokio::test]
async fn an_invalid_answer_to_the_message_is_unanswered() {
    let relay = Relay::start(|_, command| match command {
        "." => Answer::say("ann@example.org has it"),
        other => accept(other),
    })
    .await;
    let error = mailer(&relay).send(&mail(1)).await.unwrap_err();
    assert!(matches!(error, MailError::Unanswered(_)), "{error:?}");
    assert!(!error_chain(&error).contains("ann@"));
}

#[tokio::test]
async fn a_timeout_means_the_same_as_a_lost_connection() {
    for (silent, class) in [
        ("greeting", "settings"),
        ("MAIL", "settings"),
        ("RCPT", "transient"),
        ("DATA", "transient"),
        (".", "unanswered"),
    ] {
        let relay = Relay::start(move |_, command| match command.starts_with(silent) {
            true => Answer::Silence,
            false => accept(command),
        })
        .await;
        let error = mailer_with_short_timeout(&relay)
            .send(&mail(1))
            .await
            .unwrap_err();
        assert_eq!(class_of(&error), class, "{silent}: {error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn ehlo_uses_the_name_of_the_settings_which_must_be_qualified() {
    let relay = Relay::start(|_, command| accept(command)).await;
    let with_name = |name: &str| {
        SmtpMailer::new(SmtpSettings {
            ehlo_name: Some(name.to_owned()),
            ..settings(relay.port)
        })
    };
    let mailer = with_name("desk.example.net").unwrap();
    mailer.send(&mail(1)).await.unwrap();
    assert_eq!(relay.log().commands[0], "EHLO desk.example.net");
    for invalid in ["", "desk", "localhost", "192.0.2.1", "a.b\r\nQUIT"] {
        let error = with_name(invalid).unwrap_err();
        assert!(
            matches!(error, SettingsError::EhloName),
            "{invalid}: {error}"
        );
    }
}

#[tokio::test]
async fn an_unreachable_relay_is_a_settings_error() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = SmtpMailer::new(settings(port))
        .unwrap()
        .send(&mail(1))
        .await
        .unwrap_err();
    assert_eq!(class_of(&error), "settings", "{error:?}");
    assert!(
        error_chain(&error).contains("refused"),
        "{}",
        error_chain(&error)
    );

    let mut unknown = settings(25);
    unknown.host = "no-such-host.invalid".to_owned();
    let error = SmtpMailer::new(unknown)
        .unwrap()
        .send(&mail(1))
        .await
        .unwrap_err();
    assert_eq!(class_of(&error), "settings", "{error:?}");
}

#[tokio::test]
async fn one_connection_serves_many_mails() {
    let relay = Relay::start(|_, command| accept(command)).await;
    let mailer = mailer(&relay);
    for micros in 1..=5 {
        mailer.send(&mail(micros)).await.unwrap();
    }
    let log = relay.log();
    assert_eq!((log.connections, log.messages.len()), (1, 5));
}

#[tokio::test]
async fn after_a_limit_each_of_twenty_mails_has_its_own_connection() {
    let messages = AtomicU32::new(0);
    let relay = Relay::start(move |_, command| match command {
        "." if messages.fetch_add(1, Ordering::SeqCst) == 1 => {
            Answer::say("550 5.7.0 Requested action not taken: too many emails per second")
        }
        other => accept(other),
    })
    .await;
    let mailer = mailer(&relay);
    mailer.send(&mail(1)).await.unwrap();
    let error = mailer.send(&mail(2)).await.unwrap_err();
    assert_eq!(class_of(&error), "throttled", "{error:?}");
    assert_eq!(relay.log().connections, 1);
    for micros in 3..=22 {
        mailer.send(&mail(micros)).await.unwrap();
    }
    assert_eq!(relay.log().connections, 21, "each of the 20 opens one");
    for micros in 23..=30 {
        mailer.send(&mail(micros)).await.unwrap();
    }
    assert_eq!(
        relay.log().connections,
        22,
        "only the first of them opens one"
    );
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_replaced() {
    let relay = Relay::start(|connection, command| match (connection, command) {
        (1, "NOOP") => Answer::HangUp,
        (_, other) => accept(other),
    })
    .await;
    let mailer = mailer(&relay);
    mailer.send(&mail(1)).await.unwrap();
    mailer.send(&mail(2)).await.unwrap();
    let log = relay.log();
    assert_eq!((log.connections, log.messages.len()), (2, 2));
}

#[tokio::test]
async fn a_connection_is_not_reused_after_a_failure() {
    let relay = Relay::start(|connection, command| match (connection, command) {
        (1, command) if command.starts_with("RCPT") => Answer::say("450 4.2.1 later"),
        (_, other) => accept(other),
    })
    .await;
    let mailer = mailer(&relay);
    mailer.send(&mail(1)).await.unwrap_err();
    mailer.send(&mail(1)).await.unwrap();
    let log = relay.log();
    assert_eq!((log.connections, log.messages.len()), (2, 1));
}

fn with_login(relay: &Relay, security: Security) -> SmtpSettings {
    SmtpSettings {
        security,
        credentials: Some(Credentials {
            user: "ann".to_owned(),
            password: "hunter2".to_owned(),
        }),
        ..settings(relay.port)
    }
}

#[tokio::test]
async fn the_login_is_sent_unencrypted_if_plain_text_is_set() {
    let relay = Relay::start(|_, command| accept(command)).await;
    let mailer = SmtpMailer::new(with_login(&relay, Security::Plain)).unwrap();
    mailer.send(&mail(1)).await.unwrap();
    // The Base64 of NUL, `ann`, NUL, `hunter2`.
    assert!(
        relay
            .log()
            .commands
            .contains(&"AUTH PLAIN AGFubgBodW50ZXIy".to_owned())
    );
}

#[tokio::test]
async fn a_refused_login_is_a_settings_error_and_not_shown() {
    let relay = Relay::start(|_, command| match command.starts_with("AUTH") {
        true => Answer::say(&format!("535 5.7.8 wrong: {command} hunter2")),
        false => accept(command),
    })
    .await;
    let mailer = SmtpMailer::new(with_login(&relay, Security::Plain)).unwrap();
    let error = mailer.send(&mail(1)).await.unwrap_err();
    assert_eq!(class_of(&error), "settings", "{error:?}");
    let output = format!("{} {mailer:?}", error_chain(&error));
    assert!(output.contains("535"), "{output}");
    assert!(
        !output.contains("hunter2") && !output.contains("AGFub"),
        "{output}"
    );
}

#[tokio::test]
async fn no_mail_is_sent_unencrypted_if_encryption_is_required() {
    for security in [Security::StartTls, Security::Opportunistic] {
        let relay = Relay::start(|_, command| accept(command)).await;
        let mailer = SmtpMailer::new(with_login(&relay, security)).unwrap();
        let error = mailer.send(&mail(1)).await.unwrap_err();
        assert_eq!(class_of(&error), "settings", "{security:?}: {error:?}");
        let commands = relay.log().commands;
        assert!(
            commands
                .iter()
                .all(|command| command.starts_with("EHLO") || command == "QUIT"),
            "{security:?}: {commands:?}"
        );
    }
}

#[tokio::test]
async fn opportunistic_without_a_login_allows_plain_text() {
    let relay = Relay::start(|_, command| accept(command)).await;
    let mut settings = with_login(&relay, Security::Opportunistic);
    settings.credentials = None;
    SmtpMailer::new(settings)
        .unwrap()
        .send(&mail(1))
        .await
        .unwrap();
    assert_eq!(relay.log().messages.len(), 1);
}

#[tokio::test]
async fn tls_works_without_a_process_wide_provider() {
    // The relay answers the TLS handshake in plain text, so the handshake starts and fails.
    for security in [Security::Tls, Security::StartTls] {
        let relay = Relay::start(|_, command| match command {
            command if command.starts_with("EHLO") => Answer::say("250-relay\r\n250 STARTTLS"),
            other => accept(other),
        })
        .await;
        let mailer = SmtpMailer::new(with_login(&relay, security)).unwrap();
        let error = mailer.send(&mail(1)).await.unwrap_err();
        assert_eq!(class_of(&error), "settings", "{security:?}: {error:?}");
        assert!(relay.log().messages.is_empty());
    }
}
