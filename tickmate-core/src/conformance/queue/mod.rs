//! The cases of [`crate::backend::queue::JobQueue`] and [`crate::backend::queue::JobLeases`].
// The list alone makes cases public: one that it does not name is dead code.
#![deny(dead_code)]

mod claim;
mod crowd;
mod dead;
mod ends;
mod enqueue;
mod leases;
mod under_test;
mod worker;

pub use under_test::{QueueClock, QueueUnderTest, TestClock};

/// The one list of the cases for queues, by noun; hands it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __queue_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            enqueue {
                a_key_is_one_job,
                a_key_stays_taken,
                a_taken_key_holds_up_no_other,
                a_dropped_call_made_again_enqueues_the_rest,
                jobs_enqueued_at_once_are_all_there,
                every_kind_comes_back,
            }
            claim {
                nothing_runs_before_its_moment,
                the_longest_due_comes_first,
                jobs_whose_lease_ran_out_wait_in_line,
                a_leased_job_is_not_leased_again,
                each_job_goes_to_one,
                suspects_come_apart,
                errors_make_no_suspect,
            }
            leases {
                a_job_not_started_has_not_crashed,
                a_run_that_never_ended_is_one_crash,
                a_run_starts_once,
                too_many_crashes_are_death,
                who_lost_a_lease_changes_nothing,
                only_a_leased_job_changes,
                a_renewed_lease_holds_longer,
                a_released_job_is_ready_at_once,
                a_released_run_is_forgotten,
            }
            ends {
                a_finished_job_is_over,
                a_failed_run_is_tried_again,
                a_deferred_run_counts_no_error,
                a_job_that_failed_for_good_is_dead,
                errors_and_crashes_are_counted_apart,
                the_next_moment_is_known,
                only_old_ended_jobs_are_cleaned,
                it_answers,
            }
            dead {
                dead_jobs_come_newest_first,
                jobs_dead_at_one_moment_come_page_by_page,
                deaths_are_found_by_key,
                a_dead_job_can_be_replayed_again_and_again,
                only_dead_jobs_are_replayed,
                dead_jobs_outlive_cleaning,
            }
            crowd {
                each_job_is_finished_once,
                each_job_is_finished_once_after_failures,
                each_job_is_finished_once_though_leases_run_out,
            }
        }
    };
}

/// Makes a test of each case that a queue must pass.
///
/// The expression is a future, evaluated once a case. It gives a [`QueueUnderTest`]
/// with an empty queue. The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! queue_conformance {
    ($fresh:expr) => {
        $crate::__queue_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

crate::__queue_cases! { __conformance_exports }
