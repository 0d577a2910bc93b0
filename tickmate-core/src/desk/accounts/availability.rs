//! Whether a member of staff takes work now, and how much.

use super::super::{Caller, Desk, DeskError, writes::UserNext};
use crate::domain::{
    event::{ActorId, Change, EventKind},
    user::{Availability, User},
};

impl Desk {
    /// Changes the caller's own availability and capacity. What the caller can't keep any more goes back to the
    /// queue, and what waits comes where there is room.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for people who are not staff; [`DeskError::Invalid`] for a capacity above what an
    /// admin gave the person.
    pub async fn set_availability(
        &self,
        caller: &Caller,
        availability: Option<Availability>,
        capacity: Option<u32>,
    ) -> Result<User, DeskError> {
        let actor = caller.actor()?;
        if !actor.is_staff() {
            return Err(DeskError::Forbidden("this is for staff"));
        }
        self.change_user(
            ActorId::User(caller.user.id),
            caller.user.id,
            None,
            |user, now| {
                if capacity.is_some_and(|capacity| capacity > user.capacity_bound) {
                    let message = format!("must be 0 to {}", user.capacity_bound);
                    return Err(DeskError::field("capacity", message));
                }
                let mut after = user.clone();
                after.capacity = capacity.unwrap_or(user.capacity);
                after.availability = availability.unwrap_or(user.availability);
                if after.availability != user.availability {
                    after.available_since = now;
                }
                let changes: Vec<Change> = [
                    Change::of("availability", user.availability, after.availability),
                    Change::of("capacity", user.capacity, after.capacity),
                ]
                .into_iter()
                .flatten()
                .collect();
                Ok((!changes.is_empty())
                    .then(|| UserNext::new(after, EventKind::AvailabilityChanged, changes)))
            },
        )
        .await
    }

    pub(super) fn check_capacity(&self, capacity: Option<u32>) -> Result<(), DeskError> {
        match capacity {
            Some(capacity) if capacity > self.settings.max_capacity => Err(DeskError::field(
                "capacity",
                format!("must be 0 to {}", self.settings.max_capacity),
            )),
            _ => Ok(()),
        }
    }
}
