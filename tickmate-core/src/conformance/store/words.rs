//! Lists of tickets by the words that stand in them.

use crate::{
    backend::store::Store,
    conformance::{Outcome, scene::Scene},
    domain::{
        query::{Scope, TicketFilter, TicketOrder, TicketQuery, search_words},
        reply::Visibility,
    },
};

/// The numbers of the tickets in which all of these words stand.
async fn found(store: &dyn Store, words: &str) -> Outcome<Vec<u64>> {
    let query = TicketQuery {
        scopes: vec![Scope::All],
        filter: TicketFilter {
            words: search_words(words),
            ..TicketFilter::default()
        },
        order: TicketOrder::CreatedAt,
        descending: false,
        after: None,
        limit: 100,
    };
    let page = store.tickets(&query).await?;
    Ok(page.items.iter().map(|ticket| ticket.number).collect())
}

async fn written(scene: &mut Scene<'_>, texts: &[(&str, &str)]) -> Outcome {
    let ann = scene.requester().await?.id;
    for (title, description) in texts {
        let ticket = scene.ticket_with(ann, |ticket| {
            (ticket.title, ticket.description) = ((*title).to_owned(), (*description).to_owned());
        });
        ticket.await?;
    }
    Ok(())
}

/// Every word must stand in the ticket, in title or description, in any order.
pub async fn every_word_must_occur(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("VPN is down", "Since Monday, error 691."),
        (
            "Printer",
            "The vpn works, the printer (2nd floor) does not.",
        ),
        ("Nothing", "works"),
    ];
    written(&mut scene, &texts).await?;
    for (words, expected) in [
        ("vpn", &[1, 2][..]),
        ("monday VPN", &[1]),
        ("works", &[2, 3]),
        ("printer floor works", &[2]),
        ("691", &[1]),
        ("vpn missing", &[]),
        ("", &[1, 2, 3]),
    ] {
        assert_eq!(found(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// Words are whole words: no part of one is found, and signs between them separate.
pub async fn words_are_whole_words(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("Printers", "e-mail: ann@example.org/inbox"),
        (
            "Print",
            "mailbox 50%_off AND \"NOT\" \u{1F525}fire\u{1F525}",
        ),
    ];
    written(&mut scene, &texts).await?;
    for (words, expected) in [
        ("print", &[2][..]),
        ("printers", &[1]),
        ("printer", &[]),
        ("mail", &[1]),
        ("example inbox", &[1]),
        ("off", &[2]),
        ("50", &[2]),
        ("not and", &[2]),
        ("not or", &[]),
        ("near", &[]),
        ("fire", &[2]),
        ("title", &[]),
    ] {
        assert_eq!(found(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// Case does not count, in any script; accents do.
pub async fn words_are_found_in_any_case(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("DRUCKER für die KÜCHE", "Ärger mit Größe"),
        ("ПРИНТЕР не работает", "Δεν δουλεύει"),
        ("Kuche", "打印机 坏了"),
    ];
    written(&mut scene, &texts).await?;
    for (words, expected) in [
        ("küche", &[1][..]),
        ("KÜCHE", &[1]),
        ("kuche", &[3]),
        ("ärger GRÖßE drucker", &[1]),
        ("принтер", &[2]),
        ("РАБОТАЕТ", &[2]),
        ("ΔΕΝ", &[2]),
        ("打印机", &[3]),
    ] {
        assert_eq!(found(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// Words of public replies are found, those of internal notes never.
pub async fn words_of_internal_notes_are_not_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    for (visibility, message) in [
        (Visibility::Public, "It was the toner."),
        (Visibility::Internal, "Ann is a nuisance."),
        (Visibility::Public, "Thanks, solved."),
    ] {
        let mut reply = scene.make.reply(ticket.id, ann, message);
        reply.visibility = visibility;
        let write = scene.make.reply_write(&ticket, reply);
        ticket = scene.written(&write).await?;
    }
    for (words, expected) in [
        ("toner", &[1][..]),
        ("toner solved fire", &[1]),
        ("nuisance", &[]),
        ("toner nuisance", &[]),
    ] {
        assert_eq!(found(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// A changed text is found by its words of today, and not by those of before.
pub async fn words_follow_the_text(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "Call me.");
    let write = scene.make.reply_write(&ticket, reply);
    let ticket = scene.written(&write).await?;
    let edited = scene.change(&ticket, |ticket| {
        ticket.title = "The scanner howls".to_owned()
    });
    edited.await?;
    assert_eq!(found(store, "scanner howls").await?, [1]);
    assert_eq!(found(store, "scanner smokes call").await?, [1]);
    assert!(found(store, "printer").await?.is_empty());
    Ok(())
}
