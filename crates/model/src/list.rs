//! What may be asked of the list of runs.

use percent_encoding::percent_decode;
use serde::Serialize;
use utoipa::IntoParams;

use crate::{ApiError, WorkflowRunStatusFilter, json::shortened, rules, status::one_of};

/// Which page of which runs: the validated query of `GET /v1/executions`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListExecutionsQuery {
    /// Which page to show; the first is 1. A page past the last has no items but the true totals.
    #[param(required = false, minimum = 1, maximum = 2147483647, default = 1)]
    pub page: i32,
    /// The greatest number of runs on a page.
    #[param(required = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: i32,
    /// Only runs of the workflow with this UID. One that never ran has an empty list.
    #[param(nullable = false, min_length = 1, max_length = 255)]
    pub workflow_id: Option<String>,
    /// Only runs in this state; `all` is the same as leaving it out. Upper and lower case differ.
    #[param(required = false)]
    pub status: WorkflowRunStatusFilter,
}

impl Default for ListExecutionsQuery {
    fn default() -> Self {
        Self { page: 1, limit: 20, workflow_id: None, status: WorkflowRunStatusFilter::All }
    }
}

impl ListExecutionsQuery {
    /// The greatest `limit`; the spec's literal is held to it by a test.
    pub const MAX_LIMIT: i32 = 100;
    /// The greatest length of `workflow_id` in characters; the spec's literal is held to it by a test.
    pub const MAX_ID_CHARACTERS: usize = rules::MAX_ID_CHARACTERS;

    /// Reads a URL's query (what follows the `?`). Unknown parameters are ignored; a repeated or malformed
    /// known one is a [`VALIDATION_ERROR`](crate::ErrorKind::ValidationError) that names it.
    pub fn parse(query: &str) -> Result<Self, ApiError> {
        let mut read = Self::default();
        let mut seen = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name) else { continue };
            let Some(&name) = NAMES.iter().find(|n| **n == name) else { continue };
            if seen.contains(&name) {
                return Err(ApiError::validation(name, "must be given once, not repeated"));
            }
            seen.push(name);
            let value = decode(value)
                .ok_or_else(|| ApiError::validation(name, "must be percent-encoded UTF-8"))?;
            match name {
                "page" => read.page = whole_number(name, &value, i32::MAX, "of at least 1")?,
                "limit" => {
                    read.limit = whole_number(name, &value, Self::MAX_LIMIT, "from 1 to 100")?
                }
                "workflow_id" => read.workflow_id = Some(uid(name, value)?),
                _ => read.status = status(name, &value)?,
            }
        }
        Ok(read)
    }

    /// How many runs stand on the pages before this one.
    pub fn offset(&self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }
}

const NAMES: [&str; 4] = ["page", "limit", "workflow_id", "status"];

/// Undoes the encoding of forms (`+` is a blank); `None` where it is no UTF-8.
fn decode(text: &str) -> Option<String> {
    let blanks: Vec<u8> = text.bytes().map(|b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&blanks).decode_utf8().ok().map(|text| text.into_owned())
}

fn whole_number(name: &str, value: &str, max: i32, range: &str) -> Result<i32, ApiError> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| value.parse().ok()).flatten().filter(|n| (1..=max).contains(n)).ok_or_else(
        || {
            let upper = if max == i32::MAX { " (and at most 2147483647)" } else { "" };
            let value = shortened(value);
            ApiError::validation(
                name,
                format!("must be a whole number {range}{upper}, not {value:?}"),
            )
        },
    )
}

fn uid(name: &str, value: String) -> Result<String, ApiError> {
    rules::check_text(name, &value, 1)?;
    Ok(value)
}

fn status(name: &str, value: &str) -> Result<WorkflowRunStatusFilter, ApiError> {
    WorkflowRunStatusFilter::from_word(value).ok_or_else(|| {
        let words: Vec<_> = WorkflowRunStatusFilter::ALL.iter().map(|s| s.as_str()).collect();
        ApiError::validation(name, one_of(&words, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(query: &str) -> String {
        ListExecutionsQuery::parse(query).expect_err(query).body.error
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let query = ListExecutionsQuery::parse("").unwrap();
        assert_eq!((query.page, query.limit), (1, 20));
        assert_eq!(query.status, WorkflowRunStatusFilter::All);
        assert_eq!(ListExecutionsQuery::parse("status=all&other=1&%ff=2").unwrap(), query);
    }

    #[test]
    fn every_mistake_is_named() {
        for (query, starts) in [
            ("page=0", "page must be a whole number of at least 1"),
            ("page=", "page must"),
            ("page", "page must"),
            ("page=-1", "page must"),
            ("page=1.0", "page must"),
            ("page=2147483648", "page must"),
            ("limit=101", "limit must be a whole number from 1 to 100, not \"101\""),
            ("limit=%2B5", "limit must"),
            ("limit=5&limit=5", "limit must be given once"),
            ("status=failed", "status must be one of PENDING, RUNNING"),
            ("status=ALL", "status must"),
            ("workflow_id=", "workflow_id must"),
            ("workflow_id=%FF", "workflow_id must be percent-encoded UTF-8"),
            ("workflow_id=a%00", "workflow_id must"),
        ] {
            assert!(problem(query).starts_with(starts), "{query}: {}", problem(query));
        }
    }

    #[test]
    fn decodes_forms() {
        let query =
            ListExecutionsQuery::parse("workflow%5Fid=a+b%2Fc%C3%A9&page=7&status=FAILED").unwrap();
        assert_eq!(query.workflow_id.as_deref(), Some("a b/cé"));
        assert_eq!(query.page, 7);
        assert_eq!(query.offset(), 120);
    }

    proptest! {
        #[test]
        fn never_panics_and_never_yields_what_is_out_of_bounds(query in "((page|limit|status|workflow_id)=[^&]{0,12}&?){0,4}") {
            if let Ok(read) = ListExecutionsQuery::parse(&query) {
                prop_assert!(read.page >= 1 && (1..=100).contains(&read.limit));
            }
        }
    }
}
