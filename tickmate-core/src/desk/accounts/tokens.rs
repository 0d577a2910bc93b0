//! One-time tokens: issuing and using them, whatever they are for.

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
    /// Makes a token of this purpose, as the store keeps it.
    pub(super) fn issue_token(&self, purpose: TokenPurpose, now: Timestamp) -> OneTimeToken {
        let id = TokenId::new(now, self.random_bytes());
        OneTimeToken {
            id,
            purpose,
            hash: self.keys.one_time_hash(id, purpose),
            expires_at: now + purpose.rule().lifetime,
        }
    }

    /// Uses a token of this purpose: writes what `effect` makes of its owner. Where a token of the purpose works once,
    /// it is used up in the same write, so that of two uses at once one succeeds.
    ///
    /// # Errors
    /// [`DeskError::InvalidToken`] where the token is unknown, of another purpose, used up or expired, or its owner's
    /// account is not in use; the errors of `effect` and of the store.
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
