//! Lists of tickets by the words that stand in them. The tokenizer is that of the domain; a store only keeps its terms.

use crate::{
    backend::store::Store,
    conformance::{Outcome, scene::Scene},
    domain::{
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        reply::Visibility,
        words::{Form, MAX_TICKET_TERMS, Tokenizer, WordQuery},
    },
};

/// Returns the numbers of the tickets that a query finds.
async fn found_by(store: &dyn Store, words: WordQuery) -> Outcome<Vec<u64>> {
    let query = TicketQuery {
        scopes: vec![Scope::All],
        filter: TicketFilter {
            words,
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

/// Returns the numbers of the tickets in which all these words stand.
async fn found(store: &dyn Store, words: &str) -> Outcome<Vec<u64>> {
    found_by(store, Tokenizer::default().query(words)).await
}

async fn check(store: &dyn Store, cases: &[(&str, &[u64])]) -> Outcome {
    for (words, expected) in cases {
        assert_eq!(found(store, words).await?, *expected, "{words}");
    }
    Ok(())
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
        ("Blueprints", "e-mail: ann@example.org/inbox"),
        ("Blue", "mailbox 50%_off AND \"NOT\" \u{1F525}fire\u{1F525}"),
        ("toner,drum;1,000", "don't"),
    ];
    written(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 15] = [
        ("blue", &[2]),
        ("blueprints", &[1]),
        ("prints", &[]),
        ("mail", &[1]),
        ("example inbox", &[1]),
        ("ann@example.org", &[1]),
        ("off", &[2]),
        ("50", &[2]),
        ("not and", &[2]),
        ("not or", &[]),
        ("near", &[]),
        ("fire", &[2]),
        ("terms", &[]),
        ("drum,toner", &[3]),
        ("1 don't", &[3]),
    ];
    check(store, &cases).await
}

/// Case does not count, in any script.
pub async fn words_are_found_in_any_case(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("DRUCKER für die KÜCHE", "Ärger mit Größe"),
        ("ПРИНТЕР не работает", "Δεν δουλεύει ΣΊΣΥΦΟΣ"),
        ("İstanbul ofisi", "yazıcı bozuk"),
    ];
    written(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 10] = [
        ("küche", &[1]),
        ("KÜCHE", &[1]),
        ("ärger GRÖSSE drucker", &[1]),
        ("принтер", &[2]),
        ("РАБОТАЕТ", &[2]),
        ("ΔΕΝ", &[2]),
        ("σίσυφος", &[2]),
        ("İstanbul", &[3]),
        ("istanbul", &[3]),
        ("YAZICI", &[3]),
    ];
    check(store, &cases).await
}

/// Words are found however their accents are encoded, without them, and by their stems.
pub async fn words_are_found_by_their_forms(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("Pru\u{308}fung", "Müller braucht Zugriff"),
        ("Muller", "Printers"),
        ("Nothing", "alike"),
    ];
    written(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 6] = [
        ("Prüfung", &[1]),
        ("PRU\u{308}FUNG", &[1]),
        ("prufung", &[1]),
        ("müller", &[1, 2]),
        ("muller printer", &[2]),
        ("printers zugriff", &[]),
    ];
    check(store, &cases).await?;
    for (words, form, expected) in [
        ("Müller", Form::Exact, &[1][..]),
        ("Müller", Form::Folded, &[2]),
        ("Müller", Form::Stem, &[]),
        ("muller printer", Form::Exact, &[]),
        ("muller printer", Form::Folded, &[]),
        ("muller printer", Form::Stem, &[2]),
    ] {
        let query = Tokenizer::default().query(words).only(form);
        let numbers = found_by(store, query).await?;
        assert_eq!(numbers, expected, "{words} by {form:?}");
    }
    Ok(())
}

/// Texts without spaces are found by any of their characters and pairs of them.
pub async fn words_without_spaces_are_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("VPNに接続できません", "2024年"),
        ("打印机坏了", "サーバー"),
        ("Excel이 열리지 않아요", ""),
    ];
    written(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 10] = [
        ("VPN", &[1]),
        ("接続", &[1]),
        ("続", &[1]),
        ("接で", &[]),
        ("2024", &[1]),
        ("打印机", &[2]),
        ("打印机 サーバー", &[2]),
        ("Excel", &[3]),
        ("열리지", &[3]),
        ("열지", &[]),
    ];
    check(store, &cases).await
}

/// Signs that belong to a word tell it from others; the word without them is found, too.
pub async fn words_keep_their_signs(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("C++ build", ""),
        ("C# build", ""),
        (".NET runtime", "report.pdf"),
        ("C net", "pdf"),
    ];
    written(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 7] = [
        ("C++", &[1]),
        ("c#", &[2]),
        (".net", &[3]),
        ("net", &[3, 4]),
        ("c", &[1, 2, 4]),
        ("report.pdf", &[3]),
        ("pdf", &[3, 4]),
    ];
    check(store, &cases).await
}

/// The first terms of a ticket are found, those of title and description before those of the replies.
pub async fn the_first_terms_of_a_ticket_are_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let first = Tokenizer::default().terms([ticket.title.as_str(), ticket.description.as_str()]);
    let most = MAX_TICKET_TERMS - first.as_slice().len();
    for numbers in [0..most - 1, most - 1..most + 1] {
        let words: Vec<String> = numbers.map(|number| format!("w{number}")).collect();
        let reply = scene.make.reply(ticket.id, ann, &words.join(" "));
        let write = scene.make.reply_write(&ticket, reply);
        ticket = scene.written(&write).await?;
    }
    check(
        store,
        &[
            ("w0", &[1]),
            (&format!("w{}", most - 1), &[1]),
            (&format!("w{most}"), &[]),
            ("printer", &[1]),
        ],
    )
    .await?;
    let edited = scene.change(&ticket, |ticket| ticket.description = "gone".to_owned());
    edited.await?;
    check(store, &[(&format!("w{most}"), &[1]), ("smokes", &[])]).await
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
