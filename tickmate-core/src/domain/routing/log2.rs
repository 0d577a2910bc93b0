//! Base-2 logarithms of fractions with integers alone, so that every machine weighs alike.

use std::{cmp::Ordering, num::NonZeroU64};

/// The bits of a logarithm after its point.
const FRACTION_BITS: u32 = 16;

/// The limbs, 64 bits each, after the point of the first attempt. They decide all but fractions that lie within
/// about 2^-93 of a power of 2^(1/65536).
const FIRST_LIMBS: usize = 2;

/// `log2(num / den)` in units of 2^-16, rounded down, exactly: -4,194,304 to 4,194,303.
pub(crate) fn log2_q16(num: NonZeroU64, den: NonZeroU64) -> i64 {
    let (num, den) = (num.get(), den.get());
    let whole = floor_log2(num, den);
    let mut limbs = FIRST_LIMBS;
    loop {
        if let Some(fraction) = Mantissa::of(num, den, whole, limbs).log2() {
            return (i64::from(whole) << FRACTION_BITS) + fraction;
        }
        // It ends: apart from the powers of two, which are decided at once, the logarithm of a fraction is
        // irrational, so that some precision tells it from each multiple of 2^-16.
        limbs *= 2;
    }
}

/// `log2(ratio / 2^32)` rounded to the nearest integer, -32 to 32, or `None` for a ratio of 0. There are no ties:
/// 2^(k + 1/2) is no fraction.
pub(crate) fn round_log2(ratio_q32: u64) -> Option<i32> {
    // round(log2 r) = floor((1 + 2 log2 r) / 2), and the floor of 2 log2 r is that of log2 r².
    let square = u128::from(ratio_q32).pow(2);
    let twice = i32::try_from(square.checked_ilog2()?).ok()?;
    Some((twice + 1) / 2 - 32)
}

/// The `e` for which `2^e <= num / den < 2^(e + 1)`.
fn floor_log2(num: u64, den: u64) -> i32 {
    let guess = num.ilog2() as i32 - den.ilog2() as i32;
    let (a, b) = scaled(num, den, guess);
    if a < b { guess - 1 } else { guess }
}

/// A fraction equal to `num / den / 2^e`; its numerator is below 2^65 where `e` is about its logarithm, its denominator below 2^64.
fn scaled(num: u64, den: u64, e: i32) -> (u128, u128) {
    let (num, den) = (u128::from(num), u128::from(den));
    match e.cmp(&0) {
        Ordering::Less => (num << e.unsigned_abs(), den),
        Ordering::Equal => (num, den),
        Ordering::Greater => (num, den << e.unsigned_abs()),
    }
}

/// A number of at least 1 and less than 2, from below: the true one is less than `error` units of the last place
/// above it.
struct Mantissa {
    /// The fraction's limbs, the least first, and the whole part as the last.
    limbs: Vec<u64>,
    error: u64,
}

impl Mantissa {
    /// `num / den / 2^whole` to this many limbs after the point.
    fn of(num: u64, den: u64, whole: i32, limbs: usize) -> Self {
        let (num, den) = scaled(num, den, whole);
        // The divisor is at most 64 bits long, since it is at most one of the two given numbers or the numerator,
        // so a remainder can be moved by a limb.
        let mut remainder = num % den;
        let mut digits = vec![(num / den) as u64];
        for _ in 0..limbs {
            let dividend = remainder << 64;
            digits.push((dividend / den) as u64);
            remainder = dividend % den;
        }
        digits.reverse();
        let error = u64::from(remainder != 0);
        Self {
            limbs: digits,
            error,
        }
    }

    /// The first bits of its logarithm by repeated squaring: a square of 2 or more is a bit, and is halved. `None`
    /// where the error hides on which side of 2 a square lies.
    fn log2(mut self) -> Option<i64> {
        let mut bits = 0;
        for _ in 0..FRACTION_BITS {
            self.square();
            let bit = self.whole() >= 2;
            if !bit && self.reaches_two() {
                return None;
            }
            if bit {
                self.halve();
            }
            bits = bits << 1 | i64::from(bit);
        }
        Some(bits)
    }

    fn whole(&self) -> u64 {
        self.limbs.last().copied().unwrap_or(0)
    }

    /// Whether the true number may be 2 or more although this one is not: whether the error carries over the point.
    fn reaches_two(&self) -> bool {
        let fraction = &self.limbs[..self.limbs.len() - 1];
        let mut carry = self.error;
        for limb in fraction {
            carry = u64::from(limb.overflowing_add(carry).1);
        }
        carry != 0
    }

    fn square(&mut self) {
        let places = self.limbs.len() - 1;
        let mut product = vec![0_u64; 2 * self.limbs.len()];
        for (i, a) in self.limbs.iter().enumerate() {
            let mut carry = 0_u128;
            for (j, b) in self.limbs.iter().enumerate() {
                let sum = u128::from(*a) * u128::from(*b) + u128::from(product[i + j]) + carry;
                product[i + j] = sum as u64;
                carry = sum >> 64;
            }
            product[i + self.limbs.len()] = carry as u64;
        }
        // A square of less than 4 has nothing beyond the whole part's limb.
        self.limbs.copy_from_slice(&product[places..=2 * places]);
        // (m + e)² - m² < 4e + e², of which e² is less than a unit, and one more was cut off.
        self.error = if self.error == 0 && product[..places].iter().all(|limb| *limb == 0) {
            0
        } else {
            4 * self.error + 2
        };
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.limbs.iter_mut().rev() {
            let lost = *limb & 1;
            *limb = *limb >> 1 | carry << 63;
            carry = lost;
        }
        // Half the error and half a unit that was cut off.
        self.error = self.error / 2 + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn log2(num: u64, den: u64) -> i64 {
        log2_q16(NonZeroU64::new(num).unwrap(), NonZeroU64::new(den).unwrap())
    }

    /// The logarithm in units of 2^-16 by floating point, good to about 1e-9 of them.
    fn float(num: u64, den: u64) -> f64 {
        ((num as f64).log2() - (den as f64).log2()) * 65_536.0
    }

    fn agrees_with_float(num: u64, den: u64) -> bool {
        let (exact, float) = (log2(num, den) as f64, float(num, den));
        exact <= float + 1e-6 && float - 1e-6 < exact + 1.0
    }

    #[test]
    fn powers_of_two_are_exact() {
        for shift in 0..64 {
            assert_eq!(log2(1 << shift, 1), shift << 16);
            assert_eq!(log2(1, 1 << shift), -(shift << 16));
            assert_eq!(log2(3 << (shift.min(62)), 3), shift.min(62) << 16);
        }
    }

    #[test]
    fn known_values() {
        // From tables: log2 3 = 1.5849625007, log2 5 = 2.3219280949, log2 10 = 3.3219280949.
        for (num, den, expected) in [
            (3, 1, 103_872),
            (1, 3, -103_873),
            (5, 1, 152_169),
            (10, 1, 217_705),
            (7, 7, 0),
            (u64::MAX, 1, (64 << 16) - 1),
            (1, u64::MAX, -(64 << 16)),
            (u64::MAX, u64::MAX - 1, 0),
            (u64::MAX - 1, u64::MAX, -1),
        ] {
            assert_eq!(log2(num, den), expected, "{num}/{den}");
        }
    }

    #[test]
    fn a_large_table_agrees_with_floating_point() {
        for num in 1..=300 {
            for den in 1..=60 {
                assert!(agrees_with_float(num, den), "{num}/{den}");
            }
        }
        for num in (1..200_000).step_by(13) {
            assert!(agrees_with_float(num, 1), "{num}");
        }
    }

    /// The best fractions for √2 lie on its two sides in turn, at last within about 2^-126 of it.
    #[test]
    fn fractions_next_to_the_root_of_two_fall_on_the_right_side() {
        // 1393/985 is below and near enough: p² - 2q² = -1.
        let (mut p, mut q) = (1_393_u64, 985_u64);
        let mut above = false;
        while let Some(next) = q.checked_mul(2).and_then(|twice| p.checked_add(twice)) {
            assert_eq!(log2(p, q), 32_767 + i64::from(above), "{p}/{q}");
            (p, q) = (next, p + q);
            above = !above;
        }
        let first = Mantissa::of(p, q, 0, FIRST_LIMBS);
        assert_eq!(first.log2(), None, "{p}/{q} asks for more precision");
        assert_eq!(log2(p, q), 32_767 + i64::from(above), "{p}/{q}");
    }

    #[test]
    fn rounding_is_to_the_nearest() {
        let one = 1_u64 << 32;
        for (ratio, expected) in [
            (0, None),
            (1, Some(-32)),
            (one / 4, Some(-2)),
            (one / 3, Some(-2)),
            (one / 2, Some(-1)),
            (one, Some(0)),
            // 2^32 * √2 is 6,074,000,999.95.
            (6_074_000_999, Some(0)),
            (6_074_001_000, Some(1)),
            (one * 3, Some(2)),
            (u64::MAX, Some(32)),
        ] {
            assert_eq!(round_log2(ratio), expected, "{ratio}");
        }
        for ratio in (1..100_000_u64).map(|n| n * 858_993) {
            let nearest = ((ratio as f64).log2() - 32.0).round() as i32;
            assert_eq!(round_log2(ratio), Some(nearest), "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_floating_point(num in 1..u64::MAX, den in 1..u64::MAX) {
            prop_assert!(agrees_with_float(num, den), "{num}/{den}");
        }

        #[test]
        fn a_greater_fraction_has_no_smaller_logarithm(
            (a, b, den) in (1..u64::MAX, 1..u64::MAX, 1..u64::MAX)
        ) {
            let (small, great) = (a.min(b), a.max(b));
            prop_assert!(log2(small, den) <= log2(great, den));
            prop_assert!(log2(den, small) >= log2(den, great));
            prop_assert!(round_log2(small) <= round_log2(great));
        }

        #[test]
        fn neighbours_are_in_order(num in 1..u64::MAX - 1, den in 1..1_000_u64) {
            prop_assert!(log2(num, den) <= log2(num + 1, den));
        }

        #[test]
        fn the_inverse_is_the_negative_rounded_down(num in 1..u64::MAX, den in 1..u64::MAX) {
            let sum = log2(num, den) + log2(den, num);
            prop_assert!(sum == -1 || sum == 0 && log2(num, den) % 65_536 == 0);
        }

        #[test]
        fn a_square_has_twice_the_logarithm(num in 1..u64::from(u32::MAX), den in 1..u64::from(u32::MAX)) {
            let (once, twice) = (log2(num, den), log2(num * num, den * den));
            prop_assert!(twice == 2 * once || twice == 2 * once + 1);
        }

        #[test]
        fn rounding_is_that_of_the_exact_logarithm(ratio in any::<u64>()) {
            if ratio > 0 {
                let exact = log2(ratio, 1 << 32);
                prop_assert_eq!(round_log2(ratio), Some(i32::try_from((exact + 32_768) >> 16).unwrap()));
            }
        }
    }
}
