//! Fairness: how evenly a load is spread over users.

use serde::Serialize;

/// Figures about the spread of a load, in any unit: tickets, minutes. Without users or load the spread is even:
/// `gini` is 0, `jain` is 1, and the other figures are 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// The number of users who share the load, idle ones included.
    pub people: usize,
    /// The whole load, at most `u64::MAX`.
    pub total: u64,
    /// The load of the user who has the most.
    pub busiest: u64,
    /// The mean load of a user.
    pub mean: f64,
    /// The largest load divided by the mean: 1 if all have the same, at most `people`.
    pub busiest_over_mean: f64,
    /// The Gini coefficient, from 0 if all have the same to `(n - 1) / n` if one user has everything: half the relative mean
    /// difference, which for loads in ascending order is `sum of (2i - n - 1) * x_i / (n * sum of x_i)`, i from 1
    /// (C. Gini 1912; this form: A. Sen, On Economic Inequality, 1973).
    pub gini: f64,
    /// Jain's index, from 1 if all have the same to `1 / n` if one user has everything: `(sum of x)^2 / (n * sum of x^2)`
    /// (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984). `1 / jain - 1` is the squared coefficient of variation.
    pub jain: f64,
}

impl Spread {
    /// Computes the spread of these loads, one for each user, in any order.
    pub fn of(loads: &[u64]) -> Self {
        let mut loads = loads.to_vec();
        loads.sort_unstable();
        let people = loads.len();
        let busiest = loads.last().copied().unwrap_or(0);
        let total: u128 = loads.iter().map(|load| u128::from(*load)).sum();
        if total == 0 {
            return Self {
                people,
                total: 0,
                busiest,
                mean: 0.0,
                busiest_over_mean: 0.0,
                gini: 0.0,
                jain: 1.0,
            };
        }
        let n = people as f64;
        let sum = total as f64;
        let mean = sum / n;
        Self {
            people,
            total: u64::try_from(total).unwrap_or(u64::MAX),
            busiest,
            mean,
            busiest_over_mean: (busiest as f64 / mean).clamp(1.0, n),
            gini: weighted_differences(&loads) as f64 / (n * sum),
            jain: jain(&loads, sum),
        }
    }
}

/// Returns `sum of (2i - n - 1) * x_i` over ascending loads, which is never negative. It is computed in integers, so
/// that equal loads give exactly 0.
fn weighted_differences(ascending: &[u64]) -> i128 {
    let n = ascending.len() as i128;
    let weights = (1..).map(|place: i128| 2 * place - n - 1);
    let terms = weights.zip(ascending);
    terms.map(|(weight, load)| weight * i128::from(*load)).sum()
}

fn jain(ascending: &[u64], sum: f64) -> f64 {
    let n = ascending.len() as f64;
    let squares: f64 = ascending.iter().map(|load| (*load as f64).powi(2)).sum();
    // Only rounding can exceed the bounds.
    (sum * sum / (n * squares)).clamp(1.0 / n, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn is_close(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
    }

    #[test]
    fn figures_match_the_formulas() {
        // loads; mean, busiest over mean, Gini, Jain
        let table: [(&[u64], [f64; 4]); 9] = [
            (&[], [0.0, 0.0, 0.0, 1.0]),
            (&[0], [0.0, 0.0, 0.0, 1.0]),
            (&[0, 0, 0], [0.0, 0.0, 0.0, 1.0]),
            (&[7], [7.0, 1.0, 0.0, 1.0]),
            (&[3, 3, 3, 3], [3.0, 1.0, 0.0, 1.0]),
            (&[0, 12, 0, 0], [3.0, 4.0, 0.75, 0.25]),
            (&[1, 3], [2.0, 1.5, 0.25, 0.8]),
            (&[3, 1, 2], [2.0, 1.5, 2.0 / 9.0, 6.0 / 7.0]),
            (&[1, 2, 3, 4, 5], [3.0, 5.0 / 3.0, 4.0 / 15.0, 9.0 / 11.0]),
        ];
        for (loads, expected) in table {
            let spread = Spread::of(loads);
            assert_eq!(spread.people, loads.len());
            assert_eq!(spread.total, loads.iter().sum::<u64>());
            assert_eq!(spread.busiest, loads.iter().copied().max().unwrap_or(0));
            let Spread {
                mean,
                busiest_over_mean,
                gini,
                jain,
                ..
            } = spread;
            for (figure, expected) in [mean, busiest_over_mean, gini, jain]
                .into_iter()
                .zip(expected)
            {
                assert!(
                    is_close(figure, expected),
                    "{loads:?}: {figure} is not {expected}"
                );
            }
        }
    }

    #[test]
    fn the_greatest_loads_do_not_overflow() {
        let even = Spread::of(&[u64::MAX; 5]);
        assert_eq!((even.total, even.gini), (u64::MAX, 0.0));
        assert!(is_close(even.jain, 1.0) && is_close(even.busiest_over_mean, 1.0));
        let one = Spread::of(&[0, u64::MAX, 0, 0]);
        assert!(is_close(one.gini, 0.75) && is_close(one.jain, 0.25));
    }

    #[test]
    fn it_is_serialized_in_camel_case() {
        let json = serde_json::to_value(Spread::of(&[1, 3])).unwrap();
        assert_eq!(json["busiestOverMean"], 1.5);
        assert_eq!(json["people"], 2);
    }

    /// Computes half the mean difference of all pairs over the mean: the definition instead of the formula in use.
    fn gini_of_pairs(loads: &[u64]) -> f64 {
        let n = loads.len() as f64;
        let sum: f64 = loads.iter().map(|load| *load as f64).sum();
        let pairs = loads
            .iter()
            .flat_map(|a| loads.iter().map(move |b| a.abs_diff(*b)));
        let differences: f64 = pairs.map(|difference| difference as f64).sum();
        differences / (2.0 * n * sum)
    }

    fn loads() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(0..1_000_000_u64, 1..40)
    }

    proptest! {
        #[test]
        fn figures_stay_within_their_bounds(loads in prop::collection::vec(any::<u64>(), 0..40)) {
            let n = loads.len().max(1) as f64;
            let spread = Spread::of(&loads);
            prop_assert!(spread.gini >= 0.0 && spread.gini <= (n - 1.0) / n + 1e-9);
            prop_assert!(spread.jain >= 1.0 / n && spread.jain <= 1.0);
            prop_assert!(spread.busiest_over_mean <= n);
            prop_assert!(spread.mean <= spread.busiest as f64 * (1.0 + 1e-9));
        }

        #[test]
        fn the_gini_is_half_the_mean_difference_of_pairs(loads in loads()) {
            if loads.iter().any(|load| *load > 0) {
                prop_assert!(is_close(Spread::of(&loads).gini, gini_of_pairs(&loads)));
            }
        }

        #[test]
        fn the_unit_does_not_matter(loads in loads(), factor in 1..1_000_u64) {
            let scaled: Vec<u64> = loads.iter().map(|load| load * factor).collect();
            let (one, other) = (Spread::of(&loads), Spread::of(&scaled));
            prop_assert!(is_close(one.gini, other.gini));
            prop_assert!(is_close(one.jain, other.jain));
            prop_assert!(is_close(one.busiest_over_mean, other.busiest_over_mean));
            prop_assert_eq!(other.total, one.total * factor);
        }

        #[test]
        fn the_order_does_not_matter(
            (loads, shuffled) in loads().prop_flat_map(|loads| {
                (Just(loads.clone()), Just(loads).prop_shuffle())
            })
        ) {
            prop_assert_eq!(Spread::of(&loads), Spread::of(&shuffled));
        }

        #[test]
        fn moving_load_from_the_busiest_to_the_idlest_is_fairer(mut loads in loads()) {
            loads.sort_unstable();
            let before = Spread::of(&loads);
            let (first, last) = (loads[0], loads[loads.len() - 1]);
            let moved = (last - first) / 2;
            if moved > 0 {
                let end = loads.len() - 1;
                loads[0] += moved;
                loads[end] -= moved;
                let after = Spread::of(&loads);
                prop_assert!(after.gini < before.gini);
                prop_assert!(after.jain > before.jain);
            }
        }
    }
}
