//! Accounts: unique values, how users are found, and how they change.

use crate::{
    backend::store::{Store, StoreError, Unique, UserKey, UserWritten},
    conformance::{Outcome, fixtures::parse_email, scene::Scene},
    domain::{
        id::TokenId,
        token::{OneTimeToken, TokenPurpose},
        user::{Role, User},
    },
};

/// Returns the unique value of a refusal.
fn taken_value<T>(answer: &Result<T, StoreError>) -> Option<Unique> {
    match answer {
        Err(StoreError::Taken(unique)) => Some(*unique),
        _ => None,
    }
}

/// Copies a unique value from one user to another.
type CopyUnique = (Unique, fn(&mut User, &User));

const UNIQUE: [CopyUnique; 3] = [
    (Unique::Email, |user, of| user.email = of.email.clone()),
    (Unique::Username, |user, of| {
        user.username = of.username.as_deref().map(str::to_ascii_uppercase);
    }),
    (Unique::Subject, |user, of| {
        user.subject = of.subject.clone()
    }),
];

async fn ann(scene: &mut Scene<'_>) -> Outcome<User> {
    let ann = scene.person(Role::User, |user| {
        user.username = Some("ann_Lee".to_owned());
        user.subject = Some("host|ann".to_owned());
    });
    ann.await
}

/// A new user can't have the id, address, username (in any case) or subject of another.
pub async fn a_unique_value_of_another_user_is_refused(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = ann(&mut scene).await?;
    let same_id: CopyUnique = (Unique::Id, |user, of| user.id = of.id);
    for (unique, copy) in UNIQUE.into_iter().chain([same_id]) {
        let mut twin = scene.make.person(Role::User);
        copy(&mut twin, &ann);
        let new = scene.make.new_user(twin);
        let answer = store.create_user(&new).await;
        assert_eq!(taken_value(&answer), Some(unique), "{answer:?}");
        assert_eq!(store.event(new.event.id).await?, None);
        if unique != Unique::Id {
            assert_eq!(store.user(new.user.id).await?, None);
        }
    }
    assert_eq!(scene.stored_user(ann.id).await?, ann);
    Ok(())
}

/// If a new user has both the id and a unique value of another, the refusal reports the value, because that is what a
/// user can change.
pub async fn a_taken_value_is_reported_before_a_taken_id(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = ann(&mut scene).await?;
    for (unique, copy) in UNIQUE {
        let mut twin = scene.make.person(Role::User);
        twin.id = ann.id;
        copy(&mut twin, &ann);
        let answer = store.create_user(&scene.make.new_user(twin)).await;
        assert_eq!(taken_value(&answer), Some(unique), "{answer:?}");
    }
    let answer = store.create_user(&scene.make.new_user(ann.clone())).await;
    assert_eq!(taken_value(&answer), Some(Unique::Email), "{answer:?}");
    assert_eq!(scene.stored_user(ann.id).await?, ann);
    Ok(())
}

/// A change can't take the address, username or subject of another user either; a user may keep their own.
pub async fn a_change_cannot_take_a_unique_value_of_another_user(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = ann(&mut scene).await?;
    let bob = scene.requester().await?;
    for (unique, copy) in UNIQUE {
        let write = scene.make.user_write(&bob, |user| copy(user, &ann));
        let answer = store.write_user(&write).await;
        assert_eq!(taken_value(&answer), Some(unique), "{answer:?}");
        assert_eq!(store.event(write.event.id).await?, None);
    }
    assert_eq!(scene.stored_user(bob.id).await?, bob);
    let own = |user: &mut User| user.username = Some("ANN_lee".to_owned());
    assert_eq!(
        scene.change_user(&ann, own).await?.username.as_deref(),
        Some("ANN_lee")
    );
    Ok(())
}

/// Any number of users may have no username and no subject.
pub async fn many_may_have_no_username(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    for _ in 0..3 {
        let user = scene.requester().await?;
        assert_eq!((user.username, user.subject), (None, None));
    }
    Ok(())
}

/// The values that a user released are free for others.
pub async fn released_unique_values_are_free(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = ann(&mut scene).await?;
    let moved = |user: &mut User| {
        user.email = parse_email("moved@example.org");
        (user.username, user.subject) = (None, None);
    };
    scene.change_user(&ann, moved).await?;
    let heir = scene.person(Role::User, |user| {
        user.email = ann.email.clone();
        user.username = ann.username.clone();
        user.subject = ann.subject.clone();
    });
    let heir = heir.await?;
    assert_eq!(
        store.user_by(&UserKey::Email(ann.email.clone())).await?,
        Some(heir.clone())
    );
    assert_eq!(
        store
            .user_by(&UserKey::Subject("host|ann".to_owned()))
            .await?,
        Some(heir)
    );
    Ok(())
}

/// Users are found by id, address, username in any case of ASCII letters, and exact subject.
pub async fn users_are_found_by_unique_values(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = ann(&mut scene).await?;
    scene.requester().await?;
    assert_eq!(store.user(ann.id).await?.as_ref(), Some(&ann));
    assert_eq!(
        store
            .user_by(&UserKey::Email(ann.email.clone()))
            .await?
            .as_ref(),
        Some(&ann)
    );
    for name in ["ann_Lee", "ANN_LEE", "ann_lee"] {
        assert_eq!(
            store
                .user_by(&UserKey::Username(name.to_owned()))
                .await?
                .as_ref(),
            Some(&ann)
        );
    }
    assert_eq!(
        store
            .user_by(&UserKey::Subject("host|ann".to_owned()))
            .await?
            .as_ref(),
        Some(&ann)
    );
    for name in ["", "ann", "ann%", "annXLee"] {
        assert_eq!(
            store.user_by(&UserKey::Username(name.to_owned())).await?,
            None,
            "{name}"
        );
    }
    assert_eq!(
        store
            .user_by(&UserKey::Subject("HOST|ann".to_owned()))
            .await?,
        None
    );
    assert_eq!(
        store
            .user_by(&UserKey::Email(parse_email("x@example.org")))
            .await?,
        None
    );
    let unknown = scene.make.person(Role::User).id;
    assert_eq!(store.user(unknown).await?, None);
    Ok(())
}

/// The existing users among the given ids are returned, each once.
pub async fn unknown_ids_are_skipped(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(scene.requester().await?);
    }
    let unknown = scene.make.person(Role::User).id;
    let [a, b, c] = [0, 1, 2].map(|place: usize| expected[place].id);
    let mut found = store.users(&[c, a, unknown, b, a]).await?;
    found.sort_by_key(|user| user.id);
    assert_eq!(found, expected);
    assert!(store.users(&[unknown]).await?.is_empty());
    assert!(store.users(&[]).await?.is_empty());
    Ok(())
}

/// The hash of a token finds its user, expired or not, until the token is used up.
pub async fn a_token_finds_its_user_until_it_is_used(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let hash = "0a".repeat(32);
    let token = |user: &User| OneTimeToken {
        id: TokenId::from_uuid(user.id.as_uuid()),
        purpose: TokenPurpose::VerifyEmail,
        hash: "0a".repeat(32),
        expires_at: user.created_at,
    };
    let ann = scene
        .person(Role::User, |user| user.tokens = vec![token(user)])
        .await?;
    assert_eq!(
        store.user_by(&UserKey::Token(hash.clone())).await?.as_ref(),
        Some(&ann)
    );
    let other = |user: &mut User| user.tokens[0].hash = "0b".repeat(32);
    let changed = scene.change_user(&ann, other).await?;
    assert_eq!(store.user_by(&UserKey::Token(hash.clone())).await?, None);
    assert_eq!(
        store
            .user_by(&UserKey::Token("0b".repeat(32)))
            .await?
            .as_ref(),
        Some(&changed)
    );
    scene
        .change_user(&changed, |user| user.tokens.clear())
        .await?;
    assert_eq!(store.user_by(&UserKey::Token("0b".repeat(32))).await?, None);
    Ok(())
}

/// A change needs the version after the stored one, and an existing user.
pub async fn a_change_of_an_account_needs_the_next_version(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    let ann = scene
        .change_user(&ann, |user| user.name = "Anna".to_owned())
        .await?;
    for version in [0, 1, 2, 4] {
        let write = scene.make.user_write(&ann, |user| user.version = version);
        assert_eq!(
            store.write_user(&write).await?,
            UserWritten::Stale,
            "version {version}"
        );
        assert_eq!(store.event(write.event.id).await?, None);
    }
    assert_eq!(scene.stored_user(ann.id).await?, ann);
    let unknown = scene.make.person(Role::User);
    let write = scene.make.user_write(&unknown, |_| {});
    assert_eq!(store.write_user(&write).await?, UserWritten::Stale);
    assert_eq!(store.user(unknown.id).await?, None);
    Ok(())
}
