//! The pool: the relative weights of dictionary, neighbors and linear weights, and the calibration of the confidence.

/// The evidence for one label: its linear margin, the logarithm of its neighbors' share of votes, and its score by
/// the dictionary.
pub(super) type Evidence = [f32; KINDS];

/// The number of kinds of evidence.
pub(super) const KINDS: usize = 3;

/// How strongly the weights are regularized towards the prior, in texts.
const REGULARIZATION: f64 = 4.0;
/// The maximum number of steps of a fit.
const MAX_STEPS: usize = 30;
/// The relative improvement below which a fit ends.
const MIN_IMPROVEMENT: f64 = 1e-7;
/// The initial learning rate of the weights.
const LEARNING_RATE: f32 = 0.05;
/// The learning rate of the calibration.
const CALIBRATION_RATE: f32 = 0.01;

/// The weights of the kinds of evidence for one field.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pool {
    /// The difference between the weights and their prior.
    pub(super) offset: Evidence,
    /// The sums of the squared gradients, which reduce the later steps as in `AdaGrad`.
    pub(super) squared_gradients: Evidence,
    /// The calibration (Platt scaling): the slope minus 1, and the intercept, that map the logit of the best share to
    /// the logit of the confidence.
    pub(super) calibration: [f32; 2],
    /// The number of texts to which the weights were fitted; 0: never.
    pub(super) fitted: u32,
}

/// A text with a known label: the evidence for each label, and the index of the right one.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) evidence: Vec<Evidence>,
    pub(super) right: usize,
}

/// Returns the prior of the weights after this number of learned texts.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of texts, of which a share is made"
)]
pub(super) fn prior_weights(texts: u32) -> Evidence {
    let texts = texts as f32;
    let share = |half: f32| texts / (texts + half);
    [3.0 * share(150.0), share(10.0), 1.0]
}

/// Returns the probability of each label under these weights.
pub(super) fn probabilities(weights: &Evidence, evidence: &[Evidence]) -> Vec<f32> {
    let scores: Vec<f32> = evidence.iter().map(|one| dot(weights, one)).collect();
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut shares: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f32 = shares.iter().sum();
    for share in &mut shares {
        *share /= sum;
    }
    shares
}

fn dot(weights: &Evidence, evidence: &Evidence) -> f32 {
    weights.iter().zip(evidence).map(|(a, b)| a * b).sum()
}

impl Pool {
    /// Returns the weights after this number of texts.
    pub(super) fn weights(&self, texts: u32) -> Evidence {
        let prior = prior_weights(texts);
        std::array::from_fn(|kind| (prior[kind] + self.offset[kind]).max(0.0))
    }

    /// Returns the confidence for the share of the best label.
    pub(super) fn confidence(&self, share: f32) -> f64 {
        let logit = f64::from(logit(share));
        sigmoid((1.0 + f64::from(self.calibration[0])) * logit + f64::from(self.calibration[1]))
    }

    /// Learns from one text that was predicted before it was learned, by a small gradient step.
    pub(super) fn step(&mut self, case: &Case, texts: u32) {
        let shares = probabilities(&self.weights(texts), &case.evidence);
        let (best, share) = best_of(&shares);
        let logit = f64::from(logit(share));
        let by = f64::from(u8::from(best == case.right)) - self.confidence(share);
        self.calibration[0] = clamped_step(
            self.calibration[0],
            f64::from(CALIBRATION_RATE) * by * logit,
            -0.9,
        );
        self.calibration[1] =
            clamped_step(self.calibration[1], f64::from(CALIBRATION_RATE) * by, -5.0);
        for kind in 0..KINDS {
            let expected: f32 = shares
                .iter()
                .zip(&case.evidence)
                .map(|(share, evidence)| share * evidence[kind])
                .sum();
            let by = case.evidence[case.right][kind] - expected;
            self.squared_gradients[kind] += by * by;
            if self.squared_gradients[kind] > 0.0 {
                self.offset[kind] +=
                    LEARNING_RATE * by / (1.0 + self.squared_gradients[kind]).sqrt();
            }
        }
    }

    /// Fits the weights to texts that were predicted without having been learned: the maximum likelihood, regularized
    /// towards the prior.
    pub(super) fn fit(&mut self, cases: &[Case], texts: u32) {
        let prior = prior_weights(texts);
        let weights = fit_weights(cases, &prior);
        self.offset = std::array::from_fn(|kind| weights[kind] - prior[kind]);
        self.calibration = fit_calibration(cases, &weights);
        self.squared_gradients = [0.0; KINDS];
        self.fitted = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    }
}

fn fit_weights(cases: &[Case], prior: &Evidence) -> Evidence {
    let mut weights = *prior;
    let mut least = loss(cases, &weights, prior);
    for _ in 0..MAX_STEPS {
        let (gradient, hessian) = derivatives(cases, &weights, prior);
        let Some(by) = solve(hessian, gradient) else {
            return weights;
        };
        let mut length = 1.0_f64;
        loop {
            let next: Evidence =
                std::array::from_fn(|kind| clamped_step(weights[kind], length * by[kind], 0.0));
            let now = loss(cases, &next, prior);
            if now < least {
                let is_done = least - now < MIN_IMPROVEMENT * least.abs();
                (weights, least) = (next, now);
                if is_done {
                    return weights;
                }
                break;
            }
            length /= 2.0;
            if length < 1e-3 {
                return weights;
            }
        }
    }
    weights
}

fn loss(cases: &[Case], weights: &Evidence, prior: &Evidence) -> f64 {
    let penalty: f64 = (0..KINDS)
        .map(|kind| f64::from(weights[kind] - prior[kind]).powi(2))
        .sum();
    let log_loss: f64 = cases
        .iter()
        .map(|case| {
            let share = probabilities(weights, &case.evidence)[case.right];
            -f64::from(share.max(f32::MIN_POSITIVE)).ln()
        })
        .sum();
    log_loss + REGULARIZATION / 2.0 * penalty
}

/// Returns the negative gradient and the Hessian of the loss.
fn derivatives(
    cases: &[Case],
    weights: &Evidence,
    prior: &Evidence,
) -> ([f64; KINDS], [[f64; KINDS]; KINDS]) {
    let mut gradient = [0.0; KINDS];
    let mut hessian = [[0.0; KINDS]; KINDS];
    for kind in 0..KINDS {
        gradient[kind] = -REGULARIZATION * f64::from(weights[kind] - prior[kind]);
        hessian[kind][kind] = REGULARIZATION;
    }
    for case in cases {
        let shares = probabilities(weights, &case.evidence);
        let mut mean = [0.0_f64; KINDS];
        for (share, evidence) in shares.iter().zip(&case.evidence) {
            for kind in 0..KINDS {
                mean[kind] += f64::from(share * evidence[kind]);
            }
        }
        for kind in 0..KINDS {
            gradient[kind] += f64::from(case.evidence[case.right][kind]) - mean[kind];
        }
        for (share, evidence) in shares.iter().zip(&case.evidence) {
            let offset: [f64; KINDS] =
                std::array::from_fn(|kind| f64::from(evidence[kind]) - mean[kind]);
            for row in 0..KINDS {
                for column in 0..KINDS {
                    hessian[row][column] += f64::from(*share) * offset[row] * offset[column];
                }
            }
        }
    }
    (gradient, hessian)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "weights are kept in single precision"
)]
fn clamped_step(weight: f32, by: f64, least: f32) -> f32 {
    ((f64::from(weight) + by) as f32).max(least)
}

/// Returns the index and value of the largest share, the first if several are equal.
fn best_of(shares: &[f32]) -> (usize, f32) {
    let first = (0, shares.first().copied().unwrap_or(0.0));
    let rest = shares.iter().copied().enumerate().skip(1);
    rest.fold(first, |best, one| if one.1 > best.1 { one } else { best })
}

fn logit(share: f32) -> f32 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Fits the calibration of the best share to the observed accuracy.
fn fit_calibration(cases: &[Case], weights: &Evidence) -> [f32; 2] {
    let points: Vec<(f64, f64)> = cases
        .iter()
        .map(|case| {
            let (best, share) = best_of(&probabilities(weights, &case.evidence));
            (
                f64::from(logit(share)),
                f64::from(u8::from(best == case.right)),
            )
        })
        .collect();
    let mut calibration = [0.0_f32; 2];
    for _ in 0..MAX_STEPS {
        let mut gradient = [
            -REGULARIZATION * f64::from(calibration[0]),
            -REGULARIZATION * f64::from(calibration[1]),
        ];
        let (mut steep, mut both, mut high) = (REGULARIZATION, 0.0, REGULARIZATION);
        for (logit, right) in &points {
            let confidence =
                sigmoid((1.0 + f64::from(calibration[0])) * logit + f64::from(calibration[1]));
            let hessian = confidence * (1.0 - confidence);
            gradient[0] += (right - confidence) * logit;
            gradient[1] += right - confidence;
            steep += hessian * logit * logit;
            both += hessian * logit;
            high += hessian;
        }
        let size = steep * high - both * both;
        if size < 1e-12 {
            break;
        }
        let by = [
            (high * gradient[0] - both * gradient[1]) / size,
            (steep * gradient[1] - both * gradient[0]) / size,
        ];
        // Steps are bounded, since the Hessian is a poor approximation far from the optimum.
        calibration[0] = clamped_step(calibration[0], by[0].clamp(-0.5, 0.5), -0.9);
        calibration[1] = clamped_step(calibration[1], by[1].clamp(-0.5, 0.5), -5.0);
        if by.iter().all(|by| by.abs() < 1e-4) {
            break;
        }
    }
    calibration
}

/// Solves a small system of linear equations by Gaussian elimination; `None` if it has no unique solution.
fn solve(mut hessian: [[f64; KINDS]; KINDS], mut gradient: [f64; KINDS]) -> Option<[f64; KINDS]> {
    for pivot in 0..KINDS {
        if hessian[pivot][pivot].abs() < 1e-12 {
            return None;
        }
        for row in pivot + 1..KINDS {
            let factor = hessian[row][pivot] / hessian[pivot][pivot];
            let above = hessian[pivot];
            for (cell, above) in hessian[row].iter_mut().zip(above) {
                *cell -= factor * above;
            }
            gradient[row] -= factor * gradient[pivot];
        }
    }
    let mut solution = [0.0; KINDS];
    for row in (0..KINDS).rev() {
        let known: f64 = (row + 1..KINDS)
            .map(|column| hessian[row][column] * solution[column])
            .sum();
        solution[row] = (gradient[row] - known) / hessian[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases whose margin is right `right_of_ten` times in ten, and whose dictionary score is noise.
    fn cases(right_of_ten: usize) -> Vec<Case> {
        (0..500)
            .map(|number| {
                let indicated = number % 3;
                let evidence = (0..3)
                    .map(|label| {
                        [
                            if label == indicated { 1.0 } else { -1.0 },
                            0.0,
                            (number + label) as f32 % 2.0,
                        ]
                    })
                    .collect();
                let right = if number / 3 % 10 < right_of_ten {
                    indicated
                } else {
                    (indicated + 1) % 3
                };
                Case { evidence, right }
            })
            .collect()
    }

    #[test]
    fn a_fit_finds_the_informative_evidence_and_calibrates() {
        for right in [5, 7, 9] {
            let mut pool = Pool::default();
            pool.fit(&cases(right), 500);
            let weights = pool.weights(500);
            assert!(weights[0] > 5.0 * weights[2], "{weights:?}");
            let shares = probabilities(&weights, &cases(right)[0].evidence);
            let confidence = pool.confidence(best_of(&shares).1);
            assert!(
                (confidence - right as f64 / 10.0).abs() < 0.05,
                "{right} {confidence}"
            );
        }
    }

    #[test]
    fn steps_converge_towards_the_fit() {
        let mut pool = Pool::default();
        let before =
            pool.confidence(best_of(&probabilities(&pool.weights(50), &cases(5)[0].evidence)).1);
        for case in cases(5) {
            pool.step(&case, 50);
        }
        let after =
            pool.confidence(best_of(&probabilities(&pool.weights(50), &cases(5)[0].evidence)).1);
        assert!(
            (after - 0.5).abs() < (before - 0.5).abs(),
            "{before} {after}"
        );
    }

    #[test]
    fn a_fit_without_cases_changes_nothing() {
        let mut pool = Pool::default();
        pool.fit(&[], 100);
        assert_eq!(pool.weights(100), prior_weights(100));
        assert!(probabilities(&[1.0; KINDS], &[]).is_empty());
    }
}
