//! The consequences of an event: one pure function from an event to its jobs.

#[cfg(test)]
mod tests;

use super::{
    desk_rules::RulesKind,
    event::{ActorId, Event, EventKind, Subject},
    id::UserId,
    job::{Job, JobKey, NewJob},
    job_class::JobClass,
    mail::{MailKey, MailKind},
    reply::Visibility,
    status::Status,
    user::Role,
};

/// Returns the jobs that an event causes. Their keys are derived from the event's id, so relaying it twice enqueues no
/// job twice. None for an event of a kind that this version does not know: a newer one will relay it.
pub fn consequences(event: &Event) -> Option<Vec<NewJob>> {
    let jobs = match event.subject {
        Subject::Ticket(ticket) => of_ticket(event, Job::Triage { ticket }, Job::Route { ticket })?,
        Subject::User(user) => of_account(event, user)?,
        Subject::Desk => of_rules(event)?,
    };
    let new = |job: Job| NewJob {
        class: class_of(event, &job),
        requester: event.parties.requester,
        ..NewJob::new(job_key(event, &job), job, event.at)
    };
    Some(jobs.into_iter().map(new).collect())
}

fn of_ticket(event: &Event, triage: Job, route: Job) -> Option<Vec<Job>> {
    let requester = event
        .parties
        .requester
        .filter(|_| event.parties.notify_requester);
    let assignee = event.parties.assignee;
    let mail = |kind, to: Option<UserId>| {
        to.map(|to| Job::Mail {
            mail: MailKey {
                event: event.id,
                kind,
                to,
            },
            retry: 0,
        })
    };
    let unless_author = |to: Option<UserId>| to.filter(|to| event.by != ActorId::User(*to));
    let unassigned = assignee.is_none().then(|| route.clone());
    let previous = event.facts.previous_assignee;
    let freed = Some(Job::DispatchBacklog { freed: assignee });

    let jobs: Vec<Option<Job>> = match event.kind {
        EventKind::Created => vec![Some(triage), mail(MailKind::Received, requester)],
        EventKind::TextEdited | EventKind::RetriageRequested => vec![Some(triage)],
        EventKind::Edited | EventKind::Triaged | EventKind::Reviewed | EventKind::Restored => {
            let other_needs = assignee.filter(|_| event.facts.skills_changed);
            vec![
                unassigned,
                other_needs.map(|user| Job::RequeueUnattended { user }),
            ]
        }
        EventKind::Unassigned => vec![Some(route), freed],
        EventKind::Assigned => vec![
            mail(MailKind::Assigned, unless_author(assignee)),
            mail(MailKind::AssignedRequester, unless_author(requester)),
            previous.map(|user| Job::DispatchBacklog { freed: Some(user) }),
        ],
        EventKind::Replied => {
            let is_public = event
                .facts
                .reply_visibility
                .is_some_and(Visibility::is_public);
            let reply_kind = match event.facts.status {
                Some(Status::Open) => MailKind::Reopened,
                _ => MailKind::Reply,
            };
            let by_requester = event
                .parties
                .requester
                .is_some_and(|id| event.by == ActorId::User(id));
            let other_side = if by_requester { assignee } else { requester };
            vec![
                mail(reply_kind, unless_author(other_side).filter(|_| is_public)),
                unassigned,
            ]
        }
        EventKind::Waiting => vec![mail(MailKind::Waiting, unless_author(requester)), freed],
        EventKind::Resolved => vec![mail(MailKind::Resolved, unless_author(requester)), freed],
        EventKind::Reopened => vec![
            mail(MailKind::Reopened, unless_author(assignee)),
            mail(MailKind::Reopened, unless_author(requester)),
            unassigned,
        ],
        EventKind::Resumed | EventKind::Paused => vec![unassigned],
        EventKind::Closed => vec![mail(MailKind::Closed, unless_author(requester))],
        EventKind::Deleted => vec![freed],
        EventKind::Queued | EventKind::Begun => vec![],
        _ => return None,
    };
    Some(jobs.into_iter().flatten().collect())
}

fn of_account(event: &Event, user: UserId) -> Option<Vec<Job>> {
    let mail = |kind| Job::Mail {
        mail: MailKey {
            event: event.id,
            kind,
            to: user,
        },
        retry: 0,
    };
    match event.kind {
        EventKind::Registered => {
            let welcome = event
                .parties
                .notify_requester
                .then(|| mail(MailKind::Welcome));
            let joins_staff = event.facts.role.is_some_and(|role| role != Role::User);
            Some(
                welcome
                    .into_iter()
                    .chain(joins_staff.then_some(Job::DispatchBacklog { freed: Some(user) }))
                    .collect(),
            )
        }
        EventKind::AddressReused => Some(vec![mail(MailKind::AddressReused)]),
        EventKind::VerificationRequested => Some(vec![mail(MailKind::Verify)]),
        EventKind::Verified => Some(vec![]),
        EventKind::ProfileChanged if !event.facts.skills_changed => Some(vec![]),
        EventKind::ProfileChanged | EventKind::AvailabilityChanged | EventKind::AccountChanged => {
            Some(vec![
                Job::RequeueUnattended { user },
                Job::DispatchBacklog { freed: Some(user) },
            ])
        }
        _ => None,
    }
}

fn of_rules(event: &Event) -> Option<Vec<Job>> {
    if event.kind != EventKind::RulesChanged {
        return None;
    }
    let walk = event.facts.must_reapply.then_some(Job::ReapplyToUsers {
        version: event.version,
        after: None,
        again: false,
    });
    Some(match event.facts.rules {
        Some(RulesKind::Routing) => walk
            .into_iter()
            .chain([Job::DispatchBacklog { freed: None }])
            .collect(),
        Some(RulesKind::Triage) | None => vec![],
    })
}

/// Returns the class of a job that an event causes. Tickets of an import are read when no other ticket waits.
fn class_of(event: &Event, job: &Job) -> JobClass {
    match job {
        Job::Triage { .. } | Job::Route { .. } if event.facts.is_imported => JobClass::Bulk,
        _ => job.class(),
    }
}

/// Returns the key of a job that an event causes: `created.<event>.triage`, `resolved.<event>.mail.<kind>.<recipient>`.
fn job_key(event: &Event, job: &Job) -> JobKey {
    let base = format!("{}.{}.{}", event.kind.as_str(), event.id, job.kind());
    JobKey::new(match job {
        Job::Mail { mail, .. } => format!("{base}.{}.{}", mail.kind.as_str(), mail.to),
        // The sweep restarts a lost walk under the same key.
        Job::ReapplyToUsers { version, .. } => {
            return JobKey::of_walk_start(*version, job.kind());
        }
        _ => base,
    })
}
