//! The query parameters of the list of workflows.

use crate::{
    ApiError,
    limits::MAX_PAGE_LIMIT,
    parameters::parameters,
    query::{uid, whole_number},
};

parameters! {
    /// Which page of which workflows: the query of `GET /v1/workflows`.
    pub struct ListWorkflowsQuery, checked by any_combination;

    /// Number of the page; the first is 1. A page past the last has no items, but the true total.
    #[param(required = false, minimum = 1, maximum = 2147483647, default = 1)]
    page: i32 = 1, read by whole_number::<{ i32::MAX }>;

    /// Maximum number of workflows on a page.
    #[param(required = false, minimum = 1, maximum = 100, default = 20)]
    limit: i32 = 20, read by whole_number::<MAX_PAGE_LIMIT>;

    /// Only workflows whose UID begins with this text, which is not empty. Case-sensitive.
    #[param(nullable = false, min_length = 1, max_length = 255)]
    q: Option<String> = None, read by uid;
}

impl ListWorkflowsQuery {
    /// Whether a workflow with this UID matches.
    pub fn matches(&self, workflow_id: &str) -> bool {
        self.q.as_ref().is_none_or(|beginning| workflow_id.starts_with(beginning))
    }

    /// Number of workflows on the pages before this one.
    pub fn offset(&self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }
}

fn any_combination(_: &ListWorkflowsQuery, _: &[&str]) -> Result<(), ApiError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_compared_as_it_is() {
        let query = |text| ListWorkflowsQuery::parse(text).unwrap();
        assert_eq!(query(""), query("page=1&limit=20"));
        assert!(query("").matches("any"));
        let beginning = query("q=w%C3%A9+_%25");
        assert!(beginning.matches("wé _%") && beginning.matches("wé _%a"));
        assert!(!beginning.matches("Wé _%") && !beginning.matches("wé ab"));
        assert_eq!(query("page=3&limit=7").offset(), 14);
    }

    #[test]
    fn every_error_names_its_parameter() {
        let longest = "é".repeat(255);
        assert!(ListWorkflowsQuery::parse(&format!("q={longest}")).is_ok());
        for (query, start) in [
            ("q=", "q must have 1 to 255 characters"),
            ("q=%00", "q must have 1 to 255 characters, no control characters"),
            (&format!("q={longest}a"), "q must have 1 to 255 characters"),
            ("q=%FF", "q must be percent-encoded UTF-8"),
            ("q=a&q=a", "q must be given once"),
            ("page=0", "page must be a whole number from 1 to 2147483647"),
            ("limit=101", "limit must be a whole number from 1 to 100"),
            ("workflow_id=a", "workflow_id is not a parameter; the parameters are page, limit, q"),
        ] {
            let error = ListWorkflowsQuery::parse(query).unwrap_err().body.error;
            assert!(error.starts_with(start), "{query}: {error}");
        }
    }
}
