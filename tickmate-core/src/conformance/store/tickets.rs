//! Creating tickets.

use crate::{
    backend::store::Store,
    conformance::{Outcome, scene::Scene},
};

/// Numbers are 1, 2, 3 …, each given once.
pub async fn numbers_count_from_one(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    for number in 1..=5 {
        let ticket = scene.ticket(ann).await?;
        assert_eq!((ticket.number, ticket.version), (number, 1));
        let found = store.ticket_by_number(number).await?;
        assert_eq!(found.map(|found| found.id), Some(ticket.id));
    }
    Ok(())
}
