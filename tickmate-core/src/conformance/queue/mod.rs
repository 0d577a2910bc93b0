//! The cases of [`crate::backend::queue::JobQueue`] and [`crate::backend::queue::JobLeases`].
// The list alone makes cases public: one that it does not name is dead code.
#![deny(dead_code)]

mod claim;
mod clock;
mod crowd;
mod dead;
mod ends;
mod enqueue;
mod fence;
mod keys;
mod line;
mod under_test;
mod worker;

pub use under_test::{QueueClock, QueueUnderTest, TestClock};

/// The one list of the cases for every queue, by noun; hands it to another macro. They claim jobs by key alone.
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
                waiting_deliveries_are_counted_by_handler,
            }
            keys {
                the_jobs_named_are_leased,
                a_suspect_is_leased_by_its_key,
                what_is_overdue_is_found,
            }
            fence {
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
        }
    };
}

/// The one list of the further cases for queues from which an engine takes jobs by class; hands it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __lease_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            claim {
                nothing_runs_before_its_moment,
                the_longest_due_comes_first,
                jobs_whose_lease_ran_out_wait_in_line,
                a_leased_job_is_not_leased_again,
                each_job_goes_to_one,
                suspects_come_apart,
                suspects_come_by_class,
                errors_make_no_suspect,
            }
            line {
                requesters_are_served_in_turn,
                who_comes_late_waits_a_round,
                a_job_without_a_requester_joins_the_present_round,
                each_class_has_its_own_room,
                a_released_job_keeps_its_place,
                a_job_that_failed_joins_the_line_again,
                the_next_moment_is_known,
                the_next_moment_is_that_of_the_classes_asked_for,
                an_import_waits_in_a_line_of_its_own,
            }
            clock {
                a_clock_set_back_strands_no_job,
                a_clock_set_back_strands_no_lease,
                a_renewed_lease_survives_a_clock_set_back,
                a_jump_forward_and_back_strands_nothing,
                a_job_waits_no_longer_than_the_longest_delay,
                a_little_difference_of_clocks_makes_nothing_due,
            }
            crowd {
                each_job_is_finished_once,
                each_job_is_finished_once_after_failures,
                each_job_is_finished_once_though_leases_run_out,
            }
        }
    };
}

/// Makes a test of each case that every queue must pass.
///
/// The expression is a future, evaluated once a case. It gives a [`QueueUnderTest`]
/// with an empty queue. The calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! queue_conformance {
    ($fresh:expr) => {
        $crate::__queue_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

/// Makes a test of each further case that a queue must pass from which an engine takes jobs by class.
///
/// The expression is that of [`queue_conformance`].
#[macro_export]
macro_rules! lease_conformance {
    ($fresh:expr) => {
        $crate::__lease_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

crate::__queue_cases! { __conformance_exports CASES }
crate::__lease_cases! { __conformance_exports LEASE_CASES }
