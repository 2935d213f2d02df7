//! The order of the steps of a run that was merged.

use std::cmp::Ordering;

use runledger_model::StepExecution;

/// The order of steps by `created_at`, `id` and `attempt`. Digits in ids count as numbers.
pub fn step_order(one: &StepExecution, other: &StepExecution) -> Ordering {
    let by_time = one.created_at.cmp(&other.created_at);
    let by_id = by_time.then_with(|| natural_order(&one.id, &other.id));
    by_id.then_with(|| one.id.cmp(&other.id)).then(one.attempt.cmp(&other.attempt))
}

/// The number of the steps that keep their places when others are merged into the run: those up to
/// the last one that is out of [order](step_order). It is the same after the merge, so that the
/// steps alone tell it of an attempt that is kept whole.
pub fn kept_steps(steps: &[StepExecution]) -> usize {
    let is_out_of_order = |pair: &[StepExecution]| step_order(&pair[0], &pair[1]).is_gt();
    steps.windows(2).rposition(is_out_of_order).map_or(0, |position| position + 1)
}

fn natural_order(mut one: &str, mut other: &str) -> Ordering {
    loop {
        let (number, other_number) = (leading_digits(one), leading_digits(other));
        let order = if number.is_empty() || other_number.is_empty() {
            let (mut chars, mut other_chars) = (one.chars(), other.chars());
            let order = chars.next().cmp(&other_chars.next());
            if order.is_eq() && one.is_empty() {
                return Ordering::Equal;
            }
            (one, other) = (chars.as_str(), other_chars.as_str());
            order
        } else {
            (one, other) = (&one[number.len()..], &other[other_number.len()..]);
            let (number, other_number) =
                (number.trim_start_matches('0'), other_number.trim_start_matches('0'));
            number.len().cmp(&other_number.len()).then_with(|| number.cmp(other_number))
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn leading_digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_ids_count_by_their_value() {
        let ids = ["", "-1", "1", "2", "10", "a", "a2", "a2b", "a10", "a10b2", "a10b11", "é"];
        for (at, one) in ids.iter().enumerate() {
            for (other_at, other) in ids.iter().enumerate() {
                assert_eq!(natural_order(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(natural_order("a007", "a7"), Ordering::Equal);
    }
}
