//! A session: one connection to a relay, driven step by step.

use lettre::{
    address::Envelope,
    transport::smtp::{
        authentication,
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};

use super::{
    Security, SmtpSettings,
    failure::{Failure, Step, sanitize_answer},
};

/// The supported login mechanisms, best first.
const MECHANISMS: [authentication::Mechanism; 2] = [
    authentication::Mechanism::Plain,
    authentication::Mechanism::Login,
];

/// A connection after its greeting and login.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
}

impl Session {
    /// Connects, encrypts according to the settings, and logs in.
    pub(super) async fn open(
        settings: &SmtpSettings,
        tls: Option<&TlsParameters>,
        hello: &ClientId,
    ) -> Result<Self, Failure> {
        let implicit_tls = tls.filter(|_| settings.security == Security::Tls);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (settings.host.as_str(), settings.port),
            None,
            hello,
            implicit_tls.cloned(),
            None,
        )
        .await
        .map_err(|error| Failure::from_smtp(Step::Connect, error))?;

        let upgrade = match settings.security {
            Security::StartTls => true,
            Security::Opportunistic => connection.can_starttls(),
            Security::Tls | Security::Plain => false,
        };
        if let Some(tls) = tls.filter(|_| upgrade) {
            connection
                .starttls(tls.clone(), hello)
                .await
                .map_err(|error| Failure::from_smtp(Step::Encrypt, error))?;
        }
        if let Some(credentials) = &settings.credentials {
            if !connection.is_encrypted() && settings.security != Security::Plain {
                return Err(Failure::unencrypted_login());
            }
            let credentials = authentication::Credentials::new(
                credentials.user.clone(),
                credentials.password.clone(),
            );
            connection
                .auth(&MECHANISMS, &credentials)
                .await
                .map_err(|error| Failure::from_smtp(Step::LogIn, error))?;
        }
        Ok(Self { connection })
    }

    /// Returns whether the relay still answers.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.connection.test_connected().await
    }

    /// Sends MAIL FROM.
    pub(super) async fn name_sender(&mut self, envelope: &Envelope) -> Result<(), Failure> {
        self.connection
            .command(Mail::new(envelope.from().cloned(), Vec::new()))
            .await
            .map_err(|error| Failure::from_smtp(Step::Sender, error))?;
        Ok(())
    }

    /// Sends RCPT TO for each recipient.
    pub(super) async fn name_recipients(&mut self, envelope: &Envelope) -> Result<(), Failure> {
        for recipient in envelope.to() {
            self.connection
                .command(Rcpt::new(recipient.clone(), Vec::new()))
                .await
                .map_err(|error| Failure::from_smtp(Step::Recipient, error))?;
        }
        Ok(())
    }

    /// Sends DATA and waits for "go ahead".
    pub(super) async fn request_data(&mut self) -> Result<(), Failure> {
        let answer = self
            .connection
            .command(Data)
            .await
            .map_err(|error| Failure::from_smtp(Step::Data, error))?;
        match answer.has_code(354) {
            true => Ok(()),
            false => Err(Failure::no_go_ahead()),
        }
    }

    /// Sends the message, and returns the line with which the relay accepted it.
    pub(super) async fn send_message(&mut self, message: &[u8]) -> Result<String, Failure> {
        self.connection
            .message(message)
            .await
            .map(|answer| sanitize_answer(answer.first_line().unwrap_or_default()))
            .map_err(|error| Failure::from_smtp(Step::Message, error))
    }
}
