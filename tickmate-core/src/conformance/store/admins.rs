//! The first admin and the last.

use futures_util::future::{join, join_all};

use crate::{
    backend::store::{Store, UserCreated, UserWritten},
    conformance::{Outcome, scene::Scene},
    domain::user::{Role, User},
};

/// The last active admin can neither be demoted nor deactivated, and may change otherwise.
pub async fn the_last_admin_stays(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let admin = scene.person(Role::Admin, |_| {}).await?;
    scene
        .person(Role::Admin, |user| user.active = false)
        .await?;
    scene.moderator(3).await?;
    let takes_away: [fn(&mut User); 2] = [
        |user| user.role = Role::Moderator,
        |user| user.active = false,
    ];
    for change in takes_away {
        let write = scene.make.user_write(&admin, change);
        assert_eq!(store.write_user(&write).await?, UserWritten::LastAdmin);
        assert_eq!(store.event(write.event.id).await?, None);
        assert_eq!(scene.stored_user(admin.id).await?, admin);
    }
    scene.change_user(&admin, |user| user.capacity = 1).await?;
    assert!(store.has_admin().await?);
    Ok(())
}

/// One of two admins can go, the other can't any more.
pub async fn one_of_two_admins_can_go(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?;
    let second = scene.person(Role::Admin, |_| {}).await?;
    let demote = |user: &mut User| user.role = Role::User;
    scene.change_user(&first, demote).await?;
    let write = scene.make.user_write(&second, demote);
    assert_eq!(store.write_user(&write).await?, UserWritten::LastAdmin);
    Ok(())
}

/// Of two admins who demote each other at once, one stays.
pub async fn two_admins_cannot_demote_each_other_at_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?;
    let second = scene.person(Role::Admin, |_| {}).await?;
    let demote = |user: &mut User| user.role = Role::User;
    let writes = [&first, &second].map(|admin| scene.make.user_write(admin, demote));
    let both = join(store.write_user(&writes[0]), store.write_user(&writes[1])).await;
    let answers = [both.0?, both.1?];
    let refused = answers
        .iter()
        .filter(|answer| **answer == UserWritten::LastAdmin);
    assert_eq!(refused.count(), 1, "{answers:?}");
    let written = answers
        .iter()
        .filter(|answer| matches!(answer, UserWritten::Written(_)));
    assert_eq!(written.count(), 1, "{answers:?}");
    assert!(store.has_admin().await?);
    Ok(())
}

/// Of many first admins made at once, one is made.
pub async fn of_first_admins_at_once_one_is_made(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    assert!(!store.has_admin().await?);
    let mut inserts = Vec::new();
    for _ in 0..6 {
        let admin = scene.make.person(Role::Admin);
        let mut new = scene.make.new_user(admin);
        new.only_without_admin = true;
        inserts.push(new);
    }
    let mut made = 0;
    for answer in join_all(inserts.iter().map(|new| store.create_user(new))).await {
        match answer? {
            UserCreated::Created(user) => {
                made += 1;
                assert_eq!(user.role, Role::Admin);
            }
            UserCreated::AdminExists => {}
        }
    }
    assert_eq!(made, 1);
    assert!(store.has_admin().await?);
    assert_eq!(scene.events().await?.len(), 1);
    Ok(())
}

/// Inactive admins and moderators are no admins.
pub async fn only_active_admins_count(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    scene
        .person(Role::Admin, |user| user.active = false)
        .await?;
    scene.moderator(3).await?;
    assert!(!store.has_admin().await?);
    let admin = scene.make.person(Role::Admin);
    let mut new = scene.make.new_user(admin);
    new.only_without_admin = true;
    let answer = store.create_user(&new).await?;
    assert!(matches!(answer, UserCreated::Created(_)), "{answer:?}");
    assert!(store.has_admin().await?);
    Ok(())
}
