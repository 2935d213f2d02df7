//! The query parameter that selects runs by their metadata.

use crate::{ApiError, excerpt::excerpt, limits::MAX_METADATA_FILTERS};

/// Pairs of metadata, each as `key:value`.
pub(crate) fn pairs(name: &str, values: Vec<String>) -> Result<Vec<String>, ApiError> {
    if values.len() > MAX_METADATA_FILTERS {
        let problem = format!("must be given at most {MAX_METADATA_FILTERS} times");
        return Err(ApiError::validation(name, problem));
    }
    for value in &values {
        check_metadata_pair(value).map_err(|problem| ApiError::validation(name, problem))?;
    }
    Ok(values)
}

/// Checks a pair of metadata in a filter, `key:value`.
///
/// # Errors
/// What is wrong with it, as a clause.
pub fn check_metadata_pair(text: &str) -> Result<(), String> {
    // A key has a character at least, which may be a colon.
    if text.chars().skip(1).any(|c| c == ':') {
        return Ok(());
    }
    let text = excerpt(text);
    Err(format!("must be a key, a colon and a value, such as env:prod, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use crate::{HistogramQuery, ListExecutionsQuery};

    #[test]
    fn pairs_of_metadata_are_repeated() {
        let parse = |query| ListExecutionsQuery::parse(query).unwrap();
        let query = parse("metadata=env:prod&limit=5&metadata=a+b%3Ac:%C3%A9%26&metadata=::");
        assert_eq!(query.metadata, ["env:prod", "a b:c:é&", "::"]);
        assert_eq!(query.limit, 5);
        let histogram = HistogramQuery::parse("metadata=env:prod&metadata=a:").unwrap();
        assert_eq!(ListExecutionsQuery::from(histogram).metadata, ["env:prod", "a:"]);
        let forms = ["metadata=a:1&metadata=b:2", "metadata=b:2&metadata=a:1&metadata=b:2"];
        assert_eq!(parse(forms[0]).filters(), parse(forms[1]).filters());
        assert_ne!(parse(forms[0]).filters(), parse("metadata=a:1").filters());
        assert_eq!(parse("").filters(), "None None [None, None]", "that of earlier cursors");
    }
}
