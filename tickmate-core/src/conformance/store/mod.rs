//! The cases of [`crate::backend::store::Store`].
// The list alone makes cases public: one that it does not name is dead code.
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
mod people;
mod people_lists;
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
mod walks;
mod words;
mod writes;

/// The one list of the cases for stores, by noun; hands it to another macro.
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
                a_request_key_stands_for_one_request,
                request_keys_belong_to_actor_and_route,
                an_origin_is_known_for_good,
                an_origin_is_taken_once_at_once,
                tickets_are_found_by_id_and_number,
            }
            writes {
                a_change_needs_the_next_version,
                a_change_of_no_ticket_is_stale,
                versions_step_by_one,
                the_event_comes_with_the_change,
                a_refused_change_leaves_no_trace,
                one_of_many_writers_of_a_version_wins,
                a_dropped_call_happens_whole_or_not,
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
                every_field_of_a_ticket_comes_back,
                every_field_of_a_change_comes_back,
                every_word_of_a_ticket_comes_back,
                every_word_of_the_desk_comes_back,
                every_field_of_a_person_comes_back,
                every_field_of_a_mail_comes_back,
                every_field_of_an_event_comes_back,
                long_texts_come_back_byte_by_byte,
                moments_come_back_to_the_microsecond,
            }
            events {
                unknown_kinds_wait_and_hold_up_nothing,
                pending_events_come_page_by_page,
                relayed_events_stay_relayed,
                events_come_page_by_page,
                readers_miss_no_event,
                a_tickets_events_follow_its_versions,
                a_tickets_events_come_page_by_page,
                account_changes_carry_events,
            }
            positions {
                the_last_position_is_of_the_last_event,
                what_is_read_after_the_position_holds_all_before_it,
                assignments_are_counted_since_a_moment,
                only_events_of_assignments_are_counted,
            }
            seats {
                a_claim_takes_the_lowest_free_seat,
                an_automatic_claim_stops_at_the_capacity,
                an_automatic_claim_needs_somebody_who_takes_work,
                an_unbounded_claim_goes_beyond_the_capacity,
                an_unbounded_claim_needs_active_staff,
                seats_are_counted_not_numbered,
                a_freed_seat_can_be_taken_again,
                a_kept_seat_stays_as_it_is,
                moving_on_frees_the_seat,
                a_lowered_capacity_refuses,
            }
            ahead {
                an_automatic_claim_stops_at_what_lies_ahead,
                all_that_holds_a_seat_lies_ahead,
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
                only_what_the_router_gave_and_nobody_began_is_unbegun,
                unbegun_tickets_follow_their_changes,
            }
            shifts {
                an_automatic_claim_needs_somebody_on_shift,
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
                unknown_skills_hide_nothing_beside_known_ones,
                a_union_lists_each_ticket_once,
                filters_by_status_and_priority,
                filters_by_category_and_skill,
                all_filters_hold_at_once,
                filters_by_people,
                filters_by_moment,
                every_order_sorts_both_ways,
                pages_stay_in_place,
                deleted_tickets_are_in_no_list,
                held_tickets_are_those_not_over,
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
                words_keep_their_signs,
                the_first_words_of_a_ticket_are_found,
                words_of_internal_notes_are_not_found,
                words_follow_the_text,
            }
            people {
                what_belongs_to_one_is_refused_to_the_next,
                a_taken_value_is_named_before_a_taken_id,
                a_change_takes_nothing_from_others,
                many_may_have_no_username,
                what_was_given_up_is_free,
                users_are_found_by_unique_values,
                unknown_ids_are_skipped,
                a_link_finds_its_person_until_it_is_used,
                a_change_of_an_account_needs_the_next_version,
            }
            admins {
                the_last_admin_stays,
                one_of_two_admins_can_go,
                two_admins_cannot_demote_each_other_at_once,
                two_admins_can_demote_the_same_third_at_once,
                a_promotion_and_a_demotion_at_once_leave_an_admin,
                a_demotion_completes_while_a_promotion_pauses,
                a_repair_fences_a_demotion,
                admins_promoted_and_demoted_at_once_never_run_out,
                of_first_admins_at_once_one_is_made,
                only_active_admins_count,
            }
            people_lists {
                people_come_page_by_page,
                people_are_filtered_by_role_and_state,
                people_are_found_by_a_part_of_their_names,
            }
            roster {
                the_roster_is_all_active_staff,
                the_roster_counts_seats,
                the_roster_knows_who_was_given_a_ticket_last,
                only_what_was_written_gives_a_ticket,
                staff_is_looked_up_by_id,
            }
            sessions {
                a_session_comes_with_its_person,
                the_last_use_is_written,
                an_ended_session_is_gone,
                sessions_come_newest_first,
                a_change_can_end_all_sessions,
                old_sessions_are_cleaned,
            }
            attempts {
                attempts_are_counted_by_the_rule,
                attempts_at_once_count_one_by_one,
                forgotten_attempts_do_not_count,
                old_attempts_are_cleaned,
            }
            mails {
                a_mail_is_put_once,
                a_mail_is_put_once_at_once,
                a_final_status_stays,
                an_update_needs_its_mail,
                mails_to_an_address_are_counted,
                a_thread_is_what_was_not_held_back,
                mails_of_a_status_come_newest_first,
                mails_of_one_moment_come_page_by_page,
            }
            mail_care {
                a_mail_is_found_by_its_reference,
                a_reference_stays,
                reports_are_folded_by_rank,
                reports_at_once_end_at_the_highest_rank,
                a_mail_is_queued_again_once_a_retry,
                a_retry_at_once_is_one,
                mails_are_counted_by_status,
                mails_of_a_period_are_listed,
            }
            suppressions {
                an_address_is_suppressed_once,
                an_address_is_suppressed_once_at_once,
                suppressed_addresses_come_in_order,
            }
            models {
                every_field_of_a_call_comes_back,
                every_word_of_a_call_comes_back,
                a_call_may_never_end,
                a_call_id_is_taken_once,
                a_call_ends_once,
                the_newest_answer_is_found,
            }
            model_lists {
                calls_come_newest_first,
                calls_come_page_by_page,
                usage_is_summed_by_model_and_outcome,
                sums_end_at_the_largest_number,
                old_calls_and_answers_are_forgotten,
            }
            budgets {
                a_budget_of_calls_is_used_to_the_last,
                a_budget_of_tokens_is_used_to_the_last,
                reserved_tokens_count_until_the_end,
                only_calls_of_the_day_count,
                counters_are_forgotten_by_their_day,
                calls_noted_with_their_end_always_begin,
                calls_at_once_stay_within_the_budget,
            }
            rules {
                rules_are_stored_by_kind,
                a_change_of_rules_needs_the_next_version,
                the_event_comes_with_the_rules,
                refused_rules_leave_no_trace,
                of_admins_at_once_one_changes_the_rules,
            }
            system {
                values_are_kept_by_name,
                a_value_is_replaced_if_it_is_the_expected_one,
                of_many_who_replace_a_value_one_does,
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
/// The expression is a future, evaluated once a case. It gives what dereferences to an empty store: an `Arc` of
/// one, or a type of one's own that holds a temporary folder as well. The calling crate needs `tokio` with
/// `macros` and `rt`.
#[macro_export]
macro_rules! store_conformance {
    ($fresh:expr) => {
        $crate::__store_cases! { __conformance_tests store $fresh }
    };
}

crate::__store_cases! { __conformance_exports CASES }
