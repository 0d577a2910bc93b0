//! Pages, cursors and notifications of the live feed.

use std::{pin::pin, task::Poll};

use futures_util::{FutureExt, StreamExt, poll};
use tickmate_core::{
    desk::{AssignTo, DeskError, FeedEntry, PersonPatch, ReplyDraft, RoutingPatch},
    domain::{
        access::Actor, event::EventKind, id::UserId, reply::Visibility, skill::SkillEntry,
        user::Role,
    },
};

use crate::desk::world::World;

#[tokio::test]
async fn cursors_and_limits_are_checked_and_inactive_accounts_see_nothing() {
    let world = World::new();
    let [ann, bob] = [world.requester("ann").await, world.requester("bob").await];
    let page = world.desk.events_after(&ann, None, 10).await.unwrap();
    for (actor, cursor, limit) in [
        (&bob, page.cursor.as_str(), 10),
        (&ann, "x", 10),
        (&ann, page.cursor.as_str(), 0),
        (&ann, page.cursor.as_str(), 101),
    ] {
        let refused = world.desk.events_after(actor, Some(cursor), limit).await;
        assert!(matches!(refused, Err(DeskError::Invalid(_))), "{cursor}");
    }
    // Hidden events change the length of nothing.
    world.ticket(&bob, "x", &[]).await;
    let after = world.desk.events_after(&ann, Some(&page.cursor), 10).await;
    let after = after.unwrap();
    assert_eq!((after.entries.len(), after.more), (0, false));
    assert_eq!(after.cursor.len(), page.cursor.len());
    let mut user = world.person("ann", Role::User).await.user;
    user.active = false;
    world.write(user).await;
    let refused = world.desk.events_after(&ann, Some(&page.cursor), 10).await;
    assert!(matches!(refused, Err(DeskError::Unauthenticated)));
}

#[tokio::test]
async fn a_user_sees_who_did_what() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let page = world.desk.events_after(&ann, None, 10).await.unwrap();
    let ticket = world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    let page = world.desk.events_after(&ann, Some(&page.cursor), 10).await;
    let entries = page.unwrap().entries;
    let FeedEntry::Event { event, by } = &entries[0] else {
        panic!("{entries:?}");
    };
    assert_eq!(
        (event.ticket(), &event.kind),
        (Some(ticket.ticket.id), &EventKind::Created)
    );
    assert_eq!(by.as_ref().map(|by| Some(by.id)), Some(ann.id()));
    let FeedEntry::Event { event, by } = &entries[1] else {
        panic!("{entries:?}");
    };
    assert_eq!((&event.kind, by), (&EventKind::Triaged, &None));
}

#[tokio::test]
async fn listeners_are_notified_of_the_changes_of_every_process() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let other = World::sharing(&world);
    let (mut here, mut there) = (world.desk.changes(), other.desk.changes());
    other.desk.follow_events().await.unwrap();
    let _old = there.next().now_or_never();
    world.ticket(&ann, "x", &[]).await;
    assert_eq!(here.next().now_or_never(), Some(Some(())));
    assert_eq!(there.next().now_or_never(), None);
    other.desk.follow_events().await.unwrap();
    assert_eq!(there.next().now_or_never(), Some(Some(())));
    other.desk.follow_events().await.unwrap();
    assert_eq!(there.next().now_or_never(), None);
}

#[tokio::test]
async fn who_sees_other_tickets_since_a_change_of_skills_or_of_the_dictionary_is_sent_that() {
    let world = World::new();
    let max = world.staff("max", Role::Moderator, &["React"], 5).await;
    world.staff("eve", Role::Moderator, &["React"], 5).await;
    let ann = world.requester("ann").await;
    let admin = world.person("root", Role::Admin).await.actor().unwrap();
    let mut listeners = Vec::new();
    for actor in [
        world.login("max").await.actor().unwrap(),
        world.login("eve").await.actor().unwrap(),
        ann,
    ] {
        let page = world.desk.events_after(&actor, None, 10).await.unwrap();
        listeners.push((actor, page.cursor));
    }
    let skills = PersonPatch {
        skills: Some(vec!["Docker".into()]),
        ..PersonPatch::default()
    };
    let update = world.desk.update_user(&admin, max.id, &skills, None);
    update.await.unwrap();
    let dictionary = RoutingPatch {
        skills: Some(vec![SkillEntry {
            id: "zeppelins".to_owned(),
            name: "Zeppelins".to_owned(),
            aliases: Vec::new(),
            parents: Vec::new(),
        }]),
        ..RoutingPatch::default()
    };
    let set = world.desk.set_routing(&admin, dictionary, None);
    set.await.unwrap();
    let mut sent = Vec::new();
    for (actor, cursor) in &listeners {
        let page = world.desk.events_after(actor, Some(cursor), 10).await;
        let entries = page.unwrap().entries;
        let all = entries
            .iter()
            .all(|entry| matches!(entry, FeedEntry::SightChanged { .. }));
        assert!(all, "{entries:?}");
        sent.push(entries.len());
    }
    assert_eq!(sent, [2, 1, 0]);
}

/// What a moderator who can do React is sent of a ticket that needs PostgreSQL and is given away, once they can do it too.
async fn sent_after(learns: impl AsyncFnOnce(&World, &Actor, UserId)) -> Vec<FeedEntry> {
    let world = World::new();
    let max = world.staff("max", Role::Moderator, &["React"], 5).await;
    let eve = world.staff("eve", Role::Moderator, &["SQL"], 5).await;
    let ann = world.requester("ann").await;
    let admin = world.person("root", Role::Admin).await.actor().unwrap();
    let reader = world.login("max").await.actor().unwrap();
    let before = world.desk.events_after(&reader, None, 10).await.unwrap();
    let to = AssignTo::Person {
        id: eve.id,
        force: true,
    };
    let hidden = world.ticket(&ann, "hidden", &["PostgreSQL"]).await;
    let assign = world.desk.assign(&admin, hidden.ticket.id, to, None);
    assign.await.unwrap();
    learns(&world, &admin, max.id).await;
    let seen = world.ticket(&ann, "seen", &["PostgreSQL"]).await;
    let assign = world.desk.assign(&admin, seen.ticket.id, to, None);
    assign.await.unwrap();
    let page = world
        .desk
        .events_after(&reader, Some(&before.cursor), 10)
        .await;
    let entries = page.unwrap().entries;
    let is_hidden = |entry: &&FeedEntry| matches!(entry, FeedEntry::Left { ticket, .. } if *ticket == hidden.ticket.id);
    assert_eq!(entries.iter().find(is_hidden), None);
    entries
}

#[tokio::test]
async fn who_gained_a_skill_is_told_nothing_of_tickets_that_left_before() {
    let entries = sent_after(async |world, admin, id| {
        let skills = PersonPatch {
            skills: Some(vec!["React".into(), "PostgreSQL".into()]),
            ..PersonPatch::default()
        };
        let update = world.desk.update_user(admin, id, &skills, None);
        update.await.unwrap();
    });
    let [FeedEntry::SightChanged { .. }, FeedEntry::Left { .. }] = entries.await[..] else {
        panic!("the ticket that came later was seen, and left");
    };
}

#[tokio::test]
async fn who_gained_the_role_is_told_nothing_of_tickets_that_left_before() {
    let entries = sent_after(async |world, admin, id| {
        for role in [Role::User, Role::Moderator] {
            let patch = PersonPatch {
                role: Some(role),
                skills: Some(vec!["PostgreSQL".into()]),
                ..PersonPatch::default()
            };
            let update = world.desk.update_user(admin, id, &patch, None);
            update.await.unwrap();
        }
    });
    let entries = entries.await;
    let changes = |entry: &&FeedEntry| matches!(entry, FeedEntry::SightChanged { .. });
    assert_eq!(entries.iter().filter(changes).count(), 2);
    assert!(matches!(entries.last(), Some(FeedEntry::Left { .. })));
}

#[tokio::test]
async fn whose_skill_implies_another_since_a_change_of_the_dictionary_is_told_nothing_of_tickets_that_left_before()
 {
    let entries = sent_after(async |world, admin, _| {
        let parent = RoutingPatch {
            skills: Some(vec![SkillEntry {
                id: "react".to_owned(),
                name: "React".to_owned(),
                aliases: Vec::new(),
                parents: vec!["postgresql".to_owned()],
            }]),
            ..RoutingPatch::default()
        };
        let set = world.desk.set_routing(admin, parent, None);
        set.await.unwrap();
    });
    let [FeedEntry::SightChanged { .. }, FeedEntry::Left { .. }] = entries.await[..] else {
        panic!("the ticket that came later was seen, and left");
    };
}

/// However far a page has come when an account changes, it shows no ticket that the account never saw.
#[tokio::test]
async fn who_gains_a_skill_while_a_page_is_read_is_told_nothing_of_tickets_that_left_before() {
    let mut found_by_reader = 0;
    for polls in 0..40 {
        let world = World::new();
        let max = world.staff("max", Role::Moderator, &["React"], 5).await;
        let eve = world.staff("eve", Role::Moderator, &["SQL"], 5).await;
        let ann = world.requester("ann").await;
        let admin = world.person("root", Role::Admin).await.actor().unwrap();
        let reader = world.login("max").await.actor().unwrap();
        let before = world.desk.events_after(&reader, None, 10).await.unwrap();
        let hidden = world.ticket(&ann, "hidden", &["PostgreSQL"]).await;
        let to = AssignTo::Person {
            id: eve.id,
            force: true,
        };
        let assign = world.desk.assign(&admin, hidden.ticket.id, to, None);
        assign.await.unwrap();
        let mut reading = pin!(world.desk.events_after(&reader, Some(&before.cursor), 10));
        let mut page = Poll::Pending;
        for _ in 0..polls {
            if page.is_pending() {
                page = poll!(reading.as_mut());
            }
        }
        let skills = PersonPatch {
            skills: Some(vec!["React".into(), "PostgreSQL".into()]),
            ..PersonPatch::default()
        };
        let update = world.desk.update_user(&admin, max.id, &skills, None);
        update.await.unwrap();
        let page = match page {
            Poll::Ready(page) => page.unwrap(),
            Poll::Pending => reading.await.unwrap(),
        };
        found_by_reader += page.entries.len();
        let next = world
            .desk
            .events_after(&reader, Some(&page.cursor), 10)
            .await;
        for entry in page.entries.into_iter().chain(next.unwrap().entries) {
            let is_change = matches!(entry, FeedEntry::SightChanged { .. });
            assert!(is_change, "after {polls} polls: {entry:?}");
        }
    }
    assert!(
        found_by_reader > 0,
        "some pages were read to their end after the change"
    );
}

#[tokio::test]
async fn pages_look_the_same_whatever_is_hidden_between_their_entries() {
    let world = World::new();
    let [ann, bob] = [world.requester("ann").await, world.requester("bob").await];
    let admin = world.person("root", Role::Admin).await.actor().unwrap();
    let mut cursor = world.desk.events_after(&ann, None, 2).await.unwrap().cursor;
    let own = world.ticket(&ann, "x", &[]).await;
    for n in 0..450 {
        world.ticket(&bob, &format!("{n}"), &[]).await;
    }
    for visibility in [Visibility::Internal, Visibility::Public] {
        let draft = ReplyDraft {
            message: "hm".to_owned(),
            visibility,
        };
        let replied = world.desk.reply(&admin, own.ticket.id, &draft, None);
        replied.await.unwrap();
    }
    let mut pages = Vec::new();
    for _ in 0..3 {
        let page = world.desk.events_after(&ann, Some(&cursor), 2).await;
        let page = page.unwrap();
        for entry in &page.entries {
            let FeedEntry::Event { event, .. } = entry else {
                panic!("{entry:?}");
            };
            assert_eq!((event.seq, event.version), (None, None));
        }
        assert_eq!(page.cursor.len(), cursor.len());
        cursor = page.cursor;
        pages.push((page.entries.len(), page.more));
    }
    // The full page says so, whether or not anything follows.
    assert_eq!(pages, [(2, true), (0, false), (0, false)]);
}
