//! 20 listeners, each role among them, over a random history in which tickets and accounts change, against an oracle that
//! knows the state of each ticket after each event and decides access by rules of its own.

use std::collections::HashSet;

use fastrand::Rng;
use tickmate_core::{
    desk::FeedEntry,
    domain::{
        event::{ActorId, EventKind},
        user::Role,
    },
};

use super::{
    log::{Log, Sent},
    steps::{People, step},
    viewer::Viewer,
};
use crate::desk::world::World;

const EVENTS: usize = 2_000;
/// Listeners who read nothing before the end: a user and a moderator.
const SLEEPERS: [usize; 2] = [0, 1];

struct Listener {
    viewer: usize,
    cursor: String,
    reached: u64,
    received: HashSet<Sent>,
    left: usize,
}

impl Listener {
    /// Reads a page, and checks it against what the actor is allowed to see at this moment. Returns whether more follow.
    async fn read(&mut self, world: &World, viewer: &Viewer, log: &Log, limit: u32) -> bool {
        let page = world
            .desk
            .feed()
            .events_after(&viewer.actor, Some(&self.cursor), limit)
            .await
            .unwrap();
        let sent: Vec<Sent> = page
            .entries
            .iter()
            .map(|entry| match entry {
                FeedEntry::Event { event, .. } => {
                    log.check_notice(viewer, event);
                    Sent::Event(event.id)
                }
                FeedEntry::Left { event, ticket } => {
                    log.check_left(viewer, *event, *ticket);
                    Sent::Left(*event, *ticket)
                }
                FeedEntry::SightChanged { event } => Sent::SightChanged(*event),
            })
            .collect();
        let (allowed, reached) = log.allowed(viewer, self.reached, limit as usize);
        assert_eq!(sent, allowed, "{viewer:?}");
        for one in sent {
            self.left += usize::from(matches!(one, Sent::Left(..)));
            assert!(self.received.insert(one), "sent twice: {one:?}");
        }
        assert_ne!(page.cursor, self.cursor);
        (self.cursor, self.reached) = (page.cursor, reached);
        page.more
    }
}

#[tokio::test]
async fn each_listener_sees_what_it_is_allowed_to_see_in_order_and_once() {
    let world = World::new();
    let mut people = People::new(&world).await;
    let mut log = Log::default();
    log.follow(&world).await;
    let start = log.events.len();
    let mut listeners = Vec::new();
    for (index, viewer) in people.viewers.iter().enumerate() {
        let first = world
            .desk
            .feed()
            .events_after(&viewer.actor, None, 10)
            .await;
        let page = first.unwrap();
        assert_eq!((page.entries.len(), page.more), (0, false));
        listeners.push(Listener {
            viewer: index,
            cursor: page.cursor,
            reached: log.events.last().map_or(0, |event| event.seq),
            received: HashSet::new(),
            left: 0,
        });
    }
    assert_eq!(listeners.len(), 20);
    let mut random = Rng::with_seed(7);
    while log.events.len() < start + EVENTS {
        step(&world, &mut people, &mut random, &log).await;
        log.follow(&world).await;
        for _ in 0..random.usize(..3) {
            let listener = random.usize(..listeners.len());
            let limit = u32::try_from(1 + random.usize(..30)).unwrap();
            if !SLEEPERS.contains(&listener) {
                let viewer = &people.viewers[listener];
                listeners[listener].read(&world, viewer, &log, limit).await;
            }
        }
    }
    for listener in &mut listeners {
        let viewer = &people.viewers[listener.viewer];
        while listener.read(&world, viewer, &log, 100).await {}
        assert!(!listener.received.is_empty());
    }
    for (kind, by_desk) in [
        (EventKind::Triaged, true),
        (EventKind::Assigned, true),
        (EventKind::RetriageRequested, false),
    ] {
        let happened = log.events[start..]
            .iter()
            .any(|event| event.kind == kind && (event.by == ActorId::System) == by_desk);
        assert!(happened, "{kind:?}");
    }
    let left = |role| -> usize {
        let of_role = listeners
            .iter()
            .filter(|one| people.viewers[one.viewer].role() == role);
        of_role.map(|one| one.left).sum()
    };
    assert!(left(Role::User) > 0, "own tickets that were deleted");
    assert!(left(Role::Moderator) > 0);
    let always_admins = listeners.iter().filter(|one| {
        let accounts = &people.viewers[one.viewer].accounts;
        accounts.iter().all(|account| account.role == Role::Admin)
    });
    let left_of_admins: Vec<usize> = always_admins.map(|one| one.left).collect();
    assert_eq!(left_of_admins, [0; 6]);
    let sight_changes = |one: &Listener| {
        let changes = one.received.iter();
        changes
            .filter(|sent| matches!(sent, Sent::SightChanged(_)))
            .count()
    };
    assert!(listeners.iter().map(sight_changes).sum::<usize>() > 10);
    let all = listeners.last().unwrap();
    assert_eq!(all.received.len(), log.events.len() - start);
}
