//! The first and the last admin.

use std::{future::poll_fn, task::Poll};

use futures_util::{
    FutureExt,
    future::{join, join_all},
};

use crate::{
    backend::store::{Store, UserCreated, UserWritten},
    conformance::{Outcome, random::Random, scene::Scene},
    domain::{
        id::UserId,
        query::UserQuery,
        user::{Role, User},
    },
};

/// A write pauses after each number of polls below this one, which is more than any store needs.
const MAX_PAUSE: u32 = 12;

/// The last active admin can neither be demoted nor deactivated, but can be changed otherwise.
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

/// One of two admins can be demoted, and then the other one can't.
pub async fn one_of_two_admins_can_be_demoted(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?;
    let second = scene.person(Role::Admin, |_| {}).await?;
    scene.change_user(&first, demote).await?;
    let write = scene.make.user_write(&second, demote);
    assert_eq!(store.write_user(&write).await?, UserWritten::LastAdmin);
    Ok(())
}

/// If two admins demote each other concurrently, at least one stays.
pub async fn two_admins_cannot_demote_each_other_at_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?;
    let second = scene.person(Role::Admin, |_| {}).await?;
    let writes = [&first, &second].map(|admin| scene.make.user_write(admin, demote));
    let both = join(store.write_user(&writes[0]), store.write_user(&writes[1])).await;
    let answers = [both.0?, both.1?];
    let written = answers.iter().filter(|answer| is_written(answer)).count();
    assert!(written <= 1, "{answers:?}");
    if written == 0 {
        // Each was refused because of the other; without concurrency, one of them can be demoted.
        scene.change_user(&second, demote).await?;
    }
    assert!(store.has_admin().await?);
    Ok(())
}

/// If two admins demote the same third admin concurrently, one change is written, and both admins stay.
pub async fn two_admins_can_demote_the_same_third_at_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut admins = Vec::new();
    for _ in 0..3 {
        admins.push(scene.person(Role::Admin, |_| {}).await?);
    }
    let writes = [0, 1].map(|_| scene.make.user_write(&admins[2], demote));
    let both = join(store.write_user(&writes[0]), store.write_user(&writes[1])).await;
    let mut written = 0;
    for answer in [both.0?, both.1?] {
        match answer {
            UserWritten::Written(_) => written += 1,
            UserWritten::Stale | UserWritten::LastAdmin => {}
        }
    }
    if written == 0 {
        // Each was refused because of the other; without a concurrent change, it is written.
        scene.change_user(&admins[2], demote).await?;
    }
    assert!(written <= 1, "one version was written twice");
    assert_eq!(active_admins(store).await?, [admins[0].id, admins[1].id]);
    Ok(())
}

/// Of a concurrent promotion and demotion of one user from the same version, one is written, and the other admin stays.
pub async fn a_promotion_and_a_demotion_at_once_leave_an_admin(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?;
    let mut second = scene.person(Role::Moderator, |_| {}).await?;
    for _ in 0..4 {
        let promotion = scene.make.user_write(&second, promote);
        let demotion = scene.make.user_write(&second, demote);
        let both = join(store.write_user(&promotion), store.write_user(&demotion)).await;
        let answers = [both.0?, both.1?];
        let is_written = |answer: &&UserWritten| matches!(answer, UserWritten::Written(_));
        let written = answers.iter().filter(is_written).count();
        assert!(written <= 1, "{answers:?}");
        second = scene.stored_user(second.id).await?;
        let mut expected = vec![first.id];
        expected.extend((second.role == Role::Admin).then_some(second.id));
        expected.sort_unstable();
        assert_eq!(active_admins(store).await?, expected);
    }
    Ok(())
}

/// A demotion of the stored user completes at each point at which a promotion of the same user can pause. In each
/// case exactly the stored admins count as admins.
pub async fn a_demotion_completes_while_a_promotion_pauses(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?.id;
    for polls in 0..MAX_PAUSE {
        let second = scene.person(Role::Moderator, |_| {}).await?;
        let promotion = scene.make.user_write(&second, promote);
        let mut promotion = store.write_user(&promotion);
        let promoted = poll_times(&mut promotion, polls).await;
        let seen = scene.stored_user(second.id).await?;
        let demotion = scene.make.user_write(&seen, demote);
        let demoted = store.write_user(&demotion).await?;
        let promoted = match promoted {
            Some(promoted) => promoted?,
            None => promotion.await?,
        };
        let [promoted, demoted] = [&promoted, &demoted].map(is_written);
        let is_admin = scene.stored_user(second.id).await?.role == Role::Admin;
        match (promoted, demoted) {
            // Only a demotion of the promoted user can follow its promotion.
            (true, true) => assert_eq!((seen.role, is_admin), (Role::Admin, false)),
            (promoted, _) => assert_eq!(is_admin, promoted),
        }
        check_admins(&mut scene, first, second.id).await?;
    }
    Ok(())
}

/// A write that only increments the version, as a repair does, fences a running demotion: at most one of both is written,
/// and an admin who was not demoted counts as one.
pub async fn a_repair_fences_a_demotion(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let first = scene.person(Role::Admin, |_| {}).await?.id;
    for polls in 0..MAX_PAUSE {
        let second = scene.person(Role::Admin, |_| {}).await?;
        let demotion = scene.make.user_write(&second, demote);
        let repair = scene.make.user_write(&second, |_| {});
        let mut demotion = store.write_user(&demotion);
        let demoted = poll_times(&mut demotion, polls).await;
        let repaired = store.write_user(&repair).await?;
        let demoted = match demoted {
            Some(demoted) => demoted?,
            None => demotion.await?,
        };
        let [demoted, repaired] = [&demoted, &repaired].map(is_written);
        assert!(!(demoted && repaired), "one version was written twice");
        let is_admin = scene.stored_user(second.id).await?.role == Role::Admin;
        assert_eq!(is_admin, !demoted);
        check_admins(&mut scene, first, second.id).await?;
    }
    Ok(())
}

/// Checks that each active admin counts as one: if there is a second one, the first can be demoted, and the last one
/// stays. Leaves the first as the only admin.
async fn check_admins(scene: &mut Scene<'_>, first: UserId, second: UserId) -> Outcome {
    let store = scene.store;
    let is_admin = scene.stored_user(second).await?.role == Role::Admin;
    if is_admin {
        let admin = scene.stored_user(first).await?;
        let other = scene.change_user(&admin, demote).await?;
        let admin = scene.stored_user(second).await?;
        let last = scene.make.user_write(&admin, demote);
        assert_eq!(store.write_user(&last).await?, UserWritten::LastAdmin);
        scene.change_user(&other, promote).await?;
        scene.change_user(&admin, demote).await?;
    }
    let admin = scene.stored_user(first).await?;
    let last = scene.make.user_write(&admin, demote);
    assert_eq!(store.write_user(&last).await?, UserWritten::LastAdmin);
    assert_eq!(active_admins(store).await?, [first]);
    Ok(())
}

const fn is_written(answer: &UserWritten) -> bool {
    matches!(answer, UserWritten::Written(_))
}

/// There is an active admin at every moment of concurrent promotions and demotions.
pub async fn concurrent_role_changes_leave_an_admin(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut users = Vec::new();
    for role in [Role::Admin, Role::Moderator, Role::Admin] {
        users.push(scene.person(role, |_| {}).await?.id);
    }
    let workers = (100..106).map(|seed| change_roles(store, &users, seed));
    let done = join_all(workers).await;
    done.into_iter().collect::<Outcome>()?;
    assert!(!active_admins(store).await?.is_empty());
    Ok(())
}

async fn change_roles(store: &dyn Store, users: &[UserId], seed: u64) -> Outcome {
    let mut scene = Scene::seeded(store, seed);
    let mut random = Random::new(seed);
    for _ in 0..20 {
        let user = scene.stored_user(*random.pick(users)).await?;
        random.pause().await;
        let change = match random.below(3) {
            0 => promote,
            _ => demote,
        };
        let write = scene.make.user_write(&user, change);
        store.write_user(&write).await?;
        assert!(store.has_admin().await?, "the last admin is gone");
    }
    Ok(())
}

/// Polls a future at most this many times, each time after it was woken, and returns its output if it completed. Otherwise
/// the future pauses until it is awaited.
async fn poll_times<F: Future + Unpin>(future: &mut F, polls: u32) -> Option<F::Output> {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match (future.poll_unpin(context), left) {
            (Poll::Ready(output), _) => Poll::Ready(Some(output)),
            (Poll::Pending, 0) => Poll::Ready(None),
            (Poll::Pending, _) => Poll::Pending,
        }
    })
    .await
}

fn promote(user: &mut User) {
    user.role = Role::Admin;
}

fn demote(user: &mut User) {
    user.role = Role::Moderator;
}

/// Returns the ids of the active admins in ascending order.
async fn active_admins(store: &dyn Store) -> Outcome<Vec<UserId>> {
    let query = UserQuery {
        roles: vec![Role::Admin],
        active: Some(true),
        limit: 100,
        ..UserQuery::default()
    };
    let page = store.user_page(&query).await?;
    Ok(page.items.iter().map(|user| user.id).collect())
}

/// Of several concurrent inserts of a first admin, one succeeds.
pub async fn exactly_one_concurrent_first_admin_is_created(store: &dyn Store) -> Outcome {
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

/// Inactive admins and moderators do not count as admins.
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
