//! The same commands against a job queue and a reference.

use std::{fmt::Debug, time::Duration};

use super::{Step, select_one};
use crate::{
    backend::queue::{AfterError, ClaimRequest, QueueError, Wanted},
    conformance::queue::QueueUnderTest,
    domain::{
        id::{EventId, LeaseId, TicketId, UserId},
        job::{DeadJob, DeadPlace, Job, JobKey, NewJob},
        job_class::{JobClass, PerClass},
        time::{Span, Timestamp, from_micros},
    },
};

/// The numbers of keys and leases to select from.
const KEYS: u8 = 8;
const LEASES: u8 = 3;
const ERRORS: [&str; 3] = ["no", "", "gr\u{f6}\u{df}e \"x\""];
/// The names of handlers: two that differ by case, and one that JSON escapes.
const HANDLERS: [&str; 3] = ["hook", "Hook", "gr\u{f6}\u{df}e \"x\""];

/// Runs one call on the reference and on the queue, and compares both answers.
macro_rules! call_both {
    ($reference:expr, $queue:expr, $each:ident => $call:expr) => {{
        let $each = &$reference.queue;
        let expected = format_answer($call.await);
        let $each = &$queue.queue;
        let found = format_answer($call.await);
        if expected != found {
            let call = stringify!($call);
            return Err(format!("{call}\nexpected {expected}\nfound    {found}"));
        }
    }};
}

/// Runs the same commands against both queues, which must be empty. Compares every answer, and after each step the due and
/// the dead jobs.
///
/// # Errors
/// The first difference: the step, the method, and both answers.
pub async fn queues_agree(
    queue: &QueueUnderTest,
    reference: &QueueUnderTest,
    steps: &[Step],
) -> Result<(), String> {
    for (number, step) in steps.iter().enumerate() {
        let result = compare(queue, reference, *step).await;
        result.map_err(|difference| format!("step {number} {step:?}: {difference}"))?;
    }
    Ok(())
}

async fn compare(
    queue: &QueueUnderTest,
    reference: &QueueUnderTest,
    [what, a, b, c, d, _]: Step,
) -> Result<(), String> {
    let key = key(a);
    let keys = [self::key(a), self::key(a.wrapping_add(1))];
    let lease = lease(b);
    let now = reference.clock.now();
    match what % 12 {
        0..=2 => {
            let jobs: Vec<NewJob> = (0..c % 4)
                .map(|more| new_job(a.wrapping_add(more), d, now))
                .collect();
            call_both!(reference, queue, each => each.enqueue(&jobs));
        }
        3 | 4 => {
            let most = 1 + u32::from(d % 4);
            let wanted = select_one(
                [
                    Wanted::Unsuspected(PerClass::of(|_| most)),
                    Wanted::Unsuspected(PerClass {
                        tickets: 0,
                        ..PerClass::of(|_| most)
                    }),
                    Wanted::Suspects {
                        most,
                        classes: match d % 3 {
                            0 => vec![JobClass::Bulk],
                            _ => JobClass::ALL.to_vec(),
                        },
                    },
                    Wanted::Keys(keys.to_vec()),
                ],
                c,
            );
            let request = ClaimRequest {
                lease,
                duration: Duration::from_secs(30),
                wanted,
                max_crashes: 3,
            };
            call_both!(reference, queue, each => each.claim(&request));
        }
        5 => call_both!(reference, queue, each => each.start(&key, lease)),
        6 => call_both!(reference, queue, each => each.finish(&key, lease)),
        7 => {
            let after = match c % 3 {
                0 => AfterError::Die,
                1 => AfterError::DeferUntil(now + Span::seconds(i64::from(d))),
                _ => AfterError::RetryAt(now + Span::seconds(i64::from(d))),
            };
            call_both!(reference, queue, each => each.fail(&key, lease, select_one(ERRORS, d), after));
        }
        8 => match c % 2 {
            0 => call_both!(reference, queue, each => each.release(&keys, lease)),
            _ => {
                let duration = Duration::from_secs(u64::from(d));
                call_both!(reference, queue, each => sort_list(each.renew(&keys, lease, duration)));
            }
        },
        9 => call_both!(reference, queue, each => each.replay(&key, now)),
        10 => {
            let before = now - Span::seconds(i64::from(c));
            call_both!(reference, queue, each => each.clean(before));
        }
        _ => {
            let by = Duration::from_secs(u64::from(d % 64));
            for clock in [&queue.clock, &reference.clock] {
                match c % 4 {
                    0 => clock.set_back(by),
                    _ => clock.advance(by),
                }
            }
        }
    }
    let all: Vec<JobKey> = (0..KEYS).map(self::key).collect();
    call_both!(reference, queue, each => each.depth());
    for classes in [&JobClass::ALL[..], &[JobClass::Bulk], &[]] {
        call_both!(reference, queue, each => each.next_due(classes));
    }
    let overdue = now - Span::seconds(i64::from(c % 4) * 10);
    call_both!(reference, queue, each => each.overdue(overdue, 1 + u32::from(d % 4)));
    call_both!(reference, queue, each => by_key(each.deaths(&all)));
    call_both!(reference, queue, each => each.waiting_deliveries());
    call_both!(reference, queue, each => each.ping());
    page_through_dead(queue, reference, 1 + u32::from(d % 3)).await?;
    // A place at which no dead job has to be: between jobs of one moment, or between moments.
    let place = DeadPlace {
        died_at: now,
        key: self::key(b),
    };
    call_both!(reference, queue, each => each.dead(Some(place.clone()), 2));
    Ok(())
}

/// Compares every page of the dead jobs.
async fn page_through_dead(
    queue: &QueueUnderTest,
    reference: &QueueUnderTest,
    limit: u32,
) -> Result<(), String> {
    let mut after = None;
    loop {
        call_both!(reference, queue, each => each.dead(after.clone(), limit));
        let page = reference.queue.dead(after, limit).await;
        let Ok(page) = page else { return Ok(()) };
        let Some(last) = page.items.last().filter(|_| page.more) else {
            return Ok(());
        };
        after = Some(last.place());
    }
}

fn key(pick: u8) -> JobKey {
    JobKey::new(format!("key {}", pick % KEYS))
}

fn lease(pick: u8) -> LeaseId {
    LeaseId::new(from_micros(0), [1 + pick % LEASES; 10])
}

fn new_job(pick: u8, delay: u8, now: Timestamp) -> NewJob {
    let ticket = TicketId::new(from_micros(0), [pick % KEYS; 10]);
    let user = UserId::new(from_micros(0), [pick % KEYS; 10]);
    let job = select_one(
        [
            Job::Triage { ticket },
            Job::Route { ticket },
            Job::RequeueUnattended { user },
            Job::HandleEvent {
                event: EventId::new(from_micros(0), [pick % KEYS; 10]),
                handler: select_one(HANDLERS, delay).to_owned(),
                target: "here".to_owned(),
            },
        ],
        pick,
    );
    let run_at = now + Span::seconds(i64::from(delay % 4) * 10);
    NewJob {
        class: select_one(
            [
                JobClass::Tickets,
                JobClass::Tickets,
                JobClass::Bulk,
                JobClass::Deliveries,
            ],
            delay / 2,
        ),
        requester: select_one(
            [None, Some(user), Some(UserId::new(from_micros(0), [0; 10]))],
            delay / 4,
        ),
        ..NewJob::new(key(pick), job, run_at)
    }
}

async fn sort_list<T: Ord>(
    list: impl Future<Output = Result<Vec<T>, QueueError>>,
) -> Result<Vec<T>, QueueError> {
    let mut list = list.await?;
    list.sort_unstable();
    Ok(list)
}

async fn by_key(
    dead: impl Future<Output = Result<Vec<DeadJob>, QueueError>>,
) -> Result<Vec<DeadJob>, QueueError> {
    let mut dead = dead.await?;
    dead.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    Ok(dead)
}

fn format_answer<T: Debug>(answer: Result<T, QueueError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("error: {error}"),
    }
}
