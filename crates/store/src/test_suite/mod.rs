//! What every engine must do. An engine's test file gives a function that makes a fresh store.

#[doc(hidden)]
pub mod behavior;
mod reference;
#[doc(hidden)]
pub mod sequences;

use runledger_model::{WorkflowRunDetail, examples};
use tokio::runtime::Runtime;

pub use self::reference::ReferenceLedger;

/// Declares a test function for each test of the suite. `$new` is a function that returns a new store and what must be
/// kept while it is used, such as a temporary folder.
#[macro_export]
macro_rules! test_suite {
    ($new:path) => {
        $crate::test_suite!(@ $new; behavior:
            records_what_it_is_given,
            tells_how_much_text_a_run_has,
            knows_the_same_from_the_new,
            keeps_finished_runs_finished,
            takes_a_run_that_stands_twice_in_order,
            keeps_tenants_apart,
            answers_pages_past_the_last_with_totals,
            breaks_ties_by_the_bytes_of_the_id,
            revokes_keys_at_once,
            lists_keys_without_their_secrets,
            refuses_a_second_key_with_the_same_secret,
            takes_recordings_from_many_at_once,
            answers_from_one_moment,
        );
        $crate::test_suite!(@ $new; sequences: every_page_and_total_is_what_a_naive_ledger_says,);
    };
    (@ $new:path; $module:ident: $($test:ident,)+) => {
        $(#[test]
        fn $test() {
            $crate::test_suite::$module::$test($new);
        })+
    };
}

/// A small runtime for one test.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The documented run under another id.
pub fn run(id: &str) -> WorkflowRunDetail {
    WorkflowRunDetail { id: id.into(), ..examples::execution() }
}
