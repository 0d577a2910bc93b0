//! Integer logarithms, which give the same result on every machine.

/// The number of fractional bits of a logarithm.
pub(super) const FRACTION: u32 = 16;

/// Returns the base-2 logarithm as a fixed-point number with [`FRACTION`] fractional bits, rounded down; 0 for 0.
///
/// The fraction is computed bit by bit: squaring a mantissa in [1, 2) doubles its logarithm, and each carry into [2,
/// 4) is the next bit (Knuth, The Art of Computer Programming, 1.2.2, exercise 27).
pub(super) fn log2(x: u64) -> i64 {
    if x == 0 {
        return 0;
    }
    let whole = x.ilog2();
    let mut mantissa = u128::from(x) << (63 - whole);
    let mut bits = i64::from(whole);
    for _ in 0..FRACTION {
        mantissa = (mantissa * mantissa) >> 63;
        let carry = mantissa >> 64;
        mantissa >>= carry;
        bits = (bits << 1) | i64::from(carry == 1);
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    #[test]
    fn it_agrees_with_floating_point() {
        assert_eq!(log2(0), 0);
        assert_eq!(log2(1), 0);
        assert_eq!(log2(2), 1 << FRACTION);
        assert_eq!(log2(1 << 63), 63 << FRACTION);
        assert_eq!(log2(u64::MAX), (64 << FRACTION) - 1);
        for x in (1..100_000_u32).step_by(7) {
            let expected = f64::from(x).log2() * f64::from(1 << FRACTION);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let got = log2(u64::from(x)) as f64;
            assert!(
                got <= expected + 1e-6 && got > expected - 1.001,
                "{x}: {got}, {expected}"
            );
        }
    }

    proptest! {
        #[test]
        fn it_is_monotonic(x in 1..u64::MAX, y in any::<u64>()) {
            prop_assert!(log2(x) <= log2(x + 1));
            prop_assert!(log2(x.min(y)) <= log2(x.max(y)));
        }
    }
}
