//! A mailer with a sabotage.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::backend::mailer::{MailError, Mailer, OutgoingMail, Receipt};

use super::tamper::Tamper;

/// A mailer with a sabotage.
pub(super) struct TamperedMailer {
    pub(super) inner: Arc<dyn Mailer>,
    pub(super) tamper: Arc<dyn Tamper>,
}

#[async_trait]
impl Mailer for TamperedMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Receipt, MailError> {
        self.tamper.send(&self.inner, mail).await
    }
}
