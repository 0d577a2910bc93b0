//! How long it takes to find out what a ticket is about.

use std::hint::black_box;

use divan::Bencher;
use tickmate_core::domain::{
    skill::{Skill, Vocabulary},
    triage::{Lexicon, analyse},
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
fn analyse_an_ordinary_ticket(bencher: Bencher<'_, '_>) {
    let (lexicon, vocabulary) = (Lexicon::shipped(), Vocabulary::shipped());
    let staff = staff_skills(&vocabulary);
    bencher.bench_local(|| {
        analyse(
            &lexicon,
            &vocabulary,
            &staff,
            black_box(TITLE),
            black_box(DESCRIPTION),
        )
    });
}

#[divan::bench]
fn analyse_twenty_thousand_characters(bencher: Bencher<'_, '_>) {
    let (lexicon, vocabulary) = (Lexicon::shipped(), Vocabulary::shipped());
    let staff = staff_skills(&vocabulary);
    let long: String = DESCRIPTION.chars().cycle().take(20_000).collect();
    bencher.bench_local(|| {
        analyse(
            &lexicon,
            &vocabulary,
            &staff,
            black_box(TITLE),
            black_box(&long),
        )
    });
}

#[divan::bench]
fn load_the_shipped_lexicon_and_vocabulary() -> (Lexicon, Vocabulary) {
    (Lexicon::shipped(), Vocabulary::shipped())
}
