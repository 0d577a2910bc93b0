//! Starts and ends the shifts of users according to their working hours.

use std::collections::BTreeSet;

use crate::{
    desk::{Desk, DeskError, jobs::JobError, writes::UserNext},
    domain::{
        event::{ActorId, Change, EventKind},
        shift::Shift,
        time::{Timestamp, furthest_ahead},
        user::User,
    },
};

/// The number of users that one query reads.
const BATCH: u32 = 500;
/// The maximum number of users that one sweep processes; the next one continues.
const MAX_PEOPLE: usize = 20_000;
/// The number of transient errors after which the store is considered unavailable, and the sweep ends.
const MAX_TRANSIENT: u32 = 10;

impl Desk {
    /// Updates the shifts that are due. The failure of one user does not block the others.
    pub(super) async fn turn_shifts(&self, now: Timestamp) -> Result<(), JobError> {
        let mut seen = BTreeSet::new();
        let (mut failed, mut transient) = (0, 0);
        while seen.len() < MAX_PEOPLE {
            // Users whose update failed are returned first again.
            let limit = BATCH + failed;
            let page = self
                .store
                .due_shifts(now, furthest_ahead(now), limit)
                .await?;
            let rules = self.rules().await?;
            let full = page.len() >= limit as usize;
            let before = seen.len();
            for person in page {
                if !seen.insert(person.id) {
                    continue;
                }
                let turned = self.change_user(ActorId::System, person.id, None, |user, now| {
                    let is_ahead = user.shift.since > furthest_ahead(now);
                    let due = user
                        .shift
                        .until
                        .is_some_and(|until| is_ahead || until <= now);
                    Ok(due.then(|| turn(user, user.shift_at(&rules.set.holidays, now))))
                });
                let Err(error) = turned.await else { continue };
                if matches!(error, DeskError::NotFound) {
                    continue;
                }
                failed += 1;
                transient += u32::from(error.is_transient());
                if transient > MAX_TRANSIENT {
                    return Err(error.into());
                }
                tracing::warn!(user.id = %person.id, %error, "a shift could not be turned; the next sweep tries again");
            }
            if !full || seen.len() == before {
                break;
            }
        }
        Ok(())
    }
}

/// Returns the user with this shift.
fn turn(user: &User, shift: Shift) -> UserNext {
    let change = Change::of("onShift", user.shift.on, shift.on);
    let mut after = user.clone();
    after.shift = shift;
    UserNext::new(
        after,
        EventKind::AvailabilityChanged,
        change.into_iter().collect(),
    )
}
