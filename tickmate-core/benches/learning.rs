//! How long it takes to learn, and how much room what was learned takes.

use std::{hint::black_box, sync::Arc};

use divan::Bencher;
use tickmate_core::domain::{
    field::Field,
    learn::{Analyzer, Dictionary, Example, Model, Thresholds},
    options::{FieldOption, Options},
};

fn main() {
    let mut analyzer = fresh();
    let tickets = tickets(4_000);
    analyzer.train(tickets.iter().map(Ticket::example));
    #[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
    {
        let bytes = analyzer.model().to_bytes().len();
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

/// A mail as people write them to a desk: a greeting, the matter told at length, what was tried, thanks; some two hundred
/// words, of which every ticket draws its own.
fn mails(count: u64) -> Vec<Ticket> {
    let mut mails = tickets(count);
    let told = tickets(4 * count);
    for (mail, more) in mails.iter_mut().zip(told.chunks(4)) {
        let more: Vec<&str> = more.iter().map(|one| one.text.as_str()).collect();
        mail.text = format!(
            "Good morning,\n\n{}\n\nWhat we have tried so far: {}.\n\nThank you, and kind regards",
            mail.text,
            more.join(". Besides, "),
        );
    }
    mails
}

fn fresh() -> Analyzer {
    let dictionary = Arc::new(Dictionary::shipped());
    Analyzer::new(dictionary, &Options::default(), Model::default())
}

/// One whose owner described the categories in the words of its tickets.
fn described() -> Analyzer {
    let choice = |(name, words): (&str, &str)| FieldOption {
        name: name.to_owned(),
        description: words.to_owned(),
    };
    let options = Options {
        categories: MATTERS.map(choice).to_vec(),
        ..Options::default()
    };
    Analyzer::new(Arc::new(Dictionary::shipped()), &options, Model::default())
}

fn taught() -> Analyzer {
    let mut analyzer = fresh();
    analyzer.train(tickets(4_000).iter().map(Ticket::example));
    analyzer
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn train_four_thousand(bencher: Bencher<'_, '_>) {
    let tickets = tickets(4_000);
    bencher
        .with_inputs(fresh)
        .bench_local_values(|mut analyzer| {
            analyzer.train(tickets.iter().map(Ticket::example));
            analyzer
        });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn train_four_thousand_long_mails(bencher: Bencher<'_, '_>) {
    let mails = mails(4_000);
    bencher
        .with_inputs(described)
        .bench_local_values(|mut analyzer| {
            analyzer.train(mails.iter().map(Ticket::example));
            analyzer
        });
}

#[divan::bench]
fn read_one_untrained(bencher: Bencher<'_, '_>) {
    read(bencher, &fresh(), &tickets(1)[0]);
}

#[divan::bench]
fn read_one(bencher: Bencher<'_, '_>) {
    read(bencher, &taught(), &tickets(1)[0]);
}

#[divan::bench]
fn read_a_long_mail_untrained(bencher: Bencher<'_, '_>) {
    read(bencher, &described(), &mails(1)[0]);
}

#[divan::bench]
fn read_a_long_mail(bencher: Bencher<'_, '_>) {
    let mut analyzer = described();
    analyzer.train(mails(4_000).iter().map(Ticket::example));
    read(bencher, &analyzer, &mails(1)[0]);
}

fn read(bencher: Bencher<'_, '_>, analyzer: &Analyzer, ticket: &Ticket) {
    let thresholds = Thresholds::default();
    bencher.bench_local(|| {
        let reading = analyzer.read(
            black_box(&ticket.title),
            black_box(&ticket.text),
            &thresholds,
        );
        reading.guess(Field::Category).is_some()
    });
}

#[divan::bench(sample_count = 20)]
fn learn_one(bencher: Bencher<'_, '_>) {
    let mut analyzer = taught();
    let tickets = tickets(4_200);
    let mut next = tickets[4_000..].iter().cycle();
    bencher.bench_local(|| {
        if let Some(ticket) = next.next() {
            analyzer.learn(&ticket.example());
        }
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn write_and_read_the_state(bencher: Bencher<'_, '_>) {
    let analyzer = taught();
    bencher.bench_local(|| Model::from_bytes(&analyzer.model().to_bytes()));
}
