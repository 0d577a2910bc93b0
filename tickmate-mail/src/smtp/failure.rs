//! Failures of a session: at which step, what the relay said, and what that means for the mail.

use std::{error::Error, fmt, time::Duration};

use lettre::transport::smtp;
use tickmate_core::{
    backend::{BoxError, mailer::MailError},
    domain::text::one_line,
};

use super::throttle::{Limit, limit_of};

/// The most characters that are kept of what a relay says.
const MAX_ANSWER: usize = 200;

/// A step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
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

impl Step {
    /// Returns whether the relay knows neither the sender nor the recipient of the mail.
    const fn is_before_sender(self) -> bool {
        matches!(self, Self::Connect | Self::Encrypt | Self::LogIn)
    }

    /// Returns whether the relay does not know the recipient of the mail.
    const fn is_before_recipient(self) -> bool {
        self.is_before_sender() || matches!(self, Self::Sender)
    }
}

/// What a failure says of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    NotNow,
    Throttled(Duration),
    Unknown,
    Settings,
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
            let said = error.source().map(ToString::to_string);
            let meaning =
                meaning_of_answer(step, u16::from(code), said.as_deref().unwrap_or_default());
            // Some relays repeat the line that they refuse, which at this step is the password.
            let words = match step {
                Step::LogIn => String::new(),
                _ => said.as_deref().map(cleaned).unwrap_or_default(),
            };
            return Self::new(step, meaning, &format!("the relay answered {code} {words}"));
        }
        if error.is_response() {
            let reason = "the relay's answer ended early or makes no sense";
            return Self::new(step, lost(step), reason);
        }
        let meaning = match lost(step) {
            Meaning::Settings => Meaning::Settings,
            _ if error.is_client() || error.is_tls() => Meaning::Never,
            lost => lost,
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
        Self::new(Step::LogIn, Meaning::Settings, reason)
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
            Meaning::Throttled(delay) => MailError::Transient {
                retry_after: Some(delay),
                source: Box::new(self),
            },
            Meaning::Settings => MailError::Settings(Box::new(self)),
            Meaning::Unknown => MailError::Unanswered(Box::new(self)),
            Meaning::Never => MailError::Refused(Box::new(self)),
        }
    }
}

/// Returns what an answer of an error code means. Before the recipient was named it can only be about the relay and the
/// settings, or, at the sender, about a limit on it. So are a refused name in EHLO (504) and a demand for a login or
/// encryption at any step, since every mail fails alike. Relays use permanent codes for their limits, too, so that the
/// words count before the code.
fn meaning_of_answer(step: Step, code: u16, said: &str) -> Meaning {
    if step.is_before_sender() || matches!(code, 504 | 530 | 534 | 535 | 538) {
        return Meaning::Settings;
    }
    match (limit_of(said, code >= 500), code) {
        (Some(Limit::Sender(delay)), _) => Meaning::Throttled(delay),
        (Some(Limit::Mailbox) | None, _) if step.is_before_recipient() => Meaning::Settings,
        (Some(Limit::Mailbox), _) => Meaning::NotNow,
        (None, 500..) => Meaning::Never,
        (None, _) => Meaning::NotNow,
    }
}

/// Returns what a lost connection means: before the message it changed nothing, and before the recipient it says nothing
/// about the mail.
const fn lost(step: Step) -> Meaning {
    match step {
        Step::Message => Meaning::Unknown,
        Step::Recipient | Step::Data => Meaning::NotNow,
        Step::Connect | Step::Encrypt | Step::LogIn | Step::Sender => Meaning::Settings,
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
    fn an_answer_means_what_step_code_and_words_say() {
        use Meaning::{Never, NotNow, Settings, Throttled};
        let throttled = |seconds| Throttled(Duration::from_secs(seconds));
        for (step, code, said, meaning) in [
            (Step::Connect, 554, "5.3.2 go away", Settings),
            (Step::Connect, 421, "4.3.2 too busy, try later", Settings),
            (Step::Connect, 504, "5.5.2 need a qualified name", Settings),
            (Step::Encrypt, 454, "4.7.0 TLS not available", Settings),
            (Step::LogIn, 535, "5.7.8 bad credentials", Settings),
            (Step::LogIn, 454, "4.7.0 too many login attempts", Settings),
            (
                Step::Sender,
                530,
                "5.7.0 Must issue a STARTTLS command first",
                Settings,
            ),
            (Step::Sender, 553, "5.1.8 bad sender", Settings),
            (
                Step::Sender,
                550,
                "5.7.1 sending rate exceeded",
                throttled(30),
            ),
            (Step::Sender, 421, "4.3.2 shutting down", throttled(300)),
            (Step::Sender, 421, "closing the connection", Settings),
            (Step::Sender, 452, "4.3.1 no room", Settings),
            (Step::Sender, 450, "4.7.1 greylisted", Settings),
            (
                Step::Recipient,
                530,
                "5.7.0 Authentication required",
                Settings,
            ),
            (Step::Recipient, 450, "4.2.1 busy", NotNow),
            (Step::Recipient, 450, "4.7.1 greylisted", NotNow),
            (Step::Recipient, 552, "5.2.2 mailbox over quota", NotNow),
            (
                Step::Recipient,
                504,
                "5.5.2 need fully-qualified hostname",
                Settings,
            ),
            (Step::Recipient, 550, "5.1.1 unknown", Never),
            (
                Step::Recipient,
                550,
                "5.4.5 Daily user sending quota exceeded",
                throttled(3_600),
            ),
            (Step::Data, 554, "5.5.1 no", Never),
            (
                Step::Message,
                550,
                "5.7.0 too many emails per second",
                throttled(2),
            ),
            (
                Step::Message,
                554,
                "5.7.0 spam; try again later",
                throttled(300),
            ),
            (Step::Message, 554, "5.7.1 spam", Never),
            (Step::Message, 451, "4.3.0 error", NotNow),
        ] {
            assert_eq!(
                meaning_of_answer(step, code, said),
                meaning,
                "{step:?} {code} {said}"
            );
        }
    }

    #[test]
    fn a_lost_connection_means_what_the_step_says() {
        for (step, meaning) in [
            (Step::Connect, Meaning::Settings),
            (Step::Encrypt, Meaning::Settings),
            (Step::LogIn, Meaning::Settings),
            (Step::Sender, Meaning::Settings),
            (Step::Recipient, Meaning::NotNow),
            (Step::Data, Meaning::NotNow),
            (Step::Message, Meaning::Unknown),
        ] {
            assert_eq!(Failure::timeout(step).meaning, meaning, "{step:?}");
        }
    }
}
