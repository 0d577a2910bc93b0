//! Verification of e-mail addresses.

use super::super::{Auth, DeskError, writes::UserNext};
use crate::backend::store::UserKey;
use crate::domain::{
    email::Email,
    event::{ActorId, Change, EventKind},
    text::FieldError,
    time::{Span, has_passed},
    token::TokenPurpose,
    user::User,
};

/// The minimum interval between two verification mails to one address.
const MAIL_EVERY: Span = Span::minutes(10);
/// The maximum number of verification mails to one address per day.
const MAILS_A_DAY: usize = 5;

impl Auth<'_> {
    /// Verifies the address of the user who received this token by mail. A token works once.
    ///
    /// # Errors
    /// [`DeskError::InvalidToken`] if the token is not valid.
    pub async fn verify_email(self, token: &str) -> Result<User, DeskError> {
        self.desk
            .consume_token(TokenPurpose::VerifyEmail, token, |user| {
                let changes = Change::of("emailVerified", user.email_verified, true);
                let verified = User {
                    email_verified: true,
                    ..user
                };
                let changes = changes.into_iter().collect();
                Ok(UserNext::new(verified, EventKind::Verified, changes))
            })
            .await
    }

    /// Sends the verification link again, unless the last one was sent less than 10 minutes ago, five were sent within
    /// a day, or the address needs no verification. The response is the same in all cases.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] if the text is not a valid address.
    pub async fn resend_verification(self, email: &str) -> Result<(), DeskError> {
        let email: Email = email
            .parse()
            .map_err(|error: crate::domain::email::InvalidEmail| {
                vec![FieldError::new("email", error.to_string())]
            })?;
        let Some(owner) = self
            .desk
            .store
            .user_by(&UserKey::Email(email.clone()))
            .await?
        else {
            return Ok(());
        };
        let sent = self
            .desk
            .change_user(ActorId::System, owner.id, None, |user, now| {
                let mut after = user.clone();
                after
                    .verification_mails
                    .retain(|at| !has_passed(Span::days(1), *at, now));
                let early = after
                    .verification_mails
                    .last()
                    .is_some_and(|at| !has_passed(MAIL_EVERY, *at, now));
                let many = after.verification_mails.len() >= MAILS_A_DAY;
                if user.email_verified || !user.active || early || many {
                    return Ok(None);
                }
                after.verification_mails.push(now);
                after
                    .tokens
                    .retain(|token| token.purpose != TokenPurpose::VerifyEmail);
                after
                    .tokens
                    .push(self.desk.issue_token(TokenPurpose::VerifyEmail, now));
                Ok(Some(UserNext::new(
                    after,
                    EventKind::VerificationRequested,
                    Vec::new(),
                )))
            });
        sent.await.map(|_| ())
    }
}
