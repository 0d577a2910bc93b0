//! SMTP: sends mails to a relay, and distinguishes what a failure means for the mail.

mod failure;
mod hello;
mod session;
mod settings;
mod throttle;
mod tls;

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use lettre::transport::smtp::client::TlsParameters;
use tickmate_core::backend::mailer::{MailError, Mailer, OutgoingMail, Receipt, Repeats};
use tokio::time::{Instant, timeout, timeout_at};

use self::{
    failure::{Failure, Step},
    session::Session,
};
pub use self::{
    hello::is_qualified_host_name,
    settings::{
        Credentials, DEFAULT_TIMEOUT, MAILTRAP_HOST, MAILTRAP_PORT, Security, SettingsError,
        SmtpSettings,
    },
};
use crate::message;

/// The maximum number of idle connections.
const MAX_IDLE: usize = 4;
/// How long an idle connection waits for the next mail. Relays close idle connections after minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// The number of mails that get a connection each after an answer that limits the sender, because some relays count
/// mails per connection.
const SINGLE_MAILS: u32 = 20;

/// Sends mails to an SMTP relay.
///
/// The protocol is driven step by step, because the meaning of an error depends on the step:
/// - A failure before the recipient is named is [`MailError::Settings`]: the relay can't be reached, is too slow,
///   greets with an error, has no valid certificate, offers no STARTTLS although it is required, or refuses the login
///   or the sender. The same applies to a refused name in EHLO, and to a demand for a login or for encryption at any
///   step.
/// - From there until the relay has answered "go ahead" to `DATA`, the mail is certainly not accepted: a lost
///   connection and 4xx answers are [`MailError::Transient`], 5xx answers are [`MailError::Refused`].
/// - An answer whose status code or words mention a rate or a quota, and a 5xx answer that suggests a later attempt,
///   is [`MailError::Transient`] with the delay that it asks for. If the limit is that of the recipient's mailbox,
///   there is no delay.
/// - After "go ahead", a 4xx or 5xx answer still means that the mail is not accepted. After a lost connection, an
///   invalid answer or a timeout, the outcome is unknown: [`MailError::Unanswered`].
///
/// SMTP has no idempotency keys, so repeats are [`Repeats::Visible`]: a mail that is sent twice has the same
/// `Message-ID` both times, and some mail programs show it only once.
///
/// Connections are kept for 30 seconds for the next mail, but each of the 20 mails after a limit gets a connection of
/// its own. Each half of the protocol, up to "go ahead" and after it, takes at most [`SmtpSettings::timeout`].
pub struct SmtpMailer {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<IdleSession>>,
    /// How many of the next mails get a connection of their own.
    single_mails: AtomicU32,
}

struct IdleSession {
    session: Session,
    since: Instant,
}

impl SmtpMailer {
    /// Creates a mailer. It does not connect before the first mail.
    ///
    /// TLS uses the process's default cryptography provider if one is installed, else *ring*. Certificates are
    /// verified against Mozilla's roots and [`SmtpSettings::root_certificate`].
    ///
    /// # Errors
    /// Returns [`SettingsError::EhloName`] if [`SmtpSettings::ehlo_name`] is not qualified,
    /// [`SettingsError::RootCertificate`] if the root certificate is not PEM, and [`SettingsError::Tls`] if TLS can't
    /// be set up for this host.
    pub fn new(settings: SmtpSettings) -> Result<Self, SettingsError> {
        if let Some(name) = &settings.ehlo_name
            && !is_qualified_host_name(name)
        {
            return Err(SettingsError::EhloName);
        }
        let tls = match settings.security {
            Security::Plain => None,
            Security::StartTls | Security::Tls | Security::Opportunistic => {
                Some(tls::parameters(&settings)?)
            }
        };
        Ok(Self {
            settings,
            tls,
            idle: Mutex::new(Vec::new()),
            single_mails: AtomicU32::new(0),
        })
    }

    /// Returns a session for the next mail: an idle one that still answers, else a new one.
    async fn acquire_session(&self, sender_domain: &str) -> Result<Session, Failure> {
        while let Some(idle) = self.take_idle() {
            let mut session = idle.session;
            if session.is_alive().await {
                return Ok(session);
            }
        }
        let hello = hello::client_id(&self.settings, sender_domain).await;
        Session::open(&self.settings, self.tls.as_ref(), &hello).await
    }

    fn take_idle(&self) -> Option<IdleSession> {
        let mut idle = self.idle();
        idle.retain(|session| session.since.elapsed() < IDLE_TIMEOUT);
        idle.pop()
    }

    /// Keeps a session for the next mail, unless the next mail needs a connection of its own.
    fn keep_for_next_mail(&self, session: Session) {
        let count_down = |left: u32| left.checked_sub(1);
        let (ordering, single_mails) = (Ordering::Relaxed, &self.single_mails);
        if single_mails
            .fetch_update(ordering, ordering, count_down)
            .is_ok()
        {
            return;
        }
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(IdleSession {
                session,
                since: Instant::now(),
            });
        }
    }

    /// Converts a failure to the mailer's error. Closes the idle connections if the relay limits the sender.
    fn handle_failure(&self, failure: Failure) -> MailError {
        let error = failure.into_mail_error();
        if error.retry_after().is_some() {
            self.single_mails.store(SINGLE_MAILS, Ordering::Relaxed);
            self.idle().clear();
        }
        error
    }

    fn idle(&self) -> MutexGuard<'_, Vec<IdleSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a step, and fails with a timeout if it has not ended by the deadline.
async fn within<T>(
    deadline: Instant,
    step: Step,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    timeout_at(deadline, work)
        .await
        .unwrap_or_else(|_| Err(Failure::timeout(step)))
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        let message = message::build(mail)?;
        let bytes = message.formatted();
        let deadline = Instant::now() + self.settings.timeout;
        let prepare = async {
            let envelope = message.envelope();
            let domain = mail.from.email.domain();
            let mut session = within(deadline, Step::Connect, self.acquire_session(domain)).await?;
            within(deadline, Step::Sender, session.name_sender(envelope)).await?;
            within(deadline, Step::Recipient, session.name_recipients(envelope)).await?;
            within(deadline, Step::Data, session.request_data()).await?;
            Ok(session)
        };
        let mut session = prepare.await.map_err(|failure: Failure| {
            // The cause of this failure may have broken the idle connections, too.
            self.idle().clear();
            self.handle_failure(failure)
        })?;
        let reference = timeout(self.settings.timeout, session.send_message(&bytes))
            .await
            .unwrap_or_else(|_| Err(Failure::timeout(Step::Message)))
            .map_err(|failure| self.handle_failure(failure))?;
        self.keep_for_next_mail(session);
        Ok(Receipt {
            reference: Some(reference).filter(|line| !line.is_empty()),
            repeats: Repeats::Visible,
        })
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
