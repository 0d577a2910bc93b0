//! The live feed: 20 listeners, each role among them, over a random history, against an oracle that knows the state of each
//! ticket after each event and decides access by rules of its own.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use tickmate_core::{
    backend::{
        queue::{ClaimRequest, JobLeases, Wanted},
        store::{EventStore, TicketStore},
    },
    desk::{
        AssignTo, DeskError, EventNotice, FeedEntry, PersonPatch, ReplyDraft, RoutingPatch,
        TicketPatch,
    },
    domain::{
        access::Actor,
        event::{ActorId, Event, EventKind},
        id::{EventId, LeaseId, TicketId, UserId},
        job::Job,
        job_class::PerClass,
        reply::Visibility,
        skill::SkillEntry,
        status::Status,
        ticket::Ticket,
        user::Role,
    },
};

use super::world::World;

const SKILLS: [&str; 3] = ["React", "PostgreSQL", "Docker"];
const EVENTS: usize = 2_000;

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What a listener is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sent {
    Event(EventId),
    Left(EventId, TicketId),
    SightChanged(EventId),
}

/// How much of a ticket a listener sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Nothing,
    Public,
    All,
}

/// Who listens, as the test made the account.
#[derive(Debug, Clone)]
struct Viewer {
    actor: Actor,
    id: UserId,
    role: Role,
    /// The ids of the skills.
    skills: Vec<String>,
}

impl Viewer {
    fn new(actor: &Actor, role: Role, skills: &[&str]) -> Self {
        Self {
            actor: actor.clone(),
            id: actor.id().unwrap(),
            role,
            skills: skills.iter().map(|skill| skill.to_lowercase()).collect(),
        }
    }

    /// What the documents say of access: admins see all, moderators what they have and the backlog that they qualify for,
    /// requesters their own tickets without what is internal, and deleted tickets are seen by admins alone.
    fn sight(&self, ticket: Option<&Ticket>) -> Sight {
        let Some(ticket) = ticket else {
            return Sight::Nothing;
        };
        if self.role == Role::Admin {
            return Sight::All;
        }
        if ticket.deleted_at.is_some() {
            return Sight::Nothing;
        }
        let assignee = ticket.assignment.as_ref().map(|assignment| assignment.to);
        let is_offered = assignee.is_none()
            && [Status::Open, Status::InProgress].contains(&ticket.status)
            && !ticket.required_skills.is_empty()
            && ticket
                .required_skills
                .iter()
                .all(|skill| self.skills.contains(&skill.id));
        if self.role == Role::Moderator && (assignee == Some(self.id) || is_offered) {
            Sight::All
        } else if ticket.requester == self.id {
            Sight::Public
        } else {
            Sight::Nothing
        }
    }
}

/// All that happened: the events, and the state of each ticket at each version.
#[derive(Default)]
struct Log {
    events: Vec<Event>,
    states: HashMap<(TicketId, u64), Ticket>,
    latest: HashMap<TicketId, Ticket>,
}

impl Log {
    /// Adds what one step did: at most one event of each ticket.
    async fn follow(&mut self, world: &World) {
        let last = self.events.last().map_or(0, |event| event.seq);
        for event in world.store.events_after(last, 1_000).await.unwrap() {
            if let Some(id) = event.ticket() {
                let ticket = world.store.ticket(id).await.unwrap().unwrap();
                assert_eq!(ticket.version, event.version, "one event a step");
                self.states.insert((id, ticket.version), ticket.clone());
                self.latest.insert(id, ticket);
            }
            self.events.push(event);
        }
    }

    /// What a listener may be sent of the next events, at most so many, and the `seq` that the page reaches.
    fn allowed(&self, viewer: &Viewer, after: u64, limit: usize) -> (Vec<Sent>, u64) {
        let mut sent = Vec::new();
        let mut reached = after;
        for event in self.events.iter().filter(|event| event.seq > after) {
            if sent.len() == limit {
                return (sent, reached);
            }
            reached = event.seq;
            let Some(id) = event.ticket() else {
                if viewer.role == Role::Admin {
                    sent.push(Sent::Event(event.id));
                }
                continue;
            };
            let at = |version: u64| viewer.sight(self.states.get(&(id, version)));
            let is_internal = event.facts.reply_visibility == Some(Visibility::Internal)
                || event.kind == EventKind::RetriageRequested;
            match viewer.sight(self.latest.get(&id)) {
                Sight::All => sent.push(Sent::Event(event.id)),
                Sight::Public if !is_internal => sent.push(Sent::Event(event.id)),
                Sight::Public => {}
                Sight::Nothing => {
                    let [before, then] = [event.version - 1, event.version].map(at);
                    if before != Sight::Nothing && then == Sight::Nothing {
                        sent.push(Sent::Left(event.id, id));
                    }
                }
            }
        }
        (sent, reached)
    }

    /// Checks that a notice shows nothing that its reader must not see.
    fn check_notice(&self, viewer: &Viewer, notice: &EventNotice) {
        assert_eq!(notice.seq, None);
        let event = self.events.iter().find(|event| event.id == notice.id);
        let event = event.unwrap();
        let sight = match event.ticket() {
            Some(id) => viewer.sight(self.latest.get(&id)),
            None => Sight::All,
        };
        if sight == Sight::Public {
            let is_internal = |field: &str| ["reason", "reviewed", "source"].contains(&field);
            let shown: Vec<_> = event
                .changes
                .iter()
                .filter(|change| !is_internal(&change.field))
                .cloned()
                .collect();
            assert_eq!(notice.changes, shown);
            assert_ne!(notice.reply_visibility, Some(Visibility::Internal));
        } else {
            assert_eq!(notice.changes, event.changes);
        }
        assert_eq!(
            (notice.kind.clone(), notice.subject, notice.version),
            (event.kind.clone(), event.subject, event.version)
        );
        assert_eq!(
            (notice.status, notice.requester, notice.assignee),
            (
                event.facts.status,
                event.parties.requester,
                event.parties.assignee
            )
        );
        assert_eq!((notice.reply, notice.by), (event.reply, event.by));
        // What a notice says of the ticket is what its state after the event says.
        if let Some(id) = event.ticket() {
            let then = &self.states[&(id, event.version)];
            assert_eq!(notice.requester, Some(then.requester));
            assert!(notice.status.is_none_or(|status| status == then.status));
            if event.kind == EventKind::Assigned {
                assert_eq!(notice.assignee, then.assignee());
            }
        }
    }
}

struct Listener {
    viewer: Viewer,
    cursor: String,
    reached: u64,
    received: HashSet<Sent>,
    left: usize,
}

impl Listener {
    /// Reads a page, and checks it against what the actor is allowed to see at this moment. Returns whether more follow.
    async fn read(&mut self, world: &World, log: &Log, limit: u32) -> bool {
        let page = world
            .desk
            .events_after(&self.viewer.actor, Some(&self.cursor), limit)
            .await
            .unwrap();
        let sent: Vec<Sent> = page
            .entries
            .iter()
            .map(|entry| match entry {
                FeedEntry::Event { event, .. } => {
                    log.check_notice(&self.viewer, event);
                    Sent::Event(event.id)
                }
                FeedEntry::Left { event, ticket } => Sent::Left(*event, *ticket),
                FeedEntry::SightChanged { event } => Sent::SightChanged(*event),
            })
            .collect();
        let (allowed, reached) = log.allowed(&self.viewer, self.reached, limit as usize);
        assert_eq!(sent, allowed, "{:?}", self.viewer);
        for one in sent {
            self.left += usize::from(matches!(one, Sent::Left(..)));
            assert!(self.received.insert(one), "sent twice: {one:?}");
        }
        assert_ne!(page.cursor, self.cursor);
        (self.cursor, self.reached) = (page.cursor, reached);
        page.more
    }
}

struct People {
    users: Vec<Actor>,
    moderators: Vec<Actor>,
    admins: Vec<Actor>,
    viewers: Vec<Viewer>,
}

impl People {
    async fn new(world: &World) -> Self {
        let (mut users, mut moderators, mut admins) = (Vec::new(), Vec::new(), Vec::new());
        let mut viewers = Vec::new();
        for n in 0..7 {
            let user = world.requester(&format!("user{n}")).await;
            viewers.push(Viewer::new(&user, Role::User, &[]));
            users.push(user);
            let (one, two) = (SKILLS[n % 3], SKILLS[(n + n / 3) % 3]);
            let name = format!("mod{n}");
            world
                .staff(&name, Role::Moderator, &[one, two], 1_000)
                .await;
            let moderator = world.login(&name).await.actor().unwrap();
            viewers.push(Viewer::new(&moderator, Role::Moderator, &[one, two]));
            moderators.push(moderator);
        }
        for n in 0..6 {
            let admin = world.person(&format!("admin{n}"), Role::Admin).await;
            let admin = admin.actor().unwrap();
            viewers.push(Viewer::new(&admin, Role::Admin, &[]));
            admins.push(admin);
        }
        Self {
            users,
            moderators,
            admins,
            viewers,
        }
    }
}

/// Relays events and runs one job of the desk itself, so that the history holds events without a user. Jobs that may
/// change a ticket twice are finished without a run.
async fn run_one_job(world: &World) {
    world.desk.relay().await.unwrap();
    let request = ClaimRequest {
        lease: LeaseId::new(world.desk.now(), world.random_bytes()),
        duration: Duration::from_secs(30),
        wanted: Wanted::Unsuspected(PerClass {
            tickets: 1,
            ..PerClass::default()
        }),
        max_crashes: 5,
    };
    for job in world.queue.claim(&request).await.unwrap() {
        match job.job {
            Some(Job::Triage { .. } | Job::Route { .. }) => world.run(job).await,
            _ => {
                world.queue.finish(&job.key, job.lease).await.unwrap();
            }
        }
    }
}

/// Does something to a ticket. Steps that the desk refuses change nothing.
async fn step(world: &World, people: &People, dice: &mut Dice, log: &Log) {
    let desk = &world.desk;
    let admin = dice.one(&people.admins).clone();
    let tickets: Vec<TicketId> = {
        let mut tickets: Vec<&Ticket> = log.latest.values().collect();
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        tickets.iter().map(|ticket| ticket.id).collect()
    };
    if tickets.len() < 10 || dice.below(12) == 0 {
        let asker = match dice.below(4) {
            0 => dice.one(&people.moderators),
            _ => dice.one(&people.users),
        };
        world.ticket(asker, "x", &[*dice.one(&SKILLS)]).await;
        return;
    }
    let id = *dice.one(&tickets);
    let moderator: UserId = dice.one(&people.moderators).id().unwrap();
    let result = match dice.below(14) {
        0..3 => {
            let to = AssignTo::Person {
                id: moderator,
                force: true,
            };
            desk.assign(&admin, id, to, None).await.map(|_| ())
        }
        3 => desk
            .assign(&admin, id, AssignTo::Router, None)
            .await
            .map(|_| ()),
        4 => {
            let statuses = [
                Status::Open,
                Status::InProgress,
                Status::Waiting,
                Status::Resolved,
            ];
            let to = *dice.one(&statuses);
            desk.set_status(&admin, id, to, None).await.map(|_| ())
        }
        5 | 6 => {
            let draft = ReplyDraft {
                message: "hm".to_owned(),
                visibility: *dice.one(&[Visibility::Public, Visibility::Internal]),
            };
            desk.reply(&admin, id, &draft, None).await.map(|_| ())
        }
        7 => {
            let patch = TicketPatch {
                skills: Some(vec![(*dice.one(&SKILLS)).into()]),
                ..TicketPatch::default()
            };
            desk.edit_ticket(&admin, id, &patch, None).await.map(|_| ())
        }
        8 => desk.delete_ticket(&admin, id, None).await,
        9..12 => {
            run_one_job(world).await;
            Ok(())
        }
        12 => match desk.retriage(&admin, id, None).await {
            Err(DeskError::Forbidden(_)) => Ok(()),
            asked => asked.map(|_| ()),
        },
        _ => desk.restore_ticket(&admin, id, None).await.map(|_| ()),
    };
    match result {
        Ok(()) | Err(DeskError::Conflict { .. } | DeskError::NotFound) => {}
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn each_listener_sees_what_it_is_allowed_to_see_in_order_and_once() {
    let world = World::new();
    let people = People::new(&world).await;
    let mut log = Log::default();
    log.follow(&world).await;
    let start = log.events.len();
    let mut listeners = Vec::new();
    for viewer in &people.viewers {
        let first = world.desk.events_after(&viewer.actor, None, 10).await;
        let page = first.unwrap();
        assert_eq!((page.entries.len(), page.more), (0, false));
        listeners.push(Listener {
            viewer: viewer.clone(),
            cursor: page.cursor,
            reached: log.events.last().map_or(0, |event| event.seq),
            received: HashSet::new(),
            left: 0,
        });
    }
    assert_eq!(listeners.len(), 20);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    while log.events.len() < start + EVENTS {
        step(&world, &people, &mut dice, &log).await;
        log.follow(&world).await;
        for _ in 0..dice.below(3) {
            let listener = dice.below(listeners.len());
            let limit = u32::try_from(1 + dice.below(30)).unwrap();
            listeners[listener].read(&world, &log, limit).await;
        }
    }
    for listener in &mut listeners {
        while listener.read(&world, &log, 100).await {}
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
        let of_role = listeners.iter().filter(|one| one.viewer.role == role);
        of_role.map(|one| one.left).sum()
    };
    assert!(left(Role::User) > 0, "own tickets that were deleted");
    assert!(left(Role::Moderator) > 0);
    assert_eq!(left(Role::Admin), 0);
    let all = listeners.last().unwrap();
    assert_eq!(all.received.len(), log.events.len() - start);
}

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
