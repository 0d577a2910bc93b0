//! The pool: how much dictionary, neighbors and linear weights count relative to each other, and how sure all of it is.

/// What is known for and against one label: its linear margin, the logarithm of its neighbors' share of votes, and
/// what the dictionary says for it.
pub(super) type Evidence = [f32; KINDS];

/// How many kinds of evidence there are.
pub(super) const KINDS: usize = 3;

/// How strongly the weights are held to what they are without any experience, in texts.
const HOLD: f64 = 4.0;
/// How many steps a fit has at most.
const MAX_STEPS: usize = 30;
/// A fit that gets better by less is done.
const ENOUGH: f64 = 1e-7;
/// How far one text moves the weights at first.
const PACE: f32 = 0.05;
/// How far one text moves what makes a share a confidence.
const PACE_OF_SURENESS: f32 = 0.01;

/// The weights of the kinds of evidence for one field.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pool {
    /// How far the weights are from those without experience.
    pub(super) off: Evidence,
    /// The squares of the moves so far, by which later ones get smaller.
    pub(super) moved: Evidence,
    /// How much steeper than 1, and how much higher than 0, the logit of the confidence is than that of the best share.
    pub(super) surer: [f32; 2],
    /// How many texts the weights were fitted to; none for those that were never fitted.
    pub(super) fitted: u32,
}

/// A text whose label is known: the evidence for each label, and which is right.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) evidence: Vec<Evidence>,
    pub(super) right: usize,
}

/// What the weights are without experience, after so many texts were learned.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of texts, of which a share is made"
)]
pub(super) fn untried(texts: u32) -> Evidence {
    let texts = texts as f32;
    let share = |half: f32| texts / (texts + half);
    [3.0 * share(150.0), share(10.0), 1.0]
}

/// The probability of each label under these weights.
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
    /// The weights after so many texts.
    pub(super) fn weights(&self, texts: u32) -> Evidence {
        let untried = untried(texts);
        std::array::from_fn(|kind| (untried[kind] + self.off[kind]).max(0.0))
    }

    /// How sure a best share is.
    pub(super) fn confidence(&self, share: f32) -> f64 {
        let logit = f64::from(logit(share));
        sigmoid((1.0 + f64::from(self.surer[0])) * logit + f64::from(self.surer[1]))
    }

    /// Learns from one text, read before it was learned: a small step towards weights that would have read it better.
    pub(super) fn step(&mut self, case: &Case, texts: u32) {
        let shares = probabilities(&self.weights(texts), &case.evidence);
        let (best, share) = best_of(&shares);
        let logit = f64::from(logit(share));
        let by = f64::from(u8::from(best == case.right)) - self.confidence(share);
        self.surer[0] = moved(
            self.surer[0],
            f64::from(PACE_OF_SURENESS) * by * logit,
            -0.9,
        );
        self.surer[1] = moved(self.surer[1], f64::from(PACE_OF_SURENESS) * by, -5.0);
        for kind in 0..KINDS {
            let expected: f32 = shares
                .iter()
                .zip(&case.evidence)
                .map(|(share, evidence)| share * evidence[kind])
                .sum();
            let by = case.evidence[case.right][kind] - expected;
            self.moved[kind] += by * by;
            if self.moved[kind] > 0.0 {
                self.off[kind] += PACE * by / (1.0 + self.moved[kind]).sqrt();
            }
        }
    }

    /// Fits the weights to texts that were read without having been learned: the likeliest ones, held to those without
    /// experience.
    pub(super) fn fit(&mut self, cases: &[Case], texts: u32) {
        let prior = untried(texts);
        let fitted = fitted(cases, &prior);
        self.off = std::array::from_fn(|kind| fitted[kind] - prior[kind]);
        self.surer = surer(cases, &fitted);
        self.moved = [0.0; KINDS];
        self.fitted = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    }
}

fn fitted(cases: &[Case], prior: &Evidence) -> Evidence {
    let mut weights = *prior;
    let mut least = loss(cases, &weights, prior);
    for _ in 0..MAX_STEPS {
        let (slope, bend) = slope(cases, &weights, prior);
        let Some(by) = solved(bend, slope) else {
            return weights;
        };
        let mut length = 1.0_f64;
        loop {
            let next: Evidence =
                std::array::from_fn(|kind| moved(weights[kind], length * by[kind], 0.0));
            let now = loss(cases, &next, prior);
            if now < least {
                let is_done = least - now < ENOUGH * least.abs();
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
    let held: f64 = (0..KINDS)
        .map(|kind| f64::from(weights[kind] - prior[kind]).powi(2))
        .sum();
    let missed: f64 = cases
        .iter()
        .map(|case| {
            let share = probabilities(weights, &case.evidence)[case.right];
            -f64::from(share.max(f32::MIN_POSITIVE)).ln()
        })
        .sum();
    missed + HOLD / 2.0 * held
}

/// The way down, and how much the ground bends.
fn slope(
    cases: &[Case],
    weights: &Evidence,
    prior: &Evidence,
) -> ([f64; KINDS], [[f64; KINDS]; KINDS]) {
    let mut slope = [0.0; KINDS];
    let mut bend = [[0.0; KINDS]; KINDS];
    for kind in 0..KINDS {
        slope[kind] = -HOLD * f64::from(weights[kind] - prior[kind]);
        bend[kind][kind] = HOLD;
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
            slope[kind] += f64::from(case.evidence[case.right][kind]) - mean[kind];
        }
        for (share, evidence) in shares.iter().zip(&case.evidence) {
            let off: [f64; KINDS] =
                std::array::from_fn(|kind| f64::from(evidence[kind]) - mean[kind]);
            for row in 0..KINDS {
                for column in 0..KINDS {
                    bend[row][column] += f64::from(*share) * off[row] * off[column];
                }
            }
        }
    }
    (slope, bend)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "weights are kept in single precision"
)]
fn moved(weight: f32, by: f64, least: f32) -> f32 {
    ((f64::from(weight) + by) as f32).max(least)
}

/// The first of the largest shares.
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

/// How the best share must be bent to say how often it is right.
fn surer(cases: &[Case], weights: &Evidence) -> [f32; 2] {
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
    let mut surer = [0.0_f32; 2];
    for _ in 0..MAX_STEPS {
        let mut slope = [-HOLD * f64::from(surer[0]), -HOLD * f64::from(surer[1])];
        let (mut steep, mut both, mut high) = (HOLD, 0.0, HOLD);
        for (logit, right) in &points {
            let sure = sigmoid((1.0 + f64::from(surer[0])) * logit + f64::from(surer[1]));
            let bend = sure * (1.0 - sure);
            slope[0] += (right - sure) * logit;
            slope[1] += right - sure;
            steep += bend * logit * logit;
            both += bend * logit;
            high += bend;
        }
        let size = steep * high - both * both;
        if size < 1e-12 {
            break;
        }
        let by = [
            (high * slope[0] - both * slope[1]) / size,
            (steep * slope[1] - both * slope[0]) / size,
        ];
        // A step is bounded, since far from the best the bend says little.
        surer[0] = moved(surer[0], by[0].clamp(-0.5, 0.5), -0.9);
        surer[1] = moved(surer[1], by[1].clamp(-0.5, 0.5), -5.0);
        if by.iter().all(|by| by.abs() < 1e-4) {
            break;
        }
    }
    surer
}

/// The solution of a small system of equations; none where it has none.
fn solved(mut bend: [[f64; KINDS]; KINDS], mut slope: [f64; KINDS]) -> Option<[f64; KINDS]> {
    for pivot in 0..KINDS {
        if bend[pivot][pivot].abs() < 1e-12 {
            return None;
        }
        for row in pivot + 1..KINDS {
            let factor = bend[row][pivot] / bend[pivot][pivot];
            let above = bend[pivot];
            for (cell, above) in bend[row].iter_mut().zip(above) {
                *cell -= factor * above;
            }
            slope[row] -= factor * slope[pivot];
        }
    }
    let mut solution = [0.0; KINDS];
    for row in (0..KINDS).rev() {
        let known: f64 = (row + 1..KINDS)
            .map(|column| bend[row][column] * solution[column])
            .sum();
        solution[row] = (slope[row] - known) / bend[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of which the margin says the truth so many times in ten, and the dictionary nothing.
    fn cases(right_of_ten: usize) -> Vec<Case> {
        (0..500)
            .map(|number| {
                let told = number % 3;
                let evidence = (0..3)
                    .map(|label| {
                        [
                            if label == told { 1.0 } else { -1.0 },
                            0.0,
                            (number + label) as f32 % 2.0,
                        ]
                    })
                    .collect();
                let right = if number / 3 % 10 < right_of_ten {
                    told
                } else {
                    (told + 1) % 3
                };
                Case { evidence, right }
            })
            .collect()
    }

    #[test]
    fn a_fit_finds_what_tells_and_how_surely() {
        for right in [5, 7, 9] {
            let mut pool = Pool::default();
            pool.fit(&cases(right), 500);
            let weights = pool.weights(500);
            assert!(weights[0] > 5.0 * weights[2], "{weights:?}");
            let shares = probabilities(&weights, &cases(right)[0].evidence);
            let sure = pool.confidence(best_of(&shares).1);
            assert!((sure - right as f64 / 10.0).abs() < 0.05, "{right} {sure}");
        }
    }

    #[test]
    fn steps_go_the_way_of_the_fit() {
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
    fn no_case_changes_nothing() {
        let mut pool = Pool::default();
        pool.fit(&[], 100);
        assert_eq!(pool.weights(100), untried(100));
        assert!(probabilities(&[1.0; KINDS], &[]).is_empty());
    }
}
