//! The jobs of the queue in memory: what each of them waits for, and its place in the line of its class.

use std::collections::BTreeMap;

use super::line::{Line, Place};
use crate::{
    backend::queue::{Wanted, due_at},
    domain::{
        id::{LeaseId, UserId},
        job::{DeadJob, DeathCause, Job, JobKey, NewJob},
        job_class::{JobClass, PerClass},
        time::{Timestamp, furthest_ahead},
    },
};

#[derive(Default)]
pub(super) struct State {
    pub(super) jobs: BTreeMap<JobKey, Entry>,
    /// Jobs that wait for their moment or for the end of a lease, suspects included.
    pub(super) waiting: BTreeMap<(Timestamp, u64), JobKey>,
    pub(super) lines: PerClass<Line>,
    last_order: u64,
}

pub(super) struct Entry {
    pub(super) job: Job,
    pub(super) class: JobClass,
    requester: Option<UserId>,
    pub(super) order: u64,
    pub(super) phase: Phase,
    pub(super) errors: u32,
    pub(super) crashes: u32,
    pub(super) suspect: bool,
    pub(super) last_error: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) enum Phase {
    /// The job waits for its moment.
    Waiting {
        due: Timestamp,
        since: Timestamp,
    },
    /// A claim found the job due and gave it a place in the line of its class.
    InLine(Place),
    Leased {
        lease: LeaseId,
        since: Timestamp,
        until: Timestamp,
        started: bool,
        /// Its previous state, which it returns to when it is released.
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

/// Since when a job was due, and its place, before it was leased.
#[derive(Clone, Copy)]
pub(super) struct Ready {
    pub(super) due: Timestamp,
    pub(super) place: Option<Place>,
}

impl Phase {
    /// Returns until when the job waits, unless it has a place in a line.
    pub(super) const fn waits_until(&self) -> Option<Timestamp> {
        match *self {
            Self::Waiting { due, .. } => Some(due),
            Self::Leased { until, .. } => Some(until),
            Self::InLine(_) | Self::Done { .. } | Self::Dead { .. } => None,
        }
    }

    /// Returns whether the job is due: its moment has come, or its lease has run out.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
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

    pub(super) fn death(&self, key: &JobKey) -> Option<DeadJob> {
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
    pub(super) fn insert(&mut self, new: &NewJob, now: Timestamp) {
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

    /// Moves a job to another phase, and updates the indexes of waiting jobs and of the lines.
    pub(super) fn enter(&mut self, key: &JobKey, phase: Phase) {
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

    /// Counts the crashes of started runs whose lease ran out. Their jobs die, or wait again.
    pub(super) fn reap(&mut self, now: Timestamp, max_crashes: u32) {
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

    /// Gives due jobs their places in the lines.
    pub(super) fn enter_due_jobs(&mut self, now: Timestamp) {
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

    /// Returns the keys of the due jobs, those due for longest first.
    fn due_keys(&self, now: Timestamp) -> Vec<JobKey> {
        let is_due = |key: &JobKey| {
            let entry = self.jobs.get(key);
            entry.is_some_and(|entry| entry.phase.is_due(now))
        };
        let waiting = self.waiting.values();
        waiting.filter(|key| is_due(key)).cloned().collect()
    }

    /// Returns the keys of the jobs that a claim leases now.
    pub(super) fn wanted(&self, wanted: &Wanted, now: Timestamp) -> Vec<JobKey> {
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
                        let is_waiting = matches!(entry.phase, Phase::Waiting { .. });
                        entry.suspect && is_waiting && classes.contains(&entry.class)
                    })
                };
                due.filter(is_suspect).take(*most as usize).collect()
            }
            Wanted::Keys(keys) => {
                let mut due_jobs: Vec<(Timestamp, u64, JobKey)> = keys
                    .iter()
                    .filter_map(|key| {
                        let entry = self.jobs.get(key)?;
                        let due = entry.ready()?.due;
                        let is_due = entry.phase.is_due(now);
                        is_due.then(|| (due, entry.order, key.clone()))
                    })
                    .collect();
                due_jobs.sort_unstable();
                due_jobs.dedup();
                due_jobs.into_iter().map(|(_, _, key)| key).collect()
            }
        }
    }

    pub(super) fn leased(&mut self, key: &JobKey, lease: LeaseId) -> Option<&mut Entry> {
        self.jobs.get_mut(key).filter(|entry| entry.is_held(lease))
    }
}

impl Entry {
    /// Returns since when the job is due and its place, if it is to be run and not leased.
    pub(super) const fn ready(&self) -> Option<Ready> {
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
