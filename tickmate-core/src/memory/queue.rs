//! A job queue in memory.

mod line;
mod state;

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

use self::state::{Entry, Phase, State};
use super::turns::Turns;
use crate::{
    backend::queue::{
        AfterError, ClaimRequest, JobLeases, JobQueue, LeaseState, MAX_JOB_ERROR, QueueError,
        due_at,
    },
    domain::{
        id::LeaseId,
        job::{DeadJob, DeadPlace, DeathCause, Job, JobKey, LeasedJob, NewJob, QueueDepth},
        job_class::JobClass,
        page::Page,
        time::{Span, Timestamp, furthest_ahead},
    },
};

/// A job queue in memory. Its "now" is the time of the clock passed to [`MemoryQueue::new`].
pub struct MemoryQueue {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<State>,
    /// None if calls don't yield.
    turns: Option<Turns>,
}

impl MemoryQueue {
    /// Creates an empty queue with this clock.
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            turns: None,
        }
    }

    /// Creates an empty queue that yields to other tasks before each call, see
    /// [`MemoryStore::yielding`](super::MemoryStore::yielding).
    pub fn yielding(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            turns: Some(Turns::default()),
            ..Self::new(clock)
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Locks the state after other tasks had their turn. The guard must not be held across an await, and the clock must be
    /// read under it: tasks that had their turn may have read later moments. After a panic in the middle of a step the state
    /// is unknown, and every call is refused.
    async fn state(&self) -> Result<MutexGuard<'_, State>, QueueError> {
        if let Some(turns) = &self.turns {
            turns.pass().await;
        }
        self.state.lock().map_err(|_| QueueError::Refused {
            what: "a panic left the queue in the middle of a step".to_owned(),
            source: None,
        })
    }
}

fn after(now: Timestamp, duration: Duration) -> Timestamp {
    Span::from_std(duration)
        .ok()
        .and_then(|span| now.checked_add_signed(span))
        .unwrap_or(Timestamp::MAX_UTC)
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn enqueue(&self, jobs: &[NewJob]) -> Result<(), QueueError> {
        let mut state = self.state().await?;
        let now = self.now();
        jobs.iter().for_each(|job| state.insert(job, now));
        Ok(())
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        let state = self.state().await?;
        let mut dead: Vec<DeadJob> = state
            .jobs
            .iter()
            .filter_map(|(key, entry)| entry.death(key))
            .filter(|dead| after.as_ref().is_none_or(|after| dead.place() < *after))
            .collect();
        dead.sort_by_cached_key(|dead| Reverse(dead.place()));
        Ok(Page::cut(dead, limit))
    }

    async fn deaths(&self, keys: &[JobKey]) -> Result<Vec<DeadJob>, QueueError> {
        let state = self.state().await?;
        let death = |key: &JobKey| state.jobs.get(key)?.death(key);
        let mut dead: Vec<DeadJob> = keys.iter().filter_map(death).collect();
        dead.sort_by(|a, b| a.key.cmp(&b.key));
        dead.dedup_by(|a, b| a.key == b.key);
        Ok(dead)
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        let mut state = self.state().await?;
        let since = self.now();
        let dead = |entry: &&mut Entry| matches!(entry.phase, Phase::Dead { .. });
        let Some(entry) = state.jobs.get_mut(key).filter(dead) else {
            return Ok(false);
        };
        (entry.errors, entry.crashes, entry.last_error) = (0, 0, None);
        entry.suspect = false;
        state.enter(key, Phase::Waiting { due: now, since });
        Ok(true)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let mut depth = QueueDepth::default();
        for entry in self.state().await?.jobs.values() {
            *match entry.phase {
                Phase::Waiting { .. } | Phase::InLine(_) => &mut depth.ready,
                Phase::Leased { .. } => &mut depth.leased,
                Phase::Done { .. } => &mut depth.done,
                Phase::Dead { .. } => &mut depth.dead,
            } += 1;
        }
        Ok(depth)
    }

    async fn waiting_deliveries(&self) -> Result<BTreeMap<String, u64>, QueueError> {
        let mut waiting = BTreeMap::new();
        for entry in self.state().await?.jobs.values() {
            if let (Phase::Waiting { .. } | Phase::InLine(_), Job::HandleEvent { handler, .. }) =
                (&entry.phase, &entry.job)
            {
                *waiting.entry(handler.clone()).or_default() += 1;
            }
        }
        Ok(waiting)
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        let mut state = self.state().await?;
        let before = state.jobs.len();
        let is_kept =
            |entry: &Entry| !matches!(entry.phase, Phase::Done { at } if at < ended_before);
        state.jobs.retain(|_, entry| is_kept(entry));
        Ok((before - state.jobs.len()) as u64)
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        let state = self.state().await?;
        let now = self.now();
        let mut overdue: Vec<(Timestamp, u64, &JobKey)> = state
            .jobs
            .iter()
            .filter_map(|(key, entry)| {
                let (due, since) = match entry.phase {
                    Phase::Leased { until, since, .. } => (until, since),
                    Phase::Waiting { due, since } => (due, since),
                    Phase::InLine(place) => (place.due, place.due),
                    Phase::Done { .. } | Phase::Dead { .. } => return None,
                };
                let is_overdue = due < due_before || since > furthest_ahead(now);
                is_overdue.then_some((due, entry.order, key))
            })
            .collect();
        overdue.sort_unstable();
        let keys = overdue.into_iter().map(|(_, _, key)| key.clone());
        Ok(keys.take(limit as usize).collect())
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.state().await.map(|_| ())
    }
}

#[async_trait]
impl JobLeases for MemoryQueue {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError> {
        let mut state = self.state().await?;
        let now = self.now();
        state.reap(now, request.max_crashes);
        state.enter_due_jobs(now);
        let mut claimed = Vec::new();
        for key in state.wanted(&request.wanted, now) {
            let Some(entry) = state.jobs.get(&key) else {
                continue;
            };
            let Some(before) = entry.ready() else {
                continue;
            };
            claimed.push(LeasedJob {
                key: key.clone(),
                lease: request.lease,
                job: Some(entry.job.clone()),
                class: entry.class,
                errors: entry.errors,
                crashes: entry.crashes,
                suspect: entry.suspect,
            });
            let leased = Phase::Leased {
                lease: request.lease,
                since: now,
                until: after(now, request.duration),
                started: false,
                before,
            };
            state.enter(&key, leased);
        }
        Ok(claimed)
    }

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        let mut state = self.state().await?;
        match state.leased(key, lease).map(|entry| &mut entry.phase) {
            Some(Phase::Leased { started, .. }) => {
                *started = true;
                Ok(LeaseState::Held)
            }
            _ => Ok(LeaseState::Lost),
        }
    }

    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError> {
        let mut state = self.state().await?;
        let since = self.now();
        let until = after(since, duration);
        let mut renewed = Vec::new();
        for key in keys {
            let Some(Phase::Leased {
                started, before, ..
            }) = state.leased(key, lease).map(|entry| entry.phase)
            else {
                continue;
            };
            let phase = Phase::Leased {
                lease,
                since,
                until,
                started,
                before,
            };
            state.enter(key, phase);
            renewed.push(key.clone());
        }
        Ok(renewed)
    }

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<LeaseState, QueueError> {
        let mut state = self.state().await?;
        let at = self.now();
        if state.leased(key, lease).is_none() {
            return Ok(LeaseState::Lost);
        }
        state.enter(key, Phase::Done { at });
        Ok(LeaseState::Held)
    }

    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<LeaseState, QueueError> {
        let mut state = self.state().await?;
        let now = self.now();
        let Some(entry) = state.leased(key, lease) else {
            return Ok(LeaseState::Lost);
        };
        if !matches!(after, AfterError::DeferUntil(_)) {
            entry.errors = entry.errors.saturating_add(1);
        }
        entry.suspect = false;
        entry.last_error = Some(error.chars().take(MAX_JOB_ERROR).collect());
        let next = match after {
            AfterError::RetryAt(at) | AfterError::DeferUntil(at) => {
                let (due, since) = (due_at(at, now), now);
                Phase::Waiting { due, since }
            }
            AfterError::Die => Phase::Dead {
                at: now,
                cause: DeathCause::Errors,
            },
        };
        state.enter(key, next);
        Ok(LeaseState::Held)
    }

    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError> {
        let mut state = self.state().await?;
        let since = self.now();
        for key in keys {
            if let Some(Phase::Leased { before, .. }) =
                state.leased(key, lease).map(|entry| entry.phase)
            {
                let next = match before.place {
                    Some(place) => Phase::InLine(place),
                    None => Phase::Waiting {
                        due: before.due,
                        since,
                    },
                };
                state.enter(key, next);
            }
        }
        Ok(())
    }

    async fn next_due(&self, classes: &[JobClass]) -> Result<Option<Timestamp>, QueueError> {
        let state = self.state().await?;
        let now = self.now();
        if classes
            .iter()
            .any(|class| !state.lines.get(*class).is_empty())
        {
            return Ok(Some(now));
        }
        let counts = |entry: &&Entry| match entry.phase {
            Phase::Waiting { .. } => classes.contains(&entry.class),
            _ => true,
        };
        let due = state
            .waiting
            .values()
            .filter_map(|key| state.jobs.get(key))
            .filter(counts)
            .filter_map(|entry| match entry.phase.is_due(now) {
                true => Some(now),
                false => entry.phase.waits_until(),
            })
            .min();
        Ok(due)
    }
}

/// Shows no jobs: the lock may be held.
impl fmt::Debug for MemoryQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryQueue").finish_non_exhaustive()
    }
}
