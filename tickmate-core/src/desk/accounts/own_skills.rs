//! What somebody says about the own skills.

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
    /// Sets the caller's own skills and how well the caller knows them; an empty list empties them. A skill without a
    /// level keeps the one that it has. What a member of staff can't answer any more goes back to the queue, and what
    /// waits comes where it fits. Whoever is not staff may state skills, too: they count once the person is.
    ///
    /// # Errors
    /// [`DeskError::Invalid`] names the entry that can't be taken; [`DeskError::Stale`] when `expected` is not the
    /// stored version.
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
