//! A session: one connection to a relay, step by step.

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
    failure::{Failure, Step, cleaned},
};

/// The ways to log in, best first.
const MECHANISMS: [authentication::Mechanism; 2] = [
    authentication::Mechanism::Plain,
    authentication::Mechanism::Login,
];

/// One connection, greeted and logged in.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
}

impl Session {
    /// Connects, encrypts as the settings say, and logs in.
    pub(super) async fn open(
        settings: &SmtpSettings,
        tls: Option<&TlsParameters>,
        hello: &ClientId,
    ) -> Result<Self, Failure> {
        let from_the_start = tls.filter(|_| settings.security == Security::Tls);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (settings.host.as_str(), settings.port),
            None,
            hello,
            from_the_start.cloned(),
            None,
        )
        .await
        .map_err(|error| Failure::of(Step::Connect, error))?;

        let upgrade = match settings.security {
            Security::StartTls => true,
            Security::Opportunistic => connection.can_starttls(),
            Security::Tls | Security::Plain => false,
        };
        if let Some(tls) = tls.filter(|_| upgrade) {
            connection
                .starttls(tls.clone(), hello)
                .await
                .map_err(|error| Failure::of(Step::Encrypt, error))?;
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
                .map_err(|error| Failure::of(Step::LogIn, error))?;
        }
        Ok(Self { connection })
    }

    /// Whether the relay still answers.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.connection.test_connected().await
    }

    /// Names the sender.
    pub(super) async fn name_sender(&mut self, envelope: &Envelope) -> Result<(), Failure> {
        self.connection
            .command(Mail::new(envelope.from().cloned(), Vec::new()))
            .await
            .map_err(|error| Failure::of(Step::Sender, error))?;
        Ok(())
    }

    /// Names the recipients.
    pub(super) async fn name_recipients(&mut self, envelope: &Envelope) -> Result<(), Failure> {
        for recipient in envelope.to() {
            self.connection
                .command(Rcpt::new(recipient.clone(), Vec::new()))
                .await
                .map_err(|error| Failure::of(Step::Recipient, error))?;
        }
        Ok(())
    }

    /// Asks to go ahead with the message.
    pub(super) async fn request_data(&mut self) -> Result<(), Failure> {
        let answer = self
            .connection
            .command(Data)
            .await
            .map_err(|error| Failure::of(Step::Data, error))?;
        match answer.has_code(354) {
            true => Ok(()),
            false => Err(Failure::no_go_ahead()),
        }
    }

    /// Hands the message over, and answers the line by which the relay took it.
    pub(super) async fn hand_over(&mut self, message: &[u8]) -> Result<String, Failure> {
        self.connection
            .message(message)
            .await
            .map(|answer| cleaned(answer.first_line().unwrap_or_default()))
            .map_err(|error| Failure::of(Step::Message, error))
    }
}
