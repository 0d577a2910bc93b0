//! Jobs: the work that follows from a change. A job contains only ids and names.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    id::{EventId, LeaseId, TicketId, UserId},
    job_class::JobClass,
    mail::MailKey,
    time::{Timestamp, micros},
};

/// The work to do. Contains only ids and names: never a text, a secret or a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Reads a ticket.
    Triage {
        /// The ticket to read.
        ticket: TicketId,
    },
    /// Asks the models again about a ticket that the embedded analyzer read in their place.
    Refine {
        /// The ticket to read.
        ticket: TicketId,
        /// The number of earlier attempts.
        #[serde(default)]
        attempt: u32,
    },
    /// Trains the analyzer on all resolved tickets.
    Train {
        /// The version of the learned state that is replaced.
        version: u64,
    },
    /// Finds an assignee for a ticket.
    Route {
        /// The ticket to route.
        ticket: TicketId,
    },
    /// Assigns tickets of the backlog to users with free seats.
    DispatchBacklog {
        /// The user whose seat was freed, if there is one.
        #[serde(default)]
        freed: Option<UserId>,
    },
    /// Unassigns the tickets that a user can't keep.
    RequeueUnattended {
        /// The user to unassign from.
        user: UserId,
    },
    /// Sends a mail.
    Mail {
        /// The key of the mail.
        mail: MailKey,
        /// How often an admin had it sent again, including this job.
        #[serde(default)]
        retry: u32,
    },
    /// Applies the dictionary and the holidays of the routing rules to existing users.
    ReapplyToUsers {
        /// The version of the rules that changed them.
        version: u64,
        /// The walk continues after this user, in the order of ids; it starts with the first one if there is none.
        #[serde(default)]
        after: Option<UserId>,
        /// Whether this is the second walk of this version.
        #[serde(default)]
        again: bool,
    },
    /// Applies the dictionary of the routing rules to existing tickets.
    ReapplyToTickets {
        /// The version of the rules that changed them.
        version: u64,
        /// The walk continues after the ticket of this number.
        #[serde(default)]
        after: u64,
        /// Whether this is the second walk of this version.
        #[serde(default)]
        again: bool,
    },
    /// Delivers an event to one target of an event handler.
    HandleEvent {
        /// The event.
        event: EventId,
        /// The name of the handler.
        handler: String,
        /// The target that the handler returned.
        target: String,
    },
}

impl Job {
    /// The kind of [`Job::HandleEvent`].
    pub const HANDLE_EVENT: &str = "handle_event";

    /// The names of all kinds that this version runs.
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

    /// Returns the name of the job's kind.
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

    /// Returns the class of the job's kind.
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

/// The place of the first page in the keys of a walk.
pub(crate) const WALK_START: &str = "start";

/// The identity of a job: enqueued again under the same key, it is the same job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobKey(String);

impl JobKey {
    /// Creates a key. The desk's own keys are ASCII of at most 200 bytes.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Creates the key of a page of a walk over users or tickets, so that each page is enqueued once. `begun_again` is how
    /// often the walk of this version was restarted after it got lost, `is_second` whether it is the second walk, and `place`
    /// where the page begins.
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

    /// Returns the text of the key.
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
    /// The identity of the job.
    pub key: JobKey,
    /// The work to do.
    pub job: Job,
    /// The class of the job: a worker has slots for each class.
    pub class: JobClass,
    /// The user for whom it is done: jobs of one class are taken in turn by requester. A job without a requester waits for
    /// the jobs of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<UserId>,
    /// The earliest moment to run it.
    #[serde(with = "micros")]
    pub run_at: Timestamp,
}

impl NewJob {
    /// Creates a job in the class of its kind, without a requester.
    pub const fn new(key: JobKey, job: Job, run_at: Timestamp) -> Self {
        Self {
            key,
            class: job.class(),
            job,
            requester: None,
            run_at,
        }
    }

    /// Makes the job due by this moment at the latest: an event of a clock that was set back would cause a later one.
    #[must_use]
    pub fn due_by(mut self, now: Timestamp) -> Self {
        self.run_at = self.run_at.min(now);
        self
    }
}

/// A job that a worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job's key.
    pub key: JobKey,
    /// The lease: only its holder may renew, finish or fail the job.
    pub lease: LeaseId,
    /// The work to do; none if the payload can't be read.
    pub job: Option<Job>,
    /// The class of the job: a worker has slots for each class.
    pub class: JobClass,
    /// The number of runs that ended with an error.
    pub errors: u32,
    /// The number of runs that never ended: the process died, or lost its lease.
    pub crashes: u32,
    /// Whether the job must run without other jobs of its class: its last run never ended, and the next crash must not be
    /// blamed on another job.
    pub suspect: bool,
}

/// A job that is not retried: its runs failed or crashed too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// The job's key.
    pub key: JobKey,
    /// The name of its kind, which this version may not know.
    pub kind: String,
    /// The work that was to do; none if the payload can't be read.
    pub job: Option<Job>,
    /// Why the job died.
    pub cause: DeathCause,
    /// The number of runs that ended with an error.
    pub errors: u32,
    /// The number of runs that never ended.
    pub crashes: u32,
    /// The last error, without secrets and texts of tickets.
    pub last_error: Option<String>,
    /// When the job died.
    pub died_at: Timestamp,
}

impl DeadJob {
    /// Returns the place of this job in the list of dead jobs.
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

/// Why a job died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeathCause {
    /// It failed too often, or with a permanent error.
    Errors,
    /// It crashed its process too often.
    Crashes,
}

/// The number of jobs in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Jobs that wait for their moment or for a worker.
    pub ready: u64,
    /// Jobs that a worker has leased.
    pub leased: u64,
    /// Jobs that succeeded, kept for their keys.
    pub done: u64,
    /// Jobs that died.
    pub dead: u64,
    /// The jobs of `ready` whose kind this version does not know. They wait for a process of a newer version.
    pub unknown: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::from_micros;

    #[test]
    fn payloads_contain_their_kind() {
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
