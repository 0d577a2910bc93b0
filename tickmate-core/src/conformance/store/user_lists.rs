//! Lists of users.

use crate::{
    backend::store::Store,
    conformance::{Outcome, fixtures::parse_email, scene::Scene},
    domain::{
        query::UserQuery,
        user::{Role, User},
    },
};

fn all_users() -> UserQuery {
    UserQuery {
        limit: 100,
        ..UserQuery::default()
    }
}

async fn names(store: &dyn Store, query: &UserQuery) -> Outcome<Vec<String>> {
    let page = store.user_page(query).await?;
    Ok(page.items.into_iter().map(|user| user.name).collect())
}

/// Users come in the order of their ids, page by page.
pub async fn users_come_page_by_page(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut people = Vec::new();
    for _ in 0..5 {
        people.push(scene.requester().await?);
    }
    people.sort_by_key(|user| user.id);
    let mut query = all_users();
    query.limit = 2;
    let mut found: Vec<User> = Vec::new();
    for more in [true, true, false] {
        let page = store.user_page(&query).await?;
        assert_eq!(page.more, more);
        found.extend(page.items);
        query.after = found.last().map(|user| user.id);
    }
    assert_eq!(found, people);
    assert!(
        !store
            .user_page(&UserQuery {
                limit: 5,
                ..all_users()
            })
            .await?
            .more
    );
    Ok(())
}

/// Users are filtered by role and state, also by both.
pub async fn users_are_filtered_by_role_and_state(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    for (role, active, name) in [
        (Role::User, true, "a"),
        (Role::Moderator, true, "b"),
        (Role::Moderator, false, "c"),
        (Role::Admin, true, "d"),
    ] {
        let person = scene.person(role, |user| {
            (user.active, user.name) = (active, name.to_owned());
        });
        person.await?;
    }
    for (roles, active, expected) in [
        (vec![], None, &["a", "b", "c", "d"][..]),
        (vec![Role::Moderator], None, &["b", "c"]),
        (vec![Role::Moderator, Role::Admin], Some(true), &["b", "d"]),
        (vec![], Some(false), &["c"]),
        (vec![Role::User], Some(false), &[]),
    ] {
        let query = UserQuery {
            roles,
            active,
            ..all_users()
        };
        assert_eq!(names(store, &query).await?, expected, "{query:?}");
    }
    Ok(())
}

/// A text is searched literally in name, username and address, in any case of ASCII letters.
pub async fn users_are_found_by_a_part_of_their_names(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    for (name, username, email) in [
        ("Ann 100% Lee", Some("a_lee"), "first@example.org"),
        ("Bob\\", Some("Xlee"), "second@example.net"),
        ("Zoë", None, "100x@example.org"),
    ] {
        let person = scene.person(Role::User, |user| {
            user.name = name.to_owned();
            user.username = username.map(str::to_owned);
            user.email = parse_email(email);
        });
        person.await?;
    }
    let (ann, bob, zoe) = ("Ann 100% Lee", "Bob\\", "Zoë");
    for (text, expected) in [
        ("LEE", &[ann, bob][..]),
        ("_lee", &[ann]),
        ("100%", &[ann]),
        ("100", &[ann, zoe]),
        ("%", &[ann]),
        ("_", &[ann]),
        ("\\", &[bob]),
        ("Example.NET", &[bob]),
        ("zoë", &[zoe]),
        ("'", &[]),
        ("first%org", &[]),
        ("", &[ann, bob, zoe]),
    ] {
        let text = Some(text.to_owned());
        let query = UserQuery {
            text,
            ..all_users()
        };
        assert_eq!(names(store, &query).await?, expected, "{query:?}");
    }
    Ok(())
}
