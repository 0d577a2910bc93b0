//! The cases of [`crate::backend::queue::JobQueue`] and [`crate::backend::queue::JobLeases`].
// Only the list makes cases public: a case that is missing in it is dead code.
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

/// The only list of the cases for every queue, by noun; passes it to another macro. These cases claim jobs only by key.
#[doc(hidden)]
#[macro_export]
macro_rules! __queue_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            enqueue {
                jobs_with_one_key_are_one_job,
                a_key_stays_in_use,
                an_existing_key_prevents_no_other_job,
                a_repeated_call_enqueues_the_rest_of_a_dropped_one,
                concurrent_calls_enqueue_every_job,
                every_kind_of_job_round_trips,
                waiting_deliveries_are_counted_by_handler,
            }
            keys {
                due_jobs_are_leased_by_key,
                a_suspect_is_leased_by_its_key,
                overdue_jobs_are_found,
            }
            fence {
                a_job_not_started_has_not_crashed,
                a_run_that_never_ended_is_one_crash,
                a_run_starts_once,
                too_many_crashes_kill_a_job,
                a_lost_lease_changes_nothing,
                only_a_leased_job_changes,
                a_renewed_lease_holds_longer,
                a_released_job_is_ready_at_once,
                a_released_run_does_not_count,
            }
            ends {
                a_finished_job_never_runs_again,
                a_failed_run_is_retried,
                a_deferred_run_counts_no_error,
                a_job_that_failed_for_good_is_dead,
                errors_and_crashes_are_counted_separately,
                only_old_ended_jobs_are_cleaned,
                it_answers,
            }
            dead {
                dead_jobs_come_newest_first,
                jobs_dead_at_one_moment_come_page_by_page,
                deaths_are_found_by_key,
                a_dead_job_can_be_replayed_repeatedly,
                only_dead_jobs_are_replayed,
                clean_up_keeps_dead_jobs,
            }
        }
    };
}

/// The only list of the further cases for queues from which an engine takes jobs by class; passes it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __lease_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            claim {
                no_job_is_leased_before_its_moment,
                jobs_due_for_longest_come_first,
                jobs_whose_lease_ran_out_wait_in_line,
                a_leased_job_is_not_leased_again,
                concurrent_claims_lease_each_job_once,
                suspects_are_claimed_separately,
                suspects_are_claimed_by_class,
                only_crashes_make_a_job_suspect,
            }
            line {
                requesters_are_served_in_turn,
                a_late_requester_waits_one_round,
                a_job_without_a_requester_joins_the_present_round,
                each_class_has_its_own_room,
                a_released_job_keeps_its_place,
                a_job_that_failed_joins_the_line_again,
                the_next_due_moment_is_returned,
                the_next_due_moment_is_that_of_the_given_classes,
                jobs_wait_in_the_line_of_their_own_class,
            }
            clock {
                a_clock_set_back_delays_no_job,
                a_clock_set_back_ends_leases,
                a_renewed_lease_survives_a_clock_set_back,
                a_clock_jump_forward_and_back_delays_no_job,
                a_job_waits_no_longer_than_the_longest_delay,
                a_small_clock_difference_makes_no_job_due,
            }
            crowd {
                each_job_is_finished_once,
                each_job_is_finished_once_after_failures,
                each_job_is_finished_once_despite_expired_leases,
            }
        }
    };
}

/// Makes a test of each case that every queue must pass.
///
/// The expression is a future that is evaluated for each case. It returns a [`QueueUnderTest`] with an empty queue. The
/// calling crate needs `tokio` with `macros` and `rt`.
#[macro_export]
macro_rules! queue_conformance {
    ($fresh:expr) => {
        $crate::__queue_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

/// Makes a test of each further case for a queue from which an engine takes jobs by class.
///
/// The expression is the same as for [`queue_conformance`].
#[macro_export]
macro_rules! lease_conformance {
    ($fresh:expr) => {
        $crate::__lease_cases! { __conformance_tests queue async { ::std::boxed::Box::new(($fresh).await) } }
    };
}

crate::__queue_cases! { __conformance_exports CASES }
crate::__lease_cases! { __conformance_exports LEASE_CASES }
