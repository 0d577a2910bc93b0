//! What people and tickets hold follows the dictionary and the holidays.

use std::sync::Arc;

use tickmate_core::{
    backend::{
        queue::{AfterError, JobLeases, JobQueue},
        store::{SystemStore, UserStore},
    },
    desk::{PersonPatch, RoutingPatch, TicketView},
    domain::{
        hours::{Holidays, WorkingHours},
        job::{Job, JobKey, NewJob},
        presence::Availability,
        routing::Policy,
        skill::{Skill, SkillEntry, Vocabulary},
        time::Span,
        user::{Role, User},
    },
};

use super::{admin, row, set_rows};
use crate::desk::world::World;

const WALKED: &str = "routing.walked";

async fn user(world: &World, user: &User) -> User {
    world.store.user(user.id).await.unwrap().unwrap()
}

async fn skills(world: &World, of: &User) -> Vec<String> {
    let ids = user(world, of).await.skills.into_iter();
    ids.map(|skill| skill.id).collect()
}

async fn needs(world: &World, ticket: &TicketView) -> Vec<String> {
    let needed = world.stored(ticket).await.required_skills.into_iter();
    needed.map(|skill| skill.id).collect()
}

#[tokio::test]
async fn a_row_makes_a_name_known_everywhere_and_the_ticket_finds_its_person() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let mia = world
        .staff("mia", Role::Moderator, &["Blimps", "Linux"], 5)
        .await;
    let ben = world
        .staff("ben", Role::Moderator, &["Linux", "Windows"], 5)
        .await;
    // The only one who could look at it is away, so that it waits.
    let caller = world.person("root", Role::Admin).await;
    let away = Availability::Away.into();
    world
        .desk
        .users()
        .set_availability(&caller, &away, None)
        .await
        .unwrap();
    let ticket = world.ticket(&ann, "leak", &["Airship"]).await;
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["x:blimps", "linux"]);
    assert_eq!(needs(&world, &ticket).await, ["x:airship"]);
    assert!(
        world.stored(&ticket).await.queued.is_some(),
        "nobody knows it"
    );

    let zeppelins = row("zeppelins", "Zeppelins", &["blimps", "airship"], &[]);
    set_rows(&world, &root, vec![zeppelins]).await;
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins", "linux"]);
    assert_eq!(skills(&world, &ben).await, ["linux", "windows"]);
    assert_eq!(needs(&world, &ticket).await, ["zeppelins"]);
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia.id));
    assert_eq!(
        world.stored(&ticket).await.required_skills,
        [Skill::new("zeppelins", "Zeppelins")]
    );
    let history = world.history(&root, &ticket).await;
    assert!(history.contains(&"edited".to_owned()), "{history:?}");

    set_rows(&world, &root, Vec::new()).await;
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["x:zeppelins", "linux"]);
    assert_eq!(needs(&world, &ticket).await, ["x:zeppelins"]);
    let stored = world.stored(&ticket).await;
    assert_eq!(
        stored.assignee(),
        Some(mia.id),
        "it stays with who knows it"
    );
    assert_eq!(
        user(&world, &ben).await.version,
        1,
        "who has nothing of it is left alone"
    );
}

#[tokio::test]
async fn names_of_one_skill_become_that_skill_once() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let mia = world
        .staff("mia", Role::Moderator, &["Blimps", "Airships"], 5)
        .await;
    let ticket = world.ticket(&ann, "leak", &["Airships", "Blimps"]).await;
    let zeppelins = row("zeppelins", "Zeppelins", &["blimps", "airships"], &[]);
    set_rows(&world, &root, vec![zeppelins]).await;
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins"]);
    assert_eq!(needs(&world, &ticket).await, ["zeppelins"]);
}

#[tokio::test]
async fn of_two_versions_the_later_one_wins_and_its_walk_ends() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 5).await;
    let ticket = world.ticket(&ann, "leak", &["Blimps"]).await;
    world.run_until_idle().await;
    set_rows(
        &world,
        &root,
        vec![row("balloons", "Balloons", &["blimps"], &[])],
    )
    .await;
    set_rows(
        &world,
        &root,
        vec![row("zeppelins", "Zeppelins", &["blimps"], &[])],
    )
    .await;
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins"]);
    assert_eq!(needs(&world, &ticket).await, ["zeppelins"]);
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia.id));
    assert_eq!(
        world.store.value(WALKED).await.unwrap().as_deref(),
        Some("2")
    );
    let versions = [
        user(&world, &mia).await.version,
        world.stored(&ticket).await.version,
    ];

    // An older walk that wakes up late, and the same one twice, change nothing.
    for version in [1, 2, 2] {
        let jobs = [
            Job::ReapplyToUsers {
                version,
                after: None,
                again: false,
            },
            Job::ReapplyToTickets {
                version,
                after: 0,
                again: false,
            },
        ];
        for job in jobs {
            world.desk.jobs().run(&job, 0).await.unwrap();
        }
    }
    world.pass(Span::hours(1));
    world.run_until_idle().await;
    let after = [
        user(&world, &mia).await.version,
        world.stored(&ticket).await.version,
    ];
    assert_eq!(after, versions);
}

#[tokio::test]
async fn the_walk_goes_over_many_pages_and_another_policy_does_not_end_it() {
    let world = World::new();
    let root = admin(&world).await;
    let ann = world.requester("ann").await;
    let mut people = Vec::new();
    for n in 0..205 {
        let mut person = world.person(&format!("p{n}"), Role::User).await.user;
        person.skills = vec![Skill::new("x:blimps", "Blimps")];
        people.push(world.write(person).await);
    }
    let mut tickets = Vec::new();
    for n in 0..405 {
        tickets.push(world.ticket(&ann, &format!("t{n}"), &["Blimps"]).await);
    }
    set_rows(
        &world,
        &root,
        vec![row("zeppelins", "Zeppelins", &["blimps"], &[])],
    )
    .await;
    let late = RoutingPatch {
        policy: Policy::named("late"),
        ..RoutingPatch::default()
    };
    world
        .desk
        .routing()
        .set_rules(&root, late, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    for person in &people {
        assert_eq!(skills(&world, person).await, ["zeppelins"]);
    }
    for ticket in &tickets {
        assert_eq!(needs(&world, ticket).await, ["zeppelins"]);
    }
    assert_eq!(
        world.store.value(WALKED).await.unwrap().as_deref(),
        Some("1")
    );
}

#[tokio::test]
async fn who_was_slow_with_the_old_dictionary_is_found_by_the_second_walk() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    set_rows(
        &world,
        &root,
        vec![row("zeppelins", "Zeppelins", &["blimps"], &[])],
    )
    .await;
    world.run_until_idle().await;
    let mut late = user(&world, &mia).await;
    late.skills = vec![Skill::new("x:blimps", "Blimps")];
    world.write(late).await;
    world.pass(Span::minutes(3));
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins"]);
}

#[tokio::test]
async fn a_walk_that_got_lost_is_begun_by_the_sweep() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 5).await;
    world.run_until_idle().await;
    // The rules of another process, whose queue is lost with the job that begins the walk.
    let other = World::sharing(&world);
    set_rows(
        &other,
        &root,
        vec![row("zeppelins", "Zeppelins", &["blimps"], &[])],
    )
    .await;
    other.desk.jobs().relay().await.unwrap();
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["x:blimps"]);
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins"]);
    world.desk.jobs().sweep().await.unwrap();
    let depth = world.queue.depth().await.unwrap();
    assert_eq!(depth.ready, 1, "no more than the second walk is left");
}

/// Runs jobs until nothing is left to do, but of this one, which dies.
async fn settle_but(world: &World, dies: impl Fn(&Job) -> bool) {
    let mut died = 0;
    loop {
        world.desk.jobs().relay().await.unwrap();
        let jobs = world.claim().await;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            if dies(job.job.as_ref().unwrap()) {
                world.queue.start(&job.key, job.lease).await.unwrap();
                let failed = world
                    .queue
                    .fail(&job.key, job.lease, "died", AfterError::Die);
                failed.await.unwrap();
                died += 1;
            } else {
                world.run(job).await;
            }
        }
    }
    assert_eq!(died, 1);
}

async fn sweep(world: &World) {
    world.desk.jobs().sweep().await.unwrap();
    world.run_until_idle().await;
}

#[tokio::test]
async fn a_walk_that_died_is_begun_again_after_an_hour() {
    let first_people = |job: &Job| matches!(job, Job::ReapplyToUsers { after: None, .. });
    let second_people = |job: &Job| matches!(job, Job::ReapplyToUsers { after: Some(_), .. });
    let tickets = |job: &Job| matches!(job, Job::ReapplyToTickets { .. });
    let deaths: [&dyn Fn(&Job) -> bool; 3] = [&first_people, &second_people, &tickets];
    for dies in deaths {
        let world = World::new();
        let root = admin(&world).await;
        let ann = world.requester("ann").await;
        let mut last = None;
        for n in 0..205 {
            let mut person = world.person(&format!("p{n}"), Role::User).await.user;
            person.skills = vec![Skill::new("x:blimps", "Blimps")];
            last = Some(world.write(person).await);
            world.pass(Span::milliseconds(2));
        }
        let last = last.unwrap();
        let ticket = world.ticket(&ann, "leak", &["Blimps"]).await;
        world.run_until_idle().await;
        let zeppelins = row("zeppelins", "Zeppelins", &["blimps"], &[]);
        set_rows(&world, &root, vec![zeppelins]).await;
        settle_but(&world, dies).await;
        sweep(&world).await;
        world.pass(Span::minutes(50));
        sweep(&world).await;
        assert_eq!(needs(&world, &ticket).await, ["x:blimps"]);
        assert_eq!(world.store.value(WALKED).await.unwrap(), None);

        world.pass(Span::minutes(11));
        sweep(&world).await;
        assert_eq!(skills(&world, &last).await, ["zeppelins"]);
        assert_eq!(needs(&world, &ticket).await, ["zeppelins"]);
        assert!(world.store.value(WALKED).await.unwrap().is_some());
        world.pass(Span::hours(2));
        sweep(&world).await;
        let done = world.queue.depth().await.unwrap().done;
        world.pass(Span::hours(2));
        sweep(&world).await;
        let depth = world.queue.depth().await.unwrap();
        assert_eq!((depth.done, depth.dead), (done, 1), "the walk is over");
    }
}

#[tokio::test]
async fn another_dictionary_of_the_host_begins_a_walk() {
    let mut world = World::new();
    let ann = world.requester("ann").await;
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 5).await;
    let ticket = world.ticket(&ann, "leak", &["Blimps"]).await;
    sweep(&world).await;
    let done = world.queue.depth().await.unwrap().done;
    sweep(&world).await;
    assert_eq!(world.queue.depth().await.unwrap().done, done);

    let zeppelins = SkillEntry {
        id: "zeppelins".to_owned(),
        name: "Zeppelins".to_owned(),
        aliases: vec!["blimps".to_owned()],
        ..SkillEntry::default()
    };
    let other = Vocabulary::new(vec![zeppelins]).unwrap();
    world.desk = Arc::new(world.builder().vocabulary(other).build().unwrap());
    sweep(&world).await;
    assert_eq!(skills(&world, &mia).await, ["zeppelins"]);
    assert_eq!(needs(&world, &ticket).await, ["zeppelins"]);
    world.pass(Span::hours(2));
    sweep(&world).await;
    let done = world.queue.depth().await.unwrap().done;
    world.pass(Span::hours(2));
    sweep(&world).await;
    assert_eq!(
        world.queue.depth().await.unwrap().done,
        done,
        "once is enough"
    );
}

#[tokio::test]
async fn what_a_human_sets_meanwhile_stays() {
    let world = World::new();
    let root = admin(&world).await;
    let mia = world.staff("mia", Role::Moderator, &["Blimps"], 5).await;
    world.run_until_idle().await;
    set_rows(
        &world,
        &root,
        vec![row("zeppelins", "Zeppelins", &["blimps"], &[])],
    )
    .await;
    let patch = PersonPatch {
        skills: Some(vec!["Windows".into(), "Blimps".into()]),
        ..PersonPatch::default()
    };
    world
        .desk
        .users()
        .update(&root, mia.id, &patch, None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert_eq!(skills(&world, &mia).await, ["windows", "zeppelins"]);
}

#[tokio::test]
async fn another_holiday_moves_the_shift() {
    let world = World::new();
    let root = admin(&world).await;
    let mut mia = world.staff("mia", Role::Moderator, &["Linux"], 5).await;
    // The clock of these tests starts on a Tuesday, 2023-11-14, 22:13 UTC.
    let day = serde_json::json!([["00:00", "24:00"]]);
    let hours = serde_json::json!({
        "zone": "UTC",
        "week": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day },
    });
    mia.hours = Some(WorkingHours::parse(&hours).unwrap());
    mia.shift = mia.shift_at(&Holidays::default(), world.desk.now());
    let mia = world.write(mia).await;
    assert!(mia.shift.on && mia.takes_work());
    let on = |dates: &str| {
        let dates: serde_json::Value = serde_json::from_str(dates).unwrap();
        RoutingPatch {
            holidays: Some(Holidays::parse(&dates).unwrap()),
            ..RoutingPatch::default()
        }
    };
    world
        .desk
        .routing()
        .set_rules(&root, on(r#"["2023-11-14"]"#), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    let off = user(&world, &mia).await;
    assert!(!off.shift.on);
    let ann = world.requester("ann").await;
    let ticket = world.ticket(&ann, "t", &["Linux"]).await;
    world.run_until_idle().await;
    assert_eq!(world.stored(&ticket).await.assignee(), None);
    world
        .desk
        .routing()
        .set_rules(&root, on("[]"), None)
        .await
        .unwrap();
    world.run_until_idle().await;
    assert!(user(&world, &mia).await.shift.on);
    assert_eq!(world.stored(&ticket).await.assignee(), Some(mia.id));
    let steady = user(&world, &mia).await.version;
    let again = Job::ReapplyToUsers {
        version: 2,
        after: None,
        again: false,
    };
    world.desk.jobs().run(&again, 0).await.unwrap();
    assert_eq!(user(&world, &mia).await.version, steady, "twice is once");
}

#[tokio::test]
async fn a_walk_of_no_version_does_nothing() {
    let world = World::new();
    let now = world.desk.now();
    for (n, job) in [
        Job::ReapplyToUsers {
            version: 0,
            after: None,
            again: false,
        },
        Job::ReapplyToTickets {
            version: 9,
            after: 0,
            again: true,
        },
    ]
    .into_iter()
    .enumerate()
    {
        let key = JobKey::new(format!("test.{n}"));
        world
            .queue
            .enqueue(&[NewJob::new(key, job, now)])
            .await
            .unwrap();
    }
    world.run_until_idle().await;
    assert_eq!(world.queue.depth().await.unwrap().dead, 0);
}
