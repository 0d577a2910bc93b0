//! The state machines themselves: stores that are alike agree, and one that differs is noticed.
#![cfg(feature = "testing")]
use std::sync::Arc;

use tickmate_core::{
    backend::{queue::JobQueue, store::UserStore},
    conformance::{
        fixtures::Fixtures,
        machine::{Step, queues_agree, stores_agree},
        queue::{QueueUnderTest, TestClock},
    },
    domain::{
        job::{Job, JobKey, NewJob},
        time::from_micros,
        user::Role,
    },
    memory::{MemoryQueue, MemoryStore},
};

/// Steps of every kind.
fn steps() -> Vec<Step> {
    let byte = |number: usize| (number * 7919 / 16 % 251) as u8;
    (0..400)
        .map(|step| std::array::from_fn(|place| byte(step * 6 + place)))
        .collect()
}

#[tokio::test]
async fn a_store_that_yields_agrees_with_one_that_does_not() {
    let (one, other) = (MemoryStore::yielding(), MemoryStore::new());
    assert_eq!(stores_agree(&one, &other, &steps()).await, Ok(()));
}

#[tokio::test]
async fn a_difference_is_noticed_with_its_step() {
    let other = MemoryStore::new();
    let mut make = Fixtures::new(9);
    let stranger = make.person(Role::Moderator);
    other.create_user(&make.new_user(stranger)).await.unwrap();
    let reference = MemoryStore::new();
    let difference = stores_agree(&other, &reference, &steps())
        .await
        .unwrap_err();
    assert!(difference.starts_with("step 0 "), "{difference}");
}

fn queue() -> (Arc<MemoryQueue>, QueueUnderTest) {
    let clock = TestClock::default();
    let queue = Arc::new(MemoryQueue::new(clock.as_fn()));
    (Arc::clone(&queue), QueueUnderTest::new(queue, clock))
}

#[tokio::test]
async fn queues_that_are_alike_agree_and_others_do_not() {
    let ((_, one), (_, two)) = (queue(), queue());
    assert_eq!(queues_agree(&one, &two, &steps()).await, Ok(()));
    let ((other, third), (_, fourth)) = (queue(), queue());
    let stray = NewJob::new(
        JobKey::new("stray"),
        Job::Train { version: 1 },
        from_micros(0),
    );
    other.enqueue(&[stray]).await.unwrap();
    assert!(queues_agree(&third, &fourth, &steps()).await.is_err());
}
