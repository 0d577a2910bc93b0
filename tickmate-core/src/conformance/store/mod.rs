//! The cases of [`crate::backend::store::Store`].
// The list alone makes cases public: one that it does not name is dead code.
#![deny(dead_code)]

mod tickets;

/// The one list of the cases for stores, by noun; hands it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            tickets {
                numbers_count_from_one,
            }
        }
    };
}

/// Makes a test of each case that a store must pass.
///
/// The expression is a future, evaluated once a case. It gives what dereferences to an empty store: an `Arc` of
/// one, or a type of one's own that holds a temporary folder as well. The calling crate needs `tokio` with
/// `macros` and `rt`.
#[macro_export]
macro_rules! store_conformance {
    ($fresh:expr) => {
        $crate::__store_cases! { __conformance_tests store $fresh }
    };
}

crate::__store_cases! { __conformance_exports }
