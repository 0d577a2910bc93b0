//! Metrics: the accuracy and calibration of predictions.

use std::collections::BTreeMap;

/// The number of bins of [`calibration_error`].
const BINS: usize = 15;

/// The prediction for a ticket, and the right label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelOutcome<'a> {
    /// The right label.
    pub right: &'a str,
    /// The best guess, if there was one.
    pub guess: Option<&'a str>,
    /// The confidence of the guess, from 0 to 1.
    pub confidence: f64,
    /// Whether the guess was below its threshold.
    pub abstains: bool,
}

impl LabelOutcome<'_> {
    fn is_right(&self) -> bool {
        self.guess == Some(self.right)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tickets")]
fn share(part: usize, all: usize) -> f64 {
    match all {
        0 => 0.0,
        all => part as f64 / all as f64,
    }
}

/// Returns the share of right guesses, from 0 to 1, including abstentions; 0 without outcomes.
pub fn accuracy(outcomes: &[LabelOutcome<'_>]) -> f64 {
    share(
        outcomes.iter().filter(|one| one.is_right()).count(),
        outcomes.len(),
    )
}

/// Returns the macro-averaged F1 score: the mean over the right labels of the harmonic mean of precision and recall,
/// from 0 to 1; 0 without outcomes. Labels that are only guessed have no score of their own, but reduce the
/// precision.
pub fn macro_f1(outcomes: &[LabelOutcome<'_>]) -> f64 {
    // By label: how often it was right, guessed, and both.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for one in outcomes {
        counts.entry(one.right).or_default()[0] += 1;
        if let Some(guess) = one.guess {
            let count = counts.entry(guess).or_default();
            count[1] += 1;
            count[2] += usize::from(one.is_right());
        }
    }
    let scores: Vec<f64> = counts
        .values()
        .filter(|[right, ..]| *right > 0)
        .map(|[right, guessed, both]| share(2 * both, right + guessed))
        .collect();
    match scores.is_empty() {
        true => 0.0,
        false => scores.iter().sum::<f64>() * share(1, scores.len()),
    }
}

/// Returns the expected calibration error: the difference between confidence and accuracy, over 15 bins of equal
/// width, weighted by their numbers of tickets. From 0 (calibrated) to 1; 0 without outcomes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a cast of a float to an integer saturates, and the bin is bounded"
)]
pub fn calibration_error(outcomes: &[LabelOutcome<'_>]) -> f64 {
    let mut bins = [(0.0_f64, 0.0_f64); BINS];
    for one in outcomes {
        let confidence = one.confidence.clamp(0.0, 1.0);
        let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += confidence;
        bins[bin].1 += f64::from(u8::from(one.is_right()));
    }
    let difference: f64 = bins
        .iter()
        .map(|(confidence, right)| (confidence - right).abs())
        .sum();
    match outcomes.len() {
        0 => 0.0,
        all => difference / all as f64,
    }
}

/// Returns the share of abstentions, from 0 to 1; 0 without outcomes.
pub fn abstention(outcomes: &[LabelOutcome<'_>]) -> f64 {
    share(
        outcomes.iter().filter(|one| one.abstains).count(),
        outcomes.len(),
    )
}

/// Returns the accuracy without abstentions; `None` if all outcomes are abstentions.
pub fn covered_accuracy(outcomes: &[LabelOutcome<'_>]) -> Option<f64> {
    let covered: Vec<LabelOutcome<'_>> = outcomes
        .iter()
        .filter(|one| !one.abstains)
        .copied()
        .collect();
    (!covered.is_empty()).then(|| accuracy(&covered))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(right: &'static str, guess: &'static str, confidence: f64) -> LabelOutcome<'static> {
        LabelOutcome {
            right,
            guess: (!guess.is_empty()).then_some(guess),
            confidence,
            abstains: confidence < 0.5,
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn scores_are_what_they_are_by_hand() {
        let outcomes = [
            outcome("a", "a", 0.9),
            outcome("a", "a", 0.9),
            outcome("a", "b", 0.9),
            outcome("b", "b", 0.3),
            outcome("c", "", 0.0),
        ];
        assert!(near(accuracy(&outcomes), 0.6));
        // a: 2 of 2 guesses and 3 right ones; b: 1 of 2 and 1; c: nothing.
        assert!(near(macro_f1(&outcomes), (0.8 + 2.0 / 3.0) / 3.0));
        assert!(near(abstention(&outcomes), 0.4));
        assert!(near(covered_accuracy(&outcomes).unwrap(), 2.0 / 3.0));
        // Three at 0.9 of which two are right, one right at 0.3, one wrong at 0.
        assert!(near(calibration_error(&outcomes), (0.7 + 0.7 + 0.0) / 5.0));
    }

    #[test]
    fn a_guess_that_is_never_right_costs_the_right_ones_only() {
        let outcomes = [outcome("a", "x", 1.0), outcome("a", "a", 1.0)];
        assert!(near(macro_f1(&outcomes), 2.0 / 3.0));
    }

    #[test]
    fn nothing_scores_nothing() {
        assert!(near(
            accuracy(&[]) + macro_f1(&[]) + calibration_error(&[]),
            0.0
        ));
        assert!(near(abstention(&[]), 0.0) && covered_accuracy(&[]).is_none());
    }
}
