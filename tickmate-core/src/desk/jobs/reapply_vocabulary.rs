//! Updates users and tickets after the dictionary or the holidays were changed: all users, then all tickets, one page
//! per job. A walk that makes no progress is restarted under keys of its own.

use std::fmt::Display;

use crate::{
    desk::{Desk, DeskError, jobs::JobError, routing::Rules, writes::UserNext},
    domain::{
        digest::sha256_hex,
        event::{ActorId, Change, EventKind},
        id::UserId,
        job::{Job, JobKey, NewJob, WALK_START},
        lifecycle::Next,
        query::UserQuery,
        seat::SeatMove,
        shift::Shift,
        skill::Skill,
        ticket::Ticket,
        time::{Span, Timestamp, from_micros, has_passed},
        user::User,
    },
};

/// The number of users or tickets that one job examines.
const PAGE: u32 = 200;
/// The delay of the second walk: by then, writes that resolved a name with the previous dictionary have finished.
const ONCE_MORE_AFTER: Span = Span::minutes(2);
/// The horizon of shift changes that a walk stores; later ones are examined again before they are due.
const NEAR: Span = Span::days(365);
/// The name of the stored value that holds the version whose walk completed last.
const WALKED: &str = "routing.walked";

/// The name of the stored value that holds the fingerprint of the host's dictionary of the last completed walk.
const DICTIONARY: &str = "routing.dictionary";
/// The name of the stored value that holds a [`Begun`].
const BEGUN: &str = "routing.walk_begun";
/// The time without a completed page after which a walk that is due is restarted.
const LOST_AFTER: Span = Span::hours(1);

/// The progress of a version's walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Begun {
    version: u64,
    /// The number of restarts, which the keys of jobs contain: keys of completed and dead jobs stay in use.
    again: u32,
    /// When the walk started, or its last page completed.
    seen: Timestamp,
}

impl Begun {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        Some(Self {
            version: parts.next()?.parse().ok()?,
            again: parts.next()?.parse().ok()?,
            seen: from_micros(parts.next()?.parse().ok()?),
        })
    }

    fn written(&self) -> String {
        let seen = self.seen.timestamp_micros();
        format!("{}.{}.{seen}", self.version, self.again)
    }
}

/// Identifies a walk of a version: the number of restarts, and whether it is the second walk.
#[derive(Debug, Clone, Copy)]
struct Round {
    version: u64,
    begun_again: u32,
    again: bool,
}

impl Desk {
    /// Starts the walk of the current rules if it was lost, or if the host's dictionary differs from that of the last
    /// walk.
    pub(super) async fn walk_if_due(&self) -> Result<(), JobError> {
        let version = self.rules().await?.walk;
        let walked = version == 0 || self.store.value(WALKED).await? == Some(version.to_string());
        if self.is_dictionary_known().await? && walked {
            return Ok(());
        }
        let (stored, begun) = self.begun(version).await?;
        let now = self.now();
        let due = match begun {
            Some(begun) if !has_passed(LOST_AFTER, begun.seen, now) => begun,
            begun => {
                let next = Begun {
                    version,
                    again: begun.map_or(0, |begun| begun.again.saturating_add(1)),
                    seen: now,
                };
                let before = stored.as_deref();
                let text = next.written();
                if !self.store.replace_value(BEGUN, before, &text).await? {
                    return Ok(());
                }
                if next.again > 0 {
                    tracing::warn!(
                        version,
                        again = next.again,
                        "bringing people and tickets up to date begins again"
                    );
                }
                next
            }
        };
        let start = Round::first(version, due.again).people(None, now);
        let begun = self.queue.enqueue(&[start]).await;
        begun.map_err(|error| DeskError::from(error).into())
    }

    /// Returns whether the last walk used the host's dictionary. A desk without a recorded dictionary records this one.
    async fn is_dictionary_known(&self) -> Result<bool, JobError> {
        let own = self.dictionary();
        Ok(match self.store.value(DICTIONARY).await? {
            Some(known) => known == own,
            None => self.store.replace_value(DICTIONARY, None, own).await?,
        })
    }

    /// Returns the fingerprint of the host's dictionary.
    fn dictionary(&self) -> &str {
        self.fingerprint.get_or_init(|| {
            // Rows are plain text, so serialization does not fail.
            let rows = serde_json::to_vec(self.shipped.entries()).unwrap_or_default();
            sha256_hex(&rows)
        })
    }

    /// Returns the stored progress of a version's walk, with the stored text that a replacement expects.
    async fn begun(&self, version: u64) -> Result<(Option<String>, Option<Begun>), JobError> {
        let stored = self.store.value(BEGUN).await?;
        let begun = stored.as_deref().and_then(Begun::read);
        Ok((stored, begun.filter(|begun| begun.version == version)))
    }

    /// Records that a page completed, and returns the round of the walk that it belongs to.
    async fn page_ended(&self, version: u64, again: bool) -> Result<Round, JobError> {
        let (stored, begun) = self.begun(version).await?;
        let begun_again = begun.map_or(0, |begun| begun.again);
        let seen = Begun {
            version,
            again: begun_again,
            seen: self.now(),
        };
        // A concurrent write has recorded a time that is as late.
        let _written = self
            .store
            .replace_value(BEGUN, stored.as_deref(), &seen.written())
            .await?;
        Ok(Round {
            version,
            begun_again,
            again,
        })
    }

    /// Updates a page of users. `again` is whether this is the second walk of the version.
    pub(super) async fn reapply_to_users(
        &self,
        version: u64,
        after: Option<UserId>,
        again: bool,
    ) -> Result<(), JobError> {
        let rules = self.rules().await?;
        if rules.walk != version {
            return Ok(());
        }
        let query = UserQuery {
            after,
            limit: PAGE,
            ..UserQuery::default()
        };
        let page = self.store.user_page(&query).await?;
        for person in &page.items {
            if brought_up(person, &rules, self.now()).is_none() {
                continue;
            }
            let changed = self.change_user(ActorId::System, person.id, None, |user, now| {
                Ok(brought_up(user, &rules, now))
            });
            skip_failed(&person.id, changed.await.map(|_| ()))?;
        }
        let round = self.page_ended(version, again).await?;
        let now = self.now();
        self.go_on(match page.items.last() {
            Some(last) if page.more => round.people(Some(last.id), now),
            _ => round.tickets(0, now),
        })
        .await
    }

    /// Updates a page of tickets in the same way.
    pub(super) async fn reapply_to_tickets(
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
        for ticket in tickets {
            let id = ticket.id;
            let changed =
                self.change_by_itself(ticket, |ticket, now| Ok(other_needs(ticket, &rules, now)));
            skip_failed(&id, changed.await.map(|_| ()))?;
        }
        let round = self.page_ended(version, again).await?;
        let now = self.now();
        match last.filter(|_| full) {
            Some(last) => self.go_on(round.tickets(last, now)).await,
            None if again => Ok(()),
            None => {
                let once_more = Round {
                    again: true,
                    ..round
                };
                self.go_on(once_more.people(None, now + ONCE_MORE_AFTER))
                    .await?;
                let (walked, own) = (version.to_string(), self.dictionary());
                self.store.put_value(DICTIONARY, Some(own)).await?;
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

/// Skips a user or ticket that can't be changed, so that the others are updated; a transient error is returned for a
/// retry.
fn skip_failed(id: &(dyn Display + Sync), changed: Result<(), DeskError>) -> Result<(), JobError> {
    match changed {
        Ok(()) | Err(DeskError::NotFound) => {}
        Err(error) if error.is_transient() => return Err(error.into()),
        Err(error) => tracing::warn!(%id, %error, "this could not be brought up to date"),
    }
    Ok(())
}

impl Round {
    const fn first(version: u64, begun_again: u32) -> Self {
        Self {
            version,
            begun_again,
            again: false,
        }
    }

    fn people(self, after: Option<UserId>, run_at: Timestamp) -> NewJob {
        let job = Job::ReapplyToUsers {
            version: self.version,
            after,
            again: self.again,
        };
        let place = after.map_or_else(|| WALK_START.to_owned(), |id| id.to_string());
        self.page(job, &place, run_at)
    }

    fn tickets(self, after: u64, run_at: Timestamp) -> NewJob {
        let job = Job::ReapplyToTickets {
            version: self.version,
            after,
            again: self.again,
        };
        self.page(job, &after.to_string(), run_at)
    }

    fn page(self, job: Job, place: &str, run_at: Timestamp) -> NewJob {
        let (version, begun_again) = (self.version, self.begun_again);
        let key = JobKey::of_walk(version, begun_again, self.again, job.kind(), place);
        NewJob::new(key, job, run_at)
    }
}

/// Returns the user updated to these rules; `None` if nothing changes.
fn brought_up(user: &User, rules: &Rules, now: Timestamp) -> Option<UserNext> {
    let skills = rules.held_skills(&user.skills);
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

/// Returns the ticket with updated required skills; `None` if nothing changes.
fn other_needs(ticket: &Ticket, rules: &Rules, now: Timestamp) -> Option<Next> {
    let needed = rules.needed_skills(&ticket.required_skills);
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
