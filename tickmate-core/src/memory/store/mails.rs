//! Mails.

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{MailQuery, MailRequeue, MailStore, MailUpdate, StoreError},
    domain::{
        delivery::DeliveryReport,
        email::Email,
        id::TicketId,
        mail::{Mail, MailKey, MailStatus},
        page::Page,
        time::Timestamp,
    },
};

#[async_trait]
impl MailStore for MemoryStore {
    async fn put_mail(&self, mail: &Mail) -> Result<Mail, StoreError> {
        let mut state = self.state().await?;
        let stored = state.mails.entry(mail.key).or_insert_with(|| mail.clone());
        Ok(stored.clone())
    }

    async fn mail(&self, key: &MailKey) -> Result<Option<Mail>, StoreError> {
        Ok(self.state().await?.mails.get(key).cloned())
    }

    async fn update_mail(&self, update: &MailUpdate) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        let mail = state.mails.get_mut(&update.key);
        let mail = mail.ok_or(StoreError::NotFound)?;
        if mail.status.is_final() {
            return Ok(false);
        }
        mail.status = update.status;
        mail.unanswered_since = update.unanswered_since;
        if update.reference.is_some() {
            mail.reference.clone_from(&update.reference);
        }
        mail.reason.clone_from(&update.reason);
        mail.updated_at = update.at;
        Ok(true)
    }

    async fn mail_by_reference(&self, reference: &str) -> Result<Option<Mail>, StoreError> {
        let state = self.state().await?;
        let mails = state.mails.values();
        let matching = mails.filter(|mail| mail.reference.as_deref() == Some(reference));
        Ok(matching.max_by_key(|mail| mail.created_at).cloned())
    }

    async fn requeue_mail(&self, requeue: &MailRequeue) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        let mail = state.mails.get_mut(&requeue.key);
        let mail = mail.ok_or(StoreError::NotFound)?;
        if !mail.status.can_be_retried() || mail.retries >= requeue.retry {
            return Ok(false);
        }
        mail.status = MailStatus::Queued;
        mail.retries = requeue.retry;
        mail.reason = None;
        mail.delivery = None;
        mail.queued_at = requeue.at;
        mail.updated_at = requeue.at;
        Ok(true)
    }

    async fn report_delivery(
        &self,
        key: &MailKey,
        report: &DeliveryReport,
    ) -> Result<bool, StoreError> {
        let mut state = self.state().await?;
        let mail = state.mails.get_mut(key).ok_or(StoreError::NotFound)?;
        let stored = mail.delivery.as_ref().map(|stored| stored.delivery);
        let replaces = report.delivery.replaces(stored);
        if replaces {
            mail.delivery = Some(report.clone());
        }
        Ok(replaces)
    }

    async fn mail_counts(&self) -> Result<BTreeMap<MailStatus, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        for mail in self.state().await?.mails.values() {
            *counts.entry(mail.status).or_default() += 1;
        }
        Ok(counts)
    }

    async fn count_mails(&self, to: &Email, since: Timestamp) -> Result<u64, StoreError> {
        let state = self.state().await?;
        let counts =
            |mail: &&Mail| mail.to == *to && mail.created_at >= since && mail.status.counts();
        Ok(state.mails.values().filter(counts).count() as u64)
    }

    async fn thread(&self, ticket: TicketId, to: &Email) -> Result<Vec<MailKey>, StoreError> {
        let state = self.state().await?;
        let mut thread: Vec<&Mail> = state
            .mails
            .values()
            .filter(|mail| mail.ticket == Some(ticket) && mail.to == *to)
            .filter(|mail| mail.status.counts())
            .collect();
        thread.sort_by_key(|mail| (mail.created_at, mail.key));
        Ok(thread.into_iter().map(|mail| mail.key).collect())
    }

    async fn mails(&self, query: &MailQuery, limit: u32) -> Result<Page<Mail>, StoreError> {
        let state = self.state().await?;
        let is_listed = |mail: &&Mail| {
            query.status.is_none_or(|status| mail.status == status)
                && query.from.is_none_or(|from| mail.updated_at >= from)
                && query.to.is_none_or(|to| mail.updated_at < to)
                && query
                    .after
                    .is_none_or(|after| mail.place().order() < after.order())
        };
        let mut mails: Vec<&Mail> = state.mails.values().filter(is_listed).collect();
        mails.sort_by_key(|mail| Reverse(mail.place().order()));
        let mails = mails.into_iter().take(limit as usize + 1);
        Ok(Page::cut(mails.cloned().collect(), limit))
    }
}
