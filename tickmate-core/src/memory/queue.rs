//! A job queue in memory.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    backend::queue::{AfterError, ClaimRequest, Held, JobLeases, JobQueue, QueueError, Take},
    domain::{
        id::LeaseId,
        job::{DeadJob, DeadPlace, DeathCause, Job, JobKey, LeasedJob, NewJob, QueueDepth},
        page::Page,
        time::{Span, Timestamp},
    },
};

/// A job queue in memory. Its "now" is the clock given at construction.
pub struct MemoryQueue {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    jobs: BTreeMap<JobKey, Entry>,
    /// When a job or the end of a lease is due; jobs due at once go by their order.
    due: BTreeMap<(Timestamp, u64), JobKey>,
    last_order: u64,
}

struct Entry {
    job: Job,
    order: u64,
    phase: Phase,
    errors: u32,
    crashes: u32,
    suspect: bool,
    last_error: Option<String>,
}

#[derive(Clone, Copy)]
enum Phase {
    Ready {
        due: Timestamp,
    },
    Leased {
        lease: LeaseId,
        until: Timestamp,
        started: bool,
        /// When it was due before: it is again if it is released.
        due: Timestamp,
    },
    Done {
        at: Timestamp,
    },
    Dead {
        at: Timestamp,
        cause: DeathCause,
    },
}

impl MemoryQueue {
    /// An empty queue that goes by this clock.
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// After a panic in the middle of a step nobody knows what holds, so everything is refused.
    fn state(&self) -> Result<MutexGuard<'_, State>, QueueError> {
        self.state.lock().map_err(|_| QueueError::Refused {
            what: "a panic left the queue in the middle of a step".to_owned(),
            source: None,
        })
    }
}

impl Phase {
    const fn due(&self) -> Option<Timestamp> {
        match *self {
            Self::Ready { due } => Some(due),
            Self::Leased { until, .. } => Some(until),
            Self::Done { .. } | Self::Dead { .. } => None,
        }
    }
}

impl Entry {
    fn is_held(&self, by: LeaseId) -> bool {
        matches!(self.phase, Phase::Leased { lease, .. } if lease == by)
    }

    fn death(&self, key: &JobKey) -> Option<DeadJob> {
        match self.phase {
            Phase::Dead { at, cause } => Some(DeadJob {
                key: key.clone(),
                job: Some(self.job),
                cause,
                errors: self.errors,
                crashes: self.crashes,
                last_error: self.last_error.clone(),
                died_at: at,
            }),
            Phase::Ready { .. } | Phase::Leased { .. } | Phase::Done { .. } => None,
        }
    }
}

impl State {
    fn insert(&mut self, new: &NewJob) {
        if self.jobs.contains_key(&new.key) {
            return;
        }
        self.last_order += 1;
        let entry = Entry {
            job: new.job,
            order: self.last_order,
            phase: Phase::Ready { due: new.run_at },
            errors: 0,
            crashes: 0,
            suspect: false,
            last_error: None,
        };
        self.due.insert((new.run_at, entry.order), new.key.clone());
        self.jobs.insert(new.key.clone(), entry);
    }

    /// Moves a job to another phase, and its place among the due ones with it.
    fn enter(&mut self, key: &JobKey, phase: Phase) {
        let Some(entry) = self.jobs.get_mut(key) else {
            return;
        };
        if let Some(due) = entry.phase.due() {
            self.due.remove(&(due, entry.order));
        }
        entry.phase = phase;
        if let Some(due) = phase.due() {
            self.due.insert((due, entry.order), key.clone());
        }
    }

    /// Counts the crashes of started runs whose lease ran out; they are dead or ready again.
    fn reap(&mut self, now: Timestamp, max_crashes: u32) {
        for key in self.due_keys(now) {
            let Some(entry) = self.jobs.get_mut(&key) else {
                continue;
            };
            if let Phase::Leased { until, started, .. } = entry.phase {
                entry.crashes = entry.crashes.saturating_add(started.into());
                entry.suspect |= started;
                let next = match started && entry.crashes >= max_crashes {
                    true => Phase::Dead {
                        at: now,
                        cause: DeathCause::Crashes,
                    },
                    false => Phase::Ready { due: until },
                };
                self.enter(&key, next);
            }
        }
    }

    fn due_keys(&self, now: Timestamp) -> Vec<JobKey> {
        let due = self.due.range(..=(now, u64::MAX));
        due.map(|(_, key)| key.clone()).collect()
    }

    fn held(&mut self, key: &JobKey, lease: LeaseId) -> Option<&mut Entry> {
        self.jobs.get_mut(key).filter(|entry| entry.is_held(lease))
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
        let mut state = self.state()?;
        jobs.iter().for_each(|job| state.insert(job));
        Ok(())
    }

    async fn dead(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Page<DeadJob>, QueueError> {
        let state = self.state()?;
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
        let state = self.state()?;
        let death = |key: &JobKey| state.jobs.get(key)?.death(key);
        let mut dead: Vec<DeadJob> = keys.iter().filter_map(death).collect();
        dead.sort_by(|a, b| a.key.cmp(&b.key));
        dead.dedup_by(|a, b| a.key == b.key);
        Ok(dead)
    }

    async fn replay(&self, key: &JobKey, now: Timestamp) -> Result<bool, QueueError> {
        let mut state = self.state()?;
        let dead = |entry: &&mut Entry| matches!(entry.phase, Phase::Dead { .. });
        let Some(entry) = state.jobs.get_mut(key).filter(dead) else {
            return Ok(false);
        };
        (entry.errors, entry.crashes, entry.last_error) = (0, 0, None);
        entry.suspect = false;
        state.enter(key, Phase::Ready { due: now });
        Ok(true)
    }

    async fn depth(&self) -> Result<QueueDepth, QueueError> {
        let mut depth = QueueDepth::default();
        for entry in self.state()?.jobs.values() {
            *match entry.phase {
                Phase::Ready { .. } => &mut depth.ready,
                Phase::Leased { .. } => &mut depth.leased,
                Phase::Done { .. } => &mut depth.done,
                Phase::Dead { .. } => &mut depth.dead,
            } += 1;
        }
        Ok(depth)
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        let mut state = self.state()?;
        let before = state.jobs.len();
        let stays = |entry: &Entry| !matches!(entry.phase, Phase::Done { at } if at < ended_before);
        state.jobs.retain(|_, entry| stays(entry));
        Ok((before - state.jobs.len()) as u64)
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.state().map(|_| ())
    }
}

#[async_trait]
impl JobLeases for MemoryQueue {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<LeasedJob>, QueueError> {
        let now = self.now();
        let mut state = self.state()?;
        state.reap(now, request.max_crashes);
        let mut claimed = Vec::new();
        for key in state.due_keys(now) {
            if claimed.len() >= request.limit as usize {
                break;
            }
            let Some(entry) = state.jobs.get(&key) else {
                continue;
            };
            let wanted = match request.take {
                Take::Unsuspected => !entry.suspect,
                Take::Suspects => entry.suspect,
            };
            let Phase::Ready { due } = entry.phase else {
                continue;
            };
            if !wanted {
                continue;
            }
            claimed.push(LeasedJob {
                key: key.clone(),
                lease: request.lease,
                job: Some(entry.job),
                errors: entry.errors,
                crashes: entry.crashes,
                suspect: entry.suspect,
            });
            state.enter(
                &key,
                Phase::Leased {
                    lease: request.lease,
                    until: after(now, request.duration),
                    started: false,
                    due,
                },
            );
        }
        Ok(claimed)
    }

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        let mut state = self.state()?;
        match state.held(key, lease).map(|entry| &mut entry.phase) {
            Some(Phase::Leased { started, .. }) => {
                *started = true;
                Ok(Held::Yes)
            }
            _ => Ok(Held::Lost),
        }
    }

    async fn renew(
        &self,
        keys: &[JobKey],
        lease: LeaseId,
        duration: Duration,
    ) -> Result<Vec<JobKey>, QueueError> {
        let until = after(self.now(), duration);
        let mut state = self.state()?;
        let mut held = Vec::new();
        for key in keys {
            let Some(Phase::Leased { started, due, .. }) =
                state.held(key, lease).map(|entry| entry.phase)
            else {
                continue;
            };
            state.enter(
                key,
                Phase::Leased {
                    lease,
                    until,
                    started,
                    due,
                },
            );
            held.push(key.clone());
        }
        Ok(held)
    }

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        let at = self.now();
        let mut state = self.state()?;
        if state.held(key, lease).is_none() {
            return Ok(Held::Lost);
        }
        state.enter(key, Phase::Done { at });
        Ok(Held::Yes)
    }

    async fn fail(
        &self,
        key: &JobKey,
        lease: LeaseId,
        error: &str,
        after: AfterError,
    ) -> Result<Held, QueueError> {
        let now = self.now();
        let mut state = self.state()?;
        let Some(entry) = state.held(key, lease) else {
            return Ok(Held::Lost);
        };
        if !matches!(after, AfterError::DeferUntil(_)) {
            entry.errors = entry.errors.saturating_add(1);
        }
        entry.suspect = false;
        entry.last_error = Some(error.to_owned());
        let next = match after {
            AfterError::RetryAt(due) | AfterError::DeferUntil(due) => Phase::Ready { due },
            AfterError::Die => Phase::Dead {
                at: now,
                cause: DeathCause::Errors,
            },
        };
        state.enter(key, next);
        Ok(Held::Yes)
    }

    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError> {
        let mut state = self.state()?;
        for key in keys {
            if let Some(Phase::Leased { due, .. }) = state.held(key, lease).map(|entry| entry.phase)
            {
                state.enter(key, Phase::Ready { due });
            }
        }
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, QueueError> {
        let state = self.state()?;
        Ok(state.due.first_key_value().map(|((due, _), _)| *due))
    }
}

/// Shows nothing of the jobs: the lock may be held.
impl fmt::Debug for MemoryQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryQueue").finish_non_exhaustive()
    }
}
