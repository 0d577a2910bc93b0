//! Lists of tickets by the words that they contain. The tokenizer is that of the domain; a store only indexes its terms.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    backend::store::Store,
    conformance::{Outcome, scene::Scene},
    domain::{
        query::{Scope, TicketFilter, TicketOrder, TicketQuery},
        reply::Visibility,
        words::{Form, MAX_TICKET_WORDS, Tokenizer},
    },
};

/// Returns the numbers of the tickets that contain all these words.
async fn find_numbers(store: &dyn Store, words: &str) -> Outcome<Vec<u64>> {
    let query = TicketQuery {
        scopes: vec![Scope::All],
        filter: TicketFilter {
            words: Tokenizer::default().query(words),
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

async fn check(store: &dyn Store, cases: &[(&str, &[u64])]) -> Outcome {
    for (words, expected) in cases {
        assert_eq!(find_numbers(store, words).await?, *expected, "{words}");
    }
    Ok(())
}

async fn create_tickets(scene: &mut Scene<'_>, texts: &[(&str, &str)]) -> Outcome {
    let ann = scene.requester().await?.id;
    for (title, description) in texts {
        let ticket = scene.ticket_with(ann, |ticket| {
            (ticket.title, ticket.description) = ((*title).to_owned(), (*description).to_owned());
        });
        ticket.await?;
    }
    Ok(())
}

/// Realistic searches, one on each line: the titles of tickets, and for each query the places of those that it finds.
const SEARCHES: &str = include_str!("../../../data/searches.jsonl");

#[derive(Deserialize)]
struct Search {
    id: String,
    titles: Vec<String>,
    finds: BTreeMap<String, Vec<u64>>,
}

/// Each search of the list finds exactly the expected tickets.
pub async fn searches_of_real_desks_find_their_tickets(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let mut before = 0;
    for line in SEARCHES.lines() {
        let search: Search = serde_json::from_str(line)?;
        let texts: Vec<(&str, &str)> = search
            .titles
            .iter()
            .map(|title| (title.as_str(), ""))
            .collect();
        create_tickets(&mut scene, &texts).await?;
        for (words, places) in &search.finds {
            let expected: Vec<u64> = places.iter().map(|place| before + place + 1).collect();
            assert_eq!(
                find_numbers(store, words).await?,
                expected,
                "{}: {words}",
                search.id
            );
        }
        before += texts.len() as u64;
    }
    assert!(before > 0, "the list is empty");
    Ok(())
}

/// Every word must occur in title or description, in any order.
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
    create_tickets(&mut scene, &texts).await?;
    for (words, expected) in [
        ("vpn", &[1, 2][..]),
        ("monday VPN", &[1]),
        ("works", &[2, 3]),
        ("printer floor works", &[2]),
        ("691", &[1]),
        ("vpn missing", &[]),
        ("", &[1, 2, 3]),
    ] {
        assert_eq!(find_numbers(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// Only whole words are found, and signs separate words.
pub async fn words_are_whole_words(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("Blueprints", "e-mail: ann@example.org/inbox"),
        ("Blue", "mailbox 50%_off AND \"NOT\" \u{1F525}fire\u{1F525}"),
        ("toner,drum;1,000", "don't"),
    ];
    create_tickets(&mut scene, &texts).await?;
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
    create_tickets(&mut scene, &texts).await?;
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

/// Words are found with any encoding of their accents, without accents, and by their stems.
pub async fn words_are_found_by_their_forms(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("Pru\u{308}fung", "Müller braucht Zugriff"),
        ("Muller", "Printers"),
        ("Nothing", "alike"),
    ];
    create_tickets(&mut scene, &texts).await?;
    let cases: [(&str, &[u64]); 6] = [
        ("Prüfung", &[1]),
        ("PRU\u{308}FUNG", &[1]),
        ("prufung", &[1]),
        ("müller", &[1, 2]),
        ("muller printer", &[2]),
        ("printers zugriff", &[]),
    ];
    check(store, &cases).await?;
    Ok(())
}

/// Matches by a better form come first, page by page, and those by the same form in the order of the list.
pub async fn the_best_matches_come_first(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("Muller", "printers"),
        ("Müller", "Printer"),
        ("Muller", "printer"),
        ("Müller", "printer again"),
        ("Nothing", "alike"),
    ];
    create_tickets(&mut scene, &texts).await?;
    let (exact, folded, stem) = (Form::Exact, Form::Folded, Form::Stem);
    let cases: [(&str, &[(Form, u64)]); 5] = [
        (
            "Müller printer",
            &[(exact, 4), (exact, 2), (folded, 3), (stem, 1)],
        ),
        (
            "muller printer",
            &[(exact, 3), (folded, 4), (folded, 2), (stem, 1)],
        ),
        ("Müllers", &[(stem, 4), (stem, 3), (stem, 2), (stem, 1)]),
        ("missing", &[]),
        ("", &[]),
    ];
    for (words, expected) in cases {
        for limit in 1..=4 {
            let found = search_all(store, words, limit).await?;
            assert_eq!(found, expected, "{words} by {limit}");
        }
    }
    Ok(())
}

/// Returns the matches of a search with the newest first, read page by page.
async fn search_all(store: &dyn Store, words: &str, limit: u32) -> Outcome<Vec<(Form, u64)>> {
    let mut query = TicketQuery {
        scopes: vec![Scope::All],
        filter: TicketFilter {
            words: Tokenizer::default().query(words),
            ..TicketFilter::default()
        },
        order: TicketOrder::CreatedAt,
        descending: true,
        after: None,
        limit,
    };
    let mut from = Form::Exact;
    let mut all = Vec::new();
    loop {
        let page = store.search_tickets(&query, from).await?;
        if let Some(last) = page.items.last() {
            from = last.form;
            query.after = Some(query.order.place(&last.ticket));
        }
        let more = page.more;
        assert!(!more || page.items.len() == limit as usize, "{words}");
        all.extend(
            page.items
                .iter()
                .map(|found| (found.form, found.ticket.number)),
        );
        if !more {
            return Ok(all);
        }
    }
}

/// Texts without spaces are found by any of their characters and pairs of characters.
pub async fn words_without_spaces_are_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("VPNに接続できません", "2024年"),
        ("打印机坏了", "サーバー"),
        ("Excel이 열리지 않아요", ""),
    ];
    create_tickets(&mut scene, &texts).await?;
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

/// Signs that belong to a word distinguish it from others; the word without them is found, too.
pub async fn signs_distinguish_words(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let texts = [
        ("C++ build", ""),
        ("C# build", ""),
        (".NET runtime", "report.pdf"),
        ("C net", "pdf"),
    ];
    create_tickets(&mut scene, &texts).await?;
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

/// The first words of a ticket are found, those of title and description before those of the replies.
pub async fn the_first_words_of_a_ticket_are_found(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let mut ticket = scene.ticket(ann).await?;
    let first = Tokenizer::default().terms([ticket.title.as_str(), ticket.description.as_str()]);
    let most = MAX_TICKET_WORDS - first.words().count();
    for numbers in [0..most - 1, most - 1..most + 1] {
        let words: Vec<String> = numbers.map(|number| format!("w{number}")).collect();
        let reply = scene.make.reply(ticket.id, ann, &words.join(" "));
        let write = scene.make.reply_write(&ticket, reply);
        ticket = scene.write(&write).await?;
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
        ticket = scene.write(&write).await?;
    }
    for (words, expected) in [
        ("toner", &[1][..]),
        ("toner solved fire", &[1]),
        ("nuisance", &[]),
        ("toner nuisance", &[]),
    ] {
        assert_eq!(find_numbers(store, words).await?, expected, "{words}");
    }
    Ok(())
}

/// A changed text is found by its present words, and not by its previous ones.
pub async fn changed_texts_are_found_by_their_present_words(store: &dyn Store) -> Outcome {
    let mut scene = Scene::new(store);
    let ann = scene.requester().await?.id;
    let ticket = scene.ticket(ann).await?;
    let reply = scene.make.reply(ticket.id, ann, "Call me.");
    let write = scene.make.reply_write(&ticket, reply);
    let ticket = scene.write(&write).await?;
    let edited = scene.change(&ticket, |ticket| {
        ticket.title = "The scanner howls".to_owned()
    });
    edited.await?;
    assert_eq!(find_numbers(store, "scanner howls").await?, [1]);
    assert_eq!(find_numbers(store, "scanner smokes call").await?, [1]);
    assert!(find_numbers(store, "printer").await?.is_empty());
    Ok(())
}
