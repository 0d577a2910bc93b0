//! Caretakers of several processes: one leads, and another takes over.

use std::{sync::Arc, time::Duration};

use tickmate_core::{
    backend::queue::JobQueue,
    desk::Desk,
    domain::{id::LeaseId, time::Span},
};
use tickmate_jobs::{Caretaker, WorkerSettings};
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

use crate::desk::{World, until};

fn caretake(desk: Arc<Desk>, world: &World) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = WorkerSettings::default();
    let caretaker = Caretaker::new(desk, &world.random, settings, Arc::new(|| {})).unwrap();
    let run = caretaker.run(async {
        let _stopped = stopped.await;
    });
    (stop, tokio::spawn(run))
}

/// Whether no process leads: this one could.
async fn is_free(world: &World) -> bool {
    let third = LeaseId::new(world.desk.now(), [3; 10]);
    let leads = world.desk.lead(third, Span::seconds(1)).await.unwrap();
    world.desk.stop_leading(third).await.unwrap();
    leads
}

#[tokio::test(start_paused = true)]
async fn the_lead_is_taken_over_within_ten_seconds_after_a_death() {
    let world = World::new(None).await;
    let (_stop, first) = caretake(Arc::clone(&world.desk), &world);
    sleep(Duration::from_secs(1)).await;
    let (stop, second) = caretake(Arc::new(world.another_desk()), &world);
    sleep(Duration::from_secs(60)).await;
    assert!(!is_free(&world).await);
    first.abort();
    // What a process without a worker commits is found by the leader alone.
    let before = world.queue.depth().await.unwrap().ready;
    world.ticket("left behind").await;
    let ready = async || world.queue.depth().await.unwrap().ready > before;
    let took = until(ready).await;
    assert!(took <= Duration::from_secs(15), "{took:?}");
    stop.send(()).unwrap();
    second.await.unwrap();
    assert!(
        is_free(&world).await,
        "a process that stops gives the lead back"
    );
}

#[tokio::test(start_paused = true)]
async fn each_process_relays_at_once_what_it_committed() {
    let world = World::new(None).await;
    let other = Arc::new(world.another_desk());
    let (stop, leader) = caretake(other, &world);
    sleep(Duration::from_secs(1)).await;
    let (stop_second, second) = caretake(Arc::clone(&world.desk), &world);
    sleep(Duration::from_millis(2_500)).await;
    let before = world.queue.depth().await.unwrap().ready;
    world.ticket("help").await;
    let took = until(async || world.queue.depth().await.unwrap().ready > before).await;
    assert!(took < Duration::from_millis(100), "{took:?}");
    for (stop, task) in [(stop, leader), (stop_second, second)] {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}
