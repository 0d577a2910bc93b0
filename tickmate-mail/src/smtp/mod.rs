//! SMTP: hands mails to a relay, and tells apart what a failure says about the mail.

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

/// The most connections that wait for the next mail.
const MAX_IDLE: usize = 4;
/// For how long a connection waits for the next mail. Relays hang up after minutes.
const IDLE_FOR: Duration = Duration::from_secs(30);
/// After an answer that limits the sender so many mails get a connection each: some relays count per connection.
const SINGLE_MAILS: u32 = 20;

/// Hands mails to an SMTP relay.
///
/// The conversation is driven step by step, because what an error means depends on the step:
/// - A failure before the recipient is named is [`MailError::Settings`]: the relay can't be reached, is too slow, greets
///   with an error, has no valid certificate, offers no STARTTLS where it is required, or refuses the login or the
///   sender. So are a refused name in EHLO, and a demand for a login or for encryption at any step.
/// - From there until the relay has said "go ahead" to `DATA`, the mail is certainly not accepted: a lost connection and
///   answers 4xx are [`MailError::Transient`], answers 5xx are [`MailError::Refused`].
/// - An answer whose status code or words speak of a rate or a quota, or with a code 5xx of a later try, is
///   [`MailError::Transient`] with the delay that it asks for. Where the limit is that of the recipient's mailbox, there
///   is no delay.
/// - After "go ahead", an answer 4xx or 5xx still says that the mail is not accepted. A connection that is lost, an
///   answer that makes no sense and a timeout say nothing: [`MailError::Unanswered`].
///
/// SMTP knows no keys, so repeats are [`Repeats::Visible`]: a mail handed over twice has the same `Message-ID`
/// both times, by which some programs show it once.
///
/// Connections are kept for 30 seconds for the next mail, but each of the 20 mails after a limit has a connection of its
/// own. Each half of the conversation, up to "go ahead" and
/// after it, takes at most [`SmtpSettings::timeout`].
pub struct SmtpMailer {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<Idle>>,
    /// How many mails still get a connection of their own.
    single_mails: AtomicU32,
}

struct Idle {
    session: Session,
    since: Instant,
}

impl SmtpMailer {
    /// Makes a mailer. Nothing is connected before the first mail.
    ///
    /// TLS uses the process's default cryptography provider where one is installed, else *ring*; certificates are
    /// checked against Mozilla's roots and [`SmtpSettings::root_certificate`].
    ///
    /// # Errors
    /// [`SettingsError::EhloName`] where [`SmtpSettings::ehlo_name`] is not qualified,
    /// [`SettingsError::RootCertificate`] where that is not PEM, [`SettingsError::Tls`] where no TLS can be set up for
    /// this host.
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

    /// A connection that is ready for the next mail: a waiting one that still answers, else another.
    async fn session(&self, sender_domain: &str) -> Result<Session, Failure> {
        while let Some(waiting) = self.take_idle() {
            let mut session = waiting.session;
            if session.is_alive().await {
                return Ok(session);
            }
        }
        let hello = hello::client_id(&self.settings, sender_domain).await;
        Session::open(&self.settings, self.tls.as_ref(), &hello).await
    }

    fn take_idle(&self) -> Option<Idle> {
        let mut idle = self.idle();
        idle.retain(|waiting| waiting.since.elapsed() < IDLE_FOR);
        idle.pop()
    }

    /// Keeps a connection for the next mail, unless the next mail has to have one of its own.
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
            idle.push(Idle {
                session,
                since: Instant::now(),
            });
        }
    }

    /// Returns what the mailer answers, and closes the waiting connections where the relay limits the sender.
    fn error_of(&self, failure: Failure) -> MailError {
        let error = failure.into_mail_error();
        if error.retry_after().is_some() {
            self.single_mails.store(SINGLE_MAILS, Ordering::Relaxed);
            self.idle().clear();
        }
        error
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a step, and fails at it where it has not ended by the deadline.
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
            let mut session = within(deadline, Step::Connect, self.session(domain)).await?;
            within(deadline, Step::Sender, session.name_sender(envelope)).await?;
            within(deadline, Step::Recipient, session.name_recipients(envelope)).await?;
            within(deadline, Step::Data, session.request_data()).await?;
            Ok(session)
        };
        let mut session = prepare.await.map_err(|failure: Failure| {
            // What broke this connection may have broken the waiting ones.
            self.idle().clear();
            self.error_of(failure)
        })?;
        let reference = timeout(self.settings.timeout, session.hand_over(&bytes))
            .await
            .unwrap_or_else(|_| Err(Failure::timeout(Step::Message)))
            .map_err(|failure| self.error_of(failure))?;
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
