//! The query parameters of one run.

use crate::{ApiError, parameters::parameters, query::whole_number};

parameters! {
    /// Which attempt of a run: the query of `GET /v1/executions/{id}`.
    pub struct GetExecutionQuery, checked by any_combination;

    /// Number of the attempt; without it, the newest one.
    #[param(nullable = false, minimum = 1, maximum = 2147483647, example = 1)]
    attempt: Option<i32> = None, read by attempt;
}

fn attempt(name: &str, value: String) -> Result<Option<i32>, ApiError> {
    whole_number::<{ i32::MAX }>(name, value).map(Some)
}

fn any_combination(_: &GetExecutionQuery, _: &[&str]) -> Result<(), ApiError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempt_is_a_whole_number_from_1() {
        let attempt = |query| GetExecutionQuery::parse(query).map(|query| query.attempt);
        assert_eq!(attempt(""), Ok(None));
        assert_eq!(attempt("attempt=2"), Ok(Some(2)));
        for query in ["attempt=0", "attempt=", "attempt=newest", "attempt=2147483648"] {
            let error = attempt(query).unwrap_err().body.error;
            assert!(error.starts_with("attempt must be a whole number from 1"), "{query}: {error}");
        }
        assert!(attempt("attempt=1&attempt=1").is_err());
        assert!(attempt("page=1").is_err());
    }
}
