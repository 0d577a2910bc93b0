//! Logging in and out, and who a token speaks for.

use std::sync::Arc;

use super::super::{Auth, Desk, DeskError, secret::sha256_hex};
use crate::backend::store::UserKey;
use crate::domain::{
    access::Actor,
    email::Email,
    id::SessionId,
    limit::Limit,
    session::Session,
    skill::Vocabulary,
    time::{Span, Timestamp},
    user::User,
};

/// How many wrong passwords an account may get from one network. The next attempt is allowed at most 18 minutes after the
/// last (see [`crate::domain::limit`]).
const FROM_NETWORK: Limit = Limit {
    most: 5,
    window: Span::minutes(15),
};
/// The same from all networks together, with at most 16.5 minutes.
const OF_ACCOUNT: Limit = Limit {
    most: 10,
    window: Span::minutes(15),
};

/// Who wants to log in.
#[derive(Clone)]
pub struct Credentials {
    /// The e-mail address or the username.
    pub identifier: String,
    /// The password.
    pub password: String,
    /// From where, as far as the host knows: wrong passwords are counted per account, and per account and network.
    pub network: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A login that succeeded.
#[derive(Clone)]
pub struct LoggedIn {
    /// What the client shows from now on.
    pub token: String,
    /// Until when at most.
    pub expires_at: Timestamp,
    /// Who it is.
    pub user: User,
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// Who calls, as the store has the person now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person.
    pub user: User,
    /// By which login; none for people of a host's own accounts.
    pub session: Option<SessionId>,
    /// Whether the person must verify the address before doing anything else.
    pub must_verify: bool,
    /// The dictionary that held at the call, for what the person's skills imply.
    vocabulary: Arc<Vocabulary>,
}

impl Caller {
    /// The person as an actor.
    ///
    /// # Errors
    /// [`DeskError::EmailNotVerified`] while the address must be verified first.
    pub fn actor(&self) -> Result<Actor, DeskError> {
        match self.must_verify {
            true => Err(DeskError::EmailNotVerified),
            false => Ok(Actor::person(&self.user).with_implied(&self.vocabulary)),
        }
    }
}

impl Auth<'_> {
    /// Logs a user in.
    ///
    /// # Errors
    /// [`DeskError::WrongCredentials`], the same for unknown people, wrong passwords and inactive accounts, after
    /// the same work; [`DeskError::Throttled`] after five wrong passwords from a network or ten from all within 15
    /// minutes, before any is hashed; it names when the next attempt is allowed, at most 18 minutes after the last.
    pub async fn login(self, credentials: Credentials) -> Result<LoggedIn, DeskError> {
        let identifier = credentials.identifier.trim().to_ascii_lowercase();
        let from_network = attempts_key(&format!("{identifier}\0{}", credentials.network));
        let of_account = attempts_key(&identifier);
        self.desk.attempt(&from_network, &FROM_NETWORK).await?;
        self.desk.attempt(&of_account, &OF_ACCOUNT).await?;
        let user_key = match identifier.parse::<Email>() {
            Ok(email) => UserKey::Email(email),
            Err(_) => UserKey::Username(identifier),
        };
        let user = self.desk.store.user_by(&user_key).await?;
        let hash = user.as_ref().and_then(|user| user.password.as_ref());
        let fits = self.desk.password_fits(credentials.password, hash).await?;
        let Some(user) = user.filter(|user| fits && user.active) else {
            return Err(DeskError::WrongCredentials);
        };
        self.desk.store.forget_attempts(&from_network).await?;
        self.desk.store.forget_attempts(&of_account).await?;
        self.desk.open_session(user).await
    }

    /// Who a token speaks for. Role, state and session are those of this moment.
    ///
    /// # Errors
    /// [`DeskError::Unauthenticated`] for whatever does not count, whyever.
    pub async fn authenticate(self, token: &str) -> Result<Caller, DeskError> {
        let now = self.desk.now();
        let (id, user) = self
            .desk
            .keys
            .read_session(token, now)
            .ok_or(DeskError::Unauthenticated)?;
        let (session, user) = match self.desk.store.session(id).await? {
            Some((session, owner)) if owner.id == user => (session, owner),
            _ => return Err(DeskError::Unauthenticated),
        };
        if !session.is_live(now, self.desk.settings.session_idle) || !user.active {
            return Err(DeskError::Unauthenticated);
        }
        if session.needs_touch(now) {
            // A full disk keeps nobody from reading; the session is a little older then.
            if let Err(error) = self.desk.store.touch_session(session.id, now).await {
                tracing::warn!(error = %error, "the last use of a session could not be written");
            }
        }
        self.desk.caller(user, Some(session.id)).await
    }

    /// Whether a token was signed here for a login, be it over or not: enough for logging out once more, and for
    /// nothing else.
    pub fn is_own_session(self, token: &str) -> bool {
        self.desk.keys.is_own_session(token)
    }

    /// Ends the caller's login. Doing it twice is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn logout(self, caller: &Caller) -> Result<(), DeskError> {
        if let Some(session) = caller.session {
            self.desk.store.end_session(session).await?;
        }
        Ok(())
    }
}

impl Desk {
    /// Counts an attempt under a rate limit.
    ///
    /// # Errors
    /// [`DeskError::Throttled`] where it is not allowed.
    pub(super) async fn attempt(&self, key: &str, limit: &Limit) -> Result<(), DeskError> {
        let now = self.now();
        let attempt = self.store.attempt(key, limit, now).await?;
        match attempt.allowed {
            true => Ok(()),
            false => Err(DeskError::Throttled {
                retry_after: attempt.reset_at - now,
            }),
        }
    }

    async fn open_session(&self, user: User) -> Result<LoggedIn, DeskError> {
        let now = self.now();
        let session = Session {
            id: SessionId::new(now, self.random_bytes()),
            user: user.id,
            created_at: now,
            last_used_at: now,
            expires_at: now + self.settings.session_life,
        };
        let token = self
            .keys
            .sign_session(&session)
            .ok_or(DeskError::Internal("a token could not be signed"))?;
        self.store.create_session(&session).await?;
        crate::failpoint::hit("login.session");
        Ok(LoggedIn {
            token,
            expires_at: session.expires_at,
            user,
        })
    }

    pub(super) async fn caller(
        &self,
        user: User,
        session: Option<SessionId>,
    ) -> Result<Caller, DeskError> {
        // People of a host's own accounts were vouched for by the host.
        let must_verify =
            self.settings.require_verified_email && !user.email_verified && user.subject.is_none();
        Ok(Caller {
            user,
            session,
            must_verify,
            vocabulary: Arc::clone(&self.rules().await?.vocabulary),
        })
    }
}

/// The key of the attempts to log in, which stores keep without names and addresses.
fn attempts_key(of: &str) -> String {
    format!("login/{}", sha256_hex(of.as_bytes()))
}
