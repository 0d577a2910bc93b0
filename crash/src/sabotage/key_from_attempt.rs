//! Gives a mail a different key at each attempt, so that the provider can't recognize a repeat.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::{
    backend::mailer::{MailError, Mailer, OutgoingMail, Receipt},
    domain::id::UserId,
};

use super::tamper::Tamper;
use crate::host;

pub(super) struct KeyFromAttempt;

#[async_trait]
impl Tamper for KeyFromAttempt {
    async fn send(
        &self,
        mailer: &Arc<dyn Mailer>,
        mail: &OutgoingMail,
    ) -> Result<Receipt, MailError> {
        let mut mail = mail.clone();
        mail.key.to = UserId::new(mail.date, host::random_bytes());
        mailer.send(&mail).await
    }
}
