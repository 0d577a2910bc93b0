//! The conformance suites: the cases that every back end must pass. There is one public function for each promise of the
//! contract, and one macro for each seam that makes a named test of each case.
//!
//! The crate of a store writes, with `tokio` among its dev-dependencies:
//!
//! ```
//! # mod tests {
//! use std::sync::Arc;
//! use tickmate_core::memory::MemoryStore;
//!
//! tickmate_core::store_conformance!(async { Arc::new(MemoryStore::new()) });
//! # }
//! ```
//!
//! The expression is evaluated for each case and must return an empty store; see [`crate::store_conformance`] and
//! [`crate::queue_conformance`]. Cases run on any executor: they neither sleep nor spawn, and their random numbers derive
//! from a seed, so that a failure is reproducible.

mod failure;
pub mod fixtures;
pub mod machine;
pub mod queue;
mod random;
mod scene;
pub mod store;
mod sweeps;

pub use failure::{Failure, Outcome};

/// Makes a test of each case for one seam. The lists of cases call it.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($seam:ident $fresh:expr) $($noun:ident { $($case:ident),+ $(,)? })+) => {$($(
        #[tokio::test]
        async fn $case() -> $crate::conformance::Outcome {
            let fresh = ($fresh).await;
            $crate::conformance::$seam::$case(&*fresh).await
        }
    )+)+};
}

/// Makes the cases of one seam public. The lists of cases call it.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_exports {
    (($cases:ident) $($noun:ident { $($case:ident),+ $(,)? })+) => {
        $(pub use self::$noun::{$($case),+};)+

        /// The name of every case, in the order of the list.
        pub const $cases: &[&str] = &[$($(stringify!($case)),+),+];
    };
}
