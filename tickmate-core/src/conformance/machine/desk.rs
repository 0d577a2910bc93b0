//! Commands on what belongs to the desk: mails, events, limiters, values, model calls, cleaning up.

use super::{Machine, both, one, picked};
use crate::{
    backend::store::{MailRequeue, MailUpdate},
    conformance::fixtures::parsed,
    domain::{
        delivery::{Delivery, DeliveryReport},
        event::ActorId,
        limit::Limit,
        mail::MailStatus,
        models::{Budget, CallEnd, CallOutcome, ModelCall, Task, Usage},
        suppression::Suppression,
        time::Span,
    },
};

impl Machine<'_> {
    pub(super) async fn mail(&mut self, a: u8, b: u8, c: u8, d: u8) -> Result<(), String> {
        let known = picked(&self.mails, c).copied();
        if let (Some(key), 3 | 5) = (known, d % 8) {
            let at = self.make.now();
            let retry = 1 + u32::from(b % 3);
            both!(self, store => store.requeue_mail(&MailRequeue { key, retry, at })).ok();
            let report = DeliveryReport {
                delivery: one(Delivery::ALL, a),
                reason: b.is_multiple_of(2).then(|| "why".to_owned()),
                at,
            };
            both!(self, store => store.report_delivery(&key, &report)).ok();
            return Ok(());
        }
        if d % 16 == 15 {
            return self.suppression(a, b).await;
        }
        if d.is_multiple_of(2)
            && let Some(key) = known
        {
            let update = MailUpdate {
                key,
                status: one(MailStatus::ALL, b),
                unanswered_since: d.is_multiple_of(4).then(|| self.make.now()),
                reference: d.is_multiple_of(16).then(|| format!("250 {}", b % 4)),
                reason: (d.is_multiple_of(8)).then(|| "why".to_owned()),
                at: self.make.now(),
            };
            both!(self, store => store.update_mail(&update)).ok();
            return Ok(());
        }
        let Some(user) = self.user(a).await else {
            return Ok(());
        };
        let ticket = picked(&self.tickets, b).copied();
        let mut mail = self.make.mail(&user, ticket);
        if let Some(known) = known
            && d % 8 == 1
        {
            mail.key = known;
        }
        both!(self, store => store.put_mail(&mail)).ok();
        if !self.mails.contains(&mail.key) {
            self.mails.push(mail.key);
        }
        Ok(())
    }

    async fn suppression(&mut self, a: u8, b: u8) -> Result<(), String> {
        let address = parsed(one(
            ["ann@example.org", "bob@example.org", "c@example.org"],
            a,
        ));
        if b.is_multiple_of(3) {
            both!(self, store => store.unsuppress(&address)).ok();
            return Ok(());
        }
        let suppression = Suppression {
            address,
            reason: format!("reason {b}"),
            since: self.make.now(),
            by: ActorId::System,
        };
        both!(self, store => store.suppress(&suppression)).ok();
        Ok(())
    }

    /// Marks some of the pending events as relayed, those of the store's own answer.
    pub(super) async fn events(&mut self, a: u8, b: u8) -> Result<(), String> {
        let (after, limit) = (u64::from(a % 8), u32::from(b % 5));
        let pending = both!(self, store => store.pending_events(after, limit));
        let ids: Vec<_> = pending.iter().flatten().map(|event| event.id).collect();
        both!(self, store => store.mark_relayed(&ids)).ok();
        Ok(())
    }

    pub(super) async fn limiter(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let key = one(["login/ann", "login/bob"], a);
        let now = self.make.now() + Span::seconds(i64::from(b) * 4);
        match c % 8 {
            0 => {
                both!(self, store => store.forget_attempts(key)).ok();
            }
            _ => {
                let limit = Limit {
                    most: 1 + u32::from(c % 3),
                    window: Span::seconds(60),
                };
                both!(self, store => store.attempt(key, &limit, now)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn value(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        let name = one(["x", "y"], a);
        let expected = one([None, Some("1"), Some("2")], c);
        let value = one(["1", "2"], b);
        match b % 3 {
            0 => {
                both!(self, store => store.put_value(name, expected)).ok();
            }
            _ => {
                both!(self, store => store.replace_value(name, expected, value)).ok();
            }
        }
        Ok(())
    }

    pub(super) async fn call(&mut self, a: u8, b: u8, c: u8) -> Result<(), String> {
        if let Some(call) = picked(&self.calls, a)
            && c.is_multiple_of(2)
        {
            let end = CallEnd {
                outcome: CallOutcome::ALL[usize::from(b) % CallOutcome::ALL.len()],
                usage: Usage {
                    prompt_tokens: b.into(),
                    cached_tokens: 0,
                    output_tokens: 1,
                },
                micros: 5,
                cache_hit: b.is_multiple_of(3),
                answer: (b.is_multiple_of(2)).then(|| "{}".to_owned()),
            };
            let ended = ModelCall {
                end: Some(end),
                ..call.clone()
            };
            both!(self, store => store.end_call(&ended)).ok();
            return Ok(());
        }
        let begun_at = self.make.now();
        let call = ModelCall {
            id: self.call_id(),
            task: Task::Triage,
            ticket: picked(&self.tickets, a).copied(),
            provider: "test".to_owned(),
            model: one(["one", "two"], b).to_owned(),
            key: format!("{:02x}", b % 4),
            begun_at,
            reserved_tokens: u64::from(b),
            end: None,
        };
        let budget = Budget {
            calls: (c.is_multiple_of(3)).then_some(4),
            tokens: (c.is_multiple_of(5)).then_some(500),
        };
        both!(self, store => store.begin_call(&call, &budget, begun_at.date_naive())).ok();
        self.calls.push(call);
        Ok(())
    }

    pub(super) async fn clean(&mut self, a: u8, b: u8) -> Result<(), String> {
        let now = self.make.now();
        let before = now - Span::seconds(i64::from(a));
        match b % 3 {
            0 => {
                both!(self, store => store.forget_calls(before, before)).ok();
            }
            1 => {
                both!(self, store => store.clean(now, before, before, before)).ok();
            }
            _ => {
                let after_all = now + Span::days(31);
                both!(self, store => store.clean(after_all, before, before, before)).ok();
            }
        }
        Ok(())
    }
}
