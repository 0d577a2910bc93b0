//! Event handlers: what they receive, where they start, and what becomes of deliveries.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tickmate_core::{
    backend::{
        queue::{JobLeases, JobQueue},
        store::{EventStore, SystemStore},
    },
    desk::{
        Audience, BuildError, Desk, EventHandler, EventNotice, HandlerError, JobError, PersonPatch,
        ReplyDraft, Start, TicketRef,
    },
    domain::{
        event::EventKind,
        id::EventId,
        job::{Job, LeasedJob},
        reply::Visibility,
        retry::NextRun,
        time::{Span, Timestamp},
        user::Role,
    },
};

use super::world::World;

/// Delivers into a list.
#[derive(Debug)]
struct Recorder {
    name: String,
    audience: Audience,
    /// Whether it has no target for events that are of no ticket.
    skips_accounts: bool,
    start: Start,
    targets: Vec<String>,
    /// The kind of event at which [`EventHandler::targets`] panics.
    panics_at: Mutex<Option<EventKind>>,
    /// What the next delivery fails with.
    error: Mutex<Option<HandlerError>>,
    received: Mutex<Vec<(EventNotice, String)>>,
}

impl Recorder {
    fn new(name: &str, start: Start) -> Self {
        Self {
            name: name.to_owned(),
            audience: Audience::Admins,
            skips_accounts: true,
            start,
            targets: vec!["all".to_owned()],
            panics_at: Mutex::default(),
            error: Mutex::default(),
            received: Mutex::default(),
        }
    }

    fn kinds(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let kind = |(notice, _): &(EventNotice, String)| notice.kind.as_str().to_owned();
        received.iter().map(kind).collect()
    }
}

#[async_trait]
impl EventHandler for Recorder {
    fn name(&self) -> &str {
        &self.name
    }

    fn audience(&self) -> Audience {
        self.audience
    }

    fn start(&self) -> Start {
        self.start
    }

    fn targets(&self, event: &EventNotice) -> Vec<String> {
        let panics_at = self.panics_at.lock().unwrap().clone();
        assert_ne!(
            panics_at.as_ref(),
            Some(&event.kind),
            "as the test wants it"
        );
        match self.skips_accounts && event.ticket().is_none() {
            true => Vec::new(),
            false => self.targets.clone(),
        }
    }

    async fn handle(&self, event: &EventNotice, target: &str) -> Result<(), HandlerError> {
        if let Some(error) = self.error.lock().unwrap().take() {
            return Err(error);
        }
        let mut received = self.received.lock().unwrap();
        received.push((event.clone(), target.to_owned()));
        Ok(())
    }
}

fn desk_with(world: &World, handlers: &[&Arc<Recorder>]) -> Desk {
    let handlers = handlers.iter().map(|&handler| Arc::clone(handler));
    handlers
        .fold(world.builder(), |builder, handler| {
            builder.on_events(handler)
        })
        .build()
        .unwrap()
}

/// Relays to handlers and runs their deliveries until none is left. Returns how many ran.
async fn deliver(world: &World, desk: &Desk) -> usize {
    let mut ran = 0;
    loop {
        desk.jobs().relay_handlers().await.unwrap();
        let jobs = world.claim().await;
        if jobs.is_empty() {
            return ran;
        }
        for LeasedJob {
            key, lease, job, ..
        } in jobs
        {
            desk.jobs().run(&job.unwrap(), 0).await.unwrap();
            world.queue.start(&key, lease).await.unwrap();
            world.queue.finish(&key, lease).await.unwrap();
            ran += 1;
        }
    }
}

#[tokio::test]
async fn a_handler_receives_each_event_once_for_each_target() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let recorder = Arc::new(Recorder {
        targets: ["crm", "Büro 2", "crm"].map(str::to_owned).to_vec(),
        ..Recorder::new("hooks", Start::AtCurrentEvent)
    });
    let desk = desk_with(&world, &[&recorder]);
    assert_eq!(deliver(&world, &desk).await, 0);
    let ticket = world.ticket(&ann, "x", &[]).await;
    let ran = deliver(&world, &desk).await;
    assert_eq!(ran, 2);
    let received = recorder.received.lock().unwrap().clone();
    let mut targets: Vec<_> = received.iter().map(|(_, target)| target.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["Büro 2", "crm"]);
    for (notice, _) in &received {
        assert_eq!(notice.ticket(), Some(ticket.ticket.id));
        assert_eq!(notice.kind, EventKind::Created);
        assert!(notice.seq.is_some());
        assert_eq!(notice.requester, ann.id());
    }
    // A process that died between the two steps of the relay: the position is the one before.
    let position = world.store.value("handler.hooks").await.unwrap().unwrap();
    let before = (position.parse::<u64>().unwrap() - 1).to_string();
    let put = world.store.put_value("handler.hooks", Some(&before));
    put.await.unwrap();
    assert_eq!(desk.jobs().relay_handlers().await.unwrap().events, 1);
    assert!(world.claim().await.is_empty(), "the keys are taken");
    assert_eq!(
        world.store.value("handler.hooks").await.unwrap(),
        Some(position)
    );
}

#[tokio::test]
async fn a_new_handler_starts_at_the_current_event_or_at_the_seq_that_it_names() {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.ticket(&ann, "first", &[]).await;
    let after_first = world.store.last_seq().await.unwrap();
    world.ticket(&ann, "second", &[]).await;
    let current = Arc::new(Recorder::new("current", Start::AtCurrentEvent));
    let all = Arc::new(Recorder::new("all", Start::After(0)));
    let named = Arc::new(Recorder::new("named", Start::After(after_first)));
    let desk = desk_with(&world, &[&current, &all, &named]);
    desk.jobs().relay_handlers().await.unwrap();
    world.ticket(&ann, "third", &[]).await;
    deliver(&world, &desk).await;
    let counts = [&current, &all, &named].map(|recorder| recorder.kinds().len());
    assert_eq!(counts, [1, 3, 2]);
}

#[tokio::test]
async fn requesters_receive_no_internal_notes() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let root = world.person("root", Role::Admin).await.actor().unwrap();
    let public = Arc::new(Recorder {
        audience: Audience::Public,
        ..Recorder::new("public", Start::After(0))
    });
    let staff = Arc::new(Recorder::new("staff", Start::After(0)));
    let desk = desk_with(&world, &[&public, &staff]);
    let ticket = world.ticket(&ann, "x", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    for visibility in [Visibility::Internal, Visibility::Public] {
        let reply = ReplyDraft {
            message: "hm".to_owned(),
            visibility,
        };
        world
            .desk
            .tickets()
            .reply(&root, of, &reply, None)
            .await
            .unwrap();
    }
    deliver(&world, &desk).await;
    let visibilities = |recorder: &Recorder| {
        let received = recorder.received.lock().unwrap();
        let mut replies: Vec<_> = received
            .iter()
            .filter(|(notice, _)| notice.kind == EventKind::Replied)
            .map(|(notice, _)| (notice.seq, notice.reply_visibility))
            .collect();
        replies.sort_unstable_by_key(|(seq, _)| *seq);
        replies
    };
    assert_eq!(visibilities(&public), [(None, Some(Visibility::Public))]);
    let [internal, other] = visibilities(&staff).try_into().unwrap();
    assert_eq!(internal.1, Some(Visibility::Internal));
    assert_eq!(other.1, Some(Visibility::Public));
    // A delivery that was enqueued for staff shows no more to a handler of requesters.
    let (note, _) = {
        let received = staff.received.lock().unwrap();
        let is_note = |(notice, _): &&(EventNotice, String)| {
            notice.reply_visibility == Some(Visibility::Internal)
        };
        received.iter().find(is_note).unwrap().clone()
    };
    let before = public.received.lock().unwrap().len();
    let job = Job::HandleEvent {
        event: note.id,
        handler: "public".to_owned(),
        target: "all".to_owned(),
    };
    desk.jobs().run(&job, 0).await.unwrap();
    assert_eq!(public.received.lock().unwrap().len(), before);
}

#[tokio::test]
async fn an_audience_receives_what_its_people_may_see() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let root = world.person("root", Role::Admin).await.actor().unwrap();
    let start = Start::After(world.store.last_seq().await.unwrap());
    let of = |name, audience| {
        Arc::new(Recorder {
            audience,
            skips_accounts: false,
            ..Recorder::new(name, start)
        })
    };
    let recorders = [
        of("admins", Audience::Admins),
        of("staff", Audience::Staff),
        of("public", Audience::Public),
    ];
    let desk = desk_with(&world, &recorders.each_ref());
    let skills = PersonPatch {
        skills: Some(vec!["Docker".into()]),
        ..PersonPatch::default()
    };
    let update = world
        .desk
        .users()
        .update(&root, ann.id().unwrap(), &skills, None);
    update.await.unwrap();
    let ticket = world.ticket(&ann, "x", &[]).await;
    let id = ticket.ticket.id;
    let note = ReplyDraft {
        message: "hm".to_owned(),
        visibility: Visibility::Internal,
    };
    let second = Span::seconds(1);
    world.pass(second);
    world
        .desk
        .tickets()
        .reply(&root, id, &note, None)
        .await
        .unwrap();
    world.pass(second);
    world.desk.tickets().delete(&root, id, None).await.unwrap();
    world.pass(second);
    world
        .desk
        .tickets()
        .reply(&root, id, &note, None)
        .await
        .unwrap();
    world.pass(second);
    let restored = world.desk.tickets().restore(&root, id, None).await;
    restored.unwrap();
    deliver(&world, &desk).await;
    let received = |recorder: &Recorder| {
        let received = recorder.received.lock().unwrap();
        let mut notices: Vec<EventNotice> =
            received.iter().map(|(notice, _)| notice.clone()).collect();
        notices.sort_unstable_by_key(|notice| notice.at);
        notices
    };
    let [admins, staff, public] = recorders.each_ref().map(|one| received(one));
    let of_tickets = |notices: &[EventNotice]| -> Vec<String> {
        let kinds = notices.iter().filter(|notice| notice.ticket().is_some());
        kinds
            .map(|notice| notice.kind.as_str().to_owned())
            .collect()
    };
    assert_eq!(
        of_tickets(&admins),
        ["created", "replied", "deleted", "replied", "restored"]
    );
    assert_eq!(admins[0].kind, EventKind::AccountChanged, "{admins:?}");
    assert!(
        admins
            .iter()
            .all(|one| one.seq.is_some() && one.version.is_some())
    );
    assert_eq!(
        of_tickets(&staff),
        ["created", "replied", "deleted", "restored"]
    );
    assert_eq!(of_tickets(&staff).len(), staff.len());
    assert!(
        staff
            .iter()
            .all(|one| one.seq.is_none() && one.version.is_some())
    );
    assert_eq!(of_tickets(&public), ["created", "deleted", "restored"]);
    assert_eq!(of_tickets(&public).len(), public.len());
    assert!(
        public
            .iter()
            .all(|one| one.seq.is_none() && one.version.is_none())
    );
}

#[tokio::test]
async fn a_process_that_does_not_know_a_handler_takes_nothing_from_it() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let recorder = Arc::new(Recorder::new("hooks", Start::After(0)));
    let knowing = desk_with(&world, &[&recorder]);
    knowing.jobs().relay_handlers().await.unwrap();
    world.ticket(&ann, "x", &[]).await;
    assert_eq!(world.desk.jobs().relay_handlers().await.unwrap().events, 0);
    world.desk.jobs().relay().await.unwrap();
    knowing.jobs().relay_handlers().await.unwrap();
    let [job] = world
        .claim()
        .await
        .into_iter()
        .filter(|job| job.key.as_str().starts_with("handle."))
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let work = job.job.clone().unwrap();
    let error = world.desk.jobs().run(&work, job.errors).await.unwrap_err();
    assert!(
        matches!(error, JobError::UnknownHandler { .. }),
        "{error:?}"
    );
    assert!(matches!(error.next_run(), NextRun::Deferred(_)));
    world.run(job).await;
    // It is visible where nothing would ever run it.
    for (desk, unknown) in [(world.desk.as_ref(), 1), (&knowing, 0)] {
        let figures = desk.routing().backlog_figures().await.unwrap();
        assert_eq!((figures.unknown_jobs, figures.dead_jobs), (unknown, 0));
    }
    world.pass(Span::seconds(31));
    let again = world.claim().await;
    let again = again.iter().find(|job| job.job == Some(work.clone()));
    assert_eq!(again.map(|job| job.errors), Some(0));
    knowing.jobs().run(&work, 0).await.unwrap();
    assert_eq!(recorder.kinds(), ["created"]);
}

#[tokio::test]
async fn an_event_without_targets_is_skipped() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let recorder = Arc::new(Recorder {
        targets: Vec::new(),
        ..Recorder::new("hooks", Start::After(0))
    });
    let desk = desk_with(&world, &[&recorder]);
    world.ticket(&ann, "x", &[]).await;
    assert_eq!(deliver(&world, &desk).await, 0);
    assert!(world.queue.waiting_deliveries().await.unwrap().is_empty());
    let position = world.store.value("handler.hooks").await.unwrap();
    let last = world.store.last_seq().await.unwrap();
    assert_eq!(position, Some(last.to_string()));
}

#[tokio::test]
async fn an_error_can_name_the_next_attempt() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let recorder = Arc::new(Recorder::new("hooks", Start::After(0)));
    let desk = desk_with(&world, &[&recorder]);
    world.ticket(&ann, "x", &[]).await;
    desk.jobs().relay_handlers().await.unwrap();
    let mut jobs = world.claim().await.into_iter().filter_map(|job| job.job);
    let delivery = jobs.find(|job| job.kind() == Job::HANDLE_EVENT).unwrap();
    let error = || HandlerError::new("no").with_source(std::fmt::Error);
    let at = world.desk.now() + Span::hours(3);
    let mut next = Vec::new();
    for error in [
        error(),
        error().permanent(),
        error().retry_at(at),
        error().retry_after(Span::hours(3)),
    ] {
        *recorder.error.lock().unwrap() = Some(error);
        let failed = desk.jobs().run(&delivery, 0).await.unwrap_err();
        assert!(failed.is_counted());
        next.push(failed.next_run());
    }
    assert_eq!(
        next[..3],
        [NextRun::ByPolicy, NextRun::Never, NextRun::At(at)]
    );
    // The clock of the test goes on by a little at each look.
    let NextRun::At(after) = next[3] else {
        panic!("{next:?}");
    };
    assert!(at <= after && after < at + Span::seconds(1));
    let week = world.desk.now() + Span::days(7);
    for error in [
        error().retry_at(Timestamp::MAX_UTC),
        error().retry_after(Span::MAX),
        error().retry_after(Span::days(8)),
    ] {
        *recorder.error.lock().unwrap() = Some(error);
        let failed = desk.jobs().run(&delivery, 0).await.unwrap_err();
        let NextRun::At(next) = failed.next_run() else {
            panic!("{failed:?}");
        };
        assert!(week <= next && next < week + Span::seconds(1), "{next}");
    }
    assert!(recorder.kinds().is_empty());
    desk.jobs().run(&delivery, 0).await.unwrap();
    assert_eq!(recorder.kinds(), ["created"]);
}

#[tokio::test]
async fn a_panic_in_targets_stops_that_handler_alone_and_skips_nothing() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let root = world.person("root", Role::Admin).await.actor().unwrap();
    let poisoned = Arc::new(Recorder {
        panics_at: Mutex::new(Some(EventKind::Deleted)),
        ..Recorder::new("poisoned", Start::After(0))
    });
    let nameless = Arc::new(Recorder {
        targets: vec![String::new()],
        ..Recorder::new("nameless", Start::After(0))
    });
    let healthy = Arc::new(Recorder::new("healthy", Start::After(0)));
    let desk = desk_with(&world, &[&poisoned, &nameless, &healthy]);
    let ticket = world.ticket(&ann, "x", &[]).await;
    let of = TicketRef::Id(ticket.ticket.id);
    world.desk.tickets().delete(&root, of, None).await.unwrap();
    world.ticket(&ann, "y", &[]).await;
    deliver(&world, &desk).await;
    let sorted = |recorder: &Recorder| {
        let mut kinds = recorder.kinds();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(sorted(&healthy), ["created", "created", "deleted"]);
    assert_eq!(sorted(&poisoned), ["created"]);
    assert!(nameless.kinds().is_empty());
    *poisoned.panics_at.lock().unwrap() = None;
    deliver(&world, &desk).await;
    assert_eq!(sorted(&poisoned), ["created", "created", "deleted"]);
}

/// Says what it is once, and panics when it is asked again.
#[derive(Debug, Default)]
struct Fickle {
    was_asked: [AtomicBool; 2],
}

impl Fickle {
    fn ask(&self, what: usize) {
        let was_asked = self.was_asked[what].swap(true, Ordering::SeqCst);
        assert!(!was_asked, "as the test wants it");
    }
}

#[async_trait]
impl EventHandler for Fickle {
    fn name(&self) -> &str {
        "fickle"
    }

    fn audience(&self) -> Audience {
        self.ask(0);
        Audience::Admins
    }

    fn start(&self) -> Start {
        self.ask(1);
        Start::After(0)
    }

    fn targets(&self, _: &EventNotice) -> Vec<String> {
        vec!["all".to_owned()]
    }

    async fn handle(&self, _: &EventNotice, _: &str) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_handler_that_is_asked_only_once_starves_no_other() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let healthy = Arc::new(Recorder::new("healthy", Start::After(0)));
    let builder = world.builder().on_events(Arc::new(Fickle::default()));
    let desk = builder
        .on_events(Arc::clone(&healthy) as _)
        .build()
        .unwrap();
    for title in ["x", "y"] {
        world.ticket(&ann, title, &[]).await;
        deliver(&world, &desk).await;
    }
    assert_eq!(healthy.kinds(), ["created", "created"]);
}

#[tokio::test]
async fn two_processes_relay_to_one_handler_at_once() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let recorder = Arc::new(Recorder::new("hooks", Start::After(0)));
    let desks = [(), ()].map(|()| desk_with(&world, &[&recorder]));
    for n in 0..20 {
        world.ticket(&ann, &format!("{n}"), &[]).await;
        let [one, other] = &desks;
        let (one, other) = tokio::join!(one.jobs().relay_handlers(), other.jobs().relay_handlers());
        one.unwrap();
        other.unwrap();
    }
    deliver(&world, &desks[0]).await;
    let mut events: Vec<EventId> = {
        let received = recorder.received.lock().unwrap();
        received.iter().map(|(notice, _)| notice.id).collect()
    };
    events.sort_unstable();
    events.dedup();
    assert_eq!((events.len(), recorder.kinds().len()), (20, 20));
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
}

#[test]
fn names_of_handlers_are_checked() {
    let world = World::new();
    let build = |names: &[&str]| {
        let handlers = names
            .iter()
            .map(|name| Arc::new(Recorder::new(name, Start::AtCurrentEvent)));
        let built = handlers
            .fold(world.builder(), |builder, one| builder.on_events(one))
            .build();
        built.map(|_| ())
    };
    assert_eq!(build(&["a", "b"]), Ok(()));
    assert_eq!(
        build(&["a b"]),
        Err(BuildError::HandlerName("a b".to_owned()))
    );
    assert_eq!(
        build(&["a", "a"]),
        Err(BuildError::HandlerTwice("a".to_owned()))
    );
}
