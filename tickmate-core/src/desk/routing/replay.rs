//! Simulates a past period under other policies.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::{
    desk::{Desk, DeskError, Routing, authorize::demand_admin},
    domain::{
        access::Actor,
        hours::{HORIZON_DAYS, Holidays, WorkingHours},
        id::UserId,
        presence::Presence,
        routing::{
            Policy, Staff,
            replay::{
                MAX_CHANGES, MAX_DRAIN, MAX_TICKETS, Period, PresenceChange, ReplayFigures,
                TooMuch, replay_while,
            },
        },
        text::FieldError,
        time::{Span, Timestamp},
        user::User,
    },
};

use super::{Rules, handling::Handled};

/// The longest period of a replay.
const MAX_PERIOD: Span = Span::days(366);
/// The maximum number of policies in addition to the current one.
const MAX_POLICIES: usize = 8;
/// The number of tickets that one query reads.
const PAGE: u32 = 2_000;

/// The period of a replay, and the policies to compare.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayRequest {
    /// Includes tickets created at this time or later.
    pub from: Timestamp,
    /// Includes tickets created before this time, which is after `from` by at most 366 days.
    pub to: Timestamp,
    /// The policies to compare with the current one, at most 8.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

/// The same period under several policies, as [`crate::domain::routing::replay`] models it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// The start of the period.
    pub from: Timestamp,
    /// The end of the period, exclusive.
    pub to: Timestamp,
    /// The number of replayed tickets.
    pub tickets: u64,
    /// The number of tickets whose handling time is unknown and was estimated from others.
    pub estimated: u64,
    /// The results: the current policy first, then the others in the requested order.
    pub runs: Vec<ReplayRun>,
}

/// A period under one policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayRun {
    /// The policy.
    pub policy: Policy,
    /// Whether it is the current policy.
    pub today: bool,
    /// The resulting figures.
    pub figures: ReplayFigures,
}

/// Whether a replay is running: a desk runs only one at a time, since each uses a CPU core for long.
#[derive(Debug, Default)]
pub(in crate::desk) struct Replays(Arc<AtomicBool>);

/// Marks the running replay until the last part of its work has finished.
#[derive(Debug)]
struct Turn(Arc<AtomicBool>);

/// Held by the caller of the replay; when it is dropped, nothing waits for the result any more.
#[derive(Debug)]
struct Listener(Arc<AtomicBool>);

impl Replays {
    fn turn(&self) -> Option<Arc<Turn>> {
        let others = self.0.swap(true, Ordering::AcqRel);
        (!others).then(|| Arc::new(Turn(Arc::clone(&self.0))))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Routing<'_> {
    /// Replays the tickets of a period with the current staff, skills and working hours, under the current policy and
    /// others. Nothing is changed. Tickets require their current skills, and take the time from the start of the work
    /// to the resolution, at most 8 hours; users are present during their working hours.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for an actor who is not an admin; [`DeskError::Invalid`] names `from`, `to`, `policies`
    /// or a field of a policy, such as `policies[0].ahead`, and `to` also if the period has more than 50,000 tickets or
    /// they would be too much work; [`DeskError::Overloaded`] if too much heavy work is queued or another replay is
    /// running. A replay whose caller went away ends soon.
    pub async fn replay(
        self,
        actor: &Actor,
        request: ReplayRequest,
    ) -> Result<ReplayReport, DeskError> {
        demand_admin(actor)?;
        check(&request, self.desk.now())?;
        let turn = self.desk.replays.turn().ok_or(DeskError::Overloaded)?;
        let unheard = Arc::new(AtomicBool::new(false));
        let _listener = Listener(Arc::clone(&unheard));
        let ReplayRequest { from, to, policies } = request;
        let rules = self.desk.rules().await?;
        let handled = self.desk.handled(&rules, from, to).await?;
        let (tickets, estimated) = handled.into_tickets();
        let count = u64::try_from(tickets.len()).unwrap_or(u64::MAX);
        let staff = self.desk.store.roster().await?;
        let staff: Vec<Staff> = staff
            .into_iter()
            .map(|one| rules.with_current_skills(one))
            .collect();
        let ids: Vec<_> = staff.iter().map(|one| one.id).collect();
        let people = self.desk.store.users(&ids).await?;
        let holidays = rules.set.holidays.clone();
        let away_limit = self.desk.settings.away_limit;
        let own_turn = Arc::clone(&turn);
        let period = self.desk.offloaded(move || {
            let _turn = own_turn;
            let (staff, changes) = there(staff, &people, &holidays, from, to)?;
            Ok::<_, TooMuch>(Arc::new(Period {
                from,
                staff,
                changes,
                tickets,
                away_limit,
                drain: MAX_DRAIN,
            }))
        });
        let period = period.await?.map_err(|error| too_much(&error))?;
        let mut runs = Vec::with_capacity(policies.len() + 1);
        let today = std::iter::once((rules.policy().clone(), true));
        for (policy, today) in today.chain(policies.into_iter().map(|policy| (policy, false))) {
            let (period, vocabulary) = (Arc::clone(&period), Arc::clone(&rules.vocabulary));
            let (own_turn, unheard) = (Arc::clone(&turn), Arc::clone(&unheard));
            // Each run is a separate unit of work, so that other heavy work can run in between.
            let run = self.desk.offloaded(move || {
                let _turn = own_turn;
                let wanted = || !unheard.load(Ordering::Relaxed);
                let figures = replay_while(&period, &policy, &vocabulary, &wanted)?;
                Ok::<_, TooMuch>(figures.map(|figures| ReplayRun {
                    policy,
                    today,
                    figures,
                }))
            });
            // The run ends without figures only if its caller has gone.
            runs.extend(run.await?.map_err(|error| too_much(&error))?);
        }
        Ok(ReplayReport {
            from,
            to,
            tickets: count,
            estimated,
            runs,
        })
    }
}

impl Desk {
    /// Returns the tickets of a period with their handling times.
    async fn handled(
        &self,
        rules: &Rules,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Handled, DeskError> {
        let mut handled = Handled::default();
        let mut after = 0;
        loop {
            let page = self.store.created_between(from, to, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(handled);
            };
            after = last.number;
            if handled.len() + page.len() > MAX_TICKETS {
                return Err(too_much(&TooMuch::Tickets));
            }
            for mut ticket in page {
                ticket.required_skills = rules.needed_skills(&ticket.required_skills);
                handled.add(ticket);
            }
        }
    }
}

fn check(request: &ReplayRequest, now: Timestamp) -> Result<(), DeskError> {
    let mut errors = Vec::new();
    let mut wrong = |field: String, message: String| errors.push(FieldError::new(field, message));
    let ReplayRequest { from, to, policies } = request;
    if *from >= now {
        wrong("from".to_owned(), "must be in the past".to_owned());
    }
    if to <= from {
        wrong("to".to_owned(), "must be after `from`".to_owned());
    } else if *to - *from > MAX_PERIOD {
        wrong(
            "to".to_owned(),
            "must be within 366 days after `from`".to_owned(),
        );
    }
    if policies.len() > MAX_POLICIES {
        wrong(
            "policies".to_owned(),
            format!("must be at most {MAX_POLICIES}"),
        );
    }
    for (n, policy) in policies.iter().take(MAX_POLICIES).enumerate() {
        if let Err(error) = policy.check() {
            wrong(format!("policies[{n}].{}", error.field), error.message);
        }
    }
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.into()),
    }
}

fn too_much(what: &TooMuch) -> DeskError {
    DeskError::field("to", format!("{what}: choose a shorter period"))
}

/// Returns the staff at the start of the period, and the times at which users come and go until all work is done. Only
/// working hours count, since the current availability says nothing about that period.
fn there(
    mut staff: Vec<Staff>,
    people: &[User],
    holidays: &Holidays,
    from: Timestamp,
    to: Timestamp,
) -> Result<(Vec<Staff>, Vec<PresenceChange>), TooMuch> {
    let end = later(to, MAX_DRAIN);
    let hours: BTreeMap<UserId, &WorkingHours> = people
        .iter()
        .filter_map(|person| Some((person.id, person.hours.as_ref()?)))
        .collect();
    let mut changes = Vec::new();
    for one in &mut staff {
        one.presence = Presence::Present;
        one.shift_ends = None;
        let Some(hours) = hours.get(&one.id) else {
            continue;
        };
        let mut at = from;
        while at <= end {
            let shift = hours.window_at(holidays, at);
            let presence = match shift.on {
                true => Presence::Present,
                false => Presence::OffShift,
            };
            let shift_ends = shift.until.filter(|_| shift.on);
            if at == from {
                one.presence = presence;
                one.shift_ends = shift_ends;
            } else {
                changes.push(PresenceChange {
                    at,
                    person: one.id,
                    presence,
                    shift_ends,
                });
            }
            if changes.len() > MAX_CHANGES {
                return Err(TooMuch::Changes);
            }
            // Shifts beyond the horizon are searched from there.
            at = match shift.until {
                Some(until) if until > at => until,
                _ => later(at, Span::days(HORIZON_DAYS)),
            };
            if at == Timestamp::MAX_UTC {
                break;
            }
        }
    }
    Ok((staff, changes))
}

/// Returns the time after a span, within the range of timestamps.
fn later(at: Timestamp, span: Span) -> Timestamp {
    at.checked_add_signed(span).unwrap_or(Timestamp::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_of_anything_names_the_end_of_the_period() {
        for what in [TooMuch::Tickets, TooMuch::Changes, TooMuch::Work] {
            let DeskError::Invalid(errors) = too_much(&what) else {
                panic!("{what}");
            };
            assert_eq!(errors[0].field, "to");
            assert!(errors[0].message.ends_with(": choose a shorter period"));
        }
    }

    #[test]
    fn a_turn_ends_with_the_last_who_works_on_it() {
        let replays = Replays::default();
        let turn = replays.turn().unwrap();
        let work = Arc::clone(&turn);
        drop(turn);
        assert!(replays.turn().is_none());
        drop(work);
        assert!(replays.turn().is_some());
    }
}
