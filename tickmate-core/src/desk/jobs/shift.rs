//! Beginning and ending people's work when their hours say so.

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

/// How many people are read at once.
const BATCH: u32 = 500;
/// How many people one sweep looks at; the next one goes on.
const MAX_PEOPLE: usize = 20_000;
/// After this many failures that may pass the store is taken for out of order, and the sweep ends.
const MAX_TRANSIENT: u32 = 10;

impl Desk {
    /// Turns the shifts that are due. One person's failure keeps nobody else's from being turned.
    pub(super) async fn turn_shifts(&self, now: Timestamp) -> Result<(), JobError> {
        let mut seen = BTreeSet::new();
        let (mut failed, mut transient) = (0, 0);
        while seen.len() < MAX_PEOPLE {
            // Those who could not be turned come first again.
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

/// The person on this shift.
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
