//! The suppression list.

use futures_util::future::join_all;

use crate::{
    backend::store::Store,
    conformance::{Outcome, failure::expect_some, fixtures::parse_email, scene::Scene},
    domain::{event::ActorId, suppression::Suppression},
};

fn suppression(scene: &mut Scene<'_>, address: &str, by: ActorId) -> Suppression {
    Suppression {
        address: parse_email(address),
        reason: "bounced: 550 5.1.1 \u{1F525}".to_owned(),
        since: scene.make.now(),
        by,
    }
}

/// An address is on the list once, with its first reason, until it is removed.
pub async fn an_address_is_suppressed_once(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?;
    for by in [ActorId::System, ActorId::User(ann.id)] {
        let first = suppression(&mut scene, "ann@example.org", by);
        assert_eq!(store.suppression(&first.address).await?, None);
        assert_eq!(store.suppress(&first).await?, first);
        let second = Suppression {
            reason: "another".to_owned(),
            ..suppression(&mut scene, "ann@example.org", ActorId::System)
        };
        assert_eq!(store.suppress(&second).await?, first);
        let stored = store.suppression(&parse_email("Ann@Example.org")).await?;
        assert_eq!(stored, Some(first.clone()));
        assert_eq!(
            store.suppression(&parse_email("an@example.org")).await?,
            None
        );
        assert!(store.unsuppress(&first.address).await?);
        assert!(!store.unsuppress(&first.address).await?);
    }
    Ok(())
}

/// Of concurrent entries for one address, one is stored, and every call returns it.
pub async fn concurrent_suppressions_store_one_entry(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let entries = [(); 6].map(|()| suppression(&mut scene, "ann@example.org", ActorId::System));
    let answers = join_all(entries.iter().map(|entry| store.suppress(entry))).await;
    let stored = expect_some(store.suppression(&entries[0].address).await?);
    for answer in answers {
        assert_eq!(answer?, stored);
    }
    assert!(entries.contains(&stored));
    Ok(())
}

/// The list is in the order of the addresses, page by page.
pub async fn suppressed_addresses_come_in_order(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut entries = Vec::new();
    for address in ["c@b.org", "a@b.org", "a.b@b.org", "b@b.org", "a-b@b.org"] {
        let entry = suppression(&mut scene, address, ActorId::System);
        entries.push(store.suppress(&entry).await?);
    }
    entries.sort_by(|one, other| one.address.as_str().cmp(other.address.as_str()));
    for limit in 1..=6 {
        let mut found: Vec<Suppression> = Vec::new();
        loop {
            let after = found.last().map(|last| last.address.clone());
            let page = store.suppressions(after, limit).await?;
            found.extend(page.items);
            if !page.more {
                break;
            }
        }
        assert_eq!(found, entries, "pages of {limit}");
    }
    Ok(())
}
