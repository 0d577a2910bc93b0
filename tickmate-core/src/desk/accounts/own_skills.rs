//! Changes to a user's own skills.

use super::{
    super::{Caller, DeskError, Users, writes::UserNext},
    people::labels,
};
use crate::domain::{
    event::{ActorId, Change, EventKind},
    skill::SkillInput,
    user::User,
};

impl Users<'_> {
    /// Replaces the caller's own skills and their levels; an empty list removes all. A skill without a level keeps its
    /// stored level. Tickets that a staff user can't answer any more return to the backlog, and the backlog is
    /// dispatched to users who fit. Users who are not staff may state skills too; these count once the user joins the
    /// staff.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the invalid entry; [`DeskError::Stale`] if `expected` is not the stored version.
    pub async fn set_own_skills(
        self,
        caller: &Caller,
        skills: &[SkillInput],
        expected: Option<u64>,
    ) -> Result<User, DeskError> {
        caller.actor()?;
        let rules = self.desk.rules().await?;
        let checked = rules.vocabulary.check_inputs("skills", skills);
        checked.map_err(|error| vec![error])?;
        let id = caller.user.id;
        self.desk
            .change_user(ActorId::User(id), id, expected, |user, _| {
                let mut after = user.clone();
                after.skills = rules.vocabulary.resolve_inputs(skills, &user.skills);
                let change = Change::of("skills", labels(user), labels(&after));
                Ok(change
                    .map(|change| UserNext::new(after, EventKind::ProfileChanged, vec![change])))
            })
            .await
    }
}
