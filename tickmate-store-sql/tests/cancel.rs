//! Callers that drop their futures at any moment leave nothing half-done and nothing broken.
#![cfg(feature = "sqlite")]

mod support;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use support::{Desk, Random, create, integrity, is_stored, tickets};
use tickmate_core::{
    backend::store::{StoreError, SystemStore, TicketStore},
    conformance::fixtures::Fixtures,
    domain::user::Role,
};

/// Polls a future at most `times` times, and then drops it. Returns its output if it completed.
async fn poll_at_most<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// Returns how often a client polls before it drops its request: a few times, many times, or until it completes.
fn max_polls(random: &mut Random) -> usize {
    let few = random.below(10);
    let some = random.below(20_000);
    random.pick(&[few, some, usize::MAX])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_requests_are_done_completely_or_not_at_all() {
    let desk = Desk::new().await;
    let mut make = Fixtures::new(1);
    let ann = desk.create_user(&mut make, Role::User).await.id;
    let mut random = Random::new(7);
    let all = tickets(&mut make, ann, 2_000);
    let mut acknowledged = Vec::new();
    for chunk in all.chunks(50) {
        let mut clients = Vec::new();
        for new in chunk {
            let (store, new) = (desk.store.clone(), new.clone());
            let (writes, reads) = (max_polls(&mut random), max_polls(&mut random));
            clients.push(tokio::spawn(async move {
                let id = new.ticket.id;
                let done = poll_at_most(writes, create(&store, &new)).await;
                let _ = poll_at_most(reads, store.ticket(id)).await;
                matches!(done, Some(Ok(_))).then_some(id)
            }));
        }
        for client in clients {
            acknowledged.extend(client.await.unwrap());
        }
    }
    // Dropped requests may still fill the queue of the writer, which drains by itself.
    let after = tickets(&mut make, ann, 1).remove(0);
    while let Err(error) = create(&desk.store, &after).await {
        assert!(matches!(error, StoreError::Overloaded), "{error:?}");
    }
    for new in tickets(&mut make, ann, 200) {
        create(&desk.store, &new).await.unwrap();
        desk.store.ping().await.unwrap();
        acknowledged.push(new.ticket.id);
    }
    let mut stored = 0;
    for new in &all {
        stored += usize::from(is_stored(&desk.store, new.ticket.id).await);
    }
    for id in &acknowledged {
        assert!(
            is_stored(&desk.store, *id).await,
            "acknowledged and lost: {id}"
        );
    }
    println!(
        "{} of {} acknowledged, {stored} done",
        acknowledged.len() - 200,
        all.len()
    );
    assert!(acknowledged.len() < all.len(), "no request was dropped");
    assert!(
        stored > acknowledged.len() - 200,
        "no dropped request was done"
    );
    assert_eq!(integrity(&desk.path).await, "ok");
}
