//! Retrying the jobs that died.

use tickmate_core::{
    backend::{
        queue::JobQueue,
        store::{MailQuery, MailStore},
    },
    desk::{DeadJobQuery, DeskError},
    domain::{
        access::Actor,
        job::DeadJob,
        mail::MailStatus,
        time::{Span, Timestamp},
        user::Role,
    },
};

use super::world::World;

/// A desk in which the mails of three tickets died, one three days after the other.
async fn with_dead_mails() -> World {
    let world = World::new();
    let ann = world.requester("ann").await;
    world.mailer.fail_next(1_000);
    for title in ["a", "b", "c"] {
        world.ticket(&ann, title, &["Zeppelins"]).await;
        for _ in 0..72 {
            world.run_until_idle().await;
            world.pass(Span::hours(1));
        }
    }
    world.desk.jobs().sweep().await.unwrap();
    world
}

async fn dead_jobs(world: &World) -> Vec<DeadJob> {
    world.queue.dead(None, 100).await.unwrap().items
}

async fn dead_mails(world: &World) -> usize {
    let query = MailQuery::of_status(MailStatus::Dead);
    world.store.mails(&query, 100).await.unwrap().items.len()
}

async fn admin(world: &World) -> Actor {
    world.person("root", Role::Admin).await.actor().unwrap()
}

async fn retry(world: &World, query: DeadJobQuery) -> Result<u64, DeskError> {
    let admin = admin(world).await;
    world.desk.jobs().replay_all(&admin, &query).await
}

fn of_kind(kind: &str) -> DeadJobQuery {
    DeadJobQuery {
        kind: Some(kind.to_owned()),
        ..DeadJobQuery::default()
    }
}

#[tokio::test]
async fn dead_jobs_are_retried_by_kind_and_their_mails_with_them() {
    let world = with_dead_mails().await;
    let dead = dead_jobs(&world).await.len();
    assert!(dead >= 3);
    assert_eq!(dead_mails(&world).await, dead);
    let depth = world.desk.jobs().depth(&admin(&world).await).await.unwrap();
    assert_eq!(depth.dead, dead as u64);
    assert_eq!(retry(&world, of_kind("triage")).await.unwrap(), 0);
    let unknown = retry(&world, of_kind("bake")).await;
    assert!(matches!(unknown, Err(DeskError::Invalid(_))), "{unknown:?}");
    assert_eq!(retry(&world, of_kind("mail")).await.unwrap(), dead as u64);
    assert_eq!(dead_mails(&world).await, 0);
    assert_eq!(retry(&world, DeadJobQuery::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn the_dead_jobs_of_a_period_are_retried_from_its_start_and_until_before_its_end() {
    let world = with_dead_mails().await;
    let mut deaths: Vec<Timestamp> = dead_jobs(&world)
        .await
        .iter()
        .map(|one| one.died_at)
        .collect();
    deaths.sort_unstable();
    deaths.dedup();
    let [first, second, .., last] = deaths[..] else {
        panic!("{deaths:?}");
    };
    let period = |from, to| DeadJobQuery {
        from,
        to,
        ..DeadJobQuery::default()
    };
    let left = async || dead_jobs(&world).await.into_iter().map(|one| one.died_at);
    assert_eq!(retry(&world, period(None, Some(first))).await.unwrap(), 0);
    assert!(
        retry(&world, period(Some(first), Some(second)))
            .await
            .unwrap()
            > 0
    );
    assert_eq!(left().await.min(), Some(second));
    assert!(retry(&world, period(Some(last), None)).await.unwrap() > 0);
    assert!(
        left()
            .await
            .all(|died_at| second <= died_at && died_at < last)
    );
}
