//! Marks a mail as sent before it is sent. A crash in between loses it.

use std::sync::Arc;

use async_trait::async_trait;
use tickmate::{
    backend::store::{MailUpdate, Store, StoreError},
    domain::mail::{Mail, MailStatus},
};

use super::tamper::Tamper;

pub(super) struct MarkBeforeSend;

#[async_trait]
impl Tamper for MarkBeforeSend {
    async fn put_mail(&self, store: &Arc<dyn Store>, mail: &Mail) -> Result<Mail, StoreError> {
        if mail.status != MailStatus::Sending {
            return store.put_mail(mail).await;
        }
        let sent = Mail {
            status: MailStatus::Sent,
            ..mail.clone()
        };
        let stored = store.put_mail(&sent).await?;
        Ok(match stored == sent {
            true => mail.clone(),
            false => stored,
        })
    }

    async fn update_mail(
        &self,
        store: &Arc<dyn Store>,
        update: &MailUpdate,
    ) -> Result<bool, StoreError> {
        let mut update = update.clone();
        if update.status == MailStatus::Sending {
            update.status = MailStatus::Sent;
        }
        store.update_mail(&update).await
    }
}
