//! Login, logout, and authentication of tokens.

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

/// The limit of wrong passwords of an account from one network. The next attempt is allowed at most 18 minutes after
/// the last one (see [`crate::domain::limit`]).
const FROM_NETWORK: Limit = Limit {
    most: 5,
    window: Span::minutes(15),
};
/// The limit of wrong passwords of an account from all networks together; the longest wait is 16.5 minutes.
const OF_ACCOUNT: Limit = Limit {
    most: 10,
    window: Span::minutes(15),
};

/// The credentials of a login.
#[derive(Clone)]
pub struct Credentials {
    /// The e-mail address or the username.
    pub identifier: String,
    /// The password.
    pub password: String,
    /// The network that the request comes from, as far as the host knows it. Wrong passwords are counted per account,
    /// and per account and network.
    pub network: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A successful login.
#[derive(Clone)]
pub struct LoggedIn {
    /// The token that the client sends with each request.
    pub token: String,
    /// When the login expires at the latest.
    pub expires_at: Timestamp,
    /// The user who logged in.
    pub user: User,
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// An authenticated caller, with the account as it is stored now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The session of the login; `None` for users of the host's own accounts.
    pub session: Option<SessionId>,
    /// Whether the user must verify the e-mail address before any other operation.
    pub must_verify: bool,
    /// The vocabulary at the time of the call, which defines the skills that the user's skills imply.
    vocabulary: Arc<Vocabulary>,
}

impl Caller {
    /// Returns the user as an actor.
    ///
    /// # Errors
    /// [`DeskError::EmailNotVerified`] if the user must verify the address first.
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
    /// [`DeskError::WrongCredentials`], the same for unknown users, wrong passwords and inactive accounts, after the
    /// same amount of work; [`DeskError::Throttled`] after five wrong passwords from one network or ten from all
    /// networks within 15 minutes, before a password is hashed. It holds when the next attempt is allowed, at most 18
    /// minutes after the last one.
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

    /// Authenticates a token, and returns its caller with the role, account state and session that are stored now.
    ///
    /// # Errors
    /// [`DeskError::Unauthenticated`] for every token that is not valid, without the reason.
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
            // A failed write, such as on a full disk, must not block reads; the session then keeps its older time of
            // last use.
            if let Err(error) = self.desk.store.touch_session(session.id, now).await {
                tracing::warn!(error = %error, "the last use of a session could not be written");
            }
        }
        self.desk.caller(user, Some(session.id)).await
    }

    /// Returns whether this desk signed the token for a login, including one that has ended. This is sufficient only
    /// for a repeated logout.
    pub fn is_own_session(self, token: &str) -> bool {
        self.desk.keys.is_own_session(token)
    }

    /// Ends the caller's session. Repeating the call is not an error.
    ///
    /// # Errors
    /// Errors of the store.
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
    /// [`DeskError::Throttled`] if the attempt is not allowed.
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
        // The host has verified the addresses of its own accounts.
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

/// Returns the key that counts login attempts: a digest, so that stores hold no names and addresses in it.
fn attempts_key(of: &str) -> String {
    format!("login/{}", sha256_hex(of.as_bytes()))
}
