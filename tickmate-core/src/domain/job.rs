//! Jobs: what is left to do after a change, as ids alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    id::{EventId, LeaseId, TicketId, UserId},
    job_class::JobClass,
    mail::MailKey,
    time::{Timestamp, micros},
};

/// What is to be done. Holds ids and names alone: never a text, a secret or a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Read a ticket.
    Triage {
        /// Which.
        ticket: TicketId,
    },
    /// Ask the models once more about a ticket that the embedded analyzer read in their place.
    Refine {
        /// Which.
        ticket: TicketId,
        /// How often that was tried before.
        #[serde(default)]
        attempt: u32,
    },
    /// Train on all resolved tickets.
    Train {
        /// The version of what was learned that is to be replaced.
        version: u64,
    },
    /// Find somebody for a ticket.
    Route {
        /// Which.
        ticket: TicketId,
    },
    /// Give tickets that wait to people who have room.
    DispatchBacklog {
        /// Whose seat was freed, where it was somebody's.
        #[serde(default)]
        freed: Option<UserId>,
    },
    /// Take back from a person what that person can't keep.
    RequeueUnattended {
        /// From whom.
        user: UserId,
    },
    /// Send a mail.
    Mail {
        /// Which.
        mail: MailKey,
        /// How often an admin had it sent again, this job included.
        #[serde(default)]
        retry: u32,
    },
    /// Bring people up to date with the dictionary and the holidays of the routing rules.
    ReapplyToUsers {
        /// The version of the rules that changed them.
        version: u64,
        /// After this person, in the order of ids; from the first one where none is given.
        #[serde(default)]
        after: Option<UserId>,
        /// Whether it is the second walk of this version.
        #[serde(default)]
        again: bool,
    },
    /// Bring tickets up to date likewise.
    ReapplyToTickets {
        /// The version of the rules that changed them.
        version: u64,
        /// After the ticket of this number.
        #[serde(default)]
        after: u64,
        /// Whether it is the second walk of this version.
        #[serde(default)]
        again: bool,
    },
    /// Deliver an event to one target of an event handler.
    HandleEvent {
        /// The event.
        event: EventId,
        /// The name of the handler.
        handler: String,
        /// The target that the handler named.
        target: String,
    },
}

impl Job {
    /// The word of [`Job::HandleEvent`].
    pub const HANDLE_EVENT: &str = "handle_event";

    /// The words of every kind that this version runs.
    pub const KINDS: [&str; 10] = [
        "triage",
        "refine",
        "train",
        "route",
        "dispatch_backlog",
        "requeue_unattended",
        "mail",
        "reapply_to_users",
        "reapply_to_tickets",
        Self::HANDLE_EVENT,
    ];

    /// The word of its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Triage { .. } => "triage",
            Self::Refine { .. } => "refine",
            Self::Train { .. } => "train",
            Self::Route { .. } => "route",
            Self::DispatchBacklog { .. } => "dispatch_backlog",
            Self::RequeueUnattended { .. } => "requeue_unattended",
            Self::Mail { .. } => "mail",
            Self::ReapplyToUsers { .. } => "reapply_to_users",
            Self::ReapplyToTickets { .. } => "reapply_to_tickets",
            Self::HandleEvent { .. } => Self::HANDLE_EVENT,
        }
    }

    /// The class of its kind.
    pub const fn class(&self) -> JobClass {
        match self {
            Self::Triage { .. }
            | Self::Route { .. }
            | Self::DispatchBacklog { .. }
            | Self::RequeueUnattended { .. } => JobClass::Tickets,
            Self::Mail { .. } | Self::HandleEvent { .. } => JobClass::Deliveries,
            Self::Refine { .. } | Self::ReapplyToUsers { .. } | Self::ReapplyToTickets { .. } => {
                JobClass::Bulk
            }
            Self::Train { .. } => JobClass::Maintenance,
        }
    }
}

/// The place of the first page of a walk, in its key.
pub(crate) const WALK_START: &str = "start";

/// What a job is known by: enqueued again under the same key, it is the same job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobKey(String);

impl JobKey {
    /// Makes a key; at most 200 bytes of ASCII by our own making.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Makes the key of a page of a walk over users and tickets, so that each page is enqueued once. `begun_again`:
    /// how often the walk of this version was begun again after it got lost; `is_second`: whether it is the second
    /// walk; `place`: where the page begins.
    pub fn of_walk(
        version: u64,
        begun_again: u32,
        is_second: bool,
        kind: &str,
        place: &str,
    ) -> Self {
        let round = if is_second { 2 } else { 1 };
        Self(format!(
            "routing.{version}.{begun_again}.{round}.{kind}.{place}"
        ))
    }

    /// Returns the key of the first page of the first walk of a version of the rules.
    pub fn of_walk_start(version: u64, kind: &str) -> Self {
        Self::of_walk(version, 0, false, kind, WALK_START)
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// What it is known by.
    pub key: JobKey,
    /// What is to be done.
    pub job: Job,
    /// The class whose share of a worker runs it.
    pub class: JobClass,
    /// The user for whom it is done: jobs of one class are taken in turn by requester. A job without one is not made to
    /// wait for the jobs of any requester.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<UserId>,
    /// Not before this moment.
    #[serde(with = "micros")]
    pub run_at: Timestamp,
}

impl NewJob {
    /// Makes a job of the class of its kind, for no requester.
    pub const fn new(key: JobKey, job: Job, run_at: Timestamp) -> Self {
        Self {
            key,
            class: job.class(),
            job,
            requester: None,
            run_at,
        }
    }

    /// Makes the job due at once where it would be due later: an event of a clock that was set back causes such jobs.
    #[must_use]
    pub fn due_by(mut self, now: Timestamp) -> Self {
        self.run_at = self.run_at.min(now);
        self
    }
}

/// A job that somebody leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job's key.
    pub key: JobKey,
    /// Which lease: only its holder may renew, finish or fail the job.
    pub lease: LeaseId,
    /// What is to be done; none where the payload can't be read.
    pub job: Option<Job>,
    /// The class whose share of a worker runs it.
    pub class: JobClass,
    /// How many runs ended with an error.
    pub errors: u32,
    /// How many runs never ended: the process died, or lost its lease.
    pub crashes: u32,
    /// Whether it must run without other jobs of its class: its last run never ended, so that the next death would be its
    /// own.
    pub suspect: bool,
}

/// A job that is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// The job's key.
    pub key: JobKey,
    /// The word of its kind, which this version may not know.
    pub kind: String,
    /// What was to be done; none where the payload can't be read.
    pub job: Option<Job>,
    /// Why it is not tried any more.
    pub cause: DeathCause,
    /// How many runs ended with an error.
    pub errors: u32,
    /// How many runs never ended.
    pub crashes: u32,
    /// The last error, without secrets and texts of tickets.
    pub last_error: Option<String>,
    /// When it died.
    pub died_at: Timestamp,
}

impl DeadJob {
    /// The place of this job in the list of dead jobs.
    pub fn place(&self) -> DeadPlace {
        DeadPlace {
            died_at: self.died_at,
            key: self.key.clone(),
        }
    }
}

/// A place in the list of dead jobs, which is ordered by both fields, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeadPlace {
    /// When the job died.
    pub died_at: Timestamp,
    /// The key of the job.
    pub key: JobKey,
}

/// Why a job is not tried any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeathCause {
    /// It failed too often, or for good.
    Errors,
    /// It killed its process too often.
    Crashes,
}

/// How many jobs there are of each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// They wait for their moment or for a worker.
    pub ready: u64,
    /// Somebody has leased them.
    pub leased: u64,
    /// They ended well, and are kept for their keys.
    pub done: u64,
    /// They are not tried any more.
    pub dead: u64,
    /// Those of `ready` whose kind this version does not know. They wait for a process of a newer version.
    pub unknown: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn payloads_name_their_kind() {
        let now = from_micros(0);
        let jobs = [
            Job::Triage {
                ticket: TicketId::new(now, [1; 10]),
            },
            Job::Refine {
                ticket: TicketId::new(now, [1; 10]),
                attempt: 2,
            },
            Job::Train { version: 7 },
            Job::Route {
                ticket: TicketId::new(now, [1; 10]),
            },
            Job::DispatchBacklog {
                freed: Some(UserId::new(now, [9; 10])),
            },
            Job::RequeueUnattended {
                user: UserId::new(now, [2; 10]),
            },
            Job::ReapplyToUsers {
                version: 3,
                after: Some(UserId::new(now, [4; 10])),
                again: false,
            },
            Job::ReapplyToTickets {
                version: 3,
                after: 200,
                again: true,
            },
            Job::HandleEvent {
                event: EventId::new(now, [5; 10]),
                handler: "webhooks".to_owned(),
                target: "crm".to_owned(),
            },
        ];
        for job in jobs {
            let json = serde_json::to_value(&job).unwrap();
            assert_eq!(json["kind"], job.kind());
            assert!(Job::KINDS.contains(&job.kind()));
            assert_eq!(serde_json::from_value::<Job>(json).unwrap(), job);
        }
    }
}
