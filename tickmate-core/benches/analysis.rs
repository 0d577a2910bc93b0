//! How long it takes to find out what a ticket is about.

use std::{hint::black_box, sync::Arc};

use divan::Bencher;
use tickmate_core::domain::{
    analysis::Analysis,
    learn::{Analyzer, Dictionary, Example, Model},
    lexical::Lexicon,
    skill::{Skill, Vocabulary},
    triage::{Embedded, Similar, TriageRules},
};

fn main() {
    divan::main();
}

const TITLE: &str = "VPN keeps disconnecting on my new laptop";
const DESCRIPTION: &str = "Hello team,\n\
    since the update of Windows 11 yesterday the VPN client loses its connection every ten minutes. I restarted the \
    laptop and the router at home, and a colleague in the office has no trouble with Outlook or the file share. The \
    message says: tunnel closed, error 809. I can't reach the PostgreSQL server for our React application while it is \
    gone, so I cannot work on the release that is due tomorrow.\n\
    Could you please have a look soon?\n\
    Best regards";

fn staff_skills(vocabulary: &Vocabulary) -> Vec<Skill> {
    vocabulary.resolve_all([
        "Network",
        "Hardware",
        "Billing",
        "Accounts",
        "Databases",
        "Web",
        "React",
        "Our own tool",
    ])
}

#[divan::bench]
fn load_the_shipped_lexicon_and_vocabulary() -> (Lexicon, Vocabulary) {
    (Lexicon::shipped(), Vocabulary::shipped())
}

const MATTERS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "network",
        "high",
        "incident",
        "VPN",
        "tunnel router signal gateway latency cable port",
    ),
    (
        "hardware",
        "medium",
        "request",
        "Hardware",
        "screen battery keyboard charger hinge toner dock",
    ),
    (
        "billing",
        "low",
        "question",
        "Billing",
        "invoice refund price charge tax receipt discount",
    ),
    (
        "access",
        "high",
        "request",
        "Accounts",
        "password account badge permission token group role",
    ),
    (
        "database",
        "medium",
        "problem",
        "PostgreSQL",
        "query index lock replica backup table restore",
    ),
];
const TICKETS: usize = 500;

/// What reads tickets after some hundred were settled.
struct Reader {
    analyzer: Analyzer,
    staff: Vec<Skill>,
    similar: Vec<Similar>,
}

impl Reader {
    fn new() -> Self {
        let dictionary = Arc::new(Dictionary::shipped());
        let options = TriageRules::default().options(dictionary.lexicon());
        let analyzer = Analyzer::new(Arc::clone(&dictionary), &options, Model::default());
        let answer = "We renewed the certificate of the gateway; write to it@example.com or call +41 44 123 45 67.";
        Self {
            staff: staff_skills(dictionary.vocabulary()),
            analyzer,
            similar: (1..=3)
                .map(|number| Similar {
                    number,
                    title: "VPN closes its tunnel".to_owned(),
                    answer: Some(answer.to_owned()),
                })
                .collect(),
        }
    }

    /// The same after tickets of some thirty words, always the same.
    fn taught() -> Self {
        let mut reader = Self::new();
        let texts: Vec<(String, String)> = (0..TICKETS)
            .map(|number| {
                let (.., words) = MATTERS[number % MATTERS.len()];
                let words: Vec<&str> = words.split(' ').collect();
                let word = |place: usize| words[(number / MATTERS.len() + place) % words.len()];
                let text: String = (0..10)
                    .map(|place| {
                        let seldom = (number * 31 + place * 17) % 997;
                        format!("the {} of item{seldom} ", word(place * place))
                    })
                    .collect();
                (number.to_string(), text)
            })
            .collect();
        let examples = texts.iter().enumerate().map(|(number, (id, text))| {
            let (category, priority, kind, skill, _) = MATTERS[number % MATTERS.len()];
            Example {
                id,
                title: text.get(..20).unwrap_or(text),
                description: text,
                labels: [Some(category), Some(priority), Some(kind), Some(skill)],
            }
        });
        reader.analyzer.train(examples);
        reader
    }

    fn read(&self, title: &str, description: &str) -> Analysis {
        let embedded = Embedded {
            analyzer: &self.analyzer,
            staff_skills: &self.staff,
        };
        embedded.read(title, description, &self.similar)
    }
}

#[divan::bench]
fn read_an_ordinary_ticket_untaught(bencher: Bencher<'_, '_>) {
    let reader = Reader::new();
    bencher.bench_local(|| reader.read(black_box(TITLE), black_box(DESCRIPTION)));
}

#[divan::bench]
fn read_an_ordinary_ticket(bencher: Bencher<'_, '_>) {
    let reader = Reader::taught();
    bencher.bench_local(|| reader.read(black_box(TITLE), black_box(DESCRIPTION)));
}

#[divan::bench]
fn read_twenty_thousand_characters(bencher: Bencher<'_, '_>) {
    let reader = Reader::taught();
    let long: String = DESCRIPTION.chars().cycle().take(20_000).collect();
    bencher.bench_local(|| reader.read(black_box(TITLE), black_box(&long)));
}
