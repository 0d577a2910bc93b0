//! Pages, cursors and notifications of the live feed.

use std::{pin::pin, task::Poll};

use futures_util::{FutureExt, StreamExt, poll};
use tickmate_core::{
    backend::store::EventStore,
    desk::{AssignTo, DeskError, FeedEntry, FeedPage, PersonPatch, ReplyDraft, RoutingPatch},
    domain::{
        access::Actor,
        event::EventKind,
        id::{TicketId, UserId},
        reply::Visibility,
        skill::SkillEntry,
        user::Role,
    },
};

use crate::desk::world::World;

#[tokio::test]
async fn cursors_and_limits_are_checked_and_inactive_accounts_see_nothing() {
    let world = World::new();
    let [ann, bob] = [world.requester("ann").await, world.requester("bob").await];
    let page = world
        .desk
        .feed()
        .events_after(&ann, None, 10)
        .await
        .unwrap();
    for (actor, cursor, limit) in [
        (&bob, page.cursor.as_str(), 10),
        (&ann, "x", 10),
        (&ann, page.cursor.as_str(), 0),
        (&ann, page.cursor.as_str(), 101),
    ] {
        let refused = world
            .desk
            .feed()
            .events_after(actor, Some(cursor), limit)
            .await;
        assert!(matches!(refused, Err(DeskError::Invalid(_))), "{cursor}");
    }
    // Hidden events change the length of nothing.
    world.ticket(&bob, "x", &[]).await;
    let after = world
        .desk
        .feed()
        .events_after(&ann, Some(&page.cursor), 10)
        .await;
    let after = after.unwrap();
    assert_eq!((after.entries.len(), after.more), (0, false));
    assert_eq!(after.cursor.len(), page.cursor.len());
    let mut user = world.person("ann", Role::User).await.user;
    user.active = false;
    world.write(user).await;
    let refused = world
        .desk
        .feed()
        .events_after(&ann, Some(&page.cursor), 10)
        .await;
    assert!(matches!(refused, Err(DeskError::Unauthenticated)));
}

#[tokio::test]
async fn a_user_sees_who_did_what() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let page = world
        .desk
        .feed()
        .events_after(&ann, None, 10)
        .await
        .unwrap();
    let ticket = world.ticket(&ann, "x", &[]).await;
    world.run_until_idle().await;
    let page = world
        .desk
        .feed()
        .events_after(&ann, Some(&page.cursor), 10)
        .await;
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
    let (mut here, mut there) = (world.desk.feed().changes(), other.desk.feed().changes());
    other.desk.jobs().follow_events().await.unwrap();
    let _old = there.next().now_or_never();
    world.ticket(&ann, "x", &[]).await;
    assert_eq!(here.next().now_or_never(), Some(Some(())));
    assert_eq!(there.next().now_or_never(), None);
    other.desk.jobs().follow_events().await.unwrap();
    assert_eq!(there.next().now_or_never(), Some(Some(())));
    other.desk.jobs().follow_events().await.unwrap();
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
        let page = world
            .desk
            .feed()
            .events_after(&actor, None, 10)
            .await
            .unwrap();
        listeners.push((actor, page.cursor));
    }
    let skills = PersonPatch {
        skills: Some(vec!["Docker".into()]),
        ..PersonPatch::default()
    };
    let update = world.desk.users().update(&admin, max.id, &skills, None);
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
    let set = world.desk.routing().set_rules(&admin, dictionary, None);
    set.await.unwrap();
    let mut sent = Vec::new();
    for (actor, cursor) in &listeners {
        let page = world
            .desk
            .feed()
            .events_after(actor, Some(cursor), 10)
            .await;
        let entries = page.unwrap().entries;
        let all = entries
            .iter()
            .all(|entry| matches!(entry, FeedEntry::SightChanged { .. }));
        assert!(all, "{entries:?}");
        sent.push(entries.len());
    }
    assert_eq!(sent, [2, 1, 0]);
}

/// A desk where max, a moderator who can do React, reads, and tickets are given to eve.
struct Gains {
    world: World,
    admin: Actor,
    ann: Actor,
    max: Actor,
    eve: UserId,
}

impl Gains {
    async fn new() -> Self {
        let world = World::new();
        let max = world.person("max", Role::Moderator).await;
        let eve = world.person("eve", Role::Moderator).await.user.id;
        let admin = world.person("root", Role::Admin).await.actor().unwrap();
        let ann = world.requester("ann").await;
        let gains = Self {
            world,
            admin,
            ann,
            max: max.actor().unwrap(),
            eve,
        };
        gains.change_max(Role::Moderator, &["React"]).await;
        gains
    }

    /// Writes a ticket that needs PostgreSQL, and gives it to eve.
    async fn give_away(&self, title: &str) -> TicketId {
        let id = self.world.ticket(&self.ann, title, &["PostgreSQL"]).await;
        let id = id.ticket.id;
        let to = AssignTo::Person {
            id: self.eve,
            force: true,
        };
        let assign = self.world.desk.tickets().assign(&self.admin, id, to, None);
        assign.await.unwrap();
        id
    }

    async fn change_max(&self, role: Role, skills: &[&str]) {
        let patch = PersonPatch {
            role: Some(role),
            skills: Some(skills.iter().map(|&skill| skill.into()).collect()),
            ..PersonPatch::default()
        };
        let id = self.max.id().unwrap();
        let update = self
            .world
            .desk
            .users()
            .update(&self.admin, id, &patch, None);
        update.await.unwrap();
    }

    async fn read(&self, cursor: Option<&str>) -> FeedPage {
        let page = self
            .world
            .desk
            .feed()
            .events_after(&self.max, cursor, 10)
            .await;
        page.unwrap()
    }
}

/// What max is sent of tickets that are given away before and after he can do what they need.
async fn sent_after(learns: impl AsyncFnOnce(&Gains)) -> Vec<FeedEntry> {
    let gains = Gains::new().await;
    let before = gains.read(None).await;
    let hidden = gains.give_away("hidden").await;
    learns(&gains).await;
    gains.give_away("seen").await;
    let entries = gains.read(Some(&before.cursor)).await.entries;
    let is_hidden =
        |entry: &&FeedEntry| matches!(entry, FeedEntry::Left { ticket, .. } if *ticket == hidden);
    assert_eq!(entries.iter().find(is_hidden), None);
    entries
}

#[tokio::test]
async fn who_gained_a_skill_is_shown_no_tickets_that_left_before() {
    let learns = async |gains: &Gains| {
        gains
            .change_max(Role::Moderator, &["React", "PostgreSQL"])
            .await;
    };
    let [FeedEntry::SightChanged { .. }, FeedEntry::Left { .. }] = sent_after(learns).await[..]
    else {
        panic!("the ticket that came later was seen, and left");
    };
}

#[tokio::test]
async fn who_gained_the_role_is_shown_no_tickets_that_left_before() {
    let learns = async |gains: &Gains| {
        for role in [Role::User, Role::Moderator] {
            gains.change_max(role, &["PostgreSQL"]).await;
        }
    };
    let entries = sent_after(learns).await;
    let is_change = |entry: &&FeedEntry| matches!(entry, FeedEntry::SightChanged { .. });
    assert_eq!(entries.iter().filter(is_change).count(), 2);
    assert!(matches!(entries.last(), Some(FeedEntry::Left { .. })));
}

#[tokio::test]
async fn whose_skill_implies_another_since_a_change_of_the_dictionary_is_shown_no_tickets_that_left_before()
 {
    let learns = async |gains: &Gains| {
        let parent = RoutingPatch {
            skills: Some(vec![SkillEntry {
                id: "react".to_owned(),
                name: "React".to_owned(),
                aliases: Vec::new(),
                parents: vec!["postgresql".to_owned()],
            }]),
            ..RoutingPatch::default()
        };
        let set = gains
            .world
            .desk
            .routing()
            .set_rules(&gains.admin, parent, None);
        set.await.unwrap();
    };
    let [FeedEntry::SightChanged { .. }, FeedEntry::Left { .. }] = sent_after(learns).await[..]
    else {
        panic!("the ticket that came later was seen, and left");
    };
}

/// However far a page has come when an account changes, it shows no ticket that the account never saw; nor does it where the
/// page holds an earlier change.
#[tokio::test]
async fn who_gains_a_skill_while_a_page_is_read_is_shown_no_tickets_that_left_before() {
    let mut found_by_reader = 0;
    let cases = (0..16).flat_map(|polls| (0..4).map(move |reads| (polls, reads)));
    let cases = cases.flat_map(|(polls, reads)| [(polls, reads, false), (polls, reads, true)]);
    for (polls, reads, changed_before) in cases {
        let gains = Gains::new().await;
        // Each call of the store yields another number of times.
        for _ in 0..reads {
            gains.world.store.last_seq().await.unwrap();
        }
        let before = gains.read(None).await;
        if changed_before {
            gains
                .change_max(Role::Moderator, &["React", "Docker"])
                .await;
        }
        gains.give_away("hidden").await;
        let mut reading = pin!(gains.read(Some(&before.cursor)));
        let mut page = Poll::Pending;
        for _ in 0..polls {
            if page.is_pending() {
                page = poll!(reading.as_mut());
            }
        }
        gains
            .change_max(Role::Moderator, &["React", "PostgreSQL"])
            .await;
        let page = match page {
            Poll::Ready(page) => page,
            Poll::Pending => reading.await,
        };
        found_by_reader += page.entries.len();
        let next = gains.read(Some(&page.cursor)).await;
        for entry in page.entries.into_iter().chain(next.entries) {
            let is_change = matches!(entry, FeedEntry::SightChanged { .. });
            assert!(
                is_change,
                "after {polls} polls and {reads} reads: {entry:?}"
            );
        }
    }
    assert!(
        found_by_reader > 0,
        "some pages were read to their end after the change"
    );
}

#[tokio::test]
async fn pages_look_the_same_with_and_without_hidden_events() {
    let world = World::new();
    let [ann, bob] = [world.requester("ann").await, world.requester("bob").await];
    let admin = world.person("root", Role::Admin).await.actor().unwrap();
    let mut cursor = world
        .desk
        .feed()
        .events_after(&ann, None, 2)
        .await
        .unwrap()
        .cursor;
    let own = world.ticket(&ann, "x", &[]).await;
    for n in 0..450 {
        world.ticket(&bob, &format!("{n}"), &[]).await;
    }
    for visibility in [Visibility::Internal, Visibility::Public] {
        let draft = ReplyDraft {
            message: "hm".to_owned(),
            visibility,
        };
        let replied = world
            .desk
            .tickets()
            .reply(&admin, own.ticket.id, &draft, None);
        replied.await.unwrap();
    }
    let mut pages = Vec::new();
    for _ in 0..3 {
        let page = world.desk.feed().events_after(&ann, Some(&cursor), 2).await;
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
