//! One-time tokens: issuing and consuming them.

use crate::{
    backend::store::UserKey,
    desk::{Desk, DeskError, secret::sha256_hex, writes::UserNext},
    domain::{
        event::ActorId,
        id::TokenId,
        time::Timestamp,
        token::{OneTimeToken, TokenPurpose},
        user::User,
    },
};

impl Desk {
    /// Makes a token for this purpose in the form that the store holds.
    pub(super) fn issue_token(&self, purpose: TokenPurpose, now: Timestamp) -> OneTimeToken {
        let id = TokenId::new(now, self.random_bytes());
        OneTimeToken {
            id,
            purpose,
            hash: self.keys.one_time_hash(id, purpose),
            expires_at: now + purpose.rule().lifetime,
        }
    }

    /// Consumes a token of this purpose: writes the change to its owner that `effect` returns. If tokens of the purpose
    /// work once, the same write marks the token as used, so that only one of two concurrent uses succeeds.
    ///
    /// # Errors
    /// [`DeskError::InvalidToken`] if the token is unknown, used, expired or for another purpose, or its owner's
    /// account is not active; errors of `effect` and of the store.
    pub(super) async fn consume_token(
        &self,
        purpose: TokenPurpose,
        token: &str,
        mut effect: impl FnMut(User) -> Result<UserNext, DeskError> + Send,
    ) -> Result<User, DeskError> {
        let hash = sha256_hex(token.trim().as_bytes());
        let owner = self.store.user_by(&UserKey::Token(hash.clone())).await?;
        let owner = owner.ok_or(DeskError::InvalidToken)?.id;
        let used = self.change_user(ActorId::User(owner), owner, None, |user, now| {
            let after = user.consume_token(purpose, &hash, now);
            effect(after.ok_or(DeskError::InvalidToken)?).map(Some)
        });
        let user = used.await?;
        crate::failpoint::hit("token.used");
        Ok(user)
    }
}
