//! Bringing people and tickets up to date after the dictionary or the holidays were changed: all people, then all
//! tickets, one page a job.

use crate::{
    desk::{Desk, DeskError, jobs::JobError, routing::Rules, writes::UserNext},
    domain::{
        event::{ActorId, Change, EventKind},
        id::UserId,
        job::{Job, JobKey, NewJob},
        lifecycle::Next,
        seat::SeatMove,
        shift::Shift,
        skill::Skill,
        ticket::Ticket,
        time::{Span, Timestamp},
        user::User,
    },
};

/// How many people or tickets one job looks at.
const PAGE: u32 = 200;
/// The walk is made once more after this long: whoever resolved a name by the dictionary before has written it by then.
const ONCE_MORE_AFTER: Span = Span::minutes(2);
/// Moments beyond this are looked at again before anyway.
const NEAR: Span = Span::days(365);
/// Under what name the store keeps which version's walk came to its end last.
const WALKED: &str = "routing.walked";

impl Desk {
    /// The job that begins the walk of a version.
    pub(in crate::desk) fn walk_job(&self, version: u64) -> NewJob {
        people_job(version, None, false, self.now())
    }

    /// Begins the walk of the rules that hold, should it have got lost.
    pub(super) async fn walk_if_due(&self) -> Result<(), JobError> {
        let walk = self.rules().await?.walk;
        if walk == 0 || self.store.value(WALKED).await? == Some(walk.to_string()) {
            return Ok(());
        }
        let begun = self.queue.enqueue(&[self.walk_job(walk)]).await;
        begun.map_err(|error| DeskError::from(error).into())
    }

    /// Brings a page of people up to date. `again`: it is the second walk of this version.
    pub(super) async fn renormalise_people(
        &self,
        version: u64,
        after: Option<UserId>,
        again: bool,
    ) -> Result<(), JobError> {
        let rules = self.rules().await?;
        if rules.walk != version {
            return Ok(());
        }
        let people = self.store.people_after(after, PAGE).await?;
        for person in &people {
            if brought_up(person, &rules, self.now()).is_none() {
                continue;
            }
            let changed = self.change_user(ActorId::System, person.id, None, |user, now| {
                Ok(brought_up(user, &rules, now))
            });
            ignore_gone(changed.await.map(|_| ()))?;
        }
        let now = self.now();
        self.go_on(match people.last() {
            Some(last) if people.len() == PAGE as usize => {
                people_job(version, Some(last.id), again, now)
            }
            _ => tickets_job(version, 0, again, now),
        })
        .await
    }

    /// Brings a page of tickets up to date likewise.
    pub(super) async fn renormalise_tickets(
        &self,
        version: u64,
        after: u64,
        again: bool,
    ) -> Result<(), JobError> {
        let rules = self.rules().await?;
        if rules.walk != version {
            return Ok(());
        }
        let tickets = self.store.tickets_after(after, PAGE).await?;
        let full = tickets.len() == PAGE as usize;
        let last = tickets.last().map(|ticket| ticket.number);
        let itself = Self::itself();
        for ticket in tickets {
            let changed = self.change(&itself, ticket, None, |ticket, now| {
                Ok(other_needs(ticket, &rules, now))
            });
            ignore_gone(changed.await.map(|_| ()))?;
        }
        let now = self.now();
        match last.filter(|_| full) {
            Some(last) => self.go_on(tickets_job(version, last, again, now)).await,
            None if again => Ok(()),
            None => {
                let late = now + ONCE_MORE_AFTER;
                self.go_on(people_job(version, None, true, late)).await?;
                let walked = version.to_string();
                Ok(self.store.put_value(WALKED, Some(&walked)).await?)
            }
        }
    }

    async fn go_on(&self, job: NewJob) -> Result<(), JobError> {
        self.queue.enqueue(&[job]).await.map_err(DeskError::from)?;
        self.committed();
        Ok(())
    }
}

fn ignore_gone(changed: Result<(), DeskError>) -> Result<(), JobError> {
    match changed {
        Ok(()) | Err(DeskError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn people_job(version: u64, after: Option<UserId>, again: bool, run_at: Timestamp) -> NewJob {
    let job = Job::RenormalisePeople {
        version,
        after,
        again,
    };
    let place = after.map_or_else(|| "start".to_owned(), |id| id.to_string());
    page_job(job, version, again, &place, run_at)
}

fn tickets_job(version: u64, after: u64, again: bool, run_at: Timestamp) -> NewJob {
    let job = Job::RenormaliseTickets {
        version,
        after,
        again,
    };
    page_job(job, version, again, &after.to_string(), run_at)
}

fn page_job(job: Job, version: u64, again: bool, place: &str, run_at: Timestamp) -> NewJob {
    let round = if again { 2 } else { 1 };
    let key = format!("routing.{version}.{round}.{}.{place}", job.kind());
    NewJob {
        key: JobKey::new(key),
        job,
        run_at,
    }
}

/// The person by these rules, if anything about them is otherwise.
fn brought_up(user: &User, rules: &Rules, now: Timestamp) -> Option<UserNext> {
    let skills = rules.held(&user.skills);
    let shift = user.shift_at(&rules.set.holidays, now);
    let other_skills = skills != user.skills;
    let other_shift = user.hours.is_some() && differs(&user.shift, &shift, now);
    if !other_skills && !other_shift {
        return None;
    }
    let names = |skills: &[Skill]| skills.iter().map(Skill::label).collect::<Vec<_>>();
    let mut after = user.clone();
    let mut changes = Vec::new();
    if other_skills {
        changes.extend(Change::of("skills", names(&user.skills), names(&skills)));
        after.skills = skills;
    }
    if other_shift {
        changes.extend(Change::of("onShift", user.shift.on, shift.on));
        after.shift = shift;
    }
    let kind = match other_skills {
        true => EventKind::AccountChanged,
        false => EventKind::AvailabilityChanged,
    };
    Some(UserNext::new(after, kind, changes))
}

fn differs(before: &Shift, after: &Shift, now: Timestamp) -> bool {
    let near = |until: Option<Timestamp>| until.is_some_and(|until| until < now + NEAR);
    let other_end = before.until != after.until;
    before.on != after.on || (other_end && (near(before.until) || near(after.until)))
}

/// The ticket by these rules, if it needs anything else.
fn other_needs(ticket: &Ticket, rules: &Rules, now: Timestamp) -> Option<Next> {
    let needed = rules.needed(&ticket.required_skills);
    if needed == ticket.required_skills {
        return None;
    }
    let mut after = ticket.clone();
    after.required_skills = needed;
    Some(Next::new(
        ticket,
        after,
        SeatMove::Keep,
        EventKind::Edited,
        now,
    ))
}
