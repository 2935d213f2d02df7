//! The tests that every engine runs. An engine's test calls [`test_suite!`](crate::test_suite!)
//! with a function that makes a new store.

#[doc(hidden)]
pub mod attempts;
#[doc(hidden)]
pub mod changes;
#[doc(hidden)]
pub mod concurrency;
#[doc(hidden)]
pub mod keys;
#[doc(hidden)]
pub mod lists;
#[doc(hidden)]
pub mod runs;
#[doc(hidden)]
pub mod sequences;
mod support;
#[doc(hidden)]
pub mod updates;
#[doc(hidden)]
pub mod workflows;

pub use self::support::{New, run, runtime};

/// Declares a test function for each test of the suite. The argument is a function of the type
/// `test_suite::New`, which makes the stores to test.
#[macro_export]
macro_rules! test_suite {
    ($new:path) => {
        $crate::test_suite!(@ $new; runs:
            a_recorded_run_is_returned_as_it_was_given,
            the_text_size_is_that_of_the_steps,
            an_equal_run_is_unchanged_and_a_different_one_updated,
            a_final_status_never_becomes_live_again,
            a_run_that_is_listed_twice_is_recorded_twice,
            a_deleted_run_is_gone_and_can_be_recorded_again,
            the_oldest_matching_runs_are_deleted_first,
        );
        $crate::test_suite!(@ $new; attempts:
            a_higher_attempt_begins_another_and_keeps_the_one_before,
            an_earlier_attempt_is_changed_alone,
            what_is_left_out_is_that_of_the_recorded_run,
            the_timeout_of_an_attempt_does_not_end_the_next_one,
            a_patch_changes_its_attempt_only,
            steps_of_any_attempt_have_the_same_order_whatever_came_first,
            any_sequence_of_attempts_is_as_in_a_plain_model,
        );
        $crate::test_suite!(@ $new; lists:
            tenants_do_not_see_each_other,
            a_page_past_the_last_has_totals,
            equal_times_are_ordered_by_the_bytes_of_the_id,
        );
        $crate::test_suite!(@ $new; updates:
            a_patch_begins_and_changes_a_run,
            a_refused_patch_changes_nothing,
            a_change_happens_only_if_its_condition_holds,
            a_silent_run_is_ended_once,
            only_a_run_that_the_server_ended_lives_again,
            a_later_fact_wins_over_the_end_of_a_silent_run,
            after_any_sequence_of_patches_runs_are_those_of_the_memory_engine,
        );
        $crate::test_suite!(@ $new; workflows:
            a_workflow_is_listed_while_it_has_runs,
            the_beginning_of_the_uid_selects_workflows,
            the_durations_are_those_of_the_last_200_finished_runs,
        );
        $crate::test_suite!(@ $new; keys:
            tenants_are_listed_by_name,
            a_revoked_key_is_refused_at_once,
            listed_keys_have_no_secrets,
            a_second_key_with_the_same_secret_is_refused,
        );
        $crate::test_suite!(@ $new; changes:
            every_change_takes_the_next_number,
            what_changes_nothing_takes_no_number,
            a_change_has_the_newest_state_of_its_run,
            a_deletion_is_a_change_until_the_run_is_recorded_again,
            tenants_have_numbers_of_their_own,
            a_watch_moves_with_the_changes_of_its_tenant,
            a_walk_through_changes_misses_and_repeats_none,
        );
        $crate::test_suite!(@ $new; concurrency:
            concurrent_recordings_are_counted_once,
            a_response_is_of_one_moment,
        );
        $crate::test_suite!(@ $new; sequences:
            after_any_sequence_of_recordings_all_responses_are_those_of_the_memory_engine,
        );
    };
    (@ $new:path; $module:ident: $($test:ident,)+) => {
        $(#[test]
        fn $test() {
            $crate::test_suite::$module::$test($new);
        })+
    };
}
