//! Calls of models and their cost, for admins.

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

/// The maximum number of calls in a page.
const MAX_PAGE: u32 = 100;
/// How long answers are kept, so that a job that runs twice finds its own answer.
const KEEP_ANSWERS: Span = Span::days(7);
/// How long calls are kept.
const KEEP_CALLS: Span = Span::days(400);

/// Selects calls, newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CallsQuery {
    /// Selects calls that started at this time or later.
    pub from: Option<Timestamp>,
    /// Selects calls that started before this time.
    pub to: Option<Timestamp>,
    /// The call after which the page starts.
    pub after: Option<CallId>,
    /// The maximum number of calls, 1 to 100; `None` is 20.
    pub limit: Option<u32>,
}

impl TriageDesk<'_> {
    /// Returns a page of the calls of models, newest first, without their answers.
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

    /// Returns the totals of a period's calls by provider, model and outcome, in this order.
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
    /// Deletes old calls and answers.
    pub(in crate::desk) async fn forget_old_calls(&self, now: Timestamp) -> Result<u64, DeskError> {
        let forgotten = self
            .store
            .forget_calls(now - KEEP_ANSWERS, now - KEEP_CALLS);
        Ok(forgotten.await?)
    }
}
