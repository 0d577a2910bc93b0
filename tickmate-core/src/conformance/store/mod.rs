//! The cases of [`crate::backend::store::Store`].
// Only the list makes cases public: a case that is missing in it is dead code.
#![deny(dead_code)]

mod admins;
mod ahead;
mod attempts;
mod budgets;
mod care;
mod crowd;
mod events;
mod history;
mod lanes;
mod lists;
mod mail_care;
mod mails;
mod model_lists;
mod models;
mod positions;
mod replies;
mod roster;
mod round_trips;
mod rules;
mod seats;
mod sessions;
mod shifts;
mod suppressions;
mod system;
mod tickets;
mod unbegun;
mod user_lists;
mod users;
mod walks;
mod words;
mod writes;

/// The only list of the cases for stores, by noun; passes it to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { ($($args)*)
            tickets {
                numbers_count_from_one,
                numbers_and_seqs_of_tickets_created_at_once_differ,
                creation_is_an_event,
                a_ticket_id_is_taken_once,
                a_request_sent_twice_makes_one_ticket,
                a_request_sent_many_times_at_once_makes_one_ticket,
                a_request_key_belongs_to_one_request,
                request_keys_belong_to_actor_and_route,
                an_origin_is_unique_for_good,
                concurrent_tickets_of_one_origin_create_one,
                tickets_are_found_by_id_and_number,
            }
            writes {
                a_change_needs_the_next_version,
                a_change_of_no_ticket_is_stale,
                versions_step_by_one,
                a_change_and_its_event_appear_together,
                a_refused_change_leaves_no_trace,
                exactly_one_writer_of_a_version_succeeds,
                a_dropped_call_is_atomic,
            }
            replies {
                replies_come_in_order,
                replies_come_page_by_page,
                a_ticket_comes_with_its_latest_replies,
                a_reply_is_found_by_its_id,
                a_reply_comes_with_its_change,
                a_reply_sent_twice_is_written_once,
                reply_keys_belong_to_their_actor,
            }
            round_trips {
                every_field_of_a_ticket_round_trips,
                every_field_of_a_change_round_trips,
                every_enum_value_of_a_ticket_round_trips,
                every_tier_and_triage_source_round_trips,
                every_field_of_a_user_round_trips,
                every_field_of_a_mail_round_trips,
                every_field_of_an_event_round_trips,
                long_texts_round_trip_byte_by_byte,
                moments_round_trip_to_the_microsecond,
            }
            events {
                events_of_unknown_kinds_stay_pending_and_block_no_other,
                pending_events_come_page_by_page,
                relayed_events_stay_relayed,
                events_come_page_by_page,
                readers_miss_no_event,
                a_tickets_events_follow_its_versions,
                a_tickets_events_come_page_by_page,
                account_changes_carry_events,
            }
            positions {
                the_last_seq_is_that_of_the_last_event,
                reads_after_the_last_seq_show_all_earlier_events,
                assignments_are_counted_since_a_moment,
                only_events_of_assignments_are_counted,
            }
            seats {
                a_claim_takes_the_lowest_free_seat,
                an_automatic_claim_stops_at_the_capacity,
                an_automatic_claim_needs_a_user_who_takes_work,
                an_unbounded_claim_goes_beyond_the_capacity,
                an_unbounded_claim_needs_active_staff,
                seats_are_counted_not_numbered,
                a_freed_seat_can_be_taken_again,
                a_kept_seat_stays_as_it_is,
                reassigning_frees_the_seat,
                a_lowered_capacity_refuses_further_claims,
            }
            ahead {
                an_automatic_claim_respects_the_ahead_limit,
                every_held_seat_counts_against_the_ahead_limit,
                claims_at_once_stay_within_what_lies_ahead,
            }
            crowd {
                a_crowd_that_claims_stays_within_capacity,
                a_crowd_that_forces_and_returns_claims_within_capacity,
            }
            lanes {
                each_lane_has_its_oldest_ticket_as_head,
                a_lane_is_in_the_order_of_numbers,
                only_tickets_of_the_backlog_are_in_lanes,
                lanes_follow_their_tickets,
                lanes_are_counted,
                counts_follow_their_tickets,
            }
            care {
                tickets_that_need_triage_are_found,
                tickets_that_need_triage_come_longest_unchanged_first,
                holders_are_those_with_unfinished_tickets,
            }
            unbegun {
                unbegun_tickets_come_by_priority_and_number,
                only_tickets_that_may_be_moved_are_unbegun,
                unbegun_tickets_follow_their_changes,
            }
            shifts {
                an_automatic_claim_needs_a_user_on_shift,
                due_shifts_come_soonest_first,
                a_shift_that_began_ahead_of_the_clock_is_due,
                only_active_staff_has_shifts_due,
            }
            walks {
                every_ticket_is_walked_by_number,
                the_tickets_of_a_period_come_by_number,
            }
            lists {
                each_scope_shows_its_tickets,
                unknown_skills_count_only_without_known_ones,
                a_union_lists_each_ticket_once,
                filters_by_status_and_priority,
                filters_by_category_and_skill,
                all_filters_hold_at_once,
                filters_by_requester_and_assignee,
                filters_by_moment,
                every_order_sorts_both_ways,
                pages_stay_in_place,
                deleted_tickets_are_in_no_list,
                held_tickets_are_the_unfinished_ones,
                counts_are_of_the_requesters_tickets,
            }
            words {
                searches_of_real_desks_find_their_tickets,
                every_word_must_occur,
                words_are_whole_words,
                words_are_found_in_any_case,
                words_are_found_by_their_forms,
                the_best_matches_come_first,
                words_without_spaces_are_found,
                signs_distinguish_words,
                the_first_words_of_a_ticket_are_found,
                words_of_internal_notes_are_not_found,
                changed_texts_are_found_by_their_present_words,
            }
            users {
                a_unique_value_of_another_user_is_refused,
                a_taken_value_is_reported_before_a_taken_id,
                a_change_cannot_take_a_unique_value_of_another_user,
                many_may_have_no_username,
                released_unique_values_are_free,
                users_are_found_by_unique_values,
                unknown_ids_are_skipped,
                a_token_finds_its_user_until_it_is_used,
                a_change_of_an_account_needs_the_next_version,
            }
            admins {
                the_last_admin_stays,
                one_of_two_admins_can_be_demoted,
                two_admins_cannot_demote_each_other_at_once,
                two_admins_can_demote_the_same_third_at_once,
                a_promotion_and_a_demotion_at_once_leave_an_admin,
                a_demotion_completes_while_a_promotion_pauses,
                a_repair_fences_a_demotion,
                concurrent_role_changes_leave_an_admin,
                exactly_one_concurrent_first_admin_is_created,
                only_active_admins_count,
            }
            user_lists {
                users_come_page_by_page,
                users_are_filtered_by_role_and_state,
                users_are_found_by_a_part_of_their_names,
            }
            roster {
                the_roster_is_all_active_staff,
                the_roster_counts_seats,
                the_roster_shows_the_last_assignment,
                only_written_claims_are_assignments,
                staff_is_looked_up_by_id,
            }
            sessions {
                a_session_comes_with_its_user,
                the_last_use_is_written,
                an_ended_session_is_gone,
                sessions_come_newest_first,
                a_change_can_end_all_sessions,
                old_sessions_are_cleaned,
            }
            attempts {
                attempts_are_counted_by_the_rule,
                concurrent_attempts_are_counted_one_by_one,
                deleted_attempts_do_not_count,
                old_attempts_are_cleaned,
            }
            mails {
                a_mail_is_inserted_once,
                concurrent_inserts_store_one_mail,
                a_final_status_stays,
                an_update_needs_an_existing_mail,
                mails_to_an_address_are_counted,
                a_thread_omits_suppressed_mails,
                mails_of_a_status_come_newest_first,
                mails_of_one_moment_come_page_by_page,
            }
            mail_care {
                a_mail_is_found_by_its_reference,
                a_reference_stays_until_it_is_replaced,
                reports_are_folded_by_rank,
                reports_at_once_end_at_the_highest_rank,
                a_mail_is_requeued_once_for_each_retry,
                concurrent_requeues_queue_a_mail_once,
                mails_are_counted_by_status,
                mails_of_a_period_are_listed,
            }
            suppressions {
                an_address_is_suppressed_once,
                concurrent_suppressions_store_one_entry,
                suppressed_addresses_come_in_order,
            }
            models {
                every_field_of_a_call_round_trips,
                every_enum_value_of_a_call_round_trips,
                a_call_may_never_end,
                a_call_id_is_taken_once,
                a_call_ends_once,
                the_newest_answer_is_found,
            }
            model_lists {
                calls_come_newest_first,
                calls_come_page_by_page,
                usage_is_summed_by_model_and_outcome,
                sums_saturate,
                old_calls_and_answers_are_deleted,
            }
            budgets {
                a_budget_of_calls_is_used_to_the_last,
                a_budget_of_tokens_is_used_to_the_last,
                reserved_tokens_count_until_the_end,
                only_calls_of_the_day_count,
                counters_are_deleted_by_their_day,
                calls_recorded_with_their_end_always_begin,
                concurrent_calls_stay_within_the_budget,
            }
            rules {
                rules_are_stored_by_kind,
                a_change_of_rules_needs_the_next_version,
                a_change_of_rules_and_its_event_appear_together,
                refused_rules_leave_no_trace,
                exactly_one_concurrent_change_of_rules_succeeds,
            }
            system {
                values_are_kept_by_name,
                a_value_is_replaced_if_it_is_the_expected_one,
                exactly_one_concurrent_replacement_of_a_value_succeeds,
                parts_of_blobs_are_kept_by_group_and_number,
                groups_of_blobs_are_found_until_they_are_removed,
                old_request_keys_are_cleaned,
                cleaning_nothing_removes_nothing,
                it_answers,
            }
        }
    };
}

/// Makes a test of each case that a store must pass.
///
/// The expression is a future that is evaluated for each case. It returns a value that dereferences to an empty store: an
/// `Arc` of a store, or your own type that also keeps a temporary folder. The calling crate needs `tokio` with `macros`
/// and `rt`.
#[macro_export]
macro_rules! store_conformance {
    ($fresh:expr) => {
        $crate::__store_cases! { __conformance_tests store $fresh }
    };
}

crate::__store_cases! { __conformance_exports CASES }
