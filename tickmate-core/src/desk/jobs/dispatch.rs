//! Dispatches tickets against the store: a newly triaged ticket, and the backlog.

use std::collections::BTreeMap;

use crate::{
    backend::store::TicketWritten,
    desk::{Desk, DeskError, jobs::JobError, routing::Rules, writes::MAX_TRIES},
    domain::{
        decision::{AssigneeChoice, Decision, NotAssigned, QueueReason},
        id::{TicketId, UserId},
        lifecycle,
        query::BacklogHead,
        routing::{
            AssigneeRequest, Dispatch, DispatchLimits, DispatchReport, DispatchStep, LaneHead,
            Needs,
        },
        skill::Skill,
        ticket::{Ticket, is_apart, lane_skills},
        time::Timestamp,
    },
    failpoint,
};

/// The limits of one run; the sweep continues with the remaining tickets. Of each lane one more ticket is loaded than
/// is assigned, unless a ticket excludes a user who fits.
const LIMITS: DispatchLimits = DispatchLimits {
    assigned: 500,
    loaded: 20_000,
    failed: 5,
    tries: MAX_TRIES,
};

/// The data that the router needs besides the ticket itself.
struct RequestContext {
    skills: Vec<Skill>,
    previous: Option<UserId>,
    now: Timestamp,
}

impl RequestContext {
    fn request<'a>(&'a self, ticket: &'a Ticket) -> AssigneeRequest<'a> {
        AssigneeRequest {
            needs: Needs {
                skills: &self.skills,
                requester: ticket.requester,
                declined_by: &ticket.declined_by,
                previous: self.previous,
                now: self.now,
            },
            priority: ticket.priority,
            created_at: ticket.created_at,
        }
    }
}

impl Desk {
    /// Assigns a triaged ticket, or adds it to the backlog. If the backlog is not empty, the ticket is dispatched in
    /// its order.
    pub(super) async fn route(&self, id: TicketId) -> Result<(), JobError> {
        for _ in 0..MAX_TRIES {
            let ticket = self
                .store
                .ticket(id)
                .await?
                .ok_or(JobError::Obsolete("the ticket is not there"))?;
            if !ticket.is_assignable() || ticket.triage.is_none() {
                return Ok(());
            }
            let mut waiting = self.dispatch_backlog(std::slice::from_ref(&ticket)).await?;
            let Some(not_assigned) = waiting.remove(&id) else {
                return Ok(());
            };
            if ticket
                .queued
                .is_some_and(|queued| queued.reason == not_assigned.reason)
            {
                return Ok(());
            }
            let next = lifecycle::queue(&ticket, &not_assigned, self.now());
            if let TicketWritten::Written(ticket) = self
                .write(&Self::itself(), &ticket, &next, None, None)
                .await?
            {
                // A seat that was freed between the decision and this write was not offered to any ticket, so the
                // decision is repeated.
                self.refresh_index_for_job().await?;
                return match self.decide(&ticket).await? {
                    Decision::Assign(_) => self.dispatch_backlog(&[]).await.map(|_| ()),
                    Decision::Wait(_) => Ok(()),
                };
            }
        }
        Err(DeskError::Overloaded.into())
    }

    /// Dispatches the backlog after the user `freed` lost a ticket. If no ticket of the backlog fits that user and the
    /// policy rebalances, the user takes over a ticket that a colleague has not started.
    pub(super) async fn dispatch_after_release(
        &self,
        freed: Option<UserId>,
    ) -> Result<(), JobError> {
        self.dispatch_backlog(&[]).await?;
        match freed {
            Some(user) => self.rebalance(user).await,
            None => Ok(()),
        }
    }

    /// Dispatches the backlog together with `fresh` tickets, most urgent lane first, until nobody has a free seat.
    /// Returns the `fresh` tickets that are not assigned, with the reason.
    pub(super) async fn dispatch_backlog(
        &self,
        fresh: &[Ticket],
    ) -> Result<BTreeMap<TicketId, NotAssigned>, JobError> {
        self.refresh_index_for_job().await?;
        let rules = self.rules().await?;
        let heads = self.store.backlog_heads().await?;
        let mut remaining: BTreeMap<TicketId, &Ticket> =
            fresh.iter().map(|ticket| (ticket.id, ticket)).collect();
        let mut dispatch = Dispatch::new(LIMITS, self.now());
        let mut step = self.ask_index(|index| {
            for head in heads {
                let skills = rules.needed_skills(&lane_skills(&head.lane));
                let lane = lane_head(&head, &skills, remaining.contains_key(&head.ticket));
                dispatch.add_lane(index, head.clone(), &lane);
            }
            for ticket in fresh.iter().filter(|ticket| ticket.queued.is_none()) {
                let head = BacklogHead::of(ticket);
                let skills = rules.needed_skills(&lane_skills(&head.lane));
                dispatch.add_single(index, head.clone(), &lane_head(&head, &skills, true));
            }
            dispatch.advance(index, DispatchReport::Started)
        })?;
        let mut current: Option<(Ticket, RequestContext)> = None;
        let mut following: Option<(BacklogHead, Vec<Skill>)>;
        let mut failure = None;
        loop {
            let report = match step {
                DispatchStep::Load(head) => {
                    let fresh = remaining.remove(&head.ticket);
                    match self.load_assignable(head.ticket, fresh, &rules).await {
                        Ok(loaded) => {
                            current = loaded;
                            let request = current
                                .as_ref()
                                .map(|(ticket, context)| context.request(ticket));
                            DispatchReport::Loaded(request)
                        }
                        Err(error) => failed(&mut failure, &head, error.into()),
                    }
                }
                DispatchStep::Claim(head, choice) => {
                    let assigned = match &current {
                        Some((ticket, _)) => self.try_assign(ticket, &choice).await,
                        None => Ok(false),
                    };
                    match assigned {
                        Ok(true) => DispatchReport::Claimed,
                        Ok(false) => {
                            failure = None;
                            DispatchReport::LostRace
                        }
                        Err(error) => failed(&mut failure, &head, error),
                    }
                }
                DispatchStep::ReadFollowing(head) => {
                    let next = self.store.backlog_next(&head).await?;
                    following = next.map(|head| {
                        let skills = rules.needed_skills(&lane_skills(&head.lane));
                        (head, skills)
                    });
                    DispatchReport::Following(following.as_ref().map(|(head, skills)| {
                        let lane = lane_head(head, skills, remaining.contains_key(&head.ticket));
                        (head.clone(), lane)
                    }))
                }
                DispatchStep::Abort => {
                    return Err(failure.unwrap_or_else(|| DeskError::Overloaded.into()));
                }
                DispatchStep::Done => break,
            };
            step = self.ask_index(|index| dispatch.advance(index, report))?;
        }
        let mut waiting: BTreeMap<TicketId, NotAssigned> = dispatch
            .into_not_assigned()
            .into_iter()
            .map(|(head, not_assigned)| (head.ticket, not_assigned))
            .collect();
        for (id, ticket) in remaining {
            let not_assigned = match self.decide(ticket).await? {
                Decision::Wait(not_assigned) => not_assigned,
                // More urgent tickets used up the limits of this run; the next run continues.
                Decision::Assign(choice) => NotAssigned {
                    reason: QueueReason::Full,
                    why: choice.why,
                },
            };
            waiting.insert(id, not_assigned);
        }
        Ok(waiting)
    }

    /// Returns a ticket that can be assigned, with the other data that the router needs. `fresh` is the ticket as it
    /// was just read: if it was changed since, the claim conflicts and the ticket is loaded again.
    async fn load_assignable(
        &self,
        id: TicketId,
        fresh: Option<&Ticket>,
        rules: &Rules,
    ) -> Result<Option<(Ticket, RequestContext)>, DeskError> {
        let ticket = match fresh {
            Some(ticket) => Some(ticket.clone()),
            None => self.readable_ticket(id).await?,
        };
        let Some(ticket) = ticket.filter(Ticket::is_assignable) else {
            return Ok(None);
        };
        let context = self.request_context(&ticket, rules).await?;
        Ok(Some((ticket, context)))
    }

    /// Assigns a ticket to the chosen user if the ticket is unchanged in the store and the user has a free seat.
    /// Returns false if a concurrent write won; the index then holds the current state.
    pub(super) async fn try_assign(
        &self,
        ticket: &Ticket,
        choice: &AssigneeChoice,
    ) -> Result<bool, JobError> {
        let ahead = self.rules().await?.policy().seats_ahead();
        let next = lifecycle::assign_automatically(ticket, choice, ahead, self.now());
        self.reserve(choice.to);
        failpoint::hit("route.before_claim");
        let written = self.write(&Self::itself(), ticket, &next, None, None).await;
        match written {
            Ok(TicketWritten::Written(_)) => {
                failpoint::hit("route.claimed");
                self.record_claim(choice.to, true, ticket.assignee());
                Ok(true)
            }
            Ok(TicketWritten::Stale | TicketWritten::SeatTaken | TicketWritten::UserGone) => {
                self.record_claim(choice.to, false, None);
                self.refresh_index_for_job().await?;
                Ok(false)
            }
            Ok(TicketWritten::Replayed(_) | TicketWritten::KeyReused) => {
                Err(DeskError::Internal("a write without a key was replayed").into())
            }
            // It is unknown whether the claim was written: the user stays marked as doubtful.
            Err(error) => Err(error.into()),
        }
    }

    /// Decides who is assigned a ticket now, or why it stays in the backlog.
    pub(in crate::desk) async fn decide(&self, ticket: &Ticket) -> Result<Decision, DeskError> {
        let rules = self.rules().await?;
        let context = self.request_context(ticket, &rules).await?;
        self.ask_index(|index| index.decide_by_age(&context.request(ticket)))
    }

    async fn request_context(
        &self,
        ticket: &Ticket,
        rules: &Rules,
    ) -> Result<RequestContext, DeskError> {
        let previous = match rules.policy().sticky {
            true => self.previous_assignee(ticket).await?,
            false => None,
        };
        Ok(RequestContext {
            skills: rules.needed_skills(&ticket.required_skills),
            previous,
            now: self.now(),
        })
    }
}

/// Logs that the dispatch of one ticket failed.
fn failed<'a>(
    last: &mut Option<JobError>,
    head: &BacklogHead,
    error: JobError,
) -> DispatchReport<'a, BacklogHead> {
    tracing::warn!(ticket.id = %head.ticket, error = %error, "a ticket could not be dispatched");
    *last = Some(error);
    DispatchReport::Failed
}

fn lane_head<'a>(head: &BacklogHead, skills: &'a [Skill], is_awaited: bool) -> LaneHead<'a> {
    LaneHead {
        number: head.number,
        priority: head.priority,
        requester: head.requester,
        created_at: head.created_at,
        skills,
        is_apart: is_apart(&head.lane),
        is_awaited,
    }
}
