//! Changes to a staff user's own availability, capacity and working hours.

use super::super::{Caller, Desk, DeskError, Users, writes::UserNext};
use crate::domain::{
    event::{ActorId, Change, EventKind},
    hours::WorkingHours,
    presence::Availability,
    user::User,
};

/// A change to a staff user's own work settings; fields that are `None` stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AvailabilityPatch {
    /// Whether the user accepts tickets now.
    pub availability: Option<Availability>,
    /// The maximum number of open tickets that the user accepts.
    pub capacity: Option<u32>,
    /// The working hours; `Some(None)` removes them, so that the user always works.
    pub hours: Option<Option<WorkingHours>>,
}

impl From<Availability> for AvailabilityPatch {
    /// Makes a patch that changes only the availability.
    fn from(availability: Availability) -> Self {
        Self {
            availability: Some(availability),
            ..Self::default()
        }
    }
}

impl Users<'_> {
    /// Changes the caller's own availability, capacity and working hours. Tickets that the caller can't keep return to
    /// the backlog, and the backlog is dispatched to free seats. New working hours apply from this write on.
    ///
    /// # Errors
    /// [`DeskError::Forbidden`] for users who are not staff; [`DeskError::Invalid`] for a capacity above what an admin
    /// allowed the user; [`DeskError::Stale`] if a user changed the same fields since the version `expected`.
    pub async fn set_availability(
        self,
        caller: &Caller,
        patch: &AvailabilityPatch,
        expected: Option<u64>,
    ) -> Result<User, DeskError> {
        let actor = caller.actor()?;
        if !actor.is_staff() {
            return Err(DeskError::Forbidden("this is for staff"));
        }
        let rules = self.desk.rules().await?;
        self.desk
            .change_user(
                ActorId::User(caller.user.id),
                caller.user.id,
                expected,
                |user, now| {
                    let too_many = |capacity: u32| capacity > user.capacity_bound;
                    if patch.capacity.is_some_and(too_many) {
                        let message = format!("must be 0 to {}", user.capacity_bound);
                        return Err(DeskError::field("capacity", message));
                    }
                    let mut after = user.clone();
                    after.capacity = patch.capacity.unwrap_or(user.capacity);
                    after.availability = patch.availability.unwrap_or(user.availability);
                    if after.availability != user.availability {
                        after.available_since = now;
                    }
                    if let Some(hours) = &patch.hours
                        && *hours != user.hours
                    {
                        after.hours.clone_from(hours);
                        after.shift = after.shift_at(&rules.set.holidays, now);
                    }
                    let changes: Vec<Change> = [
                        Change::of("availability", user.availability, after.availability),
                        Change::of("capacity", user.capacity, after.capacity),
                        Change::of("hours", &user.hours, &after.hours),
                        Change::of("onShift", user.shift.on, after.shift.on),
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
}

impl Desk {
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
