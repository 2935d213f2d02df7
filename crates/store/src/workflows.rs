//! What the list of workflows has in common in all engines.

use runledger_model::{Seconds, WorkflowRunStatus, WorkflowSummary, limits::SUMMARIZED_RUNS};

/// The states of a finished run.
pub fn finished_statuses() -> impl Iterator<Item = WorkflowRunStatus> {
    WorkflowRunStatus::ALL.iter().copied().filter(|status| status.is_final())
}

/// Enters the durations of the newest [`SUMMARIZED_RUNS`] finished runs of a workflow, in any
/// order; those of unknown duration are left out.
pub fn set_durations(workflow: &mut WorkflowSummary, mut durations: Vec<Seconds>) {
    debug_assert!(durations.len() <= SUMMARIZED_RUNS);
    durations.sort_unstable();
    workflow.median_duration = percentile(&durations, 50);
    workflow.p95_duration = percentile(&durations, 95);
}

/// The least text that is greater than all texts with this beginning, compared by their bytes;
/// `None` if there is none.
pub fn end_of_beginning(beginning: &str) -> Option<String> {
    let mut end = beginning.to_owned();
    while let Some(last) = end.pop() {
        // The step over the surrogates, which are no characters, is that of a range of `char`.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The least of these ascending values that at least `percent` (1 to 100) of them do not exceed:
/// the nearest-rank method.
fn percentile(ascending: &[Seconds], percent: usize) -> Option<Seconds> {
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_percentile_is_the_least_value_that_enough_values_do_not_exceed(
            mut micros in vec(0..50i64, 0..300), percent in 1..=100usize,
        ) {
            micros.sort_unstable();
            let values: Vec<_> = micros.iter().filter_map(|n| Seconds::from_micros(*n)).collect();
            let share = |value: &Seconds| values.iter().filter(|other| *other <= value).count();
            let enough = |value: &&Seconds| share(value) * 100 >= percent * values.len();
            prop_assert_eq!(percentile(&values, percent), values.iter().find(enough).copied());
        }

        #[test]
        fn the_end_divides_the_texts_with_a_beginning_from_the_greater_ones(
            beginning in "[a\u{7f}\u{d7ff}\u{ffff}\u{10ffff}]{1,3}",
            other in "[ab\u{7f}\u{80}\u{d7ff}\u{e000}\u{10000}\u{10ffff}]{0,4}",
        ) {
            let begins = other.starts_with(&beginning);
            let end = end_of_beginning(&beginning);
            let is_in_range = other >= beginning && end.is_none_or(|end| other < end);
            prop_assert_eq!(begins, is_in_range);
        }
    }
}
