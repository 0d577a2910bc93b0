//! Failures of a session: at which step, what the relay said, and what that means for the mail.

use std::{error::Error, fmt};

use lettre::transport::smtp;
use tickmate_core::{
    backend::{BoxError, mailer::MailError},
    domain::text::one_line,
};

/// The most characters that are kept of what a relay says.
const MAX_ANSWER: usize = 200;

/// A step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Any step before the message.
    Prepare,
    /// Connecting and greeting.
    Connect,
    /// STARTTLS.
    Encrypt,
    /// AUTH.
    LogIn,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA, up to "go ahead".
    Data,
    /// The message itself. From here on the relay may have it.
    Message,
}

/// What a failure says of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    NotNow,
    Unknown,
    Never,
}

/// Why a session went no further. It shows no address, and nothing of the login.
#[derive(Debug)]
pub(super) struct Failure {
    step: Step,
    meaning: Meaning,
    reason: String,
    source: Option<BoxError>,
}

impl Failure {
    /// Reads the library's error at a step.
    pub(super) fn of(step: Step, error: smtp::Error) -> Self {
        if let Some(code) = error.status() {
            let meaning = match error.is_permanent() {
                true => Meaning::Never,
                false => Meaning::NotNow,
            };
            // Some relays repeat the line that they refuse, which at this step is the password.
            let words = match step {
                Step::LogIn => String::new(),
                _ => error
                    .source()
                    .map(|said| cleaned(&said.to_string()))
                    .unwrap_or_default(),
            };
            return Self::new(step, meaning, &format!("the relay answered {code} {words}"));
        }
        if error.is_response() {
            let reason = "the relay's answer ended early or makes no sense";
            return Self::new(step, lost(step), reason);
        }
        let meaning = match error.is_client() || error.is_tls() {
            true => Meaning::Never,
            false => lost(step),
        };
        Self {
            source: Some(Box::new(error)),
            ..Self::new(step, meaning, "the connection failed")
        }
    }

    /// The relay took too long.
    pub(super) fn timeout(step: Step) -> Self {
        Self::new(step, lost(step), "the relay took too long")
    }

    /// The relay offers no encryption, and the login must not be read on the way.
    pub(super) fn unencrypted_login() -> Self {
        let reason = "the relay offers no STARTTLS, and the login is not sent unencrypted";
        Self::new(Step::LogIn, Meaning::Never, reason)
    }

    /// The relay said something else than "go ahead".
    pub(super) fn no_go_ahead() -> Self {
        let reason = "the relay did not ask for the message";
        Self::new(Step::Data, Meaning::NotNow, reason)
    }

    fn new(step: Step, meaning: Meaning, reason: &str) -> Self {
        Self {
            step,
            meaning,
            reason: reason.trim_end().to_owned(),
            source: None,
        }
    }

    /// What the mailer answers.
    pub(super) fn into_mail_error(self) -> MailError {
        match self.meaning {
            Meaning::NotNow => MailError::transient(self),
            Meaning::Unknown => MailError::Unanswered(Box::new(self)),
            Meaning::Never => MailError::Refused(Box::new(self)),
        }
    }
}

/// What a lost connection means: before the message it changed nothing.
const fn lost(step: Step) -> Meaning {
    match step {
        Step::Message => Meaning::Unknown,
        Step::Prepare
        | Step::Connect
        | Step::Encrypt
        | Step::LogIn
        | Step::Sender
        | Step::Recipient
        | Step::Data => Meaning::NotNow,
    }
}

/// What a relay said: on one line, short, and without addresses.
pub(super) fn cleaned(said: &str) -> String {
    let words: Vec<&str> = said
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    one_line(&words.join(" "), MAX_ANSWER)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Prepare => "before the message",
            Step::Connect => "on connecting",
            Step::Encrypt => "on STARTTLS",
            Step::LogIn => "on logging in",
            Step::Sender => "on naming the sender",
            Step::Recipient => "on naming the recipient",
            Step::Data => "before the message was asked for",
            Step::Message => "on handing the message over",
        };
        write!(f, "{} {step}", self.reason)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| {
            let source: &(dyn Error + 'static) = source.as_ref();
            source
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_relays_say_is_kept_short_and_without_addresses() {
        assert_eq!(
            cleaned("5.1.1 <ann@example.org>:\r\n user unknown"),
            "5.1.1 … user unknown"
        );
        assert_eq!(cleaned(&"x ".repeat(500)).chars().count(), MAX_ANSWER - 1);
    }

    #[test]
    fn only_a_message_under_way_is_unknown() {
        for step in [
            Step::Prepare,
            Step::Connect,
            Step::Encrypt,
            Step::LogIn,
            Step::Sender,
            Step::Recipient,
            Step::Data,
        ] {
            assert!(matches!(
                Failure::timeout(step).into_mail_error(),
                MailError::Transient { .. }
            ));
        }
        assert!(matches!(
            Failure::timeout(Step::Message).into_mail_error(),
            MailError::Unanswered(_)
        ));
    }
}
