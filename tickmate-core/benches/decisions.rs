//! How long the desk's two decisions take: who gets a ticket, and what a ticket is about.

use std::hint::black_box;

use divan::Bencher;
use tickmate_core::domain::{
    id::UserId,
    routing::{Needs, Presence, Roster, Staff},
    skill::{Skill, Vocabulary},
    time::from_micros,
    triage::{Lexicon, analyse},
    user::Role,
};

fn main() {
    divan::main();
}

fn person(n: usize) -> UserId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    UserId::new(from_micros(0), random)
}

/// Moderators with three skills each of the shipped vocabulary, and loads that differ.
fn roster(moderators: usize) -> Roster {
    let vocabulary = Vocabulary::shipped();
    let entries = vocabulary.entries();
    let skill = |place: usize| vocabulary.resolve(&entries[place % entries.len()].name);
    let staff = (0..moderators).map(|n| Staff {
        id: person(n),
        role: Role::Moderator,
        skills: vec![skill(n), skill(n * 7 + 1), skill(n * 13 + 5)],
        capacity: 10,
        active: u32::try_from(n % 11).unwrap_or(0),
        presence: match n % 5 {
            0 => Presence::Away,
            _ => Presence::Present,
        },
        shift_ends: None,
        last_assignment: 0,
    });
    Roster::new(staff.collect())
}

#[divan::bench(args = [100, 10_000])]
fn route(bencher: Bencher<'_, '_>, moderators: usize) {
    let roster = roster(moderators);
    let skills = Vocabulary::shipped()
        .resolve_all(["PostgreSQL", "Docker"])
        .into_iter()
        .map(|skill| skill.id)
        .collect::<Vec<_>>();
    let needs = Needs {
        skills: &skills,
        requester: person(usize::MAX),
        declined_by: &[],
    };
    bencher.bench_local(|| roster.route(black_box(&needs)));
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
