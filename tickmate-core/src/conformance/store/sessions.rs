//! Login sessions.

use crate::{
    backend::store::{Cleaned, Store, UserWritten},
    conformance::{Outcome, failure::expect_some, scene::Scene, sweeps::clean_all},
    domain::{time::Span, user::Role},
};

/// A session is returned with the user as stored at that moment.
pub async fn a_session_comes_with_its_user(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    scene.requester().await?;
    let session = scene.make.session(ann.id);
    store.create_session(&session).await?;
    assert_eq!(
        store.session(session.id).await?,
        Some((session.clone(), ann.clone()))
    );
    let changed = scene.change_user(&ann, |user| {
        user.role = Role::Moderator;
        user.active = false;
    });
    let changed = changed.await?;
    assert_eq!(store.session(session.id).await?, Some((session, changed)));
    let missing = scene.make.session(ann.id).id;
    assert_eq!(store.session(missing).await?, None);
    Ok(())
}

/// Only the last use is written; a session that has ended stays ended.
pub async fn the_last_use_is_written(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let session = scene.make.session(ann.id);
    store.create_session(&session).await?;
    let later = session.created_at + Span::hours(2);
    store.touch_session(session.id, later).await?;
    let (touched, _) = expect_some(store.session(session.id).await?);
    assert_eq!(touched.last_used_at, later);
    assert_eq!(
        (touched.created_at, touched.expires_at),
        (session.created_at, session.expires_at)
    );
    store.end_session(session.id).await?;
    store.touch_session(session.id, later).await?;
    assert_eq!(store.session(session.id).await?, None);
    assert!(store.sessions(ann.id).await?.is_empty());
    Ok(())
}

/// Ending a session ends only that one, and ending it again does nothing.
pub async fn an_ended_session_is_gone(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let [one, other] = [scene.make.session(ann.id), scene.make.session(ann.id)];
    store.create_session(&one).await?;
    store.create_session(&other).await?;
    store.end_session(one.id).await?;
    store.end_session(one.id).await?;
    assert_eq!(store.session(one.id).await?, None);
    assert_eq!(store.sessions(ann.id).await?, [other]);
    Ok(())
}

/// A user's sessions come newest first.
pub async fn sessions_come_newest_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let bob = scene.requester().await?;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(scene.make.session(ann.id));
    }
    let others = scene.make.session(bob.id);
    for session in [&made[1], &made[2], &others, &made[0]] {
        store.create_session(session).await?;
    }
    made.reverse();
    assert_eq!(store.sessions(ann.id).await?, made);
    assert_eq!(store.sessions(bob.id).await?, [others]);
    Ok(())
}

/// A change of a user that ends sessions ends all sessions of that user, no others, and none if it is refused.
pub async fn a_change_can_end_all_sessions(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let bob = scene.requester().await?;
    for user in [&ann, &ann, &bob] {
        let session = scene.make.session(user.id);
        store.create_session(&session).await?;
    }
    let changed = scene
        .change_user(&ann, |user| user.name = "Anna".to_owned())
        .await?;
    let mut late = scene.make.user_write(&ann, |_| {});
    late.end_sessions = true;
    assert_eq!(store.write_user(&late).await?, UserWritten::Stale);
    assert_eq!(store.sessions(ann.id).await?.len(), 2);
    let mut write = scene.make.user_write(&changed, |_| {});
    write.end_sessions = true;
    scene.write_user(&write).await?;
    assert!(store.sessions(ann.id).await?.is_empty());
    assert_eq!(store.sessions(bob.id).await?.len(), 1);
    Ok(())
}

/// Clean-up removes sessions that expired or were idle for too long, and no others.
pub async fn old_sessions_are_cleaned(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let mut live = scene.make.session(ann.id);
    let mut expired = scene.make.session(ann.id);
    let mut idle = scene.make.session(ann.id);
    let now = scene.make.now() + Span::days(8);
    let idle_before = now - Span::days(7);
    (live.expires_at, live.last_used_at) = (now + Span::microseconds(1), idle_before);
    (expired.expires_at, expired.last_used_at) = (now, now);
    idle.last_used_at = idle_before - Span::microseconds(1);
    for session in [&live, &expired, &idle] {
        store.create_session(session).await?;
    }
    let long_ago = live.created_at - Span::days(1);
    let cleaned = clean_all(store, now, idle_before, long_ago, long_ago).await?;
    assert_eq!(
        cleaned,
        Cleaned {
            sessions: 2,
            ..Cleaned::default()
        }
    );
    assert_eq!(store.sessions(ann.id).await?, [live]);
    Ok(())
}
