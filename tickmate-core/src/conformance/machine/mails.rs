//! Commands on mails.

use super::{Machine, call_both, select, select_one};
use crate::{
    backend::store::{MailQuery, MailRequeue, MailUpdate},
    conformance::fixtures::parse_email,
    domain::{
        delivery::{Delivery, DeliveryReport},
        mail::{Mail, MailKey, MailKind, MailStatus},
        time::Timestamp,
    },
};

/// References that mails share, and one that no mail has.
const REFERENCES: [&str; 4] = ["250 a", "250 A", "250 b", "250 c"];

impl Machine<'_> {
    /// Inserts a mail, or changes one: its status, its delivery, or whether it is queued again.
    pub(super) async fn mail(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        match (select(&self.mails, c).copied(), d % 8) {
            (Some(key), 3 | 5) => self.report_mail(key, a, b).await,
            (Some(key), 0 | 2 | 4 | 6) => self.update_mail(key, a, b, d).await,
            (known, _) => self.put_mail(known, a, b, d).await,
        }
    }

    async fn report_mail(&mut self, key: MailKey, a: u8, b: u8) -> Result<(), String> {
        let at = self.make.now();
        let retry = 1 + u32::from(b % 3);
        call_both!(self, store => store.requeue_mail(&MailRequeue { key, retry, at })).ok();
        let report = DeliveryReport {
            delivery: select_one(Delivery::ALL, a),
            reason: b.is_multiple_of(2).then(|| "why".to_owned()),
            at,
        };
        call_both!(self, store => store.report_delivery(&key, &report)).ok();
        Ok(())
    }

    /// Writes a status, sometimes at the moment of another mail's last change, so that only the keys order the mails.
    async fn update_mail(&mut self, key: MailKey, a: u8, b: u8, d: u8) -> Result<(), String> {
        let now = self.make.now();
        let other = self.stored_mail(a).await;
        let at = other.filter(|_| d.is_multiple_of(3));
        let reference = select_one([None, Some("250 a"), Some("250 A"), Some("250 b")], b / 8);
        let update = MailUpdate {
            key,
            status: select_one(MailStatus::ALL, b),
            unanswered_since: d.is_multiple_of(4).then_some(now),
            reference: reference.map(str::to_owned),
            reason: (d.is_multiple_of(8)).then(|| "why".to_owned()),
            at: at.map_or(now, |mail| mail.updated_at),
        };
        call_both!(self, store => store.update_mail(&update)).ok();
        Ok(())
    }

    /// Inserts a mail with a new key, with an existing key, or with the event of another mail; or remembers a key without
    /// a mail.
    async fn put_mail(
        &mut self,
        known: Option<MailKey>,
        a: u8,
        b: u8,
        d: u8,
    ) -> Result<(), String> {
        let Some(user) = self.user(a).await else {
            return Ok(());
        };
        let ticket = select(&self.tickets, b).copied();
        let mut mail = self.make.mail(&user, ticket);
        mail.key.kind = *select(MailKind::ALL, b).unwrap_or(&MailKind::Reply);
        match (known, d % 32) {
            (Some(known), 1 | 9) => mail.key = known,
            (Some(known), 17 | 25) => {
                mail.key.event = known.event;
                if let Ok(Some(stored)) = self.reference.mail(&known).await {
                    mail.updated_at = stored.updated_at;
                }
            }
            _ => {}
        }
        if d % 32 != 31 {
            call_both!(self, store => store.put_mail(&mail)).ok();
        }
        if !self.mails.contains(&mail.key) {
            self.mails.push(mail.key);
        }
        Ok(())
    }

    /// Returns the mail that a byte selects, as the reference stores it.
    async fn stored_mail(&self, pick: u8) -> Option<Mail> {
        let key = select(&self.mails, pick)?;
        self.reference.mail(key).await.ok().flatten()
    }

    pub(super) async fn compare_mails(&self, a: u8, b: u8) -> Result<(), String> {
        let (one_mail, other) = (self.stored_mail(a).await, self.stored_mail(b).await);
        let changed_at = |mail: &Option<Mail>| mail.as_ref().map(|mail| mail.updated_at);
        let status = select_one(MailStatus::ALL, b);
        let query = MailQuery {
            status: (!a.is_multiple_of(3)).then_some(status),
            ..MailQuery::default()
        };
        let limit = 1 + u32::from(a % 4);
        self.page_through_mails(query, limit).await?;
        let bounded = MailQuery {
            status: b.is_multiple_of(4).then_some(status),
            from: changed_at(&other).filter(|_| !a.is_multiple_of(4)),
            to: changed_at(&one_mail).filter(|_| a % 4 != 1),
            after: None,
        };
        self.page_through_mails(bounded, limit).await?;
        call_both!(self, store => store.mail_counts()).ok();
        for reference in REFERENCES {
            call_both!(self, store => store.mail_by_reference(reference)).ok();
        }
        if let Some(key) = select(&self.mails, a) {
            call_both!(self, store => store.mail(key)).ok();
        }
        let since = other.map_or(Timestamp::UNIX_EPOCH, |mail| mail.created_at);
        if let Some(user) = self.user(b).await {
            let to = &user.email;
            call_both!(self, store => store.count_mails(to, Timestamp::UNIX_EPOCH)).ok();
            call_both!(self, store => store.count_mails(to, since)).ok();
            if let Some(&ticket) = select(&self.tickets, a) {
                call_both!(self, store => store.thread(ticket, to)).ok();
            }
        }
        let nobody = parse_email("nobody@example.org");
        call_both!(self, store => store.count_mails(&nobody, since)).ok();
        Ok(())
    }

    /// Compares every page of a list of mails.
    async fn page_through_mails(&self, mut query: MailQuery, limit: u32) -> Result<(), String> {
        loop {
            let page = call_both!(self, store => store.mails(&query, limit));
            let Ok(page) = page else { return Ok(()) };
            let Some(last) = page.items.last().filter(|_| page.more) else {
                return Ok(());
            };
            query.after = Some(last.place());
        }
    }
}
