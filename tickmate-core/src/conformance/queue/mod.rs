//! The cases of [`crate::backend::queue::JobQueue`] and [`crate::backend::queue::JobLeases`].
// The list alone makes cases public: one that it does not name is dead code.
#![deny(dead_code)]

mod enqueue;
mod under_test;

pub use under_test::{QueueUnderTest, TestClock};

/// The one list of the cases for queues, by noun; hands it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __queue_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            enqueue {
                a_key_is_one_job,
            }
        }
    };
}

/// Makes a test of each case that a queue must pass.
///
/// The expression is a future, evaluated once a case. It gives a [`QueueUnderTest`](crate::conformance::queue::QueueUnderTest)
/// with an empty queue. The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! queue_conformance {
    ($fresh:expr) => {
        $crate::__queue_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

crate::__queue_cases! { __conformance_exports }
