//! Scores: what came out for each field, as lines of a table.

use std::time::{Duration, Instant};

use tickmate::domain::{
    field::Field,
    learn::{
        Analyzer, LabelOutcome, Prediction, abstention, accuracy, calibration_error,
        covered_accuracy, macro_f1,
    },
};

use crate::triage::{rows::Row, thresholds};

/// What [`figures`] are called.
pub(super) const FIGURES: [&str; 8] = [
    "field",
    "read",
    "labels",
    "accuracy",
    "macro-F1",
    "ECE",
    "abstains",
    "accuracy else",
];

/// The time, for what is measured.
#[expect(
    clippy::disallowed_methods,
    reason = "the program is the host, and measures from outside"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// What came out for a number of learned tickets.
pub(super) struct Scored {
    lines: Vec<Vec<String>>,
}

impl Scored {
    pub(super) fn heading() -> Vec<String> {
        let around = ["a prediction", "training", "state", "cost"];
        let names = ["learnt"].into_iter().chain(FIGURES).chain(around);
        names.map(str::to_owned).collect()
    }

    /// Reads the tickets, whose labels are known.
    pub(super) fn of(
        analyzer: &Analyzer,
        held: &[Row],
        (count, training, bytes): (usize, Duration, usize),
    ) -> Self {
        let began = now();
        let predictions: Vec<Prediction> = held
            .iter()
            .map(|row| analyzer.read(&row.title, &row.description, &thresholds()))
            .collect();
        let each = began.elapsed() / u32::try_from(held.len().max(1)).unwrap_or(u32::MAX);
        let lines = Field::ALL.into_iter().filter_map(|field| {
            let figures = figures(field, &outcomes(field, held, &predictions))?;
            let around = [
                format!("{} µs", each.as_micros()),
                format!("{} ms", training.as_millis()),
                format!("{} KiB", bytes.div_ceil(1024)),
                // Nobody is asked who wants to be paid.
                "0".to_owned(),
            ];
            let learned = [count.to_string()].into_iter();
            Some(learned.chain(figures).chain(around).collect())
        });
        Self {
            lines: lines.collect(),
        }
    }

    pub(super) fn lines(self) -> Vec<Vec<String>> {
        self.lines
    }
}

/// The figures of a field; none where no ticket has a label for it.
pub(super) fn figures(
    field: Field,
    outcomes: &[LabelOutcome<'_>],
) -> Option<[String; FIGURES.len()]> {
    let mut labels: Vec<&str> = outcomes.iter().map(|one| one.right).collect();
    labels.sort_unstable();
    labels.dedup();
    let covered = covered_accuracy(outcomes);
    (!outcomes.is_empty()).then(|| {
        [
            field.as_str().to_owned(),
            outcomes.len().to_string(),
            labels.len().to_string(),
            format!("{:.3}", accuracy(outcomes)),
            format!("{:.3}", macro_f1(outcomes)),
            format!("{:.3}", calibration_error(outcomes)),
            format!("{:.3}", abstention(outcomes)),
            covered.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}")),
        ]
    })
}

fn outcomes<'a>(
    field: Field,
    held: &'a [Row],
    predictions: &'a [Prediction],
) -> Vec<LabelOutcome<'a>> {
    held.iter()
        .zip(predictions)
        .filter_map(|(row, prediction)| {
            let guess = prediction.guess(field);
            Some(LabelOutcome {
                right: row.label(field)?,
                guess: guess.map(|guess| guess.label.as_str()),
                confidence: guess.map_or(0.0, |guess| guess.confidence),
                abstains: guess.is_none_or(|guess| guess.abstains),
            })
        })
        .collect()
}
