//! Failures of a session: the step, the relay's answer, and what the failure means for the mail.

use std::{error::Error, fmt, time::Duration};

use lettre::transport::smtp;
use tickmate_core::{
    backend::{BoxError, mailer::MailError},
    domain::text::one_line,
};

use super::throttle::{Limit, limit_of};

/// The maximum number of characters of a relay's answer that are kept.
const MAX_ANSWER: usize = 200;

/// A step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Connect, greeting and EHLO.
    Connect,
    /// STARTTLS.
    Encrypt,
    /// AUTH.
    LogIn,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA, up to the relay's "go ahead".
    Data,
    /// The message itself. From this step on, the relay may have accepted it.
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

/// What a failure means for the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Transient,
    Throttled(Duration),
    Unanswered,
    Settings,
    Refused,
}

/// Why a session failed. It contains no address and no part of the login.
#[derive(Debug)]
pub(super) struct Failure {
    step: Step,
    meaning: Meaning,
    reason: String,
    source: Option<BoxError>,
}

impl Failure {
    /// Converts lettre's error at a step.
    pub(super) fn from_smtp(step: Step, error: smtp::Error) -> Self {
        if let Some(code) = error.status() {
            let answer = error.source().map(ToString::to_string);
            let meaning =
                meaning_of_answer(step, u16::from(code), answer.as_deref().unwrap_or_default());
            // Some relays repeat the line that they refuse, which at this step contains the password.
            let text = match step {
                Step::LogIn => String::new(),
                _ => answer.as_deref().map(sanitize_answer).unwrap_or_default(),
            };
            return Self::new(step, meaning, &format!("the relay answered {code} {text}"));
        }
        if error.is_response() {
            let reason = "the relay's answer is incomplete or invalid";
            return Self::new(step, meaning_of_lost_connection(step), reason);
        }
        let meaning = match meaning_of_lost_connection(step) {
            Meaning::Settings => Meaning::Settings,
            _ if error.is_client() || error.is_tls() => Meaning::Refused,
            other => other,
        };
        Self {
            source: Some(Box::new(error)),
            ..Self::new(step, meaning, "the connection failed")
        }
    }

    /// The relay exceeded the timeout.
    pub(super) fn timeout(step: Step) -> Self {
        Self::new(
            step,
            meaning_of_lost_connection(step),
            "the relay took too long",
        )
    }

    /// The relay offers no encryption, and the login must not be readable by others.
    pub(super) fn unencrypted_login() -> Self {
        let reason = "the relay offers no STARTTLS, and the login must not be sent unencrypted";
        Self::new(Step::LogIn, Meaning::Settings, reason)
    }

    /// The relay did not answer "go ahead".
    pub(super) fn no_go_ahead() -> Self {
        let reason = "the relay did not ask for the message";
        Self::new(Step::Data, Meaning::Transient, reason)
    }

    fn new(step: Step, meaning: Meaning, reason: &str) -> Self {
        Self {
            step,
            meaning,
            reason: reason.trim_end().to_owned(),
            source: None,
        }
    }

    /// Converts the failure to the error of the mailer.
    pub(super) fn into_mail_error(self) -> MailError {
        match self.meaning {
            Meaning::Transient => MailError::transient(self),
            Meaning::Throttled(delay) => MailError::Transient {
                retry_after: Some(delay),
                source: Box::new(self),
            },
            Meaning::Settings => MailError::Settings(Box::new(self)),
            Meaning::Unanswered => MailError::Unanswered(Box::new(self)),
            Meaning::Refused => MailError::Refused(Box::new(self)),
        }
    }
}

/// Returns what an error answer means. Before the recipient is named, it can only concern the relay and the settings,
/// or at the sender also a limit of the sender. A refused name in EHLO (504) and a demand for a login or for
/// encryption concern the settings at any step, because every mail fails alike. Relays also use permanent codes for
/// their limits, so the words take precedence over the code.
fn meaning_of_answer(step: Step, code: u16, answer: &str) -> Meaning {
    if step.is_before_sender() || matches!(code, 504 | 530 | 534 | 535 | 538) {
        return Meaning::Settings;
    }
    match (limit_of(answer, code >= 500), code) {
        (Some(Limit::Sender(delay)), _) => Meaning::Throttled(delay),
        (Some(Limit::Mailbox) | None, _) if step.is_before_recipient() => Meaning::Settings,
        (Some(Limit::Mailbox), _) => Meaning::Transient,
        (None, 500..) => Meaning::Refused,
        (None, _) => Meaning::Transient,
    }
}

/// Returns what a lost connection means. Before the message, the relay has not accepted the mail. Before the
/// recipient, the failure does not concern the mail.
const fn meaning_of_lost_connection(step: Step) -> Meaning {
    match step {
        Step::Message => Meaning::Unanswered,
        Step::Recipient | Step::Data => Meaning::Transient,
        Step::Connect | Step::Encrypt | Step::LogIn | Step::Sender => Meaning::Settings,
    }
}

/// Returns a relay's answer on one line, shortened, and without addresses.
pub(super) fn sanitize_answer(answer: &str) -> String {
    let words: Vec<&str> = answer
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    one_line(&words.join(" "), MAX_ANSWER)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Connect => "when connecting",
            Step::Encrypt => "at STARTTLS",
            Step::LogIn => "when logging in",
            Step::Sender => "at MAIL FROM",
            Step::Recipient => "at RCPT TO",
            Step::Data => "at DATA",
            Step::Message => "after the message was sent",
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
    fn answers_are_shortened_and_without_addresses() {
        assert_eq!(
            sanitize_answer("5.1.1 <ann@example.org>:\r\n user unknown"),
            "5.1.1 … user unknown"
        );
        assert_eq!(
            sanitize_answer(&"x ".repeat(500)).chars().count(),
            MAX_ANSWER - 1
        );
    }

    #[test]
    fn answers_are_judged_by_step_code_and_words() {
        use Meaning::{Refused, Settings, Throttled, Transient};
        let throttled = |seconds| Throttled(Duration::from_secs(seconds));
        for (step, code, answer, meaning) in [
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
            (Step::Recipient, 450, "4.2.1 busy", Transient),
            (Step::Recipient, 450, "4.7.1 greylisted", Transient),
            (Step::Recipient, 552, "5.2.2 mailbox over quota", Transient),
            (
                Step::Recipient,
                504,
                "5.5.2 need fully-qualified hostname",
                Settings,
            ),
            (Step::Recipient, 550, "5.1.1 unknown", Refused),
            (
                Step::Recipient,
                550,
                "5.4.5 Daily user sending quota exceeded",
                throttled(3_600),
            ),
            (Step::Data, 554, "5.5.1 no", Refused),
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
            (Step::Message, 554, "5.7.1 spam", Refused),
            (Step::Message, 451, "4.3.0 error", Transient),
        ] {
            assert_eq!(
                meaning_of_answer(step, code, answer),
                meaning,
                "{step:?} {code} {answer}"
            );
        }
    }

    #[test]
    fn lost_connections_are_judged_by_step() {
        for (step, meaning) in [
            (Step::Connect, Meaning::Settings),
            (Step::Encrypt, Meaning::Settings),
            (Step::LogIn, Meaning::Settings),
            (Step::Sender, Meaning::Settings),
            (Step::Recipient, Meaning::Transient),
            (Step::Data, Meaning::Transient),
            (Step::Message, Meaning::Unanswered),
        ] {
            assert_eq!(Failure::timeout(step).meaning, meaning, "{step:?}");
        }
    }
}
