//! Mails.

use std::cmp::Reverse;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    backend::store::{MailStore, MailUpdate, StoreError},
    domain::{
        email::Email,
        id::TicketId,
        mail::{Mail, MailKey, MailPlace, MailStatus},
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
        mail.unanswered = update.unanswered;
        mail.detail.clone_from(&update.detail);
        mail.updated_at = update.at;
        Ok(true)
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

    async fn mails(
        &self,
        status: MailStatus,
        after: Option<MailPlace>,
        limit: u32,
    ) -> Result<Page<Mail>, StoreError> {
        let state = self.state().await?;
        let follows = |mail: &&Mail| after.is_none_or(|after| mail.place().order() < after.order());
        let mails = state.mails.values().filter(|mail| mail.status == status);
        let mut mails: Vec<&Mail> = mails.filter(follows).collect();
        mails.sort_by_key(|mail| Reverse(mail.place().order()));
        let mails = mails.into_iter().take(limit as usize + 1);
        Ok(Page::cut(mails.cloned().collect(), limit))
    }
}
