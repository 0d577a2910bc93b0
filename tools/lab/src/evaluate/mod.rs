//! `eval`: how good and how honest a reader is on tickets whose labels are known.

mod model;
mod score;

use std::{process::ExitCode, sync::Arc};

use tickmate::{
    backend::llm::Usage,
    domain::learn::{Dictionary, Model, groups},
};
use tickmate_server::{Failure, print};

use self::{
    model::Prices,
    score::{Scored, now},
};
use crate::{
    cli::EvalArgs,
    triage::{
        rows::{self, Row},
        trained,
    },
};

/// How many tickets of a hundred are learned where the file is divided.
const LEARNED: u64 = 70;
/// How many tickets the curve learns first.
const CURVE: [usize; 2] = [200, 1_000];

/// Prints what the reader makes of the tickets; the embedded analyzer untrained and trained.
pub(crate) fn eval(args: &EvalArgs) -> Result<ExitCode, Failure> {
    let data = rows::read(&args.data)?;
    let options = rows::options(args.options.as_deref())?;
    let (learned, held): (Vec<Row>, Vec<Row>) = match &args.train {
        Some(path) => (rows::read(path)?, data),
        None => divided(data),
    };
    if learned.is_empty() || held.is_empty() {
        return Err(Failure::new(
            "there are too few tickets to learn from some and to read others",
        ));
    }
    let dictionary = Arc::new(Dictionary::shipped());
    if let Some(provider) = args.reading.model() {
        return model::eval(args, provider, &dictionary, options, &learned, &held);
    }
    args.reading.check_embedded()?;
    let curve = CURVE.into_iter().filter(|_| args.curve);
    let counts = [0]
        .into_iter()
        .chain(curve)
        .filter(|count| *count < learned.len())
        .chain([learned.len()]);
    let mut table = vec![Scored::heading()];
    for count in counts {
        let began = now();
        let analyzer = trained(&dictionary, &options, &learned[..count]);
        let training = began.elapsed();
        let bytes = analyzer.model().to_bytes();
        if Model::from_bytes(&bytes).as_ref() != Ok(analyzer.model()) {
            return Err(Failure::new("the state is not read back as it was written"));
        }
        let scored = Scored::of(&analyzer, &held, (count, training, bytes.len()));
        table.extend(scored.lines());
    }
    print::line(format_args!(
        "{} tickets to learn from, {} to read",
        learned.len(),
        held.len()
    ));
    print::table(&table);
    if let Some(prices) = Prices::of(args) {
        print::line(prices.words(Usage::default(), held.len()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The tickets to learn from and those to read; near-duplicates stay on one side.
fn divided(data: Vec<Row>) -> (Vec<Row>, Vec<Row>) {
    let texts = data
        .iter()
        .map(|row| (row.title.as_str(), row.description.as_str()));
    let heads = groups(texts);
    let (learned, held): (Vec<_>, Vec<_>) = data
        .into_iter()
        .zip(heads)
        .partition(|(_, head)| spread(*head) % 100 < LEARNED);
    let rows = |side: Vec<(Row, usize)>| side.into_iter().map(|(row, _)| row).collect();
    (rows(learned), rows(held))
}

/// A number that looks random and is always the same, of a place.
fn spread(place: usize) -> u64 {
    let mut value = u64::try_from(place).unwrap_or(u64::MAX) ^ 0x0123_4567;
    value = value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    value ^= value >> 29;
    value.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_stay_on_one_side() {
        let row = |number: usize, text: String| Row {
            id: number.to_string(),
            description: text,
            ..Row::default()
        };
        let data: Vec<Row> = (0..400)
            .map(|number| {
                let matter = number / 2;
                row(
                    number,
                    format!("m{matter}a m{matter}b m{matter}c m{matter}d m{matter}e m{matter}f m{matter}g m{matter}h m{matter}i {number}"),
                )
            })
            .collect();
        let (learned, held) = divided(data);
        assert!((220..340).contains(&learned.len()), "{}", learned.len());
        let matter = |row: &Row| row.description.split(' ').next().map(str::to_owned);
        assert!(
            learned
                .iter()
                .all(|row| held.iter().all(|other| matter(other) != matter(row)))
        );
    }
}
