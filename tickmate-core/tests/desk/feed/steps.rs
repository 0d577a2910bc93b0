//! The steps of a random history.

use std::time::Duration;

use fastrand::Rng;
use tickmate_core::{
    backend::{
        queue::{ClaimRequest, JobLeases, Wanted},
        store::EventStore,
    },
    desk::{AssignTo, DeskError, PersonPatch, ReplyDraft, TicketPatch},
    domain::{
        access::Actor,
        id::{LeaseId, TicketId, UserId},
        job::Job,
        job_class::PerClass,
        reply::Visibility,
        status::Status,
        ticket::Ticket,
        user::Role,
    },
};

use super::{
    log::Log,
    viewer::{Account, Viewer},
};
use crate::desk::world::World;

const SKILLS: [&str; 3] = ["React", "PostgreSQL", "Docker"];

pub(super) struct People {
    users: Vec<Actor>,
    moderators: Vec<Actor>,
    admins: Vec<Actor>,
    pub(super) viewers: Vec<Viewer>,
}

impl People {
    pub(super) async fn new(world: &World) -> Self {
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
pub(super) async fn run_one_job(world: &World) {
    world.desk.jobs().relay().await.unwrap();
    let request = ClaimRequest {
        lease: LeaseId::new(world.desk.now(), world.host.random_bytes()),
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
pub(super) async fn step(world: &World, people: &mut People, random: &mut Rng, log: &Log) {
    let desk = &world.desk;
    let admin = one(random, &people.admins).clone();
    let tickets: Vec<TicketId> = {
        let mut tickets: Vec<&Ticket> = log.latest.values().collect();
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        tickets.iter().map(|ticket| ticket.id).collect()
    };
    if tickets.len() < 10 || random.usize(..12) == 0 {
        let asker = match random.usize(..4) {
            0 => one(random, &people.moderators),
            _ => one(random, &people.users),
        };
        world.ticket(asker, "x", &[*one(random, &SKILLS)]).await;
        return;
    }
    if random.usize(..40) == 0 {
        return change_account(world, people, random, log).await;
    }
    let id = *one(random, &tickets);
    let moderator: UserId = one(random, &people.moderators).id().unwrap();
    let result = match random.usize(..14) {
        0..3 => {
            let to = AssignTo::Person {
                id: moderator,
                force: true,
            };
            desk.tickets()
                .assign(&admin, id, to, None)
                .await
                .map(|_| ())
        }
        3 => desk
            .tickets()
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
            let to = *one(random, &statuses);
            desk.tickets()
                .set_status(&admin, id, to, None)
                .await
                .map(|_| ())
        }
        5 | 6 => {
            let draft = ReplyDraft {
                message: "hm".to_owned(),
                visibility: *one(random, &[Visibility::Public, Visibility::Internal]),
            };
            desk.tickets()
                .reply(&admin, id, &draft, None)
                .await
                .map(|_| ())
        }
        7 => {
            let patch = TicketPatch {
                skills: Some(vec![(*one(random, &SKILLS)).into()]),
                ..TicketPatch::default()
            };
            desk.tickets()
                .edit(&admin, id, &patch, None)
                .await
                .map(|_| ())
        }
        8 => desk.tickets().delete(&admin, id, None).await,
        9..12 => {
            run_one_job(world).await;
            Ok(())
        }
        12 => match desk.triage().retriage(&admin, id, None).await {
            Err(DeskError::Forbidden(_)) => Ok(()),
            asked => asked.map(|_| ()),
        },
        _ => desk.tickets().restore(&admin, id, None).await.map(|_| ()),
    };
    match result {
        Ok(()) | Err(DeskError::Conflict { .. } | DeskError::NotFound | DeskError::Invalid(_)) => {}
        Err(error) => panic!("{error:?}"),
    }
}

/// Changes role or skills of one of those who began as moderators.
pub(super) async fn change_account(
    world: &World,
    people: &mut People,
    random: &mut Rng,
    log: &Log,
) {
    let admin = one(random, &people.admins).clone();
    let of_moderators = 2 * random.usize(..people.moderators.len()) + 1;
    let viewer = &mut people.viewers[of_moderators];
    let skills = [*one(random, &SKILLS), *one(random, &SKILLS)];
    let role = *one(
        random,
        &[Role::Moderator, Role::Moderator, Role::User, Role::Admin],
    );
    let patch = PersonPatch {
        role: Some(role),
        skills: Some(skills.map(Into::into).into()),
        ..PersonPatch::default()
    };
    let last = log.events.last().map_or(0, |event| event.seq);
    let update = world.desk.users().update(&admin, viewer.id, &patch, None);
    update.await.unwrap();
    if world.store.last_seq().await.unwrap() > last {
        viewer.accounts.push(Account::new(last + 1, role, &skills));
    }
}

/// Returns one of these.
fn one<'a, T>(random: &mut Rng, of: &'a [T]) -> &'a T {
    &of[random.usize(..of.len())]
}
