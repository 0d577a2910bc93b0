//! Working hours: shifts that end and begin by the sweep, and what becomes of tickets meanwhile.

use serde_json::{Value, json};
use tickmate_core::{
    backend::store::{EventStore, UserStore},
    desk::{AvailabilityPatch, PersonPatch, RoutingPatch, TicketRef},
    domain::{
        access::Actor,
        decision::QueueReason,
        event::{Event, EventKind, Subject},
        hours::WorkingHours,
        id::UserId,
        status::Status,
        user::{Role, User},
    },
};

use super::world::World;

/// From nine to five in Berlin, Monday to Friday: 08:00 to 16:00 UTC in winter.
pub(crate) fn nine_to_five() -> WorkingHours {
    let day = json!([["09:00", "17:00"]]);
    let week = json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day });
    WorkingHours::parse(&json!({ "zone": "Europe/Berlin", "week": week })).unwrap()
}

fn hours_of_another(hours: Option<WorkingHours>) -> PersonPatch {
    PersonPatch {
        hours: Some(hours),
        ..PersonPatch::default()
    }
}

/// Lets time pass until a moment. A world begins on Tuesday, 14 November 2023, late in the evening.
pub(crate) fn pass_until(world: &World, moment: &str) {
    let moment: tickmate_core::domain::time::Timestamp = moment.parse().unwrap();
    let left = moment - world.desk.now();
    assert!(left.num_seconds() >= 0, "{moment} is over");
    world.pass(left);
}

async fn stored(world: &World, id: UserId) -> User {
    world.store.user(id).await.unwrap().unwrap()
}

async fn sweep(world: &World) -> usize {
    let swept = world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    swept.requeued
}

/// Returns what a field became, as histories show it.
fn became<'a>(event: &'a Event, field: &str) -> Option<&'a Value> {
    let mut changes = event.changes.iter();
    changes.find_map(|change| (change.field == field).then_some(&change.to))
}

/// The events of an account, without that of its creation.
async fn changes_of(world: &World, id: UserId) -> Vec<Event> {
    let events = world.store.events_after(0, 1_000).await.unwrap();
    let of_person = |event: &Event| event.subject == Subject::User(id);
    events.into_iter().filter(of_person).skip(1).collect()
}

#[tokio::test]
async fn who_is_off_gives_back_what_was_not_begun_and_goes_on_in_the_morning() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await.id;
    let me = world.login("mia").await;
    pass_until(&world, "2023-11-15T12:00:00Z");
    let patch = AvailabilityPatch {
        hours: Some(Some(nine_to_five())),
        ..AvailabilityPatch::default()
    };
    let set = world.desk.users().set_availability(&me, &patch, None);
    assert!(set.await.unwrap().shift.on);
    let [untouched, begun] = [
        world.ticket(&ann, "untouched", &["Linux"]).await,
        world.ticket(&ann, "begun", &["Linux"]).await,
    ];
    world.run_until_idle().await;
    let (actor, of) = (me.actor().unwrap(), TicketRef::Id(begun.ticket.id));
    let begin = world
        .desk
        .tickets()
        .set_status(&actor, of, Status::InProgress, None);
    begin.await.unwrap();

    pass_until(&world, "2023-11-15T15:59:59Z");
    sweep(&world).await;
    assert!(stored(&world, mia).await.shift.on);
    pass_until(&world, "2023-11-15T16:00:00Z");
    assert_eq!(sweep(&world).await, 0);
    let off = stored(&world, mia).await;
    assert!(!off.shift.on && !off.takes_work());
    assert_eq!(
        off.shift.until,
        Some("2023-11-16T08:00:00Z".parse().unwrap())
    );
    let late = world.ticket(&ann, "late", &["Linux"]).await;
    world.run_until_idle().await;
    let why = world.stored(&late).await.queued.map(|queued| queued.reason);
    assert_eq!(why, Some(QueueReason::Full));

    pass_until(&world, "2023-11-15T16:19:59Z");
    assert_eq!(sweep(&world).await, 0);
    pass_until(&world, "2023-11-15T16:20:01Z");
    assert_eq!(sweep(&world).await, 1);
    assert_eq!(world.stored(&untouched).await.assignee(), None);
    assert_eq!(world.stored(&begun).await.assignee(), Some(mia));

    pass_until(&world, "2023-11-16T07:59:59Z");
    sweep(&world).await;
    assert_eq!(world.stored(&untouched).await.assignee(), None);
    pass_until(&world, "2023-11-16T08:00:00Z");
    sweep(&world).await;
    for ticket in [&untouched, &begun, &late] {
        assert_eq!(world.stored(ticket).await.assignee(), Some(mia));
    }
    let turned: Vec<Value> = changes_of(&world, mia)
        .await
        .iter()
        .filter(|event| event.kind == EventKind::AvailabilityChanged)
        .filter_map(|event| became(event, "onShift").cloned())
        .collect();
    assert_eq!(turned, [json!(false), json!(true)]);
}

#[tokio::test]
async fn nobody_s_shift_begins_on_a_holiday() {
    let world = World::new();
    let root = world.person("root", Role::Admin).await.actor().unwrap();
    let patch = RoutingPatch {
        holidays: Some(["2023-11-16".parse().unwrap()].into_iter().collect()),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, patch, None)
        .await
        .unwrap();

    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await.id;
    let me = world.login("mia").await;
    let patch = AvailabilityPatch {
        hours: Some(Some(nine_to_five())),
        ..AvailabilityPatch::default()
    };
    let set = world.desk.users().set_availability(&me, &patch, None);
    assert!(!set.await.unwrap().shift.on, "it is night");
    pass_until(&world, "2023-11-15T16:00:00Z");
    sweep(&world).await;
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    for (moment, on) in [
        ("2023-11-16T08:00:00Z", false),
        ("2023-11-16T12:00:00Z", false),
        ("2023-11-17T07:59:59Z", false),
        ("2023-11-17T08:00:00Z", true),
    ] {
        pass_until(&world, moment);
        sweep(&world).await;
        assert_eq!(stored(&world, mia).await.shift.on, on, "{moment}");
        let assignee = world.stored(&ticket).await.assignee();
        assert_eq!(assignee, on.then_some(mia), "{moment}");
    }
}

#[tokio::test]
async fn other_hours_count_in_the_write_that_sets_them() {
    let world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await.id;
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let set = async |by: &Actor, value: Option<WorkingHours>| {
        let patch = hours_of_another(value);
        world
            .desk
            .users()
            .update(by, mia, &patch, None)
            .await
            .unwrap()
    };
    let ticket = world.ticket(&ann, "x", &["Linux"]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia));

    let off = set(&root, Some(nine_to_five())).await;
    assert!(!off.shift.on, "it is night in Berlin, too");
    world.run_until_idle().await;
    let assignee = world.stored(&ticket).await.assignee();
    assert_eq!(assignee, None, "work ended hours ago");

    let again = set(&root, Some(nine_to_five())).await;
    assert_eq!(again.version, off.version, "the same hours are no change");
    assert!(set(&root, None).await.shift.on);
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia));

    let events = changes_of(&world, mia).await;
    let told: Vec<(&EventKind, bool, Option<&Value>)> = events
        .iter()
        .map(|event| {
            let hours = became(event, "hours").is_some_and(|hours| !hours.is_null());
            (&event.kind, hours, became(event, "onShift"))
        })
        .collect();
    let changed = &EventKind::AccountChanged;
    let [on, off] = [json!(true), json!(false)];
    assert_eq!(
        told,
        [(changed, true, Some(&off)), (changed, false, Some(&on))]
    );
}

#[tokio::test]
async fn who_joins_the_staff_is_on_shift_as_of_then() {
    let world = World::new();
    world.staff("root", Role::Admin, &[], 5).await;
    let root = world.login("root").await.actor().unwrap();
    let ann = world.requester("ann").await.id().unwrap();
    let update = async |patch: PersonPatch| {
        let updated = world.desk.users().update(&root, ann, &patch, None).await;
        updated.unwrap()
    };
    pass_until(&world, "2023-11-15T12:00:00Z");
    let set = update(hours_of_another(Some(nine_to_five()))).await;
    assert!(set.shift.on);
    pass_until(&world, "2023-11-16T03:00:00Z");
    sweep(&world).await;
    let joined = update(PersonPatch {
        role: Some(Role::Moderator),
        ..PersonPatch::default()
    });
    let joined = joined.await;
    assert!(!joined.shift.on);
    assert_eq!(
        joined.shift.until,
        Some("2023-11-16T08:00:00Z".parse().unwrap())
    );
}

#[tokio::test]
async fn one_sweep_turns_all_shifts_that_are_due() {
    let world = World::new();
    let mut people = Vec::new();
    for n in 0..1_010 {
        let mut person = world.person(&format!("p{n}"), Role::Moderator).await.user;
        person.hours = Some(nine_to_five());
        person.shift.until = Some(world.desk.now());
        people.push(world.write(person).await.id);
    }
    world.desk.jobs().sweep().await.unwrap();
    for id in people {
        let shift = stored(&world, id).await.shift;
        assert!(!shift.on && shift.until > Some(world.desk.now()));
    }
}
