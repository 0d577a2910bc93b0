//! Joining, logging in, first admins, people of the host's own accounts.

use serde_json::json;
use tickmate_core::{
    backend::store::EventStore,
    desk::{
        AvailabilityPatch, Credentials, DeskError, DeskSettings, FirstAdmin, PersonPatch,
        Registration,
    },
    domain::{
        event::EventKind,
        skill::{Level, SkillInput},
        time::Span,
        user::Role,
    },
};

use super::world::{PASSWORD, World};

fn credentials(identifier: &str, password: &str) -> Credentials {
    Credentials {
        identifier: identifier.to_owned(),
        password: password.to_owned(),
        network: "net".to_owned(),
    }
}

fn takes(capacity: u32) -> AvailabilityPatch {
    AvailabilityPatch {
        capacity: Some(capacity),
        ..AvailabilityPatch::default()
    }
}

fn registration(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        username: Some("Annie".to_owned()),
        ..Registration::default()
    }
}

#[tokio::test]
async fn logins_end_by_logout_age_idleness_and_deactivation() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    let login = || async {
        world
            .desk
            .auth()
            .login(credentials("annie", PASSWORD))
            .await
            .unwrap()
            .token
    };
    let token = login().await;
    let caller = world.desk.auth().authenticate(&token).await.unwrap();
    world.desk.auth().logout(&caller).await.unwrap();
    world.desk.auth().logout(&caller).await.unwrap();
    assert!(matches!(
        world.desk.auth().authenticate(&token).await,
        Err(DeskError::Unauthenticated)
    ));

    let idle = login().await;
    world.pass(Span::days(8));
    assert!(world.desk.auth().authenticate(&idle).await.is_err());

    let used = login().await;
    for _ in 0..29 {
        world.pass(Span::days(1));
        world.desk.auth().authenticate(&used).await.unwrap();
    }
    world.pass(Span::days(1));
    assert!(
        world.desk.auth().authenticate(&used).await.is_err(),
        "thirty days in all"
    );

    let last = login().await;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let patch = PersonPatch {
        active: Some(false),
        ..PersonPatch::default()
    };
    world
        .desk
        .users()
        .update(&root, caller.user.id, &patch, None)
        .await
        .unwrap();
    assert!(world.desk.auth().authenticate(&last).await.is_err());
    assert!(matches!(
        world
            .desk
            .auth()
            .login(credentials("ann@example.org", PASSWORD))
            .await,
        Err(DeskError::WrongCredentials)
    ));
}

#[tokio::test]
async fn the_sixth_wrong_password_waits_and_other_networks_do_not() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    for _ in 0..5 {
        let wrong = world
            .desk
            .auth()
            .login(credentials("ann@example.org", "wrong horse"))
            .await;
        assert!(matches!(wrong, Err(DeskError::WrongCredentials)));
    }
    let right = world
        .desk
        .auth()
        .login(credentials("ANN@example.org", PASSWORD))
        .await;
    assert!(matches!(right, Err(DeskError::Throttled { .. })));
    let elsewhere = Credentials {
        network: "home".to_owned(),
        ..credentials("ann@example.org", PASSWORD)
    };
    assert!(world.desk.auth().login(elsewhere).await.is_ok());
    world.pass(Span::minutes(18));
    assert!(
        world
            .desk
            .auth()
            .login(credentials("ann@example.org", PASSWORD))
            .await
            .is_ok()
    );
    assert!(
        world
            .desk
            .auth()
            .login(credentials("nobody@example.org", PASSWORD))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn ten_wrong_passwords_from_all_networks_are_the_most() {
    let world = World::new();
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    let login = async |network: &str, password: &str| {
        let credentials = Credentials {
            network: network.to_owned(),
            ..credentials("ann@example.org", password)
        };
        world.desk.auth().login(credentials).await
    };
    for network in ["a", "a", "a", "b", "b", "b", "c", "c", "c", "d"] {
        let wrong = login(network, "wrong horse").await;
        assert!(matches!(wrong, Err(DeskError::WrongCredentials)));
    }
    let right = login("e", PASSWORD).await;
    let Err(DeskError::Throttled { retry_after }) = right else {
        panic!("{right:?}");
    };
    world.pass(retry_after);
    // What succeeds is no wrong password, and ends the count.
    for _ in 0..12 {
        assert!(login("e", PASSWORD).await.is_ok());
    }
}

#[tokio::test]
async fn bad_registrations_name_every_field() {
    let world = World::new();
    let bad = Registration {
        email: "no".to_owned(),
        password: "short".to_owned(),
        name: Some("Evil\r\nBcc: x@y.z".to_owned()),
        username: Some("a@b".to_owned()),
        skills: vec!["".into()],
    };
    let Err(DeskError::Invalid(errors)) = world.desk.auth().register(bad).await else {
        panic!("it was taken");
    };
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        ["email", "password", "name", "username", "skills[0]"]
    );
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let world = World::new();
    let code = world.desk.auth().first_admin_code().await.unwrap().unwrap();
    let first = |code: &str, email: &str| FirstAdmin {
        code: code.to_owned(),
        registration: Registration {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            ..Registration::default()
        },
        network: "net".to_owned(),
    };
    let wrong = world
        .desk
        .auth()
        .create_first_admin(first("x", "root@example.org"))
        .await;
    assert!(matches!(wrong, Err(DeskError::InvalidToken)));
    let admin = world
        .desk
        .auth()
        .create_first_admin(first(&code, "root@example.org"))
        .await
        .unwrap();
    assert_eq!(admin.role, Role::Admin);
    let again = world
        .desk
        .auth()
        .create_first_admin(first(&code, "two@example.org"))
        .await;
    assert!(matches!(again, Err(DeskError::NotFound)));
    assert_eq!(world.desk.auth().first_admin_code().await.unwrap(), None);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let world = World::new();
    let root = world.staff("root", Role::Admin, &[], 5).await;
    let two = world.staff("two", Role::Admin, &[], 5).await;
    let (a, b) = (
        world.login("root").await.actor().unwrap(),
        world.login("two").await.actor().unwrap(),
    );
    let demote = PersonPatch {
        role: Some(Role::User),
        ..PersonPatch::default()
    };
    assert!(matches!(
        world.desk.users().update(&a, root.id, &demote, None).await,
        Err(DeskError::Forbidden(_))
    ));
    world
        .desk
        .users()
        .update(&a, two.id, &demote, None)
        .await
        .unwrap();
    let last = world.desk.users().update(&b, root.id, &demote, None).await;
    assert!(matches!(
        last,
        Err(DeskError::Conflict {
            code: "last_admin",
            ..
        })
    ));
}

#[tokio::test]
async fn unverified_people_wait_where_the_desk_asks_for_verified_ones() {
    let settings = DeskSettings {
        require_verified_email: true,
        ..DeskSettings::default()
    };
    let world = World::with(settings, None);
    world
        .desk
        .auth()
        .register(registration("ann@example.org"))
        .await
        .unwrap();
    let caller = world.login("ann").await;
    assert!(matches!(caller.actor(), Err(DeskError::EmailNotVerified)));
}

#[tokio::test]
async fn people_of_the_host_are_refreshed_on_sight() {
    let world = World::new();
    let first = world.person("ann", Role::User).await;
    let promoted = world.person("ann", Role::Moderator).await;
    assert_eq!(first.user.id, promoted.user.id);
    assert_eq!(promoted.user.role, Role::Moderator);
    let imported = world
        .desk
        .users()
        .requester_by_email("bob@example.org", None)
        .await
        .unwrap();
    assert_eq!(world.person("bob", Role::User).await.user.id, imported.id);
}

#[tokio::test]
async fn staff_sets_its_capacity_within_the_admin_s_bound() {
    let world = World::new();
    world.staff("root", Role::Admin, &[], 5).await;
    let mia = world.staff("mia", Role::Moderator, &[], 4).await;
    let root = world.login("root").await.actor().unwrap();
    let me = world.login("mia").await;
    let lowered = world
        .desk
        .users()
        .set_availability(&me, &takes(1), None)
        .await
        .unwrap();
    assert_eq!((lowered.capacity, lowered.capacity_bound), (1, 4));
    assert!(
        world
            .desk
            .users()
            .set_availability(&me, &takes(5), None)
            .await
            .is_err()
    );
    let patch = PersonPatch {
        capacity: Some(2),
        ..PersonPatch::default()
    };
    world
        .desk
        .users()
        .update(&root, mia.id, &patch, None)
        .await
        .unwrap();
    assert!(
        world
            .desk
            .users()
            .set_availability(&me, &takes(3), None)
            .await
            .is_err()
    );
    assert_eq!(
        world
            .desk
            .users()
            .set_availability(&me, &takes(0), None)
            .await
            .unwrap()
            .capacity,
        0
    );
}

#[tokio::test]
async fn own_skills_are_told_with_their_levels() {
    let world = World::new();
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 4).await;
    let me = world.login("mia").await;
    let skills = [SkillInput::at("linux", Level::Expert), "React".into()];
    let set = world
        .desk
        .users()
        .set_own_skills(&me, &skills, Some(mia.version));
    let set = set.await.unwrap();
    let names = ["Linux".into(), "React".into()];
    let again = world.desk.users().set_own_skills(&me, &names, None);
    assert_eq!(again.await.unwrap().version, set.version, "nothing changed");
    let stale = world
        .desk
        .users()
        .set_own_skills(&me, &[], Some(mia.version))
        .await;
    assert!(matches!(stale, Err(DeskError::Stale { .. })));
    let events = world.store.events_after(0, 100).await.unwrap();
    let changed = events
        .iter()
        .find(|event| event.kind == EventKind::ProfileChanged);
    let [change] = changed.unwrap().changes.as_slice() else {
        panic!("one field was changed");
    };
    assert_eq!(change.from, json!(["Linux"]));
    assert_eq!(change.to, json!(["Linux (level 3)", "React"]));
}
