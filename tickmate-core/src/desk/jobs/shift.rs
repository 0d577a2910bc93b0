//! Beginning and ending people's work when their hours say so.

use crate::{
    desk::{Desk, DeskError, jobs::JobError, writes::UserNext},
    domain::{
        event::{ActorId, Change, EventKind},
        shift::Shift,
        time::Timestamp,
        user::User,
    },
};

/// How many people one sweep looks at; the next one goes on.
const BATCH: u32 = 500;

impl Desk {
    /// Turns the shifts that are due.
    pub(super) async fn turn_shifts(&self, now: Timestamp) -> Result<(), JobError> {
        for person in self.store.due_shifts(now, BATCH).await? {
            let rules = self.rules().await?;
            let turned = self.change_user(ActorId::System, person.id, None, |user, now| {
                let due = user.shift.until.is_some_and(|until| until <= now);
                Ok(due.then(|| turn(user, user.shift_at(&rules.set.holidays, now))))
            });
            match turned.await {
                Ok(_) | Err(DeskError::NotFound) => {}
                Err(error) => return Err(error.into()),
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
