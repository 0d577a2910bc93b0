//! How long it takes to learn, and how much room what was learnt takes.

use std::{hint::black_box, sync::Arc};

use divan::Bencher;
use tickmate_core::domain::learn::{
    Analyser, Dictionary, Example, Field, Model, Options, Thresholds,
};

fn main() {
    let mut analyser = fresh();
    let tickets = tickets(4_000);
    analyser.train(tickets.iter().map(Ticket::example));
    #[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
    {
        let bytes = analyser.model().to_bytes().len();
        println!("state after 4,000 tickets: {} KiB", bytes.div_ceil(1_024));
    }
    divan::main();
}

const MATTERS: [(&str, &str); 8] = [
    (
        "network",
        "tunnel router signal gateway latency cable port antenna",
    ),
    (
        "hardware",
        "screen battery keyboard charger hinge fan toner dock",
    ),
    (
        "billing",
        "invoice refund price charge tax receipt balance discount",
    ),
    (
        "access",
        "password account badge permission token locked group role",
    ),
    (
        "orders",
        "parcel courier warranty return exchange stock label box",
    ),
    (
        "people",
        "holiday contract payroll starter leaver manager interview desk",
    ),
    (
        "storage",
        "quota archive folder restore backup mailbox disk snapshot",
    ),
    (
        "software",
        "crash update licence installer plugin error window menu",
    ),
];
const FILLER: &str = "please could somebody have a look since yesterday the team cannot go on with the work that is due \
    tomorrow and we restarted everything twice without any change thank you and kind regards from the office";

struct Ticket {
    id: String,
    title: String,
    text: String,
    category: &'static str,
}

impl Ticket {
    fn example(&self) -> Example<'_> {
        Example {
            id: &self.id,
            title: &self.title,
            description: &self.text,
            labels: [Some(self.category), None, None, Some(self.category)],
        }
    }
}

/// Tickets of some forty words, always the same.
fn tickets(count: u64) -> Vec<Ticket> {
    let filler: Vec<&str> = FILLER.split_whitespace().collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap_or(0) % below
    };
    (0..count)
        .map(|number| {
            let (category, words) = MATTERS[draw(MATTERS.len())];
            let words: Vec<&str> = words.split(' ').collect();
            let mut text = String::new();
            for place in 0..40 {
                match place % 5 {
                    0 => text.push_str(words[draw(words.len())]),
                    4 => text.push_str(&format!("item{}", draw(2_000))),
                    _ => text.push_str(filler[draw(filler.len())]),
                }
                text.push(' ');
            }
            Ticket {
                id: number.to_string(),
                title: format!(
                    "{} {}",
                    words[draw(words.len())],
                    filler[draw(filler.len())]
                ),
                text,
                category,
            }
        })
        .collect()
}

fn fresh() -> Analyser {
    let dictionary = Arc::new(Dictionary::shipped());
    Analyser::new(dictionary, &Options::default(), Model::default())
}

fn taught() -> Analyser {
    let mut analyser = fresh();
    analyser.train(tickets(4_000).iter().map(Ticket::example));
    analyser
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn train_four_thousand(bencher: Bencher<'_, '_>) {
    let tickets = tickets(4_000);
    bencher
        .with_inputs(fresh)
        .bench_local_values(|mut analyser| {
            analyser.train(tickets.iter().map(Ticket::example));
            analyser
        });
}

#[divan::bench]
fn read_one_untrained(bencher: Bencher<'_, '_>) {
    read(bencher, &fresh());
}

#[divan::bench]
fn read_one(bencher: Bencher<'_, '_>) {
    read(bencher, &taught());
}

fn read(bencher: Bencher<'_, '_>, analyser: &Analyser) {
    let ticket = &tickets(1)[0];
    let thresholds = Thresholds::default();
    bencher.bench_local(|| {
        let reading = analyser.read(
            black_box(&ticket.title),
            black_box(&ticket.text),
            &thresholds,
        );
        reading.guess(Field::Category).is_some()
    });
}

#[divan::bench(sample_count = 20)]
fn learn_one(bencher: Bencher<'_, '_>) {
    let mut analyser = taught();
    let tickets = tickets(4_200);
    let mut next = tickets[4_000..].iter().cycle();
    bencher.bench_local(|| {
        if let Some(ticket) = next.next() {
            analyser.learn(&ticket.example());
        }
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn write_and_read_the_state(bencher: Bencher<'_, '_>) {
    let analyser = taught();
    bencher.bench_local(|| Model::from_bytes(&analyser.model().to_bytes()));
}
