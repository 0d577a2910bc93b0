//! What was asked of models, and what it cost, for admins.

use crate::{
    desk::{Desk, DeskError, TriageDesk, authorize::demand_admin},
    domain::{
        access::Actor,
        id::CallId,
        models::{CallQuery, ModelCall, UsageLine},
        page::Page,
        time::{Span, Timestamp},
    },
};

/// The most calls of a page.
const MAX_PAGE: u32 = 100;
/// For how long answers are kept: a job that is run twice finds its own.
const KEEP_ANSWERS: Span = Span::days(7);
/// For how long calls are kept.
const KEEP_CALLS: Span = Span::days(400);

/// Which calls are asked for, the newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CallsQuery {
    /// Begun at this moment or later.
    pub from: Option<Timestamp>,
    /// Begun before this moment.
    pub to: Option<Timestamp>,
    /// The page starts after this call.
    pub after: Option<CallId>,
    /// How many at most, 1 to 100; none: 20.
    pub limit: Option<u32>,
}

impl TriageDesk<'_> {
    /// A page of the calls of models, the newest first, without their answers.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names `limit`.
    pub async fn model_calls(
        self,
        actor: &Actor,
        query: &CallsQuery,
    ) -> Result<Page<ModelCall>, DeskError> {
        demand_admin(actor)?;
        let limit = query.limit.unwrap_or(20);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(DeskError::field("limit", "must be a number from 1 to 100"));
        }
        let query = CallQuery {
            from: query.from,
            to: query.to,
            after: query.after,
            limit: limit + 1,
        };
        let mut calls = self.desk.store.model_calls(&query).await?;
        for end in calls.iter_mut().filter_map(|call| call.end.as_mut()) {
            end.answer = None;
        }
        Ok(Page::cut(calls, limit))
    }

    /// What the calls of a period came to, by provider, model and outcome, in this order.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin.
    pub async fn model_usage(
        self,
        actor: &Actor,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageLine>, DeskError> {
        demand_admin(actor)?;
        let mut lines = self.desk.store.model_usage(from, to).await?;
        lines.sort_by(|a, b| {
            let place = |line: &UsageLine| (line.outcome, line.cache_hit);
            let id = |line: &UsageLine| (line.provider.clone(), line.model.clone());
            (id(a), place(a)).cmp(&(id(b), place(b)))
        });
        Ok(lines)
    }
}

impl Desk {
    /// Forgets calls that are old.
    pub(in crate::desk) async fn forget_old_calls(&self, now: Timestamp) -> Result<u64, DeskError> {
        let forgotten = self
            .store
            .forget_calls(now - KEEP_ANSWERS, now - KEEP_CALLS);
        Ok(forgotten.await?)
    }
}
