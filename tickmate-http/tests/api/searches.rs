//! Searches by words (`q`): what finds what, in which order, and how many run at a time.

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};
use tickmate_core::desk::{DeskSettings, SearchSettings};
use tickmate_http::HttpSettings;

use crate::api::{people::Caller, requests::Answer, world::World};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn search(world: &World, by: &Caller, words: &str, more: &str) -> Answer {
    let path = format!("/api/tickets?q={}{more}", encoded(words));
    world.get(&path).by(by).send().await
}

fn titles(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let tickets = answer.body["tickets"].as_array().unwrap();
    tickets
        .iter()
        .filter_map(|ticket| ticket["title"].as_str())
        .collect()
}

async fn written(titles: &[&str]) -> (World, Caller) {
    let world = World::new();
    let ann = world.requester().await;
    for title in titles {
        world.ticket(&ann, title).await;
    }
    (world, ann)
}

/// Each query finds the titles at these places, and no other.
async fn check(texts: &[&str], cases: &[(&str, &[usize])]) {
    let (world, ann) = written(texts).await;
    for (words, places) in cases {
        let answer = search(&world, &ann, words, "&sort=createdAt").await;
        let expected: Vec<&str> = places.iter().map(|place| texts[*place]).collect();
        assert_eq!(titles(&answer), expected, "{words}");
    }
}

#[tokio::test]
async fn se01_scripts_without_spaces() {
    check(
        &["VPNに接続できません", "打印机坏了", "Excel이 열리지 않아요"],
        &[
            ("VPN", &[0]),
            ("接続", &[0]),
            ("打印机", &[1]),
            ("Excel", &[2]),
        ],
    )
    .await;
}

#[tokio::test]
async fn se02_turkish_capitals() {
    check(
        &["İstanbul ofisi yazıcı bozuk"],
        &[("İstanbul", &[0]), ("istanbul", &[0])],
    )
    .await;
}

#[tokio::test]
async fn se03_accents_in_any_encoding_and_without() {
    check(
        &["Pru\u{308}fung fehlgeschlagen", "Müller braucht Zugriff"],
        &[
            ("Prüfung", &[0]),
            ("Pru\u{308}fung", &[0]),
            ("Muller", &[1]),
            ("müller", &[1]),
        ],
    )
    .await;
}

#[tokio::test]
async fn se04_signs_of_words() {
    check(
        &[
            "C++ build broken",
            "C# build broken",
            ".NET runtime missing",
        ],
        &[("C++", &[0]), ("C#", &[1]), (".NET", &[2])],
    )
    .await;
}

#[tokio::test]
async fn the_best_matches_come_first_page_by_page() {
    let texts = [
        "Muller printer",
        "Müller printers",
        "Müller printer",
        "Other",
    ];
    let (world, ann) = written(&texts).await;
    let best = ["Müller printer", "Muller printer", "Müller printers"];
    let all = search(&world, &ann, "Müller printer", "").await;
    assert_eq!(titles(&all), best);
    let by_age = search(&world, &ann, "Müller printer", "&sort=createdAt").await;
    assert_eq!(titles(&by_age), texts[..3]);
    for limit in 1..=3 {
        let mut seen: Vec<String> = Vec::new();
        let mut more = format!("&limit={limit}");
        for _ in 0..3 {
            let page = search(&world, &ann, "Müller printer", &more).await;
            seen.extend(titles(&page).iter().map(|&title| title.to_owned()));
            match &page.body["nextCursor"] {
                Value::String(next) => more = format!("&limit={limit}&cursor={next}"),
                other => {
                    assert_eq!(other, &Value::Null);
                    break;
                }
            }
        }
        assert_eq!(seen, best, "{limit}");
    }
    let first = search(&world, &ann, "Müller printer", "&limit=1").await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let other = search(
        &world,
        &ann,
        "printer",
        &format!("&limit=1&cursor={cursor}"),
    )
    .await;
    assert_eq!(other.fields(), ["cursor"]);
}

#[tokio::test]
async fn a_search_beyond_those_that_may_run_is_asked_to_come_later() {
    let settings = DeskSettings {
        search: SearchSettings {
            concurrency: 0,
            ..SearchSettings::default()
        },
        ..DeskSettings::default()
    };
    let world = World::with(settings, HttpSettings::default());
    let ann = world.requester().await;
    let refused = search(&world, &ann, "vpn", "").await;
    assert_eq!(refused.refusal(), (503, "overloaded"));
    assert!(!refused.header("retry-after").is_empty());
    for q in ["", "--"] {
        let answer = search(&world, &ann, q, "").await;
        assert_eq!(answer.body["tickets"], json!([]), "{q}");
    }
}

#[tokio::test]
async fn searches_that_take_long_leave_room_for_everything_else() {
    let (world, store) = World::switched();
    let ann = world.requester().await;
    let ticket = world.ticket(&ann, "VPN is down").await;
    store.block_searches(true);
    let mut searches: FuturesUnordered<_> =
        (0..8).map(|_| search(&world, &ann, "vpn", "")).collect();
    let most = SearchSettings::default().concurrency as usize;
    // Those beyond the limit are refused while the others wait.
    for _ in most..8 {
        let refused = searches.next().await.unwrap();
        assert_eq!(refused.refusal(), (503, "overloaded"));
    }
    for path in [
        "/api/tickets",
        "/api/auth/me",
        &format!("/api/tickets/{}", ticket["id"].as_str().unwrap()),
    ] {
        let answer = world.get(path).by(&ann).send().await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    world.ticket(&ann, "Written during the searches").await;
    store.block_searches(false);
    for answer in searches.collect::<Vec<_>>().await {
        assert_eq!(titles(&answer), ["VPN is down"]);
    }
    assert_eq!(store.waiting_searches(), most);
    assert_eq!(
        titles(&search(&world, &ann, "vpn", "").await),
        ["VPN is down"]
    );
}
