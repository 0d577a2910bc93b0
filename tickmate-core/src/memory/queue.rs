//! A job queue in memory.

mod line;

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

use self::line::{Line, Place};
use crate::{
    backend::queue::{
        AfterError, ClaimRequest, Held, JobLeases, JobQueue, QueueError, Wanted, due_at,
    },
    domain::{
        id::{LeaseId, UserId},
        job::{DeadJob, DeadPlace, DeathCause, Job, JobKey, LeasedJob, NewJob, QueueDepth},
        job_class::{JobClass, PerClass},
        page::Page,
        time::{Span, Timestamp, furthest_ahead},
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
    /// What waits for its moment or for the end of a lease; suspects, too.
    waiting: BTreeMap<(Timestamp, u64), JobKey>,
    lines: PerClass<Line>,
    last_order: u64,
}

struct Entry {
    job: Job,
    class: JobClass,
    requester: Option<UserId>,
    order: u64,
    phase: Phase,
    errors: u32,
    crashes: u32,
    suspect: bool,
    last_error: Option<String>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// It waits for its moment.
    Waiting {
        due: Timestamp,
        since: Timestamp,
    },
    /// It was found due, and has its place in the line of its class.
    InLine(Place),
    Leased {
        lease: LeaseId,
        since: Timestamp,
        until: Timestamp,
        started: bool,
        /// What it was before: it is again if it is released.
        before: Ready,
    },
    Done {
        at: Timestamp,
    },
    Dead {
        at: Timestamp,
        cause: DeathCause,
    },
}

/// When and where a job that is leased stood before.
#[derive(Clone, Copy)]
struct Ready {
    due: Timestamp,
    place: Option<Place>,
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
    /// Until when the job waits, unless it has a place in a line.
    const fn waits_until(&self) -> Option<Timestamp> {
        match *self {
            Self::Waiting { due, .. } => Some(due),
            Self::Leased { until, .. } => Some(until),
            Self::InLine(_) | Self::Done { .. } | Self::Dead { .. } => None,
        }
    }

    /// Whether a job that waits, or whose lease may have run out, is due.
    fn is_due(&self, now: Timestamp) -> bool {
        match *self {
            Self::Waiting { due, since } => due <= now || since > furthest_ahead(now),
            Self::Leased { until, since, .. } => until <= now || since > furthest_ahead(now),
            Self::InLine(_) => true,
            Self::Done { .. } | Self::Dead { .. } => false,
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
                kind: self.job.kind().to_owned(),
                job: Some(self.job.clone()),
                cause,
                errors: self.errors,
                crashes: self.crashes,
                last_error: self.last_error.clone(),
                died_at: at,
            }),
            Phase::Waiting { .. }
            | Phase::InLine(_)
            | Phase::Leased { .. }
            | Phase::Done { .. } => None,
        }
    }
}

impl State {
    fn insert(&mut self, new: &NewJob, now: Timestamp) {
        if self.jobs.contains_key(&new.key) {
            return;
        }
        self.last_order += 1;
        let entry = Entry {
            job: new.job.clone(),
            class: new.class,
            requester: new.requester,
            order: self.last_order,
            phase: Phase::Done { at: now },
            errors: 0,
            crashes: 0,
            suspect: false,
            last_error: None,
        };
        self.jobs.insert(new.key.clone(), entry);
        let (due, since) = (due_at(new.run_at, now), now);
        self.enter(&new.key, Phase::Waiting { due, since });
    }

    /// Moves a job to another phase, and its place among those that wait or stand in line with it.
    fn enter(&mut self, key: &JobKey, phase: Phase) {
        let Some(entry) = self.jobs.get_mut(key) else {
            return;
        };
        let line = self.lines.get_mut(entry.class);
        if let Some(until) = entry.phase.waits_until() {
            self.waiting.remove(&(until, entry.order));
        }
        if let Phase::InLine(place) = entry.phase {
            line.leave(place, entry.requester);
        }
        entry.phase = phase;
        if let Some(until) = phase.waits_until() {
            self.waiting.insert((until, entry.order), key.clone());
        }
        if let Phase::InLine(place) = phase {
            line.join(place, entry.requester, key.clone());
        }
    }

    /// Counts the crashes of started runs whose lease ran out; they are dead or wait again.
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
                    false => Phase::Waiting {
                        due: until.min(now),
                        since: now,
                    },
                };
                self.enter(&key, next);
            }
        }
    }

    /// Gives jobs that are due their places in the lines.
    fn enter_due_jobs(&mut self, now: Timestamp) {
        for key in self.due_keys(now) {
            let Some(entry) = self.jobs.get(&key) else {
                continue;
            };
            if let Phase::Waiting { due, .. } = entry.phase
                && !entry.suspect
            {
                let line = self.lines.get(entry.class);
                let place = Place {
                    round: line.next_round(entry.requester),
                    due: due.min(now),
                    order: entry.order,
                };
                self.enter(&key, Phase::InLine(place));
            }
        }
    }

    /// The keys of what waited long enough, the longest due first.
    fn due_keys(&self, now: Timestamp) -> Vec<JobKey> {
        let is_due = |key: &JobKey| {
            let entry = self.jobs.get(key);
            entry.is_some_and(|entry| entry.phase.is_due(now))
        };
        let waiting = self.waiting.values();
        waiting.filter(|key| is_due(key)).cloned().collect()
    }

    /// The keys of jobs that a claim would lease now.
    fn wanted(&self, wanted: &Wanted, now: Timestamp) -> Vec<JobKey> {
        match wanted {
            Wanted::Unsuspected(most) => JobClass::ALL
                .into_iter()
                .flat_map(|class| {
                    let line = self.lines.get(class).keys();
                    line.take(*most.get(class) as usize)
                })
                .cloned()
                .collect(),
            Wanted::Suspects { most, classes } => {
                let due = self.due_keys(now).into_iter();
                let is_suspect = |key: &JobKey| {
                    let entry = self.jobs.get(key);
                    entry.is_some_and(|entry| {
                        let waits = matches!(entry.phase, Phase::Waiting { .. });
                        entry.suspect && waits && classes.contains(&entry.class)
                    })
                };
                due.filter(is_suspect).take(*most as usize).collect()
            }
            Wanted::Keys(keys) => {
                let mut found: Vec<(Timestamp, u64, JobKey)> = keys
                    .iter()
                    .filter_map(|key| {
                        let entry = self.jobs.get(key)?;
                        let due = entry.ready()?.due;
                        let is_due = entry.phase.is_due(now);
                        is_due.then(|| (due, entry.order, key.clone()))
                    })
                    .collect();
                found.sort_unstable();
                found.dedup();
                found.into_iter().map(|(_, _, key)| key).collect()
            }
        }
    }

    fn leased(&mut self, key: &JobKey, lease: LeaseId) -> Option<&mut Entry> {
        self.jobs.get_mut(key).filter(|entry| entry.is_held(lease))
    }
}

impl Entry {
    /// When and where the job stands, if nobody has leased it and it is to be run.
    const fn ready(&self) -> Option<Ready> {
        match self.phase {
            Phase::Waiting { due, .. } => Some(Ready { due, place: None }),
            Phase::InLine(place) => Some(Ready {
                due: place.due,
                place: Some(place),
            }),
            Phase::Leased { .. } | Phase::Done { .. } | Phase::Dead { .. } => None,
        }
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
        let now = self.now();
        let mut state = self.state()?;
        jobs.iter().for_each(|job| state.insert(job, now));
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
        let since = self.now();
        let mut state = self.state()?;
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
        for entry in self.state()?.jobs.values() {
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
        for entry in self.state()?.jobs.values() {
            if let (Phase::Waiting { .. } | Phase::InLine(_), Job::HandleEvent { handler, .. }) =
                (&entry.phase, &entry.job)
            {
                *waiting.entry(handler.clone()).or_default() += 1;
            }
        }
        Ok(waiting)
    }

    async fn clean(&self, ended_before: Timestamp) -> Result<u64, QueueError> {
        let mut state = self.state()?;
        let before = state.jobs.len();
        let stays = |entry: &Entry| !matches!(entry.phase, Phase::Done { at } if at < ended_before);
        state.jobs.retain(|_, entry| stays(entry));
        Ok((before - state.jobs.len()) as u64)
    }

    async fn overdue(&self, due_before: Timestamp, limit: u32) -> Result<Vec<JobKey>, QueueError> {
        let now = self.now();
        let state = self.state()?;
        let mut found: Vec<(Timestamp, u64, &JobKey)> = state
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
        found.sort_unstable();
        let keys = found.into_iter().map(|(_, _, key)| key.clone());
        Ok(keys.take(limit as usize).collect())
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

    async fn start(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        let mut state = self.state()?;
        match state.leased(key, lease).map(|entry| &mut entry.phase) {
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
        let since = self.now();
        let until = after(since, duration);
        let mut state = self.state()?;
        let mut held = Vec::new();
        for key in keys {
            let Some(Phase::Leased {
                started, before, ..
            }) = state.leased(key, lease).map(|entry| entry.phase)
            else {
                continue;
            };
            let renewed = Phase::Leased {
                lease,
                since,
                until,
                started,
                before,
            };
            state.enter(key, renewed);
            held.push(key.clone());
        }
        Ok(held)
    }

    async fn finish(&self, key: &JobKey, lease: LeaseId) -> Result<Held, QueueError> {
        let at = self.now();
        let mut state = self.state()?;
        if state.leased(key, lease).is_none() {
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
        let Some(entry) = state.leased(key, lease) else {
            return Ok(Held::Lost);
        };
        if !matches!(after, AfterError::DeferUntil(_)) {
            entry.errors = entry.errors.saturating_add(1);
        }
        entry.suspect = false;
        entry.last_error = Some(error.to_owned());
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
        Ok(Held::Yes)
    }

    async fn release(&self, keys: &[JobKey], lease: LeaseId) -> Result<(), QueueError> {
        let since = self.now();
        let mut state = self.state()?;
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
        let now = self.now();
        let state = self.state()?;
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

/// Shows nothing of the jobs: the lock may be held.
impl fmt::Debug for MemoryQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryQueue").finish_non_exhaustive()
    }
}
